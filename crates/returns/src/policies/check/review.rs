//! What the promise of an answer must be before it is published.

use std::collections::BTreeSet;

use backhaul_events::returns::ReviewWithin;
use backhaul_kernel::time;
use jiff::civil::Time;

use super::{Check, Refusal};
use crate::calendar;

/// The longest promise, in weeks of open hours: a year.
pub const REVIEW_WEEKS_MAX: u32 = 52;
/// Seconds of a whole day.
const DAY_SECONDS: i64 = 86_400;

pub(super) fn check_review(promise: Option<&ReviewWithin>) -> Check {
    let Some(promise) = promise else {
        return Ok(());
    };
    let wrong = |field: &str, problem: &str| {
        let field = format!("content.review_within.{field}");
        Err(Refusal::invalid(field, problem.to_owned()))
    };
    if promise.days.is_empty() {
        return wrong("days", "nobody ever works");
    }
    let days: BTreeSet<_> = promise.days.iter().collect();
    if days.len() < promise.days.len() {
        return wrong("days", "a day stands there twice");
    }
    let open_seconds = open_seconds(promise);
    if open_seconds <= 0 {
        return wrong("closes", "is not later than opens");
    }
    if time::zone(promise.time_zone.as_str()).is_err() {
        return wrong("time_zone", "is not an IANA time zone");
    }
    let is_known = |country| calendar::calendars().any(|calendar| calendar.country == country);
    if promise
        .holidays_of
        .is_some_and(|country| !is_known(country))
    {
        return wrong("holidays_of", "no public holidays of the country are known");
    }
    let week = open_seconds.saturating_mul(promise.days.len().try_into().unwrap_or(i64::MAX));
    let longest = week.saturating_mul(REVIEW_WEEKS_MAX.into());
    match i64::from(promise.minutes) * 60 {
        0 => wrong("minutes", "an answer takes at least a minute"),
        seconds if seconds > longest => wrong("minutes", "is more than the open hours of a year"),
        _ => Ok(()),
    }
}

/// Seconds from opening to closing, on a day on which no clock moves; midnight closes the day.
fn open_seconds(promise: &ReviewWithin) -> i64 {
    let seconds = |time: Time| time.duration_since(Time::midnight()).as_secs();
    let closes = match promise.closes.0 == Time::midnight() {
        true => DAY_SECONDS,
        false => seconds(promise.closes.0),
    };
    closes - seconds(promise.opens.0)
}

//! The promise of an answer to who waits for a person, both ways.

use backhaul_events::returns::{LocalTime, ReviewWithin, Weekday};

use super::ENTRIES_MAX;
use crate::invalid::{Path, Wrong};
use crate::proto::returns::v1 as proto;
use crate::types::some_text;

pub(super) fn review(
    message: proto::ReviewWithin,
    at: &Path<'_>,
    wrong: &mut Wrong,
) -> Option<ReviewWithin> {
    let days = wrong.each(message.days, 1..=ENTRIES_MAX, &at.field("days"), weekday);
    let opens = clock(&message.opens, &at.field("opens"), wrong);
    let closes = clock(&message.closes, &at.field("closes"), wrong);
    let time_zone = some_text(message.time_zone, &at.field("time_zone"), wrong);
    let country = &message.holiday_region_code;
    let holidays_of = wrong.parse_if_any(country, &at.field("holiday_region_code"));
    Some(ReviewWithin {
        minutes: message.minutes,
        days: days?,
        opens: opens?,
        closes: closes?,
        time_zone: time_zone?,
        holidays_of: holidays_of?,
    })
}

fn clock(text: &str, at: &Path<'_>, wrong: &mut Wrong) -> Option<LocalTime> {
    match text.parse() {
        Ok(time) => Some(LocalTime(time)),
        Err(_) => wrong.note(at, "must be a time of day such as 09:00"),
    }
}

fn weekday(number: i32, at: &Path<'_>, wrong: &mut Wrong) -> Option<Weekday> {
    match proto::Weekday::try_from(number) {
        Ok(proto::Weekday::Monday) => Some(Weekday::Monday),
        Ok(proto::Weekday::Tuesday) => Some(Weekday::Tuesday),
        Ok(proto::Weekday::Wednesday) => Some(Weekday::Wednesday),
        Ok(proto::Weekday::Thursday) => Some(Weekday::Thursday),
        Ok(proto::Weekday::Friday) => Some(Weekday::Friday),
        Ok(proto::Weekday::Saturday) => Some(Weekday::Saturday),
        Ok(proto::Weekday::Sunday) => Some(Weekday::Sunday),
        Ok(proto::Weekday::Unspecified) | Err(_) => wrong.note(at, "is no day of the week"),
    }
}

pub(super) fn review_to_proto(promise: &ReviewWithin) -> proto::ReviewWithin {
    let days = promise.days.iter().map(|day| weekday_to_proto(*day).into());
    let holidays_of = promise.holidays_of.map(|country| country.to_string());
    proto::ReviewWithin {
        minutes: promise.minutes,
        days: days.collect(),
        opens: clock_to_proto(promise.opens),
        closes: clock_to_proto(promise.closes),
        time_zone: promise.time_zone.to_string(),
        holiday_region_code: holidays_of.unwrap_or_default(),
    }
}

/// Without seconds where there are none.
fn clock_to_proto(time: LocalTime) -> String {
    let text = time.0.to_string();
    text.strip_suffix(":00").unwrap_or(&text).to_owned()
}

const fn weekday_to_proto(day: Weekday) -> proto::Weekday {
    match day {
        Weekday::Monday => proto::Weekday::Monday,
        Weekday::Tuesday => proto::Weekday::Tuesday,
        Weekday::Wednesday => proto::Weekday::Wednesday,
        Weekday::Thursday => proto::Weekday::Thursday,
        Weekday::Friday => proto::Weekday::Friday,
        Weekday::Saturday => proto::Weekday::Saturday,
        Weekday::Sunday => proto::Weekday::Sunday,
    }
}

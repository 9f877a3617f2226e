//! Business time: spans that run only while people work.
//!
//! The law of it. Between opening and closing of an open day time passes as everywhere, by elapsed
//! minutes; outside it stands still. So a span that begins outside hours begins with the next
//! opening; one that is used up at closing time ends there and not with the next opening; and a
//! span in two parts, the second from the end of the first, ends where the whole does. A day on
//! which clocks move while people work has an hour more or less of it. Opening and closing times
//! that clocks skip are as much later; of those that clocks show twice, the first counts.

use backhaul_events::returns::{ReviewWithin, Weekday};
use backhaul_kernel::{Timestamp, time};
use jiff::SignedDuration;
use jiff::civil::{self, Date, Time};
use jiff::tz::TimeZone;

use crate::calendar::WorkingDays;

/// Days that are looked at for the end of a span: more than a policy can promise.
const SEARCH_DAYS_MAX: u32 = 1_100;

/// When people work.
pub(crate) struct BusinessTime<'a> {
    days: &'a [Weekday],
    opens: Time,
    closes: Time,
    zone: TimeZone,
    holidays: WorkingDays,
}

impl<'a> BusinessTime<'a> {
    /// The hours of a promise; none in a time zone that nobody knows.
    pub(crate) fn of(promise: &'a ReviewWithin) -> Option<Self> {
        Some(Self {
            days: &promise.days,
            opens: promise.opens.0,
            closes: promise.closes.0,
            zone: time::zone(promise.time_zone.as_str()).ok()?,
            holidays: WorkingDays::of(promise.holidays_of),
        })
    }

    /// When so many minutes of business time are over that begin at that moment; none where nobody
    /// works for years.
    pub(crate) fn end(&self, from: Timestamp, minutes: u32) -> Option<Timestamp> {
        let mut left = SignedDuration::from_mins(minutes.into());
        let mut day = from.to_zoned(self.zone.clone()).date();
        for _ in 0..SEARCH_DAYS_MAX {
            if let Some((opens, closes)) = self.hours(day) {
                let start = opens.max(from);
                let open_for = closes.duration_since(start);
                if open_for >= left {
                    return start.checked_add(left).ok();
                }
                left -= open_for.max(SignedDuration::ZERO);
            }
            day = day.tomorrow().ok()?;
        }
        None
    }

    /// Opening and closing on that day; none when it is free.
    fn hours(&self, day: Date) -> Option<(Timestamp, Timestamp)> {
        let weekday = named(day.weekday());
        if !self.days.contains(&weekday) || self.holidays.is_holiday(day) {
            return None;
        }
        let last_day = match self.closes == Time::midnight() {
            true => day.tomorrow().ok()?,
            false => day,
        };
        let moment = |day: Date, time: Time| {
            let zoned = day.to_datetime(time).to_zoned(self.zone.clone()).ok()?;
            Some(zoned.timestamp())
        };
        Some((moment(day, self.opens)?, moment(last_day, self.closes)?))
    }
}

fn named(weekday: civil::Weekday) -> Weekday {
    match weekday {
        civil::Weekday::Monday => Weekday::Monday,
        civil::Weekday::Tuesday => Weekday::Tuesday,
        civil::Weekday::Wednesday => Weekday::Wednesday,
        civil::Weekday::Thursday => Weekday::Thursday,
        civil::Weekday::Friday => Weekday::Friday,
        civil::Weekday::Saturday => Weekday::Saturday,
        civil::Weekday::Sunday => Weekday::Sunday,
    }
}

#[cfg(test)]
mod tests {
    use backhaul_events::returns::LocalTime;
    use backhaul_kernel::Text;
    use proptest::prelude::*;

    use super::*;

    const WEEK: [Weekday; 5] = [
        Weekday::Monday,
        Weekday::Tuesday,
        Weekday::Wednesday,
        Weekday::Thursday,
        Weekday::Friday,
    ];
    const EVERY_DAY: [Weekday; 7] = [
        Weekday::Monday,
        Weekday::Tuesday,
        Weekday::Wednesday,
        Weekday::Thursday,
        Weekday::Friday,
        Weekday::Saturday,
        Weekday::Sunday,
    ];

    fn promise(days: &[Weekday], opens: &str, closes: &str, zone: &str) -> ReviewWithin {
        ReviewWithin {
            minutes: 60,
            days: days.to_vec(),
            opens: LocalTime(opens.parse().unwrap()),
            closes: LocalTime(closes.parse().unwrap()),
            time_zone: Text::new(zone).unwrap(),
            holidays_of: None,
        }
    }

    #[track_caller]
    fn check(promise: &ReviewWithin, from: &str, minutes: u32, end: &str) {
        let from = from.parse().unwrap();
        let found = BusinessTime::of(promise).unwrap().end(from, minutes);
        assert_eq!(found, Some(end.parse().unwrap()), "{from} + {minutes}");
    }

    /// The worked case of chatwoot's pull request 13392: a case of Friday 16:30 with an hour until
    /// the first answer, where people work from Monday to Friday, 9 to 17, is due on Monday 9:30.
    /// Others: service time counted off hours or against the wrong party.
    #[test]
    fn an_hour_from_friday_afternoon_ends_on_monday_morning() {
        let office = promise(&WEEK, "09:00", "17:00", "Europe/London");
        check(&office, "2026-03-13T16:30:00Z", 60, "2026-03-16T09:30:00Z");
    }

    #[test]
    fn time_outside_hours_does_not_count() {
        let office = promise(&WEEK, "09:00", "17:00", "Europe/Berlin");
        for (from, minutes, end) in [
            // Within a day.
            ("2026-02-02T08:15:00Z", 60, "2026-02-02T09:15:00Z"),
            // Before opening, after closing, and on a Sunday.
            ("2026-02-02T03:00:00Z", 60, "2026-02-02T09:00:00Z"),
            ("2026-02-02T18:00:00Z", 60, "2026-02-03T09:00:00Z"),
            ("2026-02-01T12:00:00Z", 60, "2026-02-02T09:00:00Z"),
            // Late on Sunday in UTC it is Monday in Berlin.
            ("2026-02-01T23:30:00Z", 60, "2026-02-02T09:00:00Z"),
            // Used up at closing time.
            ("2026-02-02T15:00:00Z", 60, "2026-02-02T16:00:00Z"),
            ("2026-02-02T16:00:00Z", 1, "2026-02-03T08:01:00Z"),
            // Longer than a day, and longer than a week: eight hours a day.
            ("2026-02-02T12:00:00Z", 600, "2026-02-03T14:00:00Z"),
            ("2026-02-02T08:00:00Z", 2_400, "2026-02-06T16:00:00Z"),
            ("2026-02-02T08:00:00Z", 2_401, "2026-02-09T08:01:00Z"),
        ] {
            check(&office, from, minutes, end);
        }
    }

    #[test]
    fn public_holidays_are_free_where_a_country_is_named() {
        let office = promise(&WEEK, "09:00", "17:00", "Europe/London");
        let with_holidays = ReviewWithin {
            holidays_of: Some("GB".parse().unwrap()),
            ..office.clone()
        };
        // Good Friday 2026 is the 3rd of April, Easter Monday the 6th.
        let thursday = "2026-04-02T15:30:00Z";
        check(&office, thursday, 60, "2026-04-03T08:30:00Z");
        check(&with_holidays, thursday, 60, "2026-04-07T08:30:00Z");
    }

    #[test]
    fn clocks_that_move_are_followed() {
        // Berlin's clocks go from 02:00 to 03:00 on 2026-03-29, and back from 03:00 to 02:00 on
        // 2026-10-25; both are Sundays.
        let office = promise(&WEEK, "09:00", "17:00", "Europe/Berlin");
        check(&office, "2026-03-27T15:30:00Z", 60, "2026-03-30T07:30:00Z");
        check(&office, "2026-10-23T14:30:00Z", 60, "2026-10-26T08:30:00Z");
        let nights = promise(&EVERY_DAY, "01:00", "05:00", "Europe/Berlin");
        // Three hours on the night that clocks go forward, five on the one they go back.
        check(&nights, "2026-03-28T20:00:00Z", 181, "2026-03-29T23:01:00Z");
        check(&nights, "2026-10-24T20:00:00Z", 300, "2026-10-25T04:00:00Z");
        let always = promise(&EVERY_DAY, "00:00", "00:00", "Europe/Berlin");
        check(&always, "2026-03-28T22:30:00Z", 180, "2026-03-29T01:30:00Z");
        // An opening that clocks skip is an hour later on them.
        let early = promise(&EVERY_DAY, "02:30", "10:00", "Europe/Berlin");
        check(&early, "2026-03-29T00:00:00Z", 10, "2026-03-29T01:40:00Z");
    }

    #[test]
    fn where_nobody_works_nothing_ends() {
        let nobody = promise(&[], "09:00", "17:00", "UTC");
        let time = BusinessTime::of(&nobody).unwrap();
        assert_eq!(time.end(Timestamp::UNIX_EPOCH, 1), None);
        let somebody = promise(&WEEK, "09:00", "17:00", "UTC");
        let time = BusinessTime::of(&somebody).unwrap();
        assert_eq!(time.end(Timestamp::MAX, 1), None);
        assert!(BusinessTime::of(&promise(&WEEK, "09:00", "17:00", "Mars/Olympus")).is_none());
    }

    /// Minutes of business time between two moments, one by one.
    fn minutes_between(time: &BusinessTime<'_>, from: Timestamp, to: Timestamp) -> u32 {
        let mut count = 0;
        let mut at = from;
        while at < to {
            let day = at.to_zoned(time.zone.clone()).date();
            let is_open = |(opens, closes): (Timestamp, Timestamp)| opens <= at && at < closes;
            count += u32::from(time.hours(day).is_some_and(is_open));
            at += SignedDuration::from_mins(1);
        }
        count
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        /// Two months around the day on which clocks go forward, by minutes.
        #[test]
        fn a_span_has_its_minutes_and_its_parts_add_up(
            start in 0i64..80_000,
            one in 1u32..400,
            two in 1u32..400,
            opens in 0i8..12,
            hours in 4i8..12,
            days in prop::collection::vec(0usize..7, 1..5),
        ) {
            let days: Vec<Weekday> = days.iter().map(|day| EVERY_DAY[*day]).collect();
            let [opens, closes] = [opens, opens + hours].map(|hour| format!("{hour:02}:00"));
            let promise = promise(&days, &opens, &closes, "Europe/Berlin");
            let time = BusinessTime::of(&promise).unwrap();
            let begin: Timestamp = "2026-03-01T00:00:00Z".parse().unwrap();
            let from = begin + SignedDuration::from_mins(start);
            let first = time.end(from, one).unwrap();
            let both = time.end(from, one + two).unwrap();
            prop_assert_eq!(time.end(first, two), Some(both));
            prop_assert!(from < first && first < both);
            prop_assert_eq!(minutes_between(&time, from, first), one);
            let later = time.end(from + SignedDuration::from_mins(1), one).unwrap();
            prop_assert!(later >= first);
        }
    }
}

//! Until when: how a span of days, business days or months ends where the buyer lives.

use backhaul_events::returns::{Clock, Day, LastDay, SpanUnit, WindowTerms};
use backhaul_kernel::{Country, Text, Timestamp, time};
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, ToSpan};

use crate::calendar::WorkingDays;
use crate::case::Case;
use crate::order_facts::Facts;

/// A span of time within which units may be returned.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Window {
    pub(crate) clause: Text,
    pub(crate) terms: WindowTerms,
    pub(crate) clock_started_at: Timestamp,
    pub(crate) ends_at: Timestamp,
}

/// The days of a buyer: where they end, and on which of them people work.
#[derive(Debug, Clone)]
pub(crate) struct Days {
    zone: TimeZone,
    working: WorkingDays,
}

impl Days {
    /// Days end where the buyer lives; in UTC when the platform did not say where.
    pub(crate) fn of(facts: &Facts) -> Self {
        let destination = &facts.destination;
        Self::at(destination.country, destination.time_zone.as_deref())
    }

    /// The days of that country and time zone.
    pub(crate) fn at(country: Option<Country>, zone: Option<&str>) -> Self {
        Self {
            zone: zone
                .and_then(|name| time::zone(name).ok())
                .unwrap_or(TimeZone::UTC),
            working: WorkingDays::of(country),
        }
    }

    /// The last moment of the day of that moment.
    pub(crate) fn end_of_day_of(&self, at: Timestamp) -> Timestamp {
        self.end_of_day(at.to_zoned(self.zone.clone()).date())
    }

    /// The time between two moments on the buyer's own clock: a day on which clocks move counts 24
    /// hours like any other.
    pub(crate) fn between(&self, from: Timestamp, to: Timestamp) -> SignedDuration {
        let [from, to] = [from, to].map(|at| at.to_zoned(self.zone.clone()).datetime());
        to.duration_since(from)
    }

    /// Days between two moments, the first and the last included; none when time runs backwards.
    pub(crate) fn touched(&self, from: Timestamp, to: Timestamp) -> u32 {
        let [from, to] = [from, to].map(|at| self.day_of(at).0);
        let days = from.until(to).map_or(0, |span| span.get_days());
        u32::try_from(days.saturating_add(1)).unwrap_or(0)
    }

    /// The last moment of the day that lies so many days after the day of that moment.
    pub(crate) fn end_of_day_after(&self, at: Timestamp, days: u32) -> Timestamp {
        let span = Span::new().try_days(i64::from(days));
        let day = span.and_then(|span| self.day_of(at).0.checked_add(span));
        day.map_or(Timestamp::MAX, |day| self.end_of_day(day))
    }

    /// The last moment of a span that something started. The day on which it starts does not count,
    /// the last day counts whole. A span that would end beyond the calendar ends with it.
    pub(crate) fn end_of(
        &self,
        terms: &WindowTerms,
        extra_months: u32,
        start: Timestamp,
    ) -> Timestamp {
        let last = self.last_day(terms, extra_months, start);
        last.map_or(Timestamp::MAX, |last| self.end_of_day(last))
    }

    /// The buyer's day of that moment.
    pub(crate) fn day_of(&self, at: Timestamp) -> Day {
        Day(at.to_zoned(self.zone.clone()).date())
    }

    /// The last moment of that day.
    pub(crate) fn end_of_day(&self, day: Date) -> Timestamp {
        let next = day.tomorrow().ok();
        let midnight = next.and_then(|next| {
            next.to_datetime(Time::midnight())
                .to_zoned(self.zone.clone())
                .ok()
        });
        midnight
            .and_then(|midnight| midnight.timestamp().checked_sub(1.nanosecond()).ok())
            .unwrap_or(Timestamp::MAX)
    }

    fn last_day(&self, terms: &WindowTerms, extra_months: u32, start: Timestamp) -> Option<Date> {
        let first = start.to_zoned(self.zone.clone()).date();
        let length = i64::from(terms.length);
        let last = match terms.unit {
            SpanUnit::Days => first.checked_add(Span::new().try_days(length).ok()?).ok()?,
            SpanUnit::Months => first
                .checked_add(Span::new().try_months(length).ok()?)
                .ok()?,
            SpanUnit::BusinessDays => self.working.after(first, terms.length)?,
        };
        let extra = Span::new().try_months(i64::from(extra_months)).ok()?;
        let last = last.checked_add(extra).ok()?;
        match terms.last_day {
            LastDay::AnyDay => Some(last),
            LastDay::NextWorkingDay => self.working.at_or_after(last),
        }
    }
}

impl Case<'_> {
    /// When the clock started; none when what starts it has not happened.
    pub(crate) fn clock(&self, clock: Clock) -> Option<Timestamp> {
        match clock {
            Clock::Order => Some(self.facts.ordered_at),
            Clock::Delivery => self.line.last_delivered_at,
            // What came in place of other goods has a time of its own.
            Clock::LastDelivery if self.line.is_replacement() => self.line.last_delivered_at,
            Clock::LastDelivery => self.facts.last_delivered_at(),
            Clock::FaultFound => self.fault_found_at.or(Some(self.asked_at)),
            Clock::Declaration => Some(self.asked_at),
            Clock::Receipt => None,
        }
    }

    /// The window of these terms; none when its clock has not started.
    pub(crate) fn window(
        &self,
        days: &Days,
        clause: &Text,
        terms: WindowTerms,
        extra_months: u32,
    ) -> Option<Window> {
        let clock_started_at = self.clock(terms.clock)?;
        Some(Window {
            clause: clause.clone(),
            terms,
            clock_started_at,
            ends_at: days.end_of(&terms, extra_months, clock_started_at),
        })
    }
}

impl Window {
    /// The window, or until that day if that is later.
    pub(crate) fn extended_to(self, days: &Days, clause: &Text, day: Day) -> Self {
        let ends_at = days.end_of_day(day.0);
        if ends_at <= self.ends_at {
            return self;
        }
        Self {
            clause: clause.clone(),
            ends_at,
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The terms: length, unit, and whether the last day moves.
    fn terms(length: u32, unit: SpanUnit, last_day: LastDay) -> WindowTerms {
        WindowTerms {
            length,
            unit,
            clock: Clock::Delivery,
            last_day,
        }
    }

    #[test]
    fn a_span_ends_with_its_last_day() {
        use LastDay::{AnyDay, NextWorkingDay};
        use SpanUnit::{BusinessDays, Days as Calendar, Months};
        for (zone, country, start, length, unit, last_day, end) in [
            // Leap day, and none.
            (
                "UTC",
                "",
                "2024-02-15T12:00:00Z",
                14,
                Calendar,
                AnyDay,
                "2024-02-29T23:59:59.999999999Z",
            ),
            (
                "UTC",
                "",
                "2026-02-15T12:00:00Z",
                14,
                Calendar,
                AnyDay,
                "2026-03-01T23:59:59.999999999Z",
            ),
            (
                "UTC",
                "",
                "2024-02-29T12:00:00Z",
                12,
                Months,
                AnyDay,
                "2025-02-28T23:59:59.999999999Z",
            ),
            (
                "UTC",
                "",
                "2026-01-31T12:00:00Z",
                1,
                Months,
                AnyDay,
                "2026-02-28T23:59:59.999999999Z",
            ),
            // Clocks move forward and back within the span, and on its last day.
            (
                "Europe/Berlin",
                "DE",
                "2026-03-20T12:00:00Z",
                14,
                Calendar,
                AnyDay,
                "2026-04-03T21:59:59.999999999Z",
            ),
            (
                "Europe/Berlin",
                "DE",
                "2026-03-15T12:00:00Z",
                14,
                Calendar,
                AnyDay,
                "2026-03-29T21:59:59.999999999Z",
            ),
            (
                "Europe/Berlin",
                "DE",
                "2026-10-11T12:00:00Z",
                14,
                Calendar,
                AnyDay,
                "2026-10-25T22:59:59.999999999Z",
            ),
            // A midnight that does not exist: Cairo's clocks jump at 00:00 on 2026-04-24.
            (
                "Africa/Cairo",
                "EG",
                "2026-04-13T12:00:00Z",
                10,
                Calendar,
                AnyDay,
                "2026-04-23T21:59:59.999999999Z",
            ),
            // Good Friday to Easter Monday move the day to Tuesday; a Saturday to Monday.
            (
                "Europe/Berlin",
                "DE",
                "2026-03-20T12:00:00Z",
                14,
                Calendar,
                NextWorkingDay,
                "2026-04-07T21:59:59.999999999Z",
            ),
            (
                "Europe/Paris",
                "FR",
                "2026-03-21T12:00:00Z",
                14,
                Calendar,
                NextWorkingDay,
                "2026-04-07T21:59:59.999999999Z",
            ),
            (
                "UTC",
                "FR",
                "2026-03-20T12:00:00Z",
                14,
                Calendar,
                NextWorkingDay,
                "2026-04-03T23:59:59.999999999Z",
            ),
            // Business days skip Constitution Day of Mexico, the first Monday of February.
            (
                "America/Mexico_City",
                "MX",
                "2026-01-29T18:00:00Z",
                5,
                BusinessDays,
                AnyDay,
                "2026-02-07T05:59:59.999999999Z",
            ),
        ] {
            let days = Days {
                zone: time::zone(zone).unwrap(),
                working: WorkingDays::of(country.parse().ok()),
            };
            let end: Timestamp = end.parse().unwrap();
            let found = days.end_of(&terms(length, unit, last_day), 0, start.parse().unwrap());
            assert_eq!(found, end, "{zone} {start} {length} {unit:?}");
        }
    }

    #[test]
    fn the_calendar_has_an_end() {
        let days = Days {
            zone: TimeZone::UTC,
            working: WorkingDays::of(None),
        };
        for unit in [SpanUnit::Days, SpanUnit::Months] {
            let terms = terms(u32::MAX, unit, LastDay::NextWorkingDay);
            assert_eq!(
                days.end_of(&terms, 0, Timestamp::UNIX_EPOCH),
                Timestamp::MAX
            );
        }
        assert_eq!(days.end_of_day(Date::MAX), Timestamp::MAX);
    }
}

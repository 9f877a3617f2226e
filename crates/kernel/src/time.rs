//! Points in time and the calendar arithmetic of return windows.
//!
//! Nothing here reads a clock: "now" is always an argument.

pub use jiff::Timestamp;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{Span, ToSpan};

/// The text is no time zone of the IANA database.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an IANA time zone")]
pub struct UnknownZone(pub String);

/// A calendar day cannot be computed: the result lies outside the years -9999 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the date lies outside the calendar")]
pub struct OutsideCalendar;

/// The zone of that IANA name, such as `Europe/Berlin`.
pub fn zone(name: &str) -> Result<TimeZone, UnknownZone> {
    TimeZone::get(name).map_err(|_| UnknownZone(name.chars().take(64).collect()))
}

/// The last moment of the `days`-th day after the day of `start`, in `zone`: the day on which the
/// clock starts does not count (Regulation 1182/71, Art. 3(1)), and the last day counts whole.
pub fn end_of_day_after(
    start: Timestamp,
    days: u32,
    zone: &TimeZone,
) -> Result<Timestamp, OutsideCalendar> {
    let day = start.to_zoned(zone.clone()).date();
    let span = Span::new()
        .try_days(i64::from(days))
        .map_err(|_| OutsideCalendar)?;
    let next = day
        .checked_add(span)
        .and_then(|last| last.checked_add(1.day()))
        .map_err(|_| OutsideCalendar)?;
    let midnight = next
        .to_datetime(Time::midnight())
        .to_zoned(zone.clone())
        .map_err(|_| OutsideCalendar)?;
    midnight
        .timestamp()
        .checked_sub(1.nanosecond())
        .map_err(|_| OutsideCalendar)
}

/// `start` plus whole days of 24 hours.
pub fn after_days(start: Timestamp, days: u32) -> Result<Timestamp, OutsideCalendar> {
    start
        .checked_add((i64::from(days) * 24).hours())
        .map_err(|_| OutsideCalendar)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_ends_with_the_last_day_in_the_zone() {
        for (start, days, name, end) in [
            (
                "2026-03-01T10:00:00Z",
                14,
                "UTC",
                "2026-03-15T23:59:59.999999999Z",
            ),
            // Berlin moves its clocks forward on 2026-03-29: the day is an hour shorter.
            (
                "2026-03-20T10:00:00Z",
                14,
                "Europe/Berlin",
                "2026-04-03T21:59:59.999999999Z",
            ),
            (
                "2024-02-15T00:30:00Z",
                14,
                "UTC",
                "2024-02-29T23:59:59.999999999Z",
            ),
            (
                "2026-01-01T03:00:00Z",
                0,
                "America/New_York",
                "2026-01-01T04:59:59.999999999Z",
            ),
        ] {
            let end: Timestamp = end.parse().unwrap();
            assert_eq!(
                end_of_day_after(start.parse().unwrap(), days, &zone(name).unwrap()),
                Ok(end)
            );
        }
    }

    #[test]
    fn the_calendar_has_an_end() {
        let zone = zone("UTC").unwrap();
        assert_eq!(
            end_of_day_after(Timestamp::MAX, 1, &zone),
            Err(OutsideCalendar)
        );
        assert_eq!(
            end_of_day_after(Timestamp::UNIX_EPOCH, u32::MAX, &zone),
            Err(OutsideCalendar)
        );
    }
}

//! Working days: weekends and public holidays of a country, computed from rules in `data/holidays`.
//!
//! A country without a file has Saturdays and Sundays and no holidays: its last days then move less
//! than its law lets them, and its file's absence says so.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use backhaul_kernel::{Country, Text};
use jiff::civil::{Date, Weekday};
use jiff::{Span, ToSpan};
use serde::Deserialize;

/// The public holidays of a country.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calendar {
    /// Whose.
    pub country: Country,
    /// Where it is written.
    pub source: Text,
    /// The day on which it was last looked at.
    pub checked_on: Text,
    /// How sure it is: V1, V2 or G.
    pub confidence: Text,
    /// What it leaves out.
    pub not_modelled: Vec<Text>,
    /// Days of the week on which nobody works.
    weekend: Vec<WeekdayName>,
    /// The holidays.
    holidays: Vec<Holiday>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Holiday {
    #[serde(flatten)]
    rule: Rule,
    since: Option<i16>,
    until: Option<i16>,
    observed: Option<Observed>,
}

/// How the day of a year is found.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
enum Rule {
    /// The same day every year, as `12-25`.
    Fixed { on: MonthDay },
    /// Days after Easter Sunday of the Gregorian calendar.
    Easter { easter: i32 },
    /// Days after Easter Sunday of the Julian calendar.
    OrthodoxEaster { orthodox_easter: i32 },
    /// The first, second, … such weekday of a month; -1 is the last.
    Weekday {
        month: i8,
        weekday: WeekdayName,
        nth: i8,
    },
    /// Days that no rule here computes.
    Dates { dates: Vec<Date> },
}

/// Which day is free when a holiday falls on a weekend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Observed {
    /// The next day that is neither weekend nor holiday.
    NextWorkingDay,
    /// Friday for a Saturday, Monday for a Sunday.
    NearestWeekday,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum WeekdayName {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl From<WeekdayName> for Weekday {
    fn from(name: WeekdayName) -> Self {
        match name {
            WeekdayName::Monday => Self::Monday,
            WeekdayName::Tuesday => Self::Tuesday,
            WeekdayName::Wednesday => Self::Wednesday,
            WeekdayName::Thursday => Self::Thursday,
            WeekdayName::Friday => Self::Friday,
            WeekdayName::Saturday => Self::Saturday,
            WeekdayName::Sunday => Self::Sunday,
        }
    }
}

/// Month and day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
struct MonthDay {
    month: i8,
    day: i8,
}

impl TryFrom<String> for MonthDay {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no day of a year such as 12-25");
        let (month, day) = text.split_once('-').ok_or_else(wrong)?;
        let (month, day) = (month.parse(), day.parse());
        match (month, day) {
            (Ok(month @ 1..=12), Ok(day @ 1..=31)) => Ok(Self { month, day }),
            _ => Err(wrong()),
        }
    }
}

/// Declares the files of the calendars: a new country is one more line and one more file.
macro_rules! calendars {
    ($($file:literal)*) => {
        [$(include_str!(concat!("../data/holidays/", $file, ".json")),)*]
    };
}

static CALENDARS: LazyLock<BTreeMap<Country, Calendar>> = LazyLock::new(|| {
    let files = calendars! {
        "at" "be" "bg" "cy" "cz" "de" "dk" "ee" "es" "fi" "fr" "gb" "gr" "hr" "hu" "ie" "it" "kr"
        "lt" "lu" "lv" "mt" "mx" "nl" "pl" "pt" "ro" "se" "sg" "si" "sk" "us"
    };
    let read = |json: &&str| -> Calendar {
        serde_json::from_str(json).expect("the calendars are read by a test of this crate")
    };
    let calendars = files.iter().map(read);
    calendars
        .map(|calendar| (calendar.country, calendar))
        .collect()
});

/// Every calendar that is known.
pub fn calendars() -> impl Iterator<Item = &'static Calendar> {
    CALENDARS.values()
}

/// Working days of one country.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WorkingDays(Option<&'static Calendar>);

impl WorkingDays {
    /// Those of the country; of a country that is not known, all but Saturdays and Sundays.
    pub(crate) fn of(country: Option<Country>) -> Self {
        Self(country.and_then(|country| CALENDARS.get(&country)))
    }

    /// Whether people work on that day.
    pub(crate) fn contains(self, day: Date) -> bool {
        match self.0 {
            Some(calendar) => !calendar.is_weekend(day) && !calendar.is_holiday(day),
            None => !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday),
        }
    }

    /// Whether that day is a public holiday; none is where no calendar is known.
    pub(crate) fn is_holiday(self, day: Date) -> bool {
        self.0.is_some_and(|calendar| calendar.is_holiday(day))
    }

    /// That day, or the first working day after it; none at the end of the calendar.
    pub(crate) fn at_or_after(self, mut day: Date) -> Option<Date> {
        while !self.contains(day) {
            day = day.tomorrow().ok()?;
        }
        Some(day)
    }

    /// The `count`-th working day after that day; none at the end of the calendar.
    pub(crate) fn after(self, mut day: Date, count: u32) -> Option<Date> {
        for _ in 0..count {
            day = self.at_or_after(day.tomorrow().ok()?)?;
        }
        Some(day)
    }
}

impl Calendar {
    fn is_weekend(&self, day: Date) -> bool {
        let weekday = day.weekday();
        self.weekend
            .iter()
            .any(|name| Weekday::from(*name) == weekday)
    }

    fn is_holiday(&self, day: Date) -> bool {
        // A holiday of the last days of a year may be observed in the next, and the reverse.
        let near = [day.year() - 1, day.year(), day.year() + 1];
        let near = near
            .into_iter()
            .filter(|year| *year == day.year() || matches!(day.month(), 1 | 12));
        near.into_iter().any(|year| {
            let mut taken = Vec::new();
            self.holidays.iter().any(|holiday| {
                let days = holiday.days(year);
                days.into_iter().any(|free| {
                    let free = self.observed(holiday, free, &taken);
                    taken.extend(free);
                    free == Some(day)
                })
            })
        })
    }

    /// The day on which a holiday is free, given those that are taken by holidays before it.
    fn observed(&self, holiday: &Holiday, day: Date, taken: &[Date]) -> Option<Date> {
        let is_free = |day: Date| self.is_weekend(day) || taken.contains(&day);
        match holiday.observed {
            None => Some(day),
            Some(_) if !is_free(day) => Some(day),
            Some(Observed::NearestWeekday) => match day.weekday() {
                Weekday::Saturday => day.yesterday().ok(),
                _ => day.tomorrow().ok(),
            },
            Some(Observed::NextWorkingDay) => {
                let mut day = day;
                while is_free(day) {
                    day = day.tomorrow().ok()?;
                }
                Some(day)
            }
        }
    }
}

impl Holiday {
    /// Its days in a year.
    fn days(&self, year: i16) -> Vec<Date> {
        let begun = self.since.is_none_or(|since| year >= since);
        let ended = self.until.is_some_and(|until| year > until);
        if !begun || ended {
            return Vec::new();
        }
        match &self.rule {
            Rule::Fixed { on } => Date::new(year, on.month, on.day).into_iter().collect(),
            Rule::Easter { easter } => after(gregorian_easter(year), *easter),
            Rule::OrthodoxEaster { orthodox_easter } => {
                after(julian_easter(year), *orthodox_easter)
            }
            Rule::Weekday {
                month,
                weekday,
                nth,
            } => Date::new(year, *month, 1)
                .and_then(|first| first.nth_weekday_of_month(*nth, (*weekday).into()))
                .into_iter()
                .collect(),
            Rule::Dates { dates } => {
                let of_year = dates.iter().filter(|date| date.year() == year);
                of_year.copied().collect()
            }
        }
    }
}

fn after(easter: Option<Date>, days: i32) -> Vec<Date> {
    let span = Span::new().days(i64::from(days));
    let day = easter.and_then(|easter| easter.checked_add(span).ok());
    day.into_iter().collect()
}

/// Easter Sunday in the Gregorian calendar, by Gauss's rule as Meeus writes it.
fn gregorian_easter(year: i16) -> Option<Date> {
    let y = i32::from(year);
    let golden = y % 19;
    let (century, rest) = (y / 100, y % 100);
    let moon =
        (19 * golden + century - century / 4 - (century - (century + 8) / 25 + 1) / 3 + 15) % 30;
    let weekday = (32 + 2 * (century % 4) + 2 * (rest / 4) - moon - rest % 4) % 7;
    let late = (golden + 11 * moon + 22 * weekday) / 451;
    let day_of_march = moon + weekday - 7 * late + 114;
    let (month, day) = (day_of_march / 31, day_of_march % 31 + 1);
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// Easter Sunday of the Julian calendar, as a day of the Gregorian one. The two are 13 days apart
/// from 1900 to 2099, the years for which this holds.
fn julian_easter(year: i16) -> Option<Date> {
    let y = i32::from(year);
    let moon = (19 * (y % 19) + 15) % 30;
    let weekday = (2 * (y % 4) + 4 * (y % 7) - moon + 34) % 7;
    let day_of_march = moon + weekday + 114;
    let (month, day) = (day_of_march / 31, day_of_march % 31 + 1);
    let julian = Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    julian.checked_add(13.days()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn easter_falls_where_the_churches_keep_it() {
        for (gregorian, orthodox) in [
            ("2024-03-31", "2024-05-05"),
            ("2025-04-20", "2025-04-20"),
            ("2026-04-05", "2026-04-12"),
            ("2027-03-28", "2027-05-02"),
            ("2038-04-25", "2038-04-25"),
            ("2076-04-19", "2076-04-26"),
        ] {
            let year = date(gregorian).year();
            assert_eq!(gregorian_easter(year), Some(date(gregorian)));
            assert_eq!(julian_easter(year), Some(date(orthodox)));
        }
    }

    #[test]
    fn every_calendar_is_read_and_names_its_source() {
        assert_eq!(calendars().count(), 32);
        for calendar in calendars() {
            assert!(!calendar.source.is_empty(), "{}", calendar.country);
            assert!(["V1", "V2", "G"].contains(&calendar.confidence.as_str()));
            assert!(calendar.checked_on.as_str().parse::<Date>().is_ok());
            assert!(
                !WorkingDays::of(Some(calendar.country)).contains(date("2026-12-25"))
                    || calendar.country.code() == "KR"
            );
        }
    }

    #[test]
    fn nobody_works_on_weekends_and_holidays() {
        for (country, day, works) in [
            ("SE", "2026-04-03", false), // Good Friday
            ("FR", "2026-04-03", true),
            ("FR", "2026-04-06", false), // Easter Monday
            ("GR", "2026-04-06", true),
            ("GR", "2026-04-13", false), // Orthodox Easter Monday
            ("IE", "2026-10-26", false), // last Monday of October
            ("IE", "2022-02-07", true),  // the holiday began in 2023
            ("GB", "2026-12-28", false), // Boxing Day falls on a Saturday
            ("GB", "2027-12-28", false), // Christmas and Boxing Day fall on a weekend
            ("GB", "2027-12-29", true),
            ("US", "2026-07-03", false), // Independence Day falls on a Saturday
            ("US", "2027-12-31", false), // New Year's Day of 2028 falls on a Saturday
            ("US", "2026-11-26", false), // fourth Thursday of November
            ("SG", "2026-02-17", false), // a date of its list
            ("CN", "2026-10-01", true),  // no calendar: weekends only
            ("CN", "2026-10-03", false),
        ] {
            let days = WorkingDays::of(Some(country.parse().unwrap()));
            assert_eq!(days.contains(date(day)), works, "{country} {day}");
        }
        let nowhere = WorkingDays::of(None);
        assert_eq!(
            nowhere.after(date("2026-01-02"), 1),
            Some(date("2026-01-05"))
        );
        let mexico = WorkingDays::of(Some("MX".parse().unwrap()));
        assert_eq!(
            mexico.after(date("2026-01-30"), 5),
            Some(date("2026-02-09"))
        );
        assert_eq!(nowhere.at_or_after(Date::MAX), Some(Date::MAX));
    }
}

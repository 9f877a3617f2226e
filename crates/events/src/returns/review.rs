//! The promise of an answer to who waits for a person.

use backhaul_kernel::{Country, ReturnId, Text, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// By when a person decides on what a policy leaves to one, in time during which people work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReviewWithin {
    /// Minutes in which people work, from the moment that the return is left to them.
    pub minutes: u32,
    /// Days of the week on which they work.
    pub days: Vec<Weekday>,
    /// When they begin on each of these days, such as `09:00:00`.
    pub opens: LocalTime,
    /// When they end; `00:00:00` is the end of the day.
    pub closes: LocalTime,
    /// IANA time zone of days and times: the merchant's, such as `Europe/London`.
    pub time_zone: Text,
    /// Country whose public holidays are free; none works through them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holidays_of: Option<Country>,
}

/// A day of the week.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Weekday {
    /// Monday.
    Monday,
    /// Tuesday.
    Tuesday,
    /// Wednesday.
    Wednesday,
    /// Thursday.
    Thursday,
    /// Friday.
    Friday,
    /// Saturday.
    Saturday,
    /// Sunday.
    Sunday,
}

/// A time of day such as `09:00:00`.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct LocalTime(pub jiff::civil::Time);

/// Nobody decided on a return by the time that was promised. Told once a referral; who decides is
/// as free as before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReviewOverdue {
    /// The return.
    pub r#return: ReturnId,
    /// By when it was promised.
    pub due: Timestamp,
}

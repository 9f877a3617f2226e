//! The rules of a policy set: what each looks at, and what it says of which aspect of a return.

use backhaul_kernel::{Country, Money, PolicyId, Text, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Authorization, Grade, OutboundShipping, Postage, Reason, Release, ReturnCentre};

/// A merchant's policy set decides no more; the built-in policy does until another is published.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PolicyRetired {
    /// The policy set.
    pub policy: PolicyId,
    /// The version that was current.
    pub version: u32,
}

/// One rule. It holds for the units of a line when its scope fits and its condition is true; of
/// each aspect the first rule that holds and speaks of it decides.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Rule {
    /// The clause that decisions name.
    pub id: Text,
    /// What it holds for.
    #[serde(default, skip_serializing_if = "Scope::is_everything")]
    pub scope: Scope,
    /// A CEL expression that must be true; none is always true.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub condition: Text,
    /// Until when units may come back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<WindowTerms>,
    /// A later end of the window than its days give, such as after holidays: the last day, where
    /// the buyer lives, as `2027-01-31`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extends_to: Option<Day>,
    /// The units may not come back, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exemption: Option<Exemption>,
    /// Who pays the way back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postage: Option<Postage>,
    /// What is kept back from the money.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fees: Option<Fees>,
    /// What the buyer may have, in the order offered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remedies: Vec<Remedy>,
    /// When money is released.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<Release>,
    /// Who authorises.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorization: Option<Authorization>,
    /// A sign of fraud: a person decides, and is told this.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub signal: Text,
    /// Whether the buyer keeps the goods.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep_item: Option<KeepItem>,
    /// Money offered to a buyer who keeps the goods.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partial_refund: Option<PartialRefund>,
    /// Where goods go, in place of the policy's own choice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub return_centre: Option<ReturnCentre>,
    /// How goods travel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub way_back: Option<WayBack>,
    /// What goes back of outbound shipping.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outbound_shipping: Option<OutboundShipping>,
}

/// What a rule holds for. Each list that is empty fits everything; so does each bound not given.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Scope {
    /// Countries of the buyer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub countries: Vec<Country>,
    /// Sales channels, as the order's label `channel` names them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<Text>,
    /// Categories of the line.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<Text>,
    /// Groups of buyers, as the order's label `buyer-group` names them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub buyer_groups: Vec<Text>,
    /// Reasons of the return.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<Reason>,
    /// Grades that inspection found. A rule with grades holds for nothing before inspection, and
    /// after it only its restocking fee counts, as far as it is more than what all units of the line
    /// bear: what was granted otherwise stands.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grades: Vec<Grade>,
    /// The units are worth at least this, in the order's currency; a currency not named fits not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub worth_at_least: Vec<Money>,
    /// The units are worth at most this, in the order's currency; a currency not named fits not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub worth_at_most: Vec<Money>,
    /// Ordered at this time or later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ordered_from: Option<Timestamp>,
    /// Ordered before this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ordered_until: Option<Timestamp>,
}

impl Scope {
    /// Whether it fits everything.
    pub fn is_everything(&self) -> bool {
        *self == Self::default()
    }
}

/// A calendar day such as `2027-01-31`.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct Day(pub jiff::civil::Date);

/// A span of time that begins with something that happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WindowTerms {
    /// How long.
    pub length: u32,
    /// Of what.
    pub unit: SpanUnit,
    /// What starts it.
    pub clock: Clock,
    /// What happens to a last day on which nobody works.
    #[serde(default, skip_serializing_if = "LastDay::is_any_day")]
    pub last_day: LastDay,
}

/// What a span is counted in. The day on which the clock starts never counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SpanUnit {
    /// Days of the calendar.
    Days,
    /// Days that are neither weekend nor public holiday where the buyer lives.
    BusinessDays,
    /// Months; the same day of a later month, or its last day.
    Months,
}

/// What starts a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Clock {
    /// The order was placed.
    Order,
    /// The last unit of the line was delivered.
    Delivery,
    /// The last unit of the whole order was delivered.
    LastDelivery,
    /// The goods came back.
    Receipt,
    /// The buyer found the fault; the day of the request when nobody said.
    FaultFound,
    /// The buyer declared that the goods go back.
    Declaration,
}

/// What happens to a last day on which nobody works.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LastDay {
    /// Nothing.
    #[default]
    AnyDay,
    /// The next working day takes its place.
    NextWorkingDay,
}

impl LastDay {
    fn is_any_day(&self) -> bool {
        *self == Self::AnyDay
    }
}

/// Why units may not come back. All but the first are exemptions that statutes know.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Exemption {
    /// Sold as final; no statute knows that.
    FinalSale,
    /// Made to the buyer's own wishes.
    Bespoke,
    /// Spoils or expires soon.
    Perishable,
    /// Sealed for health or hygiene, and unsealed.
    UnsealedHygiene,
    /// Sealed recordings or software, and unsealed.
    UnsealedMedia,
    /// Mixed with other goods, and not to be told apart.
    Mixed,
    /// Newspapers and magazines.
    Periodical,
    /// Leisure or travel at a date.
    DatedLeisure,
    /// Digital content begun with the buyer's consent.
    DigitalBegun,
    /// Its price follows a market.
    PriceFluctuation,
    /// The buyer agreed at the purchase that it is unsuited to be returned.
    AgreedUnsuited,
    /// Used, damaged or diminished by the buyer.
    DiminishedByBuyer,
}

/// What is kept back from the money.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Fees {
    /// For putting goods back into stock, of what the units are worth: 1000 is 10 %.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub restocking_basis_points: u32,
    /// For the way back, once a return, by currency.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub return_postage: Vec<Money>,
    /// For value that goods lost with the buyer, as inspection shows with evidence. A statutory
    /// right that allows it needs no rule, and one that does not overrules the rule.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub diminished_value: bool,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// What a buyer can have.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Remedy {
    /// The money.
    Refund,
    /// The same again.
    Replacement,
    /// The goods mended.
    Repair,
    /// Part of the money, and the goods.
    PriceReduction,
    /// Something else in their place.
    Exchange,
    /// Credit with the merchant.
    StoreCredit,
}

/// When the buyer keeps the goods and has the money nonetheless.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KeepItem {
    /// Worth no more than this in the order's currency; a currency not named keeps nothing.
    pub up_to: Vec<Money>,
    /// At most this many returns are kept, of one order or of one buyer; none is no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub returns_max: Option<u32>,
    /// Counts the returns of the buyer over all orders, asked for in so many days before the
    /// request; none counts those of the order, whenever they were. The count is of what is known:
    /// requests on two orders in the same moment may both pass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within_days: Option<u32>,
}

/// Money offered to a buyer who keeps the goods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PartialRefund {
    /// Of what the units are worth: 2500 is 25 %.
    pub basis_points: u32,
}

/// How goods travel back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WayBack {
    /// In the post.
    Parcel,
    /// Fetched at the buyer's.
    PickUp,
    /// Handed in at a place near the buyer.
    LocalCentre,
}

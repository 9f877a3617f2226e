//! The link of a return to its money: what makes it due, and on which terms it goes back.

use backhaul_kernel::{LineId, Money, ParcelId, ReturnId, Text, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{LineAmount, Release};
use crate::LineUnits;

/// Money for these units may go back now. Refunds act on this and on nothing else of a return.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RefundReleased {
    /// The return.
    pub r#return: ReturnId,
    /// Which release of the return this is, from 1.
    pub release: u32,
    /// For what.
    pub items: Vec<ReleasedItem>,
    /// What made it due.
    pub basis: Release,
    /// What law and policy say beside the items.
    #[serde(default, skip_serializing_if = "ReleaseTerms::is_plain")]
    pub terms: ReleaseTerms,
}

/// Units whose money is released.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReleasedItem {
    /// The line.
    pub line: LineId,
    /// Units, at least 1.
    pub quantity: u32,
    /// What is asked back for them, taxes included; none asks for all that was paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<Money>,
    /// Lines of the order out of which the money comes, where it is not what was paid for these
    /// units: for a part of the price, and for units that came in place of others. They are amounts
    /// and no units; empty pays for the units themselves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub out_of: Vec<LineAmount>,
}

/// What law and policy say of released money beside the items.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReleaseTerms {
    /// By when the law wants the money back; none where no law says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<LegalDue>,
    /// What goes back of outbound shipping; nothing when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipping: Option<ShippingOwed>,
    /// What is kept back. Together never more than the items are worth.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deductions: Vec<Deduction>,
    /// The person whose money it is, as store credit; the buyer when absent, back to the payments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit_to: Option<Text>,
}

impl ReleaseTerms {
    /// Whether they say nothing.
    pub fn is_plain(&self) -> bool {
        *self == Self::default()
    }
}

/// By when the law wants money back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LegalDue {
    /// The last moment.
    pub at: Timestamp,
    /// The clause that says so.
    pub clause: Text,
}

/// Outbound shipping that goes back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ShippingOwed {
    /// How much of it.
    pub extent: OutboundShipping,
    /// The clause that says so.
    pub clause: Text,
}

/// How much of outbound shipping, and of charges of the whole order, goes back. Never more than
/// standard delivery would have cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OutboundShipping {
    /// All of it with the last unit of the order, and nothing before.
    WithWholeOrder,
    /// Each unit's share of it.
    ProRata,
}

/// Something kept back from released money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Deduction {
    /// What for.
    pub kind: DeductionKind,
    /// How much, more than nothing.
    pub amount: Money,
    /// The clause that allows it.
    pub clause: Text,
    /// The line whose units it is for; none where it is for the return as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<LineId>,
}

/// What something is kept back for.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum DeductionKind {
    /// For putting goods back into stock.
    Restocking,
    /// For the way back.
    ReturnPostage,
    /// For value that the goods lost with the buyer.
    DiminishedValue,
}

/// What is kept back from all units of one item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ItemFee {
    /// The item's place in the request, from 0.
    pub item: u32,
    /// What, and how much of it in all.
    pub deduction: Deduction,
}

/// A carrier has goods of the return. Told once a return.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UnitsHandedOver {
    /// The return.
    pub r#return: ReturnId,
    /// The parcel that the carrier saw.
    pub parcel: ParcelId,
    /// When.
    pub handed_over_at: Timestamp,
}

/// Units were not inspected in time: their money is released without it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct InspectionOverdue {
    /// The return.
    pub r#return: ReturnId,
    /// Which units.
    pub units: Vec<LineUnits>,
    /// When the next units are overdue; none when none wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inspect_by: Option<Timestamp>,
}

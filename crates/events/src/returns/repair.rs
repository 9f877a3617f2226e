//! Repairs: the goods are mended and go back to the buyer.

use backhaul_kernel::{ClaimId, LineId, Money, RepairId, Text, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::LineUnits;

/// Units are to be mended. Where the law stops a clock during repair, it stops here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RepairStarted {
    /// The repair.
    pub repair: RepairId,
    /// The claim whose remedy it is, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<ClaimId>,
    /// Which units; each line once.
    pub units: Vec<LineUnits>,
    /// Who pays.
    pub coverage: Coverage,
    /// What is wrong, in words.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub note: Text,
    /// When.
    pub started_at: Timestamp,
}

/// Who pays for a repair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Coverage {
    /// The merchant: it is the remedy of an accepted claim.
    Claim,
    /// The merchant, by law.
    Guarantee {
        /// The statutory clause that says so.
        clause: Text,
        /// Until when it holds; none holds without end.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ends_at: Option<Timestamp>,
    },
    /// The buyer, who is told the price before.
    Buyer,
}

/// The buyer is told what the repair will cost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RepairQuoted {
    /// The repair.
    pub repair: RepairId,
    /// The price, taxes included.
    pub price: Money,
    /// What is to be done, in words.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub note: Text,
}

/// The buyer takes the offer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RepairQuoteAccepted {
    /// The repair.
    pub repair: RepairId,
}

/// The buyer does not take the offer; the goods go back as they are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RepairQuoteDeclined {
    /// The repair.
    pub repair: RepairId,
}

/// The goods are mended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RepairCompleted {
    /// The repair.
    pub repair: RepairId,
    /// The parts that were built in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Text>,
    /// When.
    pub completed_at: Timestamp,
}

/// The goods could not be mended; the next remedy is open.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RepairFailed {
    /// The repair.
    pub repair: RepairId,
    /// Why, in words.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub note: Text,
    /// When.
    pub failed_at: Timestamp,
}

/// The goods left for the buyer, mended or not. A clock that stopped runs again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RepairSentBack {
    /// The repair.
    pub repair: RepairId,
    /// The carrier's number of the parcel, if it is known.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub reference: Text,
    /// When.
    pub sent_at: Timestamp,
}

/// The law makes a guarantee longer, once, because the buyer had goods repaired.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GuaranteeExtended {
    /// The repair.
    pub repair: RepairId,
    /// The line whose guarantee it is.
    pub line: LineId,
    /// The clause that makes it longer.
    pub clause: Text,
    /// By how many months.
    pub months: u32,
    /// When it ends now.
    pub ends_at: Timestamp,
}

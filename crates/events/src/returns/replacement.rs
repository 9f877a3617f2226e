//! What claims and exchanges share: goods that come in place of others, and money that is due
//! without a return.

use backhaul_kernel::{ClaimId, ExchangeId, LineId, Money, OrderId, Text, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{LegalDue, ReleasedItem};

/// The claim or the exchange that something follows from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum RemedyOf {
    /// Of a claim.
    Claim {
        /// The claim.
        claim: ClaimId,
    },
    /// Of an exchange.
    Exchange {
        /// The exchange.
        exchange: ExchangeId,
    },
}

impl RemedyOf {
    /// The order it belongs to.
    pub fn order(&self) -> OrderId {
        match self {
            Self::Claim { claim } => claim.order(),
            Self::Exchange { exchange } => exchange.order(),
        }
    }
}

/// Some money of one line of the order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LineAmount {
    /// The line.
    pub line: LineId,
    /// How much, taxes included.
    pub amount: Money,
}

/// Some money that the platform collected for an exchange.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CollectedPart {
    /// The exchange.
    pub exchange: ExchangeId,
    /// How much.
    pub amount: Money,
}

/// Goods that come in place of others: a line of its own, that can be returned, exchanged and
/// claimed like those of the order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReplacementLine {
    /// The new line, such as `X1-1`: no line of the order has this id.
    pub line: LineId,
    /// The line whose article it is, for a claim.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<LineId>,
    /// The merchant's article number; empty for the article of the line that it replaces.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub sku: Text,
    /// The merchant's category, by which policies choose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<Text>,
    /// Units, at least 1.
    pub quantity: u32,
    /// What all of them cost, taxes included.
    pub value: Money,
    /// What of the value was paid for lines of the order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paid_by: Vec<LineAmount>,
    /// What of the value was collected for earlier exchanges. The rest is collected for this one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub collected_by: Vec<CollectedPart>,
}

/// Replacement goods were set aside.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReplacementReserved {
    /// What they are for.
    pub of: RemedyOf,
    /// By which the merchant's stock finds them.
    pub reference: Text,
}

/// There are no replacement goods: a claim is open again, an exchange becomes a return with its
/// refund.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReplacementUnavailable {
    /// What they were for.
    pub of: RemedyOf,
    /// In words.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub note: Text,
}

/// Replacement goods left for the buyer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReplacementSent {
    /// What they are for.
    pub of: RemedyOf,
    /// The carrier's number of the parcel, if it is known.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub reference: Text,
    /// When.
    pub sent_at: Timestamp,
    /// By when the old goods must be back, where the new ones were sent first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goods_due_at: Option<Timestamp>,
}

/// Replacement goods reached the buyer; their own windows start here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReplacementDelivered {
    /// What they are for.
    pub of: RemedyOf,
    /// When.
    pub delivered_at: Timestamp,
}

/// Money for a claim or an exchange may go back now. Refunds act on this as on the release of a
/// return.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RemedyReleased {
    /// What it is for.
    pub of: RemedyOf,
    /// Which release of the claim or exchange this is, from 1.
    pub release: u32,
    /// For what.
    pub items: Vec<ReleasedItem>,
    /// By when the law wants the money back; none where no law says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<LegalDue>,
}

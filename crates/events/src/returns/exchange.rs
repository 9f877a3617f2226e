//! Exchanges: goods come back, and others take their place. The goods that come back are a return
//! like any other, whose money buys the new ones.

use backhaul_kernel::{ExchangeId, Money, ReturnId, Text, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{CollectedPart, LineAmount, ReplacementLine};

/// The buyer asks to have other goods in place of those of a return.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ExchangeRequested {
    /// The exchange.
    pub exchange: ExchangeId,
    /// The return by which the old goods come back; it releases no money while this stands.
    pub r#return: ReturnId,
    /// What takes their place.
    pub lines: Vec<ReplacementLine>,
    /// Days in which the old goods must be back once the new ones were sent first; none where the
    /// old goods come first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advance_days: Option<u32>,
    /// When the buyer asked.
    pub requested_at: Timestamp,
}

/// The one ledger of an exchange: what the old goods are worth against what the new ones cost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DifferenceQuoted {
    /// The exchange.
    pub exchange: ExchangeId,
    /// What the old goods are worth, less what is kept back.
    pub credit: Money,
    /// The credit line by line, as the goods come back.
    pub credits: Vec<LineAmount>,
    /// What the new goods cost.
    pub goods: Money,
    /// What sending them costs.
    pub shipping: Money,
    /// What the way back costs.
    pub return_shipping: Money,
    /// All costs less the credit: above nothing the buyer pays, below it the merchant does.
    pub difference: Money,
    /// The lines out of which the merchant pays.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub owed: Vec<LineAmount>,
    /// What the merchant pays of money collected for earlier exchanges.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub owed_collected: Vec<CollectedPart>,
}

/// The platform collected the difference from the buyer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DifferenceCollected {
    /// The exchange.
    pub exchange: ExchangeId,
    /// How much.
    pub amount: Money,
    /// The platform's name for the payment.
    pub payment: Text,
    /// When.
    pub collected_at: Timestamp,
}

/// Money that the platform collected for the exchange is due back to the buyer. The platform took
/// it, and gives it back by the same payment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DifferenceReleased {
    /// The exchange that it was collected for.
    pub exchange: ExchangeId,
    /// How much.
    pub amount: Money,
    /// The platform's name for the payment.
    pub payment: Text,
}

/// The new goods may be sent before the old ones are back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AdvanceAuthorized {
    /// The exchange.
    pub exchange: ExchangeId,
    /// What is charged if the old goods never come.
    pub amount: Money,
    /// The platform's name for the payment that secures it.
    pub payment: Text,
}

/// The old goods came; nothing is charged for them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AdvanceReleased {
    /// The exchange.
    pub exchange: ExchangeId,
}

/// Old goods did not come in time; the buyer keeps and pays them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AdvanceCharged {
    /// The exchange.
    pub exchange: ExchangeId,
    /// How much the platform charges.
    pub amount: Money,
    /// The platform's name for the payment.
    pub payment: Text,
}

/// The new goods left and the old ones are accounted for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ExchangeCompleted {
    /// The exchange.
    pub exchange: ExchangeId,
}

/// There is no exchange; its return goes on like any other, with its refund.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ExchangeUnwound {
    /// The exchange.
    pub exchange: ExchangeId,
    /// Why, in words.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub note: Text,
}

/// There is neither an exchange nor a return.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ExchangeCancelled {
    /// The exchange.
    pub exchange: ExchangeId,
    /// Why, in words.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub note: Text,
}

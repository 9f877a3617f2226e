//! A partial refund in place of a return: offered, and accepted or declined by the buyer.

use backhaul_kernel::{Money, ReturnId, Text};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The buyer is offered money for keeping the goods. An earlier offer that stands open lapses.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PartialRefundOffered {
    /// The return.
    pub r#return: ReturnId,
    /// Which of the return's offers, from 1.
    pub offer: u32,
    /// The whole of it, taxes included.
    pub amount: Money,
    /// What of it is for each item, in the order of the items.
    pub shares: Vec<Money>,
    /// The rules of the policy that offer it; none where a person does.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clauses: Vec<Text>,
}

/// The buyer keeps the goods for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PartialRefundAccepted {
    /// The return.
    pub r#return: ReturnId,
    /// Which offer.
    pub offer: u32,
}

/// The buyer sends the goods back instead.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PartialRefundDeclined {
    /// The return.
    pub r#return: ReturnId,
    /// Which offer.
    pub offer: u32,
    /// Why, in the buyer's words.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub note: Text,
}

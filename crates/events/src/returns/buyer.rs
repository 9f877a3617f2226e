//! What a decision knew of the same buyer's other dealings with the merchant.

use backhaul_kernel::{Money, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a buyer did over all orders of the merchant before a request, as far as it was known then.
/// Orders that are told or returns that are asked for in the same moment may be missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BuyerBefore {
    /// Days before the request that all of it is about.
    pub days: u32,
    /// Orders placed, the one of the request among them.
    pub orders: u32,
    /// Units of these orders.
    pub bought: u32,
    /// Returns asked for.
    pub returns: u32,
    /// Units of these returns, those left out that came to nothing: declined, cancelled, expired.
    pub returned: u32,
    /// Returns whose goods the buyer kept.
    pub kept: u32,
    /// What the kept goods were worth, as far as they were paid in the currency of the order.
    pub kept_worth: Money,
    /// Units of these orders that were asked back, of all units of these orders: 2500 is 25 %.
    pub share_basis_points: u32,
    /// When the returns were asked for whose goods the buyer kept, latest first; the latest
    /// hundred.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kept_at: Vec<Timestamp>,
}

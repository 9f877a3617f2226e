//! What limits refunds: the merchant's limits by tier, what somebody has used of them, and how
//! tenders are chosen.

use backhaul_kernel::{Money, OrderId, PaymentId, Tier, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::orders::Tender;

/// What an actor of a tier may approve alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TierLimits {
    /// The tier.
    pub tier: Tier,
    /// At most this much a refund, one limit a currency.
    pub per_refund: Vec<Money>,
    /// At most this much a day (UTC) and actor, one limit a currency; without a limit as much as
    /// the refunds allow.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub per_day: Vec<Money>,
}

/// How the merchant has tenders chosen.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TenderPolicy {
    /// In which order, unless a refund says otherwise.
    #[serde(default)]
    pub strategy: Strategy,
    /// What a refund to a tender costs the merchant; tenders that are not named cost nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub costs: Vec<TenderCost>,
    /// Where money goes that a provider refuses for good: the first that was not tried. None
    /// leaves it to a person.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fallback: Vec<Route>,
    /// Who keeps the books of gift cards and store credit.
    #[serde(default)]
    pub credit_books: CreditBooks,
}

/// In which order payments are filled up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// What was paid first goes back first.
    #[default]
    FirstCaptured,
    /// What was paid last goes back first.
    LastCaptured,
    /// Each payment in proportion to what it still holds.
    Ratio,
    /// The payment that costs the merchant least first.
    Cheapest,
}

/// What a refund to a tender costs the merchant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TenderCost {
    /// The tender.
    pub tender: Tender,
    /// The share of the amount: 150 is 1.5 %.
    pub basis_points: u32,
}

/// Where money goes that cannot go back the way it came.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Route {
    /// Into the buyer's store credit.
    StoreCredit,
    /// A person pays it, such as by bank transfer.
    ManualPayout,
}

/// Who keeps the books of gift cards and store credit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CreditBooks {
    /// A provider, like that of any other payment.
    #[default]
    Provider,
    /// Accounts of this log.
    Here,
}

/// Which payments a refund may use, and in which order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TenderChoice {
    /// In which order.
    pub strategy: Strategy,
    /// Only these payments; all when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub only: Vec<PaymentId>,
}

/// What was used of limits that span orders, this refund included: the inputs of its approval.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Spent {
    /// Under which name the budgets count this refund.
    pub claim: String,
    /// By the proposer today.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<Used>,
    /// For the buyer within 30 days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buyer: Option<Used>,
}

/// What was used of one budget.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Used {
    /// The budget.
    pub budget: String,
    /// How much this refund takes of it.
    pub taken: Money,
    /// How much was used in all, this refund included.
    pub total: Money,
}

/// A refund was counted against a budget, before it was decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BudgetTaken {
    /// Under which name.
    pub claim: String,
    /// The order.
    pub order: OrderId,
    /// How much.
    pub amount: Money,
    /// When.
    pub taken_at: Timestamp,
}

/// What was counted is free again: the refund did not come about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BudgetReturned {
    /// Under which name it was counted.
    pub claim: String,
}

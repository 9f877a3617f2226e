//! What becomes of money after, or instead of, the provider's word: other ways, credit notes,
//! settlement files, deadlines of the law.

use backhaul_kernel::{AccountId, CreditNoteId, Money, PaymentId, RefundId, Text, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::credit::Owner;
use super::limits::Route;

/// Money that cannot go back the way it came goes another way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FallbackChosen {
    /// The refund.
    pub refund: RefundId,
    /// The attempt that failed for good or came back.
    pub attempt: u32,
    /// Where the money goes instead.
    pub route: Route,
}

/// An attempt that goes into an account of store credit or onto a gift card. It takes its money
/// off the payment like any other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StoreCreditSubmitted {
    /// The refund.
    pub refund: RefundId,
    /// The attempt, counted from 1 within the refund.
    pub attempt: u32,
    /// Of which payment.
    pub payment: PaymentId,
    /// How much.
    pub amount: Money,
    /// Into which account.
    pub account: AccountId,
    /// Whose it is.
    pub owner: Owner,
}

/// An attempt that a person pays by other means. It takes its money off the payment like any other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ManualPayoutRequested {
    /// The refund.
    pub refund: RefundId,
    /// The attempt, counted from 1 within the refund.
    pub attempt: u32,
    /// Of which payment.
    pub payment: PaymentId,
    /// How much.
    pub amount: Money,
}

/// A person has paid. The attempt's success follows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ManualPayoutRecorded {
    /// The refund.
    pub refund: RefundId,
    /// The attempt.
    pub attempt: u32,
    /// By which the payout can be found, such as a bank's reference.
    pub reference: Text,
}

/// The document of a settled refund.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CreditNoteIssued {
    /// The refund.
    pub refund: RefundId,
    /// Its number: counted within the order, without gaps.
    pub credit_note: CreditNoteId,
    /// What went back: net and taxes, less the fee.
    pub amount: Money,
    /// Goods, shipping and charges, without taxes.
    pub net: Money,
    /// Each tax at each rate.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taxes: Vec<CreditedTax>,
    /// What was kept back; not negative.
    pub fee: Money,
}

/// One tax of a credit note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CreditedTax {
    /// Who levies it.
    pub jurisdiction: String,
    /// At which rate.
    pub rate_basis_points: u32,
    /// The net amounts it was levied on.
    pub base: Money,
    /// The tax.
    pub tax: Money,
}

/// A settlement file of the provider has the attempt, with the same amount.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RefundReconciled {
    /// The refund.
    pub refund: RefundId,
    /// The attempt.
    pub attempt: u32,
    /// The settlement.
    pub settlement: Text,
    /// How much.
    pub amount: Money,
    /// When the provider settled it.
    pub settled_at: Timestamp,
}

/// A settlement file of the provider and the log disagree: a person must look.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DiscrepancyFound {
    /// The refund.
    pub refund: RefundId,
    /// The attempt that the file names.
    pub attempt: u32,
    /// The settlement.
    pub settlement: Text,
    /// On what.
    pub discrepancy: Discrepancy,
}

/// On what a settlement file and the log disagree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Discrepancy {
    /// The amount.
    Amount {
        /// What the log says.
        ours: Money,
        /// What the file says.
        theirs: Money,
    },
    /// The log says that the attempt failed or came back.
    NotPaid,
    /// Another settlement has the attempt already.
    Twice {
        /// The other settlement.
        earlier: Text,
    },
    /// The log has no such attempt.
    AttemptUnknown,
}

/// The law wanted the money back by now, and it is not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RefundDeadlineBreached {
    /// The refund.
    pub refund: RefundId,
    /// By when it was due.
    pub due_at: Timestamp,
}

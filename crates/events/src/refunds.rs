//! What money goes back. One stream an order holds all its refunds and every attempt to pay them,
//! so that "never more than was captured" is a decision on one stream.

mod credit;
mod limits;
mod settling;

use backhaul_kernel::{
    Actor, ChargeId, LineId, Money, OrderId, PaymentId, RefundId, ReturnId, Text, Timestamp,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::context_events;
use crate::returns::{Deduction, RemedyOf};
pub use credit::{
    LotShare, Owner, Source, StoreCreditExpired, StoreCreditFrozen, StoreCreditIssued,
    StoreCreditRedeemed, StoreCreditUnfrozen,
};
pub use limits::{
    BudgetReturned, BudgetTaken, CreditBooks, Route, Spent, Strategy, TenderChoice, TenderCost,
    TenderPolicy, TierLimits, Used,
};
pub use settling::{
    CreditNoteIssued, CreditedTax, Discrepancy, DiscrepancyFound, FallbackChosen,
    ManualPayoutRecorded, ManualPayoutRequested, RefundDeadlineBreached, RefundReconciled,
    StoreCreditSubmitted,
};

context_events! { Refunds, "refunds":
    RefundProposed = 1,
    ApprovalRequested = 1,
    ApprovalExpired = 1,
    RefundApproved = 1,
    RefundRejected = 1,
    RefundHeld = 1,
    TendersAllocated = 1,
    RefundSubmitted = 1,
    StoreCreditSubmitted = 1,
    ManualPayoutRequested = 1,
    FallbackChosen = 1,
    RefundOutcomeUnknown = 1,
    RefundPending = 1,
    RefundActionRequired = 1,
    RefundSucceeded = 1,
    RefundFailed = 1,
    RefundReversed = 1,
    RefundParked = 1,
    RefundSettled = 1,
    RefundCancelled = 1,
    ManualPayoutRecorded = 1,
    CreditNoteIssued = 1,
    RefundReconciled = 1,
    DiscrepancyFound = 1,
    RefundDeadlineBreached = 1,
    ApprovalPolicyPublished = 1,
    BudgetTaken = 1,
    BudgetReturned = 1,
    StoreCreditIssued = 1,
    StoreCreditRedeemed = 1,
    StoreCreditExpired = 1,
    StoreCreditFrozen = 1,
    StoreCreditUnfrozen = 1,
}

/// A grant was made: so much, for this, component by component.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RefundProposed {
    /// The refund.
    pub refund: RefundId,
    /// The order.
    pub order: OrderId,
    /// What it is for.
    pub cause: Cause,
    /// The whole amount: the sum of the parts.
    pub amount: Money,
    /// Where the amount comes from. A fee is a negative part.
    pub parts: Vec<Part>,
    /// Which units of which lines it pays for. A unit is paid for once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub units: Vec<UnitRange>,
    /// Who proposed it, and so must not approve it; written since grants tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposed_by: Option<Actor>,
    /// By when the law wants the money back; none where no law says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Timestamp>,
    /// Not to be paid before this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
    /// Which payments it may use, and in which order; first captured, first back, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenders: Option<TenderChoice>,
    /// What was used of limits that span orders, where the merchant has any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spent: Option<Box<Spent>>,
    /// What the part that is a fee is made of, each with the clause that allows it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deductions: Vec<Deduction>,
    /// The platform's pseudonymous name for the person whose the money is, as store credit; the
    /// buyer's when absent, back to the payments. The payments bear it all the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit_to: Option<Text>,
}

/// What a refund is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Cause {
    /// Units of a return.
    Return {
        /// The return.
        r#return: ReturnId,
        /// Which of its releases.
        release: u32,
    },
    /// By hand, out of goodwill.
    Goodwill {
        /// Why, in words.
        note: Text,
        /// Why, as a code.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<GoodwillReason>,
    },
    /// A claim or an exchange, without a return.
    Remedy {
        /// Which.
        of: RemedyOf,
        /// Which of its releases.
        release: u32,
    },
}

/// Why money is given back by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GoodwillReason {
    /// The goods came late.
    LateDelivery,
    /// The goods came damaged, and the buyer keeps them.
    Damage,
    /// The price fell, or was wrong.
    Price,
    /// The buyer was served badly.
    Service,
    /// The buyer is to be kept.
    Loyalty,
    /// None of the others; the words say.
    Other,
}

/// A part of a refund.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Part {
    /// What the money was paid for.
    pub component: Component,
    /// How much of it goes back.
    pub amount: Money,
}

/// What money was paid for. Each has its own cap: no more goes back than was paid for it.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Component {
    /// The goods of a line, without tax.
    LineNet {
        /// The line.
        line: LineId,
    },
    /// One tax of a line.
    LineTax {
        /// The line.
        line: LineId,
        /// Who levies it.
        jurisdiction: JurisdictionCode,
        /// At which rate.
        rate_basis_points: u32,
    },
    /// Outbound shipping, without tax.
    ShippingNet,
    /// One tax of outbound shipping.
    ShippingTax {
        /// Who levies it.
        jurisdiction: JurisdictionCode,
        /// At which rate.
        rate_basis_points: u32,
    },
    /// A duty, an import tax, a fee or a deposit that was paid, without tax.
    ChargeNet {
        /// The charge of the order.
        charge: ChargeId,
    },
    /// One tax of such a charge.
    ChargeTax {
        /// The charge of the order.
        charge: ChargeId,
        /// Who levies it.
        jurisdiction: JurisdictionCode,
        /// At which rate.
        rate_basis_points: u32,
    },
    /// A fee that lowers the refund; its amount is negative.
    Fee,
    /// Given out of goodwill.
    Goodwill,
}

/// A jurisdiction's code; ordered, so that components can be keys.
pub type JurisdictionCode = String;

/// Units `first .. first + count` of a line. Units are numbered from 0, so that any sequence of
/// partial refunds adds up to what was paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UnitRange {
    /// The line.
    pub line: LineId,
    /// The first unit.
    pub first: u32,
    /// How many, at least 1.
    pub count: u32,
}

/// The grant is above what may be approved without a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ApprovalRequested {
    /// The refund.
    pub refund: RefundId,
    /// The limit that it exceeds; none when no limit is set for the currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<Money>,
    /// Digest of what is to be approved; an approval must name it.
    pub digest: String,
    /// Until when it can be approved; written since approvals expire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

/// Nobody approved in time. What was issued by hand is given up; what a return is owed is asked
/// for again in the same commit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ApprovalExpired {
    /// The refund.
    pub refund: RefundId,
}

/// The grant may be paid.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RefundApproved {
    /// The refund.
    pub refund: RefundId,
    /// By whom.
    pub by: Approver,
    /// Digest of what was approved.
    pub digest: String,
}

/// Who approved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Approver {
    /// The approval policy, because the amount is within its limit.
    Policy {
        /// The policy's version.
        version: u32,
        /// Its limit.
        limit: Money,
    },
    /// The proposer, within the limit of their tier.
    Tier {
        /// Who.
        actor: Actor,
        /// The policy's version.
        version: u32,
        /// The tier's limit.
        limit: Money,
    },
    /// A person.
    Person {
        /// Who.
        actor: Actor,
    },
}

/// A person said no; units and money are free again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RefundRejected {
    /// The refund.
    pub refund: RefundId,
    /// Why, in words.
    pub note: Text,
}

/// The grant is approved and cannot be paid yet. It keeps its units and its money.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RefundHeld {
    /// The refund.
    pub refund: RefundId,
    /// What it waits for.
    pub hold: Hold,
}

/// What an approved grant waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Hold {
    /// The bank decides on disputes of these payments first.
    Dispute {
        /// The payments.
        payments: Vec<PaymentId>,
    },
    /// It is not to be paid before a time.
    Until {
        /// The time.
        at: Timestamp,
    },
    /// The payments hold less by now, because a bank took money from them: a person decides.
    Funds {
        /// What they hold.
        left: Money,
    },
}

/// Which payments the grant goes back to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TendersAllocated {
    /// The refund.
    pub refund: RefundId,
    /// How much to each payment; adds up to the grant.
    pub allocations: Vec<Allocation>,
}

/// A part of a grant that goes back to one payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Allocation {
    /// The payment.
    pub payment: PaymentId,
    /// The provider's token of its capture.
    pub provider_payment: Text,
    /// How much.
    pub amount: Money,
}

/// The provider is about to be asked. In the log before the call is made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RefundSubmitted {
    /// The refund.
    pub refund: RefundId,
    /// The attempt, counted from 1 within the refund.
    pub attempt: u32,
    /// To which payment.
    pub payment: PaymentId,
    /// The provider's token of its capture.
    pub provider_payment: Text,
    /// How much.
    pub amount: Money,
    /// The idempotency key that every call for this attempt carries.
    pub key: String,
}

/// The provider did not answer, or not clearly. The attempt still reserves its money.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RefundOutcomeUnknown {
    /// The refund.
    pub refund: RefundId,
    /// The attempt.
    pub attempt: u32,
    /// How often it has been asked for.
    pub tries: u32,
    /// When to look it up again.
    pub retry_at: Timestamp,
}

/// The provider accepted the attempt and will report later.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RefundPending {
    /// The refund.
    pub refund: RefundId,
    /// The attempt.
    pub attempt: u32,
    /// The provider's own id of the refund.
    pub provider_refund: Text,
    /// When to ask again.
    pub retry_at: Timestamp,
}

/// The provider needs something from the buyer or the merchant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RefundActionRequired {
    /// The refund.
    pub refund: RefundId,
    /// The attempt.
    pub attempt: u32,
    /// The provider's own id of the refund.
    pub provider_refund: Text,
    /// What is needed.
    pub instruction: Text,
}

/// The money went back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RefundSucceeded {
    /// The refund.
    pub refund: RefundId,
    /// The attempt.
    pub attempt: u32,
    /// The provider's own id of the refund.
    pub provider_refund: Text,
    /// The acquirer's reference, by which the buyer's bank finds it.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub acquirer_reference: Text,
}

/// The provider said no for good; the attempt's money is free again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RefundFailed {
    /// The refund.
    pub refund: RefundId,
    /// The attempt.
    pub attempt: u32,
    /// The provider's reason.
    pub code: Text,
}

/// The money came back after it had gone; it can be refunded again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RefundReversed {
    /// The refund.
    pub refund: RefundId,
    /// The attempt.
    pub attempt: u32,
    /// The provider's reason.
    pub code: Text,
    /// By when the law wants the money that came back; none where no law says, and where it was
    /// noted already that the day is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Timestamp>,
}

/// Retrying has ended without an answer: a person must look.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RefundParked {
    /// The refund.
    pub refund: RefundId,
    /// The attempt.
    pub attempt: u32,
    /// How often it was tried.
    pub tries: u32,
}

/// Everything granted has gone back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RefundSettled {
    /// The refund.
    pub refund: RefundId,
    /// What it was for.
    pub cause: Cause,
    /// How much.
    pub amount: Money,
}

/// The grant was withdrawn before any money went; units and money are free again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RefundCancelled {
    /// The refund.
    pub refund: RefundId,
    /// Why, in words.
    pub note: Text,
}

/// A merchant's limits for refunds have a new version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ApprovalPolicyPublished {
    /// The version, from 1.
    pub version: u32,
    /// Up to this much per currency is approved without a person; nothing where no limit is set.
    pub automatic_up_to: Vec<Money>,
    /// What actors of a tier may approve alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tiers: Vec<TierLimits>,
    /// At most this much for one buyer within 30 days without a second person, one limit a
    /// currency.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub per_buyer: Vec<Money>,
    /// At most this much goodwill for one order, whoever approves, one limit a currency.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub goodwill_per_order: Vec<Money>,
    /// How tenders are chosen; first captured, first back, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenders: Option<TenderPolicy>,
}

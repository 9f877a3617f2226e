//! What can be asked of the refunds of an order.

use backhaul_events::refunds::{GoodwillReason, Route, Spent, Strategy};
use backhaul_events::returns::{Deduction, OutboundShipping, ReleaseTerms, ReleasedItem, RemedyOf};
use backhaul_kernel::{
    ChargeId, LineId, Money, OrderId, PaymentId, RefundId, ReturnId, Text, Timestamp,
};

use crate::{ApprovalPolicySnapshot, OrderFacts};

/// A request; may be refused.
#[derive(Debug, Clone)]
pub enum Command {
    /// Units of a return are free to be paid for. The same release again changes nothing.
    Release {
        /// The return.
        r#return: ReturnId,
        /// Which of its releases.
        release: u32,
        /// For what.
        items: Vec<ReleasedItem>,
        /// On which terms.
        terms: Terms,
        /// What the decision rests on.
        grounds: Grounds,
    },
    /// Money of a claim or an exchange is free to be paid. The same release again changes nothing.
    ReleaseRemedy {
        /// Which.
        of: RemedyOf,
        /// Which of its releases.
        release: u32,
        /// For what.
        items: Vec<ReleasedItem>,
        /// By when the law wants the money back; none where no law says.
        due_at: Option<Timestamp>,
        /// What the decision rests on.
        grounds: Grounds,
    },
    /// A refund by hand.
    Issue {
        /// The order.
        order: OrderId,
        /// What goes back.
        what: Issued,
        /// When and which way.
        wishes: Wishes,
        /// Why, in words.
        note: Text,
        /// What the decision rests on.
        grounds: Grounds,
    },
    /// A person lets a grant above the limit go out.
    Approve {
        /// The refund.
        refund: RefundId,
        /// Digest of what the person saw.
        digest: String,
        /// What the decision rests on.
        grounds: Grounds,
    },
    /// A person says no to a grant above the limit.
    Reject {
        /// The refund.
        refund: RefundId,
        /// Why, in words.
        note: Text,
    },
    /// The grant is withdrawn; only before any provider was asked.
    Cancel {
        /// The refund.
        refund: RefundId,
        /// Why, in words.
        note: Text,
    },
    /// What was held is paid, if nothing holds it any more.
    Resume {
        /// The refund.
        refund: RefundId,
        /// What the decision rests on.
        grounds: Grounds,
    },
    /// A person sends again what failed for good or came back.
    Retry {
        /// The refund.
        refund: RefundId,
        /// What the decision rests on.
        grounds: Grounds,
    },
    /// What an attempt lost goes another way.
    Redirect {
        /// The refund.
        refund: RefundId,
        /// The attempt that failed for good or came back.
        attempt: u32,
        /// Which way; none takes the merchant's own.
        route: Option<Route>,
        /// What the decision rests on.
        grounds: Grounds,
    },
    /// A person has paid by other means.
    RecordPayout {
        /// The refund.
        refund: RefundId,
        /// The attempt.
        attempt: u32,
        /// By which the payout can be found.
        reference: Text,
    },
    /// Nobody approved in time.
    ExpireApproval {
        /// The refund.
        refund: RefundId,
    },
    /// The law wanted the money back by now.
    NoteBreach {
        /// The refund.
        refund: RefundId,
    },
    /// A provider's settlement file has an attempt.
    Reconcile {
        /// The refund.
        refund: RefundId,
        /// What the file says.
        entry: SettlementEntry,
    },
    /// What a provider, or a person who looked it up there, says of an attempt.
    RecordOutcome {
        /// The refund.
        refund: RefundId,
        /// The attempt.
        attempt: u32,
        /// What became of it.
        outcome: Outcome,
    },
}

/// What a settlement file says of an attempt.
#[derive(Debug, Clone, PartialEq)]
pub struct SettlementEntry {
    /// The file or batch.
    pub settlement: Text,
    /// The attempt.
    pub attempt: u32,
    /// The provider's own id of the refund.
    pub provider_refund: Text,
    /// How much it settled.
    pub amount: Money,
    /// When.
    pub settled_at: Timestamp,
}

/// When and which way a refund by hand is to be paid, and why.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Wishes {
    /// Why, as a code.
    pub reason: Option<GoodwillReason>,
    /// Not before this time.
    pub not_before: Option<Timestamp>,
    /// In which order payments are used; the merchant's own order when none.
    pub strategy: Option<Strategy>,
    /// Only these payments; all when empty.
    pub only: Vec<PaymentId>,
}

/// What a grant is decided on, taken from other streams at the moment of the command.
#[derive(Debug, Clone)]
pub struct Grounds {
    /// What was sold and paid.
    pub facts: OrderFacts,
    /// Up to what no person is needed.
    pub approval: ApprovalPolicySnapshot,
    /// What was used of limits that span orders, this refund included; none where no such limit
    /// is set.
    pub spent: Option<Spent>,
}

/// On which terms a return is paid for: what its law and its policy say beside the items.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Terms {
    /// What goes back of outbound shipping and of charges of the whole order.
    pub shipping: ShippingTerms,
    /// What is kept back, in this order; never more than the rest is worth.
    pub deductions: Vec<Deduction>,
    /// By when the law wants the money back; none where no law says.
    pub due_at: Option<Timestamp>,
    /// Whose the money is, as store credit; none is the buyer's, back to the payments.
    pub credit_to: Option<Text>,
}

impl From<&ReleaseTerms> for Terms {
    fn from(terms: &ReleaseTerms) -> Self {
        let shipping = terms.shipping.as_ref().map(|owed| owed.extent);
        Self {
            shipping: match shipping {
                None => ShippingTerms::Kept,
                Some(OutboundShipping::WithWholeOrder) => ShippingTerms::WithWholeOrder,
                Some(OutboundShipping::ProRata) => ShippingTerms::ProRata,
            },
            deductions: terms.deductions.clone(),
            due_at: terms.due.as_ref().map(|due| due.at),
            credit_to: terms.credit_to.clone(),
        }
    }
}

/// What goes back of outbound shipping, and of charges of the whole order, with returned units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ShippingTerms {
    /// Nothing.
    #[default]
    Kept,
    /// All of it, up to standard delivery, with the last unit of the order and not before: the
    /// rule of a withdrawal.
    WithWholeOrder,
    /// Each unit's share of it, up to standard delivery, in proportion to what the lines cost.
    ProRata,
}

/// What a person refunds by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Issued {
    /// Money out of goodwill, taken from no line.
    Goodwill {
        /// How much.
        amount: Money,
    },
    /// Parts of what was paid, less a fee.
    Portions {
        /// What of; each is capped by what is left of it.
        portions: Vec<Portion>,
        /// Kept back; never more than the portions are worth.
        fee: Option<Money>,
    },
}

/// A part of what was paid, with its taxes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Portion {
    /// Of what.
    pub of: PortionOf,
    /// How much, taxes included; none takes all that is left.
    pub amount: Option<Money>,
}

/// What a portion is taken from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PortionOf {
    /// A line.
    Line(LineId),
    /// Outbound shipping.
    Shipping,
    /// A charge of the order beside lines and shipping.
    Charge(ChargeId),
}

/// What became of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The money went back.
    Succeeded {
        /// The provider's own id of the refund.
        provider_refund: Text,
        /// The acquirer's reference; empty when none is known.
        acquirer_reference: Text,
    },
    /// The provider will report later.
    Pending {
        /// The provider's own id of the refund.
        provider_refund: Text,
    },
    /// The provider needs something.
    ActionRequired {
        /// The provider's own id of the refund.
        provider_refund: Text,
        /// What.
        instruction: Text,
    },
    /// The provider said no for good.
    Failed {
        /// Its reason.
        code: Text,
    },
    /// No answer, or none that can be understood.
    Unknown,
    /// The money came back after it had gone.
    Reversed {
        /// The provider's reason.
        code: Text,
    },
}

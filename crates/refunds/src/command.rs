//! What can be asked of the refunds of an order.

use backhaul_events::returns::ReleasedItem;
use backhaul_kernel::{LineId, Money, OrderId, RefundId, ReturnId, Text};

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
        /// What the decision rests on.
        grounds: Grounds,
    },
    /// A refund by hand.
    Issue {
        /// The order.
        order: OrderId,
        /// What goes back.
        what: Issued,
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
        /// What was paid, to choose the payments.
        facts: OrderFacts,
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
    /// A person sends again what failed for good or came back.
    Retry {
        /// The refund.
        refund: RefundId,
        /// What was paid, to choose the payments.
        facts: OrderFacts,
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

/// What a grant is decided on, taken from other streams at the moment of the command.
#[derive(Debug, Clone)]
pub struct Grounds {
    /// What was sold and paid.
    pub facts: OrderFacts,
    /// Up to what no person is needed.
    pub approval: ApprovalPolicySnapshot,
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

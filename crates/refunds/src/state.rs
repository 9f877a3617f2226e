//! What decisions on refunds need to know of the past: every grant of the order, and every attempt
//! to pay it.

use std::sync::Arc;

use backhaul_events::refunds::{
    Allocation, Cause, Component, CreditNoteIssued, DiscrepancyFound, Hold, Owner, Part, Spent,
    TenderChoice, UnitRange,
};
use backhaul_events::returns::Deduction;
use backhaul_kernel::{AccountId, Actor, Money, PaymentId, RefundId, Text, Timestamp};
use serde::{Deserialize, Serialize};

/// All refunds of one order, in the order in which they were granted.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    pub(crate) grants: Vec<Arc<Grant>>,
}

/// One grant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Grant {
    /// Its id.
    pub refund: RefundId,
    /// What it is for.
    pub cause: Cause,
    /// The whole amount.
    pub amount: Money,
    /// Where the amount comes from; adds up to it.
    pub parts: Vec<Part>,
    /// Which units it pays for.
    pub units: Vec<UnitRange>,
    /// How far it is.
    pub stage: Stage,
    /// Digest of what is to be approved, or was; empty while nobody judged it.
    pub digest: String,
    /// What keeps it from being paid although it is approved.
    pub hold: Option<Hold>,
    /// Who proposed it; none in grants that do not tell.
    pub proposed_by: Option<Actor>,
    /// The limit that an approval is asked for above.
    pub limit: Option<Money>,
    /// Until when it can be approved.
    pub expires_at: Option<Timestamp>,
    /// By when the law wants the money back.
    pub due_at: Option<Timestamp>,
    /// The due time, once it passed unpaid.
    pub breached: Option<Timestamp>,
    /// Not to be paid before.
    pub not_before: Option<Timestamp>,
    /// Which payments it may use, and in which order.
    pub tenders: TenderChoice,
    /// What was used of limits that span orders.
    pub spent: Option<Spent>,
    /// What its fee is made of.
    pub deductions: Vec<Deduction>,
    /// Whose the money is, as store credit; none is the buyer's.
    pub credit_to: Option<Owner>,
    /// Its credit note, once it was settled.
    pub credit_note: Option<CreditNoteIssued>,
    /// On what settlement files and the log disagree.
    pub discrepancies: Vec<DiscrepancyFound>,
    /// Which payments it goes back to; empty until it is approved.
    pub allocations: Vec<Allocation>,
    /// Every attempt, the first one first.
    pub attempts: Vec<Attempt>,
}

/// How far a grant is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Made, and not judged yet.
    Proposed,
    /// Waits for a person.
    AwaitingApproval,
    /// May be paid; the attempts say how far that is.
    Approved,
    /// Everything granted has gone back.
    Settled,
    /// A person said no.
    Rejected,
    /// Withdrawn before any money went.
    Cancelled,
}

/// One attempt to pay a part of a grant back to one payment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Attempt {
    /// Its number within the refund, from 1.
    pub attempt: u32,
    /// To which payment.
    pub payment: PaymentId,
    /// The provider's token of its capture.
    pub provider_payment: Text,
    /// How much.
    pub amount: Money,
    /// The idempotency key of every call; empty where no provider is called.
    pub key: String,
    /// Which way it goes.
    pub via: Via,
    /// Whether its money went another way after it was lost.
    pub redirected: bool,
    /// The settlement that has it, once one agreed.
    pub settlement: Option<Text>,
    /// How far it is.
    pub progress: Progress,
}

/// Which way an attempt's money goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Via {
    /// Back through the provider that took it.
    Provider,
    /// Into an account of our own books.
    StoreCredit {
        /// The account.
        account: AccountId,
        /// Whose it is.
        owner: Owner,
    },
    /// A person pays it.
    Manual,
}

/// How far an attempt is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    /// The provider is about to be asked, or has been.
    Submitted,
    /// It did not answer.
    Unknown {
        /// How often it was asked.
        tries: u32,
        /// When to look again.
        retry_at: Timestamp,
    },
    /// It will report later.
    Pending {
        /// Its id of the refund.
        provider_refund: Text,
        /// How often it said so.
        polls: u32,
        /// When to ask again.
        retry_at: Timestamp,
    },
    /// It needs something.
    ActionRequired {
        /// Its id of the refund.
        provider_refund: Text,
        /// What it needs.
        instruction: Text,
    },
    /// Nobody knows, and a person must look.
    Parked {
        /// How often it was tried.
        tries: u32,
    },
    /// The money went back.
    Succeeded {
        /// The provider's id of the refund.
        provider_refund: Text,
        /// The acquirer's reference; empty when none is known.
        acquirer_reference: Text,
    },
    /// It said no for good.
    Failed {
        /// Its reason.
        code: Text,
    },
    /// The money went back and came back.
    Reversed {
        /// Its reason.
        code: Text,
    },
}

impl State {
    /// Every grant, in the order in which they were made.
    pub fn grants(&self) -> impl Iterator<Item = &Grant> {
        self.grants.iter().map(AsRef::as_ref)
    }

    /// The grant of that id.
    pub fn grant(&self, refund: &RefundId) -> Option<&Grant> {
        self.grants().find(|grant| grant.refund == *refund)
    }

    /// The grant to change; none for an id that was never proposed.
    pub(crate) fn grant_mut(&mut self, refund: &RefundId) -> Option<&mut Grant> {
        self.grants
            .iter_mut()
            .find(|grant| grant.refund == *refund)
            .map(Arc::make_mut)
    }

    /// How much of a component is granted by grants that still count.
    pub fn granted(&self, component: &Component) -> i64 {
        self.live()
            .flat_map(|grant| &grant.parts)
            .filter(|part| part.component == *component)
            .fold(0, |sum, part| sum.saturating_add(part.amount.minor))
    }

    /// How much of a payment is on its way back, back, or promised.
    pub fn reserved(&self, payment: &PaymentId) -> i64 {
        self.live()
            .fold(0, |sum, grant| sum.saturating_add(grant.reserved(payment)))
    }

    /// How much is granted and not yet laid on payments, because a person must approve it first.
    pub fn unallocated(&self) -> i64 {
        self.live()
            .filter(|grant| grant.allocations.is_empty())
            .fold(0, |sum, grant| sum.saturating_add(grant.amount.minor))
    }

    /// The units that grants which still count pay for.
    pub(crate) fn paid_units(&self) -> impl Iterator<Item = &UnitRange> {
        self.live().flat_map(|grant| &grant.units)
    }

    fn live(&self) -> impl Iterator<Item = &Grant> {
        self.grants().filter(|grant| grant.is_live())
    }
}

impl Grant {
    /// Whether the grant counts: neither refused nor withdrawn, and not one whose every attempt
    /// failed or came back.
    pub fn is_live(&self) -> bool {
        match self.stage {
            Stage::Rejected | Stage::Cancelled => false,
            Stage::Proposed | Stage::AwaitingApproval | Stage::Approved | Stage::Settled => {
                self.attempts.is_empty() || self.attempts.iter().any(Attempt::holds_money)
            }
        }
    }

    /// The attempt of that number.
    pub fn attempt(&self, number: u32) -> Option<&Attempt> {
        self.attempts
            .iter()
            .find(|attempt| attempt.attempt == number)
    }

    pub(crate) fn attempt_mut(&mut self, number: u32) -> Option<&mut Attempt> {
        self.attempts
            .iter_mut()
            .find(|attempt| attempt.attempt == number)
    }

    /// How much of the grant has gone back and stayed.
    pub fn succeeded(&self) -> i64 {
        total(&self.attempts, |attempt| {
            matches!(attempt.progress, Progress::Succeeded { .. })
        })
    }

    /// How much of the grant no attempt carries: failed for good, or come back.
    pub fn outstanding(&self) -> i64 {
        self.amount.minor - total(&self.attempts, Attempt::holds_money)
    }

    /// How much of the payment the grant takes: what its attempts hold, and before the first
    /// attempt what is allocated.
    fn reserved(&self, payment: &PaymentId) -> i64 {
        if self.attempts.is_empty() {
            let to_payment = |allocation: &&Allocation| allocation.payment == *payment;
            return self
                .allocations
                .iter()
                .filter(to_payment)
                .fold(0, |sum, allocation| {
                    sum.saturating_add(allocation.amount.minor)
                });
        }
        total(&self.attempts, |attempt| {
            attempt.payment == *payment && attempt.holds_money()
        })
    }
}

fn total(attempts: &[Attempt], counts: impl Fn(&Attempt) -> bool) -> i64 {
    attempts
        .iter()
        .filter(|attempt| counts(attempt))
        .fold(0, |sum, attempt| sum.saturating_add(attempt.amount.minor))
}

impl Attempt {
    /// Whether the attempt's money may be with the buyer. Only a definite failure frees it, or the
    /// money's own return.
    pub fn holds_money(&self) -> bool {
        match self.progress {
            Progress::Submitted
            | Progress::Unknown { .. }
            | Progress::Pending { .. }
            | Progress::ActionRequired { .. }
            | Progress::Parked { .. }
            | Progress::Succeeded { .. } => true,
            Progress::Failed { .. } | Progress::Reversed { .. } => false,
        }
    }
}

//! The lines of the sandbox provider's ledger. The words are append-only: ledgers outlive us.

use backhaul_kernel::{Money, PaymentId};
use serde::{Deserialize, Serialize};

use super::numbers;
use crate::payment::{DeclineCode, RefundAnswer, RefundOrder};

/// One line of the file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "snake_case")]
pub(super) enum Line {
    /// A refund as it stands from here on; a later line of the same key replaces it.
    Refund(LedgerEntry),
    /// An order that got lost on its way to the provider: nothing happened.
    Lost { key: String },
}

/// One refund, as the provider sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerEntry {
    /// The provider's name of the refund.
    pub provider_refund: String,
    /// The idempotency key it came with.
    pub key: String,
    /// Our name for the attempt.
    pub reference: String,
    /// The payment, as the platform names it.
    pub payment: PaymentId,
    /// The capture, as the provider names it.
    pub provider_payment: String,
    /// How much.
    pub amount: Money,
    /// How it stands.
    pub status: LedgerStatus,
    /// How often somebody looked it up while it was about to change.
    pub lookups: u32,
}

/// How a refund stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LedgerStatus {
    /// Paid out.
    Succeeded,
    /// Not decided yet.
    Pending,
    /// Waits for somebody.
    ActionRequired,
    /// Refused; no money moved.
    Declined(DeclineCode),
    /// Paid out, and came back.
    Reversed(DeclineCode),
}

impl LedgerEntry {
    pub(super) fn first(order: &RefundOrder, status: LedgerStatus) -> Self {
        Self {
            provider_refund: numbers::provider_refund(&order.key),
            key: order.key.clone(),
            reference: order.attempt.reference(),
            payment: order.payment.clone(),
            provider_payment: order.provider_payment.clone(),
            amount: order.amount.money(),
            status,
            lookups: 0,
        }
    }

    /// Whether the order is the one this entry was made for.
    pub(super) fn is_for(&self, order: &RefundOrder) -> bool {
        self.reference == order.attempt.reference()
            && self.payment == order.payment
            && self.provider_payment == order.provider_payment
            && self.amount == order.amount.money()
    }

    /// How it stands, as an answer.
    pub(super) fn answer(&self) -> RefundAnswer {
        let provider_refund = self.provider_refund.clone();
        match &self.status {
            LedgerStatus::Succeeded => RefundAnswer::Succeeded {
                provider_refund,
                acquirer_reference: Some(numbers::acquirer_reference(&self.key)),
            },
            LedgerStatus::Pending => RefundAnswer::Pending { provider_refund },
            LedgerStatus::ActionRequired => RefundAnswer::ActionRequired {
                provider_refund,
                instruction: "the buyer has to confirm the account that the money goes to".into(),
            },
            LedgerStatus::Declined(code) => code.clone().into(),
            LedgerStatus::Reversed(code) => RefundAnswer::Reversed {
                provider_refund,
                code: code.clone(),
            },
        }
    }
}

/// The key was used before, for something else: nothing is done.
pub(super) fn mismatch() -> RefundAnswer {
    DeclineCode::IdempotencyMismatch.into()
}

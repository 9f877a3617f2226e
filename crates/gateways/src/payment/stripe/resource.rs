//! What a refund looks like at Stripe, and what it means.
//! <https://docs.stripe.com/api/refunds/object>

use std::collections::HashMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::amount;
use crate::payment::{DeclineCode, RefundAnswer, RefundOrder};

/// Under which key of a refund's metadata our name of the attempt stands.
pub(super) const ATTEMPT_KEY: &str = "backhaul_attempt";

/// A refund, as much of it as matters.
#[derive(Debug, Deserialize)]
pub(super) struct Refund {
    pub(super) id: String,
    amount: i64,
    currency: String,
    status: Option<String>,
    failure_reason: Option<String>,
    #[serde(default)]
    metadata: Option<HashMap<String, String>>,
    destination_details: Option<Value>,
    next_action: Option<NextAction>,
}

#[derive(Debug, Deserialize)]
struct NextAction {
    #[serde(rename = "type")]
    kind: Option<String>,
}

/// Some of a payment's refunds, newest first.
#[derive(Debug, Deserialize)]
pub(super) struct RefundList {
    pub(super) data: Vec<Refund>,
    pub(super) has_more: bool,
}

/// Reads what Stripe says.
pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    serde_json::from_slice(body).map_err(|error| format!("the answer cannot be read: {error}"))
}

impl Refund {
    /// Our name of the attempt, if it carries one.
    pub(super) fn attempt(&self) -> Option<&str> {
        let metadata = self.metadata.as_ref()?;
        metadata.get(ATTEMPT_KEY).map(String::as_str)
    }

    /// Whether it carries that name of ours.
    pub(super) fn carries(&self, name: &str) -> bool {
        self.attempt() == Some(name)
    }

    /// Whether it is the refund that was ordered, to the last minor unit.
    pub(super) fn is_for(&self, order: &RefundOrder) -> bool {
        let ordered = order.amount.money();
        self.carries(&order.attempt.to_string())
            && amount::at_stripe(ordered) == Some(self.amount)
            && self.currency.eq_ignore_ascii_case(ordered.currency.code())
    }

    /// How it stands, as an answer.
    pub(super) fn answer(&self) -> RefundAnswer {
        let provider_refund = self.id.clone();
        match self.status.as_deref() {
            Some("succeeded") => RefundAnswer::Succeeded {
                provider_refund,
                acquirer_reference: self.destination_reference(),
            },
            Some("pending") => RefundAnswer::Pending { provider_refund },
            Some("requires_action") => RefundAnswer::ActionRequired {
                provider_refund,
                instruction: self.instruction(),
            },
            Some("failed") => failure(self.failure_reason.as_deref()).into(),
            Some("canceled") => DeclineCode::Cancelled.into(),
            other => RefundAnswer::Unknown {
                detail: format!("{} has the status {}", self.id, other.unwrap_or("null")),
            },
        }
    }

    /// The reference by which the buyer's bank finds the money: of a card refund the acquirer
    /// reference number or what stands for it, of a transfer the bank's reference. Stripe often
    /// learns it days after the money went.
    /// <https://docs.stripe.com/refunds#tracing-refunds>
    fn destination_reference(&self) -> Option<String> {
        let details = self.destination_details.as_ref()?;
        let means = details.get("type")?.as_str()?;
        let reference = details.get(means)?.get("reference")?.as_str()?;
        (!reference.is_empty()).then(|| reference.to_owned())
    }

    /// The buyer's address in `next_action` is personal data and stays where it is.
    fn instruction(&self) -> String {
        let action = self.next_action.as_ref();
        match action.and_then(|action| action.kind.as_deref()) {
            Some("display_details") | None => {
                "the buyer has to follow the instructions that stripe sent by e-mail".to_owned()
            }
            Some(other) => format!("stripe asks for {other}"),
        }
    }
}

/// Why a refund failed.
/// <https://docs.stripe.com/api/refunds/object#refund_object-failure_reason>
fn failure(reason: Option<&str>) -> DeclineCode {
    match reason {
        Some("lost_or_stolen_card") => DeclineCode::CardLost,
        Some("expired_or_canceled_card") => DeclineCode::CardExpired,
        Some("charge_for_pending_refund_disputed") => DeclineCode::PaymentDisputed,
        Some("insufficient_funds") => DeclineCode::InsufficientFunds,
        Some("declined") => DeclineCode::RefusedByBank,
        Some("merchant_request") => DeclineCode::Cancelled,
        Some(other) => other.into(),
        None => "unknown".into(),
    }
}

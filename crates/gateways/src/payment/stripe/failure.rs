//! What an error of Stripe means for a refund. <https://docs.stripe.com/api/errors>,
//! <https://docs.stripe.com/error-codes>
//!
//! A decline frees the money for another attempt, so it takes a clear word of Stripe's: a client
//! error with an error object that is about the refund. Everything else may be over later, and
//! stays unknown.

use http::StatusCode;
use serde::Deserialize;

use super::resource;
use crate::payment::client::Answer;
use crate::payment::{DeclineCode, RefundAnswer};

#[derive(Debug, Deserialize)]
struct Envelope {
    error: Failure,
}

#[derive(Debug, Deserialize)]
struct Failure {
    #[serde(rename = "type")]
    kind: String,
    code: Option<String>,
    param: Option<String>,
}

/// What an answer that is no success says of the refund that was asked for.
pub(super) fn of_refund(answer: &Answer) -> RefundAnswer {
    match decline(answer) {
        Some(code) => code.into(),
        None => RefundAnswer::Unknown {
            detail: words(answer),
        },
    }
}

fn decline(answer: &Answer) -> Option<DeclineCode> {
    let failure = read(answer)?;
    match answer.status {
        // The request was judged: 402 is a right request that failed nevertheless.
        StatusCode::BAD_REQUEST | StatusCode::PAYMENT_REQUIRED | StatusCode::NOT_FOUND => {}
        // Our key is wrong or may not do this, another call holds the payment, there are too many
        // calls, or Stripe failed: the same order may pass when that is over.
        _ => return None,
    }
    match failure.kind.as_str() {
        "invalid_request_error" | "card_error" => match failure.code.as_deref() {
            Some(known) => code(known),
            // More than is left of the payment is refused without a code.
            None if failure.param.as_deref() == Some("amount") => Some(DeclineCode::AmountTooLarge),
            None => Some(failure.kind.into()),
        },
        // The key was used with other parameters: then something was asked for under it, and only
        // a look-up can tell what. An `api_error` is Stripe's own fault.
        _ => None,
    }
}

/// Codes that are about the refund. Those that are about the call, such as an expired key of ours
/// or a lock, are no decline.
fn code(code: &str) -> Option<DeclineCode> {
    Some(match code {
        "charge_already_refunded" => DeclineCode::AlreadyRefunded,
        "charge_disputed" | "refund_disputed_payment" => DeclineCode::PaymentDisputed,
        "insufficient_funds" | "balance_insufficient" => DeclineCode::InsufficientFunds,
        "amount_too_large" => DeclineCode::AmountTooLarge,
        "amount_too_small" | "invalid_charge_amount_no_decimal_compatible" => {
            DeclineCode::AmountNotPayable
        }
        "resource_missing" => DeclineCode::PaymentNotFound,
        "expired_card" => DeclineCode::CardExpired,
        "account_closed" | "bank_account_unusable" => DeclineCode::AccountClosed,
        "charge_not_refundable" => DeclineCode::MethodNotRefundable,
        "api_key_expired"
        | "secret_key_required"
        | "platform_api_key_expired"
        | "testmode_charges_only"
        | "livemode_mismatch"
        | "idempotency_key_in_use"
        | "lock_timeout"
        | "rate_limit" => return None,
        other => other.into(),
    })
}

/// Whether Stripe does not know what was asked for.
pub(super) fn is_missing(answer: &Answer) -> bool {
    answer.status == StatusCode::NOT_FOUND
        && read(answer).is_some_and(|failure| failure.code.as_deref() == Some("resource_missing"))
}

/// What happened, for operators. Stripe's own message may hold personal data and is left out.
pub(super) fn words(answer: &Answer) -> String {
    let status = answer.status.as_u16();
    match read(answer) {
        Some(Failure {
            kind, code: None, ..
        }) => format!("stripe answered {status} {kind}"),
        Some(Failure {
            kind,
            code: Some(code),
            ..
        }) => {
            format!("stripe answered {status} {kind} {code}")
        }
        None => format!("stripe answered {status}"),
    }
}

fn read(answer: &Answer) -> Option<Failure> {
    let envelope: Result<Envelope, String> = resource::read(&answer.body);
    envelope.ok().map(|envelope| envelope.error)
}

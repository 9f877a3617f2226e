//! Adyen's webhooks. <https://docs.adyen.com/development-resources/webhooks/secure-webhooks/verify-hmac-signatures>
//!
//! A webhook holds several items, each signed for itself, without a time: an old one may come
//! again, and must change nothing then. Items also come out of order. So money that was sent back
//! to us is told as *reversed*, which no late "succeeded" undoes.

use backhaul_kernel::Timestamp;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::payment::{
    AttemptName, DeclineCode, Notice, NoticeError, NoticeReader, RefundAnswer, Says, Secret,
    SecretError,
};

/// Where an item's signature stands in its additional data.
const SIGNATURE: &str = "hmacSignature";

/// Reads Adyen's webhooks with the HMAC keys of their endpoint.
pub struct AdyenNotices {
    keys: Vec<Secret>,
}

impl AdyenNotices {
    /// With the keys that count, in hexadecimal as Adyen shows them: two while one replaces the
    /// other.
    pub fn new(keys: &[Secret]) -> Result<Self, SecretError> {
        let keys: Result<Vec<Secret>, SecretError> =
            keys.iter().map(Secret::decode_hexadecimal).collect();
        Ok(Self { keys: keys? })
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Webhook {
    notification_items: Vec<Wrapper>,
}

#[derive(Debug, Deserialize)]
struct Wrapper {
    #[serde(rename = "NotificationRequestItem")]
    item: Item,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    #[serde(default)]
    additional_data: Map<String, Value>,
    amount: Amount,
    event_code: String,
    merchant_account_code: String,
    #[serde(default)]
    merchant_reference: String,
    #[serde(default)]
    original_reference: String,
    psp_reference: String,
    #[serde(default)]
    reason: Option<String>,
    success: Success,
}

#[derive(Debug, Default, Deserialize)]
struct Amount {
    #[serde(default)]
    currency: String,
    #[serde(default)]
    value: i64,
}

/// Adyen writes text; its own tools write a bare word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Value")]
enum Success {
    True,
    False,
}

impl TryFrom<Value> for Success {
    type Error = &'static str;

    fn try_from(value: Value) -> Result<Self, Self::Error> {
        match value {
            Value::Bool(true) => Ok(Self::True),
            Value::Bool(false) => Ok(Self::False),
            Value::String(text) if text == "true" => Ok(Self::True),
            Value::String(text) if text == "false" => Ok(Self::False),
            _ => Err("neither true nor false"),
        }
    }
}

impl NoticeReader for AdyenNotices {
    fn path(&self) -> &'static str {
        "/webhooks/adyen"
    }

    fn read(
        &self,
        _headers: &HeaderMap,
        body: &[u8],
        _now: Timestamp,
    ) -> Result<Vec<Notice>, NoticeError> {
        // The signature stands within the content, so what cannot be read is not signed either.
        let webhook: Webhook = serde_json::from_slice(body).map_err(|_| NoticeError::Unsigned)?;
        let items = || {
            webhook
                .notification_items
                .iter()
                .map(|wrapper| &wrapper.item)
        };
        if items().all(|item| self.signed(item)) {
            Ok(items().filter_map(notice).collect())
        } else {
            Err(NoticeError::Unsigned)
        }
    }
}

impl AdyenNotices {
    /// Eight fields with colons between them, signed under one of our keys. Nothing is escaped.
    fn signed(&self, item: &Item) -> bool {
        let signature = item.additional_data.get(SIGNATURE).and_then(Value::as_str);
        let Some(Ok(signature)) = signature.map(|text| STANDARD.decode(text)) else {
            return false;
        };
        let words = item.signed_words();
        self.keys
            .iter()
            .any(|key| key.signed(&[words.as_bytes()], &signature))
    }
}

impl Item {
    fn signed_words(&self) -> String {
        let success = match self.success {
            Success::True => "true",
            Success::False => "false",
        };
        [
            self.psp_reference.as_str(),
            &self.original_reference,
            &self.merchant_account_code,
            &self.merchant_reference,
            &self.amount.value.to_string(),
            &self.amount.currency,
            &self.event_code,
            success,
        ]
        .join(":")
    }

    /// Why it went wrong, in Adyen's words where we have none.
    fn code(&self) -> DeclineCode {
        match self.reason.as_deref().map(str::trim) {
            None | Some("") => DeclineCode::RefusedByBank,
            Some("Insufficient balance on payment") => DeclineCode::AmountTooLarge,
            Some("Transaction not found") => DeclineCode::PaymentNotFound,
            Some(other) => other.into(),
        }
    }
}

/// What an item says of a refund of ours, if it says anything.
fn notice(item: &Item) -> Option<Notice> {
    let attempt: AttemptName = item.merchant_reference.parse().ok()?;
    let stands = stands(item)?;
    let success = match item.success {
        Success::True => "true",
        Success::False => "false",
    };
    Some(Notice {
        id: format!("{}/{}/{success}", item.psp_reference, item.event_code),
        attempt,
        provider_refund: item.psp_reference.clone(),
        says: Says::Stands(stands),
    })
}

/// The table of events. Those of payments and disputes are not about an attempt of ours.
/// <https://docs.adyen.com/development-resources/webhooks/webhook-types>
fn stands(item: &Item) -> Option<RefundAnswer> {
    let provider_refund = item.psp_reference.clone();
    match (item.event_code.as_str(), item.success) {
        // The scheme has the order now. A payment that was never captured is cancelled instead,
        // and the buyer has the money all the same.
        ("REFUND" | "CANCEL_OR_REFUND", Success::True) => Some(RefundAnswer::Succeeded {
            provider_refund,
            acquirer_reference: None,
        }),
        ("REFUND" | "CANCEL_OR_REFUND", Success::False) => Some(item.code().into()),
        // After it was sent: the scheme rejected it, or the bank sent the money back.
        ("REFUND_FAILED" | "REFUNDED_REVERSED", Success::True) => Some(RefundAnswer::Reversed {
            provider_refund,
            code: item.code(),
        }),
        _ => None,
    }
}

//! Stripe's webhooks. <https://docs.stripe.com/webhooks#verify-manually>

use std::time::Duration;

use backhaul_kernel::Timestamp;
use http::HeaderMap;
use serde::Deserialize;
use serde_json::Value;

use super::resource::Refund;
use crate::payment::{AttemptName, Notice, NoticeError, NoticeReader, Says, Secret};

/// How far the time of a signature may be from ours: older ones may be replays.
const TOLERANCE: Duration = Duration::from_secs(5 * 60);
/// Signatures of one call; Stripe sends one for each key of the endpoint that counts.
const SIGNATURES_MAX: usize = 16;
/// Events whose object is a refund. `charge.refunded` tells the same of the charge, and nothing of
/// the attempt; disputes are not known to orders.
const REFUND_EVENTS: [&str; 4] = [
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.refund.updated",
];

/// Reads Stripe's webhooks with the secrets of their endpoint.
pub struct StripeNotices {
    secrets: Vec<Secret>,
}

#[derive(Debug, Deserialize)]
struct Event {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    data: Data,
}

#[derive(Debug, Deserialize)]
struct Data {
    object: Value,
}

impl StripeNotices {
    /// With the secrets that count, such as `whsec_…`: two while one replaces the other.
    pub fn new(secrets: Vec<Secret>) -> Self {
        Self { secrets }
    }
}

impl NoticeReader for StripeNotices {
    fn path(&self) -> &'static str {
        "/webhooks/stripe"
    }

    fn read(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        now: Timestamp,
    ) -> Result<Vec<Notice>, NoticeError> {
        let header = headers
            .get("stripe-signature")
            .and_then(|header| header.to_str().ok())
            .ok_or(NoticeError::Unsigned)?;
        self.verify(header, body, now)?;
        let event: Event = serde_json::from_slice(body).map_err(|_| NoticeError::Unreadable)?;
        if !REFUND_EVENTS.contains(&event.kind.as_str()) {
            return Ok(Vec::new());
        }
        let refund: Refund =
            serde_json::from_value(event.data.object).map_err(|_| NoticeError::Unreadable)?;
        let name = refund.attempt().map(str::parse::<AttemptName>);
        let Some(Ok(attempt)) = name else {
            return Ok(Vec::new());
        };
        Ok(vec![Notice {
            id: event.id,
            attempt,
            provider_refund: refund.id,
            says: Says::Changed,
        }])
    }
}

impl StripeNotices {
    /// `t=1492774577,v1=5257a869…,v1=…`: the time and the body, signed under one of our secrets.
    fn verify(&self, header: &str, body: &[u8], now: Timestamp) -> Result<(), NoticeError> {
        let parts = || {
            header
                .split(',')
                .filter_map(|part| part.trim().split_once('='))
        };
        let (_, time) = parts()
            .find(|(name, _)| *name == "t")
            .ok_or(NoticeError::Unsigned)?;
        let signed_at: i64 = time.parse().map_err(|_| NoticeError::Unsigned)?;
        if now.as_second().abs_diff(signed_at) > TOLERANCE.as_secs() {
            return Err(NoticeError::Unsigned);
        }
        let signatures = parts()
            .filter(|(name, _)| *name == "v1")
            .take(SIGNATURES_MAX)
            .filter_map(|(_, signature)| Secret::new(signature).decode_hexadecimal().ok());
        let words = [time.as_bytes(), b".", body];
        for signature in signatures {
            if self
                .secrets
                .iter()
                .any(|secret| secret.signed(&words, signature.expose()))
            {
                return Ok(());
            }
        }
        Err(NoticeError::Unsigned)
    }
}

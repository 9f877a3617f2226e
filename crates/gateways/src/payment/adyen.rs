//! Adyen behind the port: the second adapter.
//!
//! Adyen takes an order, says "received", and tells the outcome by webhook; it cannot be asked for
//! it. So an order that got no answer is sent again under its key for as long as Adyen knows keys,
//! and a pending refund waits for its notice.
//! Reference: <https://docs.adyen.com/online-payments/refund>,
//! <https://docs.adyen.com/development-resources/api-idempotency>.

mod amount;
mod notices;
#[cfg(test)]
mod tests;

use std::time::Duration;

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use serde::Deserialize;
use serde_json::json;

pub use notices::AdyenNotices;

use super::client::{Answer, Client};
use super::{DeclineCode, Endpoint, FindAnswer, PaymentGateway, RefundAnswer, RefundOrder};
use super::{Secret, SecretError};
use crate::BoxFuture;

/// Where Adyen answers for tests. Live accounts have an address of their own.
pub const ADYEN_TEST_URL: &str = "https://checkout-test.adyen.com";

/// The version of the API that the fields below were read for.
const VERSION: &str = "v71";
/// A key is known for at least seven days after it was used first.
const KEY_LIVES: Duration = Duration::from_secs(7 * 24 * 3_600);
/// The longest reference that Adyen keeps.
const REFERENCE_CHARS_MAX: usize = 80;

/// Adyen, as one merchant account of ours sees it.
pub struct Adyen {
    client: Client,
    endpoint: Endpoint,
    merchant_account: String,
    key: HeaderValue,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Received {
    psp_reference: String,
    reference: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Failure {
    error_code: String,
}

impl Adyen {
    /// Adyen with a key that may make refunds on that merchant account.
    pub fn new(
        endpoint: Endpoint,
        merchant_account: &str,
        key: &Secret,
    ) -> Result<Self, SecretError> {
        let mut key = HeaderValue::from_bytes(key.expose())
            .map_err(|_| SecretError::Form("an API key of Adyen"))?;
        key.set_sensitive(true);
        Ok(Self {
            client: Client::new(&endpoint),
            endpoint,
            merchant_account: merchant_account.to_owned(),
            key,
        })
    }

    async fn refund_now(&self, order: &RefundOrder) -> RefundAnswer {
        let money = order.amount.money();
        let Some(value) = amount::at_adyen(money) else {
            return DeclineCode::AmountNotPayable.into();
        };
        let reference = order.attempt.to_string();
        if reference.len() > REFERENCE_CHARS_MAX {
            return DeclineCode::from("reference-too-long").into();
        }
        let Ok(key) = HeaderValue::from_str(&order.key) else {
            return unknown("the idempotency key cannot be written into a header");
        };
        let headers = HeaderMap::from_iter([
            (HeaderName::from_static("x-api-key"), self.key.clone()),
            (HeaderName::from_static("idempotency-key"), key),
            (CONTENT_TYPE, HeaderValue::from_static("application/json")),
        ]);
        let body = json!({
            "merchantAccount": self.merchant_account,
            "amount": { "currency": money.currency.code(), "value": value },
            "reference": reference,
        });
        let payment = order.provider_payment.as_str();
        let path = [VERSION, "payments", payment, "refunds"];
        let url = self.endpoint.resource(&path);
        let called = self
            .client
            .call(Method::POST, &url, headers, body.to_string());
        match called.await {
            Ok(answer) if answer.status.is_success() => received(&answer, &reference),
            Ok(answer) => refused(&answer),
            Err(none) => unknown(none.to_string()),
        }
    }
}

impl PaymentGateway for Adyen {
    fn provider(&self) -> &str {
        "adyen"
    }

    fn refund<'a>(&'a self, order: &'a RefundOrder) -> BoxFuture<'a, RefundAnswer> {
        Box::pin(self.refund_now(order))
    }

    fn find<'a>(
        &'a self,
        _order: &'a RefundOrder,
        _provider_refund: Option<&'a str>,
    ) -> BoxFuture<'a, FindAnswer> {
        Box::pin(async {
            FindAnswer::CannotTell {
                key_lives: KEY_LIVES,
            }
        })
    }
}

/// Adyen took the order; its notice will tell what became of it.
fn received(answer: &Answer, reference: &str) -> RefundAnswer {
    match serde_json::from_slice::<Received>(&answer.body) {
        Ok(received)
            if received
                .reference
                .as_deref()
                .is_none_or(|echo| echo == reference) =>
        {
            RefundAnswer::Pending {
                provider_refund: received.psp_reference,
            }
        }
        Ok(received) => unknown(format!(
            "{} is not the refund that was asked for",
            received.psp_reference
        )),
        Err(error) => unknown(format!("the answer cannot be read: {error}")),
    }
}

/// Only an order that Adyen judged and refused is a decline. What it may not do with our key, what
/// is under way already, and what failed on its side may pass later.
/// <https://docs.adyen.com/development-resources/error-codes>
fn refused(answer: &Answer) -> RefundAnswer {
    let status = answer.status;
    let Ok(failure) = serde_json::from_slice::<Failure>(&answer.body) else {
        return unknown(format!("adyen answered {}", status.as_u16()));
    };
    let code = failure.error_code;
    match (status, code.as_str()) {
        (StatusCode::UNPROCESSABLE_ENTITY, "704") => {
            unknown("adyen says that the request is under way or done")
        }
        (StatusCode::UNPROCESSABLE_ENTITY, "167") => DeclineCode::PaymentNotFound.into(),
        (StatusCode::UNPROCESSABLE_ENTITY, "137") => DeclineCode::AmountNotPayable.into(),
        (StatusCode::UNPROCESSABLE_ENTITY | StatusCode::BAD_REQUEST, code) => {
            DeclineCode::from(format!("adyen-{code}")).into()
        }
        (status, code) => unknown(format!("adyen answered {} {code}", status.as_u16())),
    }
}

fn unknown(detail: impl Into<String>) -> RefundAnswer {
    RefundAnswer::Unknown {
        detail: detail.into(),
    }
}

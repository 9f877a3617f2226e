//! Stripe behind the port.
//!
//! A refund carries our name of the attempt in its metadata, so it is found among the refunds of
//! its payment whatever became of the answer. That matters more than the idempotency key: Stripe
//! forgets keys after a day, and an attempt is asked for longer. Only what Stripe surely refused is
//! a decline; a wrong key of ours, a lock, too many calls or a fault at Stripe leave the outcome
//! unknown, and the caller asks again.
//!
//! Read `resource` for what a refund looks like and means, `failure` for what an error means,
//! `amount` for Stripe's own minor units, `notices` for webhooks.
//! Reference: <https://docs.stripe.com/api/refunds>, <https://docs.stripe.com/refunds>,
//! <https://docs.stripe.com/api/idempotent_requests>.

mod amount;
mod failure;
mod notices;
mod resource;
#[cfg(test)]
mod tests;

use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use url::Url;
use url::form_urlencoded::Serializer;

pub use notices::StripeNotices;

use super::client::{Answer, Client};
use super::{DeclineCode, Endpoint, FindAnswer, PaymentGateway, RefundAnswer, RefundOrder};
use super::{Secret, SecretError};
use crate::BoxFuture;
use resource::{ATTEMPT_KEY, Refund, RefundList};

/// Where Stripe answers.
pub const STRIPE_URL: &str = "https://api.stripe.com";

/// What the fields below were read for. An account's own default may change under us; this does
/// not. <https://docs.stripe.com/api/versioning>
const VERSION: &str = "2025-09-30.clover";
/// The most that Stripe gives at once.
const PAGE: &str = "100";
/// A payment with more refunds than so many pages hold is for a person to look at.
const PAGES_MAX: usize = 50;

/// Stripe, as one account of ours sees it.
pub struct Stripe {
    client: Client,
    endpoint: Endpoint,
    authorization: HeaderValue,
}

impl Stripe {
    /// Stripe with a key that may write and read refunds: a restricted key needs no more.
    pub fn new(endpoint: Endpoint, key: &Secret) -> Result<Self, SecretError> {
        let bearer = [b"Bearer ", key.expose()].concat();
        let mut authorization = HeaderValue::from_bytes(&bearer)
            .map_err(|_| SecretError::Form("a key such as rk_live_…"))?;
        authorization.set_sensitive(true);
        Ok(Self {
            client: Client::new(&endpoint),
            endpoint,
            authorization,
        })
    }

    async fn refund_now(&self, order: &RefundOrder) -> RefundAnswer {
        let Some(amount) = amount::at_stripe(order.amount.money()) else {
            return DeclineCode::AmountNotPayable.into();
        };
        let Some(payment) = Payment::of(order) else {
            return DeclineCode::PaymentNotFound.into();
        };
        let Ok(key) = HeaderValue::from_str(&order.key) else {
            return unknown("the idempotency key cannot be written into a header");
        };
        let form = Serializer::new(String::new())
            .append_pair(payment.parameter, payment.id)
            .append_pair("amount", &amount.to_string())
            .append_pair(
                &format!("metadata[{ATTEMPT_KEY}]"),
                &order.attempt.to_string(),
            )
            .finish();
        let mut headers = self.headers();
        headers.insert(HeaderName::from_static("idempotency-key"), key);
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/x-www-form-urlencoded"),
        );
        let url = self.endpoint.resource(&["v1", "refunds"]);
        match self.client.call(Method::POST, &url, headers, form).await {
            Ok(answer) if answer.status.is_success() => made(&answer, order),
            Ok(answer) => failure::of_refund(&answer),
            Err(none) => unknown(none.to_string()),
        }
    }

    async fn find_now(&self, order: &RefundOrder, known: Option<&str>) -> FindAnswer {
        let found = match known {
            Some(id) => self.retrieve(id).await.map(Some),
            None => self.search(order).await,
        };
        match found {
            Ok(Some(refund)) => match refund.is_for(order) {
                true => FindAnswer::Found(refund.answer()),
                false => unreachable_now(format!(
                    "{} is not the refund that was asked for",
                    refund.id
                )),
            },
            Ok(None) => FindAnswer::NotFound,
            Err(detail) => FindAnswer::Unreachable { detail },
        }
    }

    async fn retrieve(&self, id: &str) -> Result<Refund, String> {
        let url = self.endpoint.resource(&["v1", "refunds", id]);
        let answer = self.get(&url).await?;
        if answer.status.is_success() {
            resource::read(&answer.body)
        } else {
            Err(failure::words(&answer))
        }
    }

    /// The refund that carries our name, among all refunds of the payment.
    async fn search(&self, order: &RefundOrder) -> Result<Option<Refund>, String> {
        let Some(payment) = Payment::of(order) else {
            return Ok(None);
        };
        let name = order.attempt.to_string();
        let mut after: Option<String> = None;
        for _ in 0..PAGES_MAX {
            let mut url = self.endpoint.resource(&["v1", "refunds"]);
            url.query_pairs_mut()
                .append_pair(payment.parameter, payment.id)
                .append_pair("limit", PAGE)
                .extend_pairs(after.iter().map(|last| ("starting_after", last)));
            let answer = self.get(&url).await?;
            if failure::is_missing(&answer) {
                return Ok(None);
            }
            if !answer.status.is_success() {
                return Err(failure::words(&answer));
            }
            let page: RefundList = resource::read(&answer.body)?;
            after = page.data.last().map(|last| last.id.clone());
            let is_last = !page.has_more || after.is_none();
            let mut ours = page.data.into_iter().filter(|refund| refund.carries(&name));
            match ours.next() {
                Some(refund) => return Ok(Some(refund)),
                None if is_last => return Ok(None),
                None => {}
            }
        }
        Err(format!(
            "{} has too many refunds to look through",
            payment.id
        ))
    }

    async fn get(&self, url: &Url) -> Result<Answer, String> {
        let called = self.client.call(Method::GET, url, self.headers(), "").await;
        called.map_err(|none| none.to_string())
    }

    fn headers(&self) -> HeaderMap {
        HeaderMap::from_iter([
            (AUTHORIZATION, self.authorization.clone()),
            (
                HeaderName::from_static("stripe-version"),
                HeaderValue::from_static(VERSION),
            ),
        ])
    }
}

impl PaymentGateway for Stripe {
    fn provider(&self) -> &str {
        "stripe"
    }

    fn refund<'a>(&'a self, order: &'a RefundOrder) -> BoxFuture<'a, RefundAnswer> {
        Box::pin(self.refund_now(order))
    }

    fn find<'a>(
        &'a self,
        order: &'a RefundOrder,
        provider_refund: Option<&'a str>,
    ) -> BoxFuture<'a, FindAnswer> {
        Box::pin(self.find_now(order, provider_refund))
    }
}

/// The payment, and the parameter that Stripe takes it in.
struct Payment<'a> {
    parameter: &'static str,
    id: &'a str,
}

impl<'a> Payment<'a> {
    /// Stripe's names tell what they name; it knows no payment by any other.
    fn of(order: &'a RefundOrder) -> Option<Self> {
        let id = order.provider_payment.as_str();
        let parameter = match id.split_once('_')?.0 {
            "pi" => "payment_intent",
            "ch" | "py" => "charge",
            _ => return None,
        };
        Some(Self { parameter, id })
    }
}

/// Stripe says that it took the order: it must be this one.
fn made(answer: &Answer, order: &RefundOrder) -> RefundAnswer {
    match resource::read::<Refund>(&answer.body) {
        Ok(refund) if refund.is_for(order) => refund.answer(),
        Ok(refund) => unknown(format!(
            "{} is not the refund that was asked for",
            refund.id
        )),
        Err(detail) => unknown(detail),
    }
}

fn unknown(detail: impl Into<String>) -> RefundAnswer {
    RefundAnswer::Unknown {
        detail: detail.into(),
    }
}

fn unreachable_now(detail: String) -> FindAnswer {
    FindAnswer::Unreachable { detail }
}

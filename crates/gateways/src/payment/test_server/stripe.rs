//! A server that takes refunds as Stripe does.

use std::collections::{HashMap, VecDeque};

use backhaul_kernel::Timestamp;
use http::Method;
use serde_json::{Value, json};
use url::form_urlencoded;

use super::{Booked, Call, Fault, Provider, Reply, Server, Standing};
use crate::payment::Secret;

/// The key that the server knows.
pub const STRIPE_KEY: &str = "rk_test_backhaul";

/// Stripe, for tests. The currency of every payment is the one it was started with.
pub struct StripeServer(Server<Stripe>);

struct Stripe {
    currency: String,
    refunds: Vec<Booked>,
    /// The call and the answer that each key was used for first.
    keys: HashMap<String, (Vec<u8>, Reply)>,
    first: VecDeque<Standing>,
}

impl StripeServer {
    /// Starts on a free port.
    pub fn start(currency: &str) -> Self {
        Self(Server::start(Stripe {
            currency: currency.to_lowercase(),
            refunds: Vec::new(),
            keys: HashMap::new(),
            first: VecDeque::new(),
        }))
    }

    /// Where it answers.
    pub fn url(&self) -> String {
        self.0.url()
    }

    /// Fails with the next call that no earlier fault was for.
    pub fn fail(&self, fault: Fault) {
        self.0.fail(fault);
    }

    /// How many calls came in.
    pub fn calls(&self) -> usize {
        self.0.calls()
    }

    /// How the next new refund stands at first; without it, it succeeded.
    pub fn begin_with(&self, standing: Standing) {
        self.0.with(|stripe| stripe.first.push_back(standing));
    }

    /// What was really done, oldest first.
    pub fn books(&self) -> Vec<Booked> {
        self.0.with(|stripe| stripe.refunds.clone())
    }

    /// Something happens to a refund.
    pub fn change(&self, id: &str, change: impl FnOnce(&mut Booked)) {
        self.0.with(|stripe| {
            let refund = stripe.refunds.iter_mut().find(|refund| refund.id == id);
            change(refund.expect("the refund is in the books"));
        });
    }

    /// Somebody else refunds a part of a payment.
    pub fn refund_by_others(&self, payment: &str, amount: i64) {
        self.0.with(|stripe| {
            stripe.book(String::new(), String::new(), payment.to_owned(), amount);
        });
    }

    /// Forgets what was to go wrong and how refunds were to begin. The books stay.
    pub fn clear(&self) {
        self.0.clear_faults();
        self.0.with(|stripe| stripe.first.clear());
    }

    /// Keys are not known for ever.
    pub fn forget_keys(&self) {
        self.0.with(|stripe| stripe.keys.clear());
    }

    /// A webhook about a refund as it stands: its signature and its body.
    pub fn webhook(
        &self,
        event: (&str, &str),
        id: &str,
        secret: &Secret,
        at: Timestamp,
    ) -> (String, Vec<u8>) {
        let object = self.0.with(|stripe| {
            let refund = stripe.refunds.iter().find(|refund| refund.id == id);
            stripe.shape(refund.expect("the refund is in the books"))
        });
        let body = json!({
            "id": event.0, "object": "event", "type": event.1, "created": at.as_second(),
            "data": { "object": object },
        });
        let body = body.to_string().into_bytes();
        (signature(secret, at, &body), body)
    }
}

/// The header that Stripe would send with that body.
fn signature(secret: &Secret, at: Timestamp, body: &[u8]) -> String {
    let time = at.as_second().to_string();
    let signature = secret.sign(&[time.as_bytes(), b".", body]);
    let digits: String = signature.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("t={time},v1={digits}")
}

impl Provider for Stripe {
    fn answer(&mut self, call: &Call) -> Reply {
        if call.header("authorization") != Some(&format!("Bearer {STRIPE_KEY}")) {
            return error(401, "invalid_request_error", "secret_key_required");
        }
        if call.header("stripe-version").is_none() {
            return error(400, "invalid_request_error", "version_missing");
        }
        match (&call.head.method, call.path().as_slice()) {
            (&Method::POST, ["v1", "refunds"]) => self.create(call),
            (&Method::GET, ["v1", "refunds"]) => self.list(call),
            (&Method::GET, ["v1", "refunds", id]) => self.retrieve(id),
            _ => error(404, "invalid_request_error", "url_invalid"),
        }
    }
}

impl Stripe {
    /// The same key again gets the first answer again, however the refund stands now.
    fn create(&mut self, call: &Call) -> Reply {
        let Some(key) = call.header("idempotency-key") else {
            return error(400, "invalid_request_error", "idempotency_key_missing");
        };
        if let Some((first, reply)) = self.keys.get(key) {
            return if *first == call.body {
                reply.clone()
            } else {
                Reply::new(400, &json!({ "error": { "type": "idempotency_error" } }))
            };
        }
        let form: HashMap<String, String> =
            form_urlencoded::parse(&call.body).into_owned().collect();
        let payment = form.get("payment_intent").or(form.get("charge"));
        let (Some(payment), Some(Ok(amount))) =
            (payment, form.get("amount").map(|amount| amount.parse()))
        else {
            return error(400, "invalid_request_error", "parameter_missing");
        };
        let attempt = form.get("metadata[backhaul_attempt]").cloned();
        let attempt = attempt.unwrap_or_default();
        let refund = self.book(key.to_owned(), attempt, payment.clone(), amount);
        let reply = Reply::new(200, &self.shape(&refund));
        let used = (call.body.to_vec(), reply.clone());
        self.keys.insert(key.to_owned(), used);
        reply
    }

    fn book(&mut self, key: String, attempt: String, payment: String, amount: i64) -> Booked {
        let refund = Booked {
            id: format!("re_{}", self.refunds.len() + 1),
            key,
            attempt,
            payment,
            amount,
            standing: self.first.pop_front().unwrap_or(Standing::Succeeded),
            bank_reference: None,
        };
        self.refunds.push(refund.clone());
        refund
    }

    fn retrieve(&self, id: &str) -> Reply {
        match self.refunds.iter().find(|refund| refund.id == id) {
            Some(refund) => Reply::new(200, &self.shape(refund)),
            None => error(404, "invalid_request_error", "resource_missing"),
        }
    }

    /// Newest first, a page at a time.
    fn list(&self, call: &Call) -> Reply {
        let query = call.head.uri.query().unwrap_or_default();
        let query: HashMap<String, String> = form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect();
        let payment = query.get("payment_intent").or(query.get("charge"));
        let limit = query.get("limit").and_then(|limit| limit.parse().ok());
        let after = query.get("starting_after");
        let all: Vec<&Booked> = self
            .refunds
            .iter()
            .rev()
            .filter(|refund| payment == Some(&refund.payment))
            .collect();
        let from = after.map_or(0, |after| {
            all.iter().take_while(|refund| refund.id != **after).count() + 1
        });
        let rest = all.get(from..).unwrap_or_default();
        let page = &rest[..rest.len().min(limit.unwrap_or(10))];
        let data: Vec<Value> = page.iter().map(|refund| self.shape(refund)).collect();
        let has_more = page.len() < rest.len();
        Reply::new(
            200,
            &json!({ "object": "list", "data": data, "has_more": has_more }),
        )
    }

    fn shape(&self, refund: &Booked) -> Value {
        let (status, reason) = match refund.standing {
            Standing::Pending => ("pending", None),
            Standing::RequiresAction => ("requires_action", None),
            Standing::Succeeded => ("succeeded", None),
            Standing::Failed => ("failed", Some("expired_or_canceled_card")),
            Standing::Cancelled => ("canceled", None),
        };
        let metadata = match refund.attempt.as_str() {
            "" => json!({}),
            attempt => json!({ "backhaul_attempt": attempt }),
        };
        json!({
            "id": refund.id, "object": "refund", "amount": refund.amount,
            "currency": self.currency, "status": status, "failure_reason": reason,
            "payment_intent": refund.payment, "metadata": metadata,
            "destination_details": {
                "type": "card",
                "card": { "type": "refund", "reference": refund.bank_reference },
            },
        })
    }
}

fn error(status: u16, kind: &str, code: &str) -> Reply {
    Reply::new(status, &json!({ "error": { "type": kind, "code": code } }))
}

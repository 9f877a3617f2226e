//! A server that takes refunds as Adyen does: it says "received", and the outcome comes later.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use serde_json::{Value, json};

use super::{Booked, Call, Fault, Provider, Reply, Server, Standing};
use crate::payment::Secret;

/// The key under which the server signs what it tells.
pub const ADYEN_HMAC_KEY: &str = "00112233445566778899AABBCCDDEEFF";

/// Adyen, for tests.
pub struct AdyenServer(Server<Adyen>);

#[derive(Default)]
struct Adyen {
    refunds: Vec<Booked>,
    keys: HashMap<String, Reply>,
}

impl AdyenServer {
    /// Starts on a free port.
    pub fn start() -> Self {
        Self(Server::start(Adyen::default()))
    }

    /// Where it answers.
    pub fn url(&self) -> String {
        self.0.url()
    }

    /// Fails with the next call that no earlier fault was for.
    pub fn fail(&self, fault: Fault) {
        self.0.fail(fault);
    }

    /// What was really taken, oldest first.
    pub fn books(&self) -> Vec<Booked> {
        self.0.with(|adyen| adyen.refunds.clone())
    }

    /// Tells of a refund: the body of a webhook.
    pub fn webhook(&self, refund: &Booked, event: &str, success: bool, reason: &str) -> Vec<u8> {
        let words = format!(
            "{}:{}:BackhaulTest:{}:{}:EUR:{event}:{success}",
            refund.id, refund.payment, refund.attempt, refund.amount
        );
        let key = Secret::new(ADYEN_HMAC_KEY).decode_hexadecimal();
        let key = key.expect("the key is hexadecimal");
        let signature = STANDARD.encode(key.sign(&[words.as_bytes()]));
        let item = json!({
            "additionalData": { "hmacSignature": signature },
            "amount": { "currency": "EUR", "value": refund.amount },
            "eventCode": event,
            "merchantAccountCode": "BackhaulTest",
            "merchantReference": refund.attempt,
            "originalReference": refund.payment,
            "pspReference": refund.id,
            "reason": reason,
            "success": success.to_string(),
        });
        let items = [json!({ "NotificationRequestItem": item })];
        json!({ "live": "false", "notificationItems": items })
            .to_string()
            .into_bytes()
    }
}

impl Provider for Adyen {
    fn answer(&mut self, call: &Call) -> Reply {
        let order: Option<Value> = serde_json::from_slice(&call.body).ok();
        let (Some(order), Some(key), Some(_)) = (
            order,
            call.header("idempotency-key"),
            call.header("x-api-key"),
        ) else {
            return Reply::new(401, &json!({ "errorCode": "000" }));
        };
        if let Some(first) = self.keys.get(key) {
            return first.clone();
        }
        match (&call.head.method, call.path().as_slice()) {
            (&Method::POST, ["v71", "payments", payment, "refunds"]) => {
                let reply = self.book(key, payment, &order);
                self.keys.insert(key.to_owned(), reply.clone());
                reply
            }
            _ => Reply::new(404, &json!({ "errorCode": "404" })),
        }
    }
}

impl Adyen {
    fn book(&mut self, key: &str, payment: &str, order: &Value) -> Reply {
        let refund = Booked {
            id: format!("PSP{:013}", self.refunds.len() + 1),
            key: key.to_owned(),
            attempt: order["reference"].as_str().unwrap_or_default().to_owned(),
            payment: payment.to_owned(),
            amount: order["amount"]["value"].as_i64().unwrap_or_default(),
            standing: Standing::Pending,
            bank_reference: None,
        };
        let received = json!({
            "merchantAccount": order["merchantAccount"], "paymentPspReference": payment,
            "pspReference": refund.id, "reference": refund.attempt, "status": "received",
        });
        self.refunds.push(refund);
        Reply::new(201, &received)
    }
}

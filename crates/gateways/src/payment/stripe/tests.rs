//! Every answer of Stripe, from the shapes that Stripe publishes.

mod failures;
mod lookups;
mod lost;
mod notices;

use std::path::PathBuf;
use std::time::Duration;

use backhaul_kernel::Money;
use serde_json::{Value, json};

use super::*;
use crate::payment::RefundAmount;
use crate::payment::test_server::{Fault, Reply, STRIPE_KEY, StripeServer};

/// Long enough for a loaded machine to answer, short enough to wait for in a test.
const CALL_MAX: Duration = Duration::from_millis(500);

fn order(payment: &str, minor: i64, currency: &str) -> RefundOrder {
    RefundOrder {
        key: "key-1".into(),
        attempt: "main/536365-F1-A1".parse().unwrap(),
        payment: "p1".parse().unwrap(),
        provider_payment: payment.into(),
        amount: RefundAmount::try_from(Money::new(minor, currency.parse().unwrap())).unwrap(),
    }
}

fn stripe(server: &StripeServer) -> Stripe {
    let endpoint = Endpoint::new(&server.url()).unwrap().call_max(CALL_MAX);
    Stripe::new(endpoint, &Secret::new(STRIPE_KEY)).unwrap()
}

/// A shape that Stripe publishes, with some fields changed.
fn published(name: &str, changes: Value) -> Value {
    let folder = std::env::var_os("BACKHAUL_DATA").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")),
        PathBuf::from,
    );
    let path = folder.join("payments/stripe").join(name);
    let text = std::fs::read(path).expect("set BACKHAUL_DATA to the folder that holds payments/");
    let mut shape: Value = serde_json::from_slice(&text).unwrap();
    let Value::Object(changes) = changes else {
        panic!("changes are an object");
    };
    shape.as_object_mut().unwrap().extend(changes);
    shape
}

fn word(answer: &RefundAnswer) -> String {
    match answer {
        RefundAnswer::Succeeded {
            acquirer_reference: None,
            ..
        } => "succeeded".into(),
        RefundAnswer::Succeeded {
            acquirer_reference: Some(bank),
            ..
        } => format!("succeeded {bank}"),
        RefundAnswer::Pending { .. } => "pending".into(),
        RefundAnswer::ActionRequired { instruction, .. } => format!("action: {instruction}"),
        RefundAnswer::Declined { code, retry } => format!("declined {code} {retry:?}"),
        RefundAnswer::Reversed { code, .. } => format!("reversed {code}"),
        RefundAnswer::Unknown { detail } => format!("unknown: {detail}"),
    }
}

fn found(answer: &FindAnswer) -> String {
    match answer {
        FindAnswer::Found(answer) => word(answer),
        FindAnswer::NotFound => "not found".into(),
        FindAnswer::CannotTell { .. } => "cannot tell".into(),
        FindAnswer::Unreachable { detail } => format!("unreachable: {detail}"),
    }
}

const EMAIL: &str = "action: the buyer has to follow the instructions that stripe sent by e-mail";

#[tokio::test]
async fn every_status_and_every_reason_has_its_answer() {
    let failed = |reason: Value| json!({ "status": "failed", "failure_reason": reason });
    for (changes, expected) in [
        (json!({}), "succeeded"),
        (json!({ "status": "pending" }), "pending"),
        (json!({ "status": "requires_action" }), EMAIL),
        (
            json!({ "status": "requires_action", "next_action": {
                "type": "display_details",
                "display_details": { "email_sent": { "email_sent_to": "buyer@example.com" } },
            } }),
            EMAIL,
        ),
        (
            json!({ "status": "requires_action", "next_action": { "type": "new_kind" } }),
            "action: stripe asks for new_kind",
        ),
        (json!({ "status": "canceled" }), "declined cancelled Never"),
        (
            json!({ "status": "new" }),
            "unknown: re_1Pgc72B7WZ01zgkWqPvrRrPE has the status new",
        ),
        (
            json!({ "status": null }),
            "unknown: re_1Pgc72B7WZ01zgkWqPvrRrPE has the status null",
        ),
        (
            failed("lost_or_stolen_card".into()),
            "declined card-lost Never",
        ),
        (
            failed("expired_or_canceled_card".into()),
            "declined card-expired Never",
        ),
        (
            failed("charge_for_pending_refund_disputed".into()),
            "declined payment-disputed Never",
        ),
        (
            failed("insufficient_funds".into()),
            "declined insufficient-funds Later",
        ),
        (failed("declined".into()), "declined refused-by-bank Never"),
        (
            failed("merchant_request".into()),
            "declined cancelled Never",
        ),
        (failed("unknown".into()), "declined unknown Never"),
        (failed("new_reason".into()), "declined new_reason Never"),
        (failed(Value::Null), "declined unknown Never"),
        (
            json!({ "destination_details": {
                "type": "card", "card": { "type": "refund", "reference": "74537604221222132710575",
                "reference_status": "available", "reference_type": "acquirer_reference_number" },
            } }),
            "succeeded 74537604221222132710575",
        ),
        (
            json!({ "destination_details": {
                "type": "eu_bank_transfer", "eu_bank_transfer": { "reference": "EU-1" },
            } }),
            "succeeded EU-1",
        ),
        (
            json!({ "destination_details": {
                "type": "card", "card": { "type": "refund", "reference_status": "pending" },
            } }),
            "succeeded",
        ),
        (
            json!({ "destination_details": { "type": "klarna", "klarna": {} } }),
            "succeeded",
        ),
    ] {
        let server = StripeServer::start("USD");
        let mut shape = published("refund.json", changes.clone());
        shape["metadata"] = json!({ "backhaul_attempt": "main/536365-F1-A1" });
        server.fail(Fault::AnswerBefore(Reply::new(200, &shape)));
        let order = order("ch_1", 100, "USD");
        assert_eq!(
            word(&stripe(&server).refund(&order).await),
            expected,
            "{changes}"
        );
        let page = json!({ "object": "list", "has_more": false, "data": [shape] });
        server.fail(Fault::AnswerBefore(Reply::new(200, &page)));
        assert_eq!(
            found(&stripe(&server).find(&order, None).await),
            expected,
            "{changes}"
        );
    }
}

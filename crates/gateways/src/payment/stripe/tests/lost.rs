//! Answers that never come, and what is found of them after.

use serde_json::json;

use super::{found, order, stripe, word};
use crate::payment::PaymentGateway as _;
use crate::payment::test_server::{Fault, Reply, StripeServer};

/// What was asked for, and no more, even where the answer is lost.
#[tokio::test]
async fn a_lost_answer_is_found_again() {
    for (fault, lost, after) in [
        (
            Fault::HangUpAfter,
            "unknown: the connection failed",
            "succeeded",
        ),
        (
            Fault::SilenceAfter,
            "unknown: no answer within 500ms",
            "succeeded",
        ),
        (
            Fault::AnswerAfter(Reply::new(500, &json!({}))),
            "unknown: stripe answered 500",
            "succeeded",
        ),
        (
            Fault::AnswerAfter(Reply::new(200, &json!({}))),
            "unknown: the answer cannot be read",
            "succeeded",
        ),
        (
            Fault::HangUpBefore,
            "unknown: the connection failed",
            "not found",
        ),
        (
            Fault::SilenceBefore,
            "unknown: no answer within 500ms",
            "not found",
        ),
    ] {
        let server = StripeServer::start("EUR");
        let stripe = stripe(&server);
        let order = order("pi_1", 500, "EUR");
        server.fail(fault.clone());
        let answer = word(&stripe.refund(&order).await);
        assert!(answer.starts_with(lost), "{fault:?}: {answer}");
        assert_eq!(found(&stripe.find(&order, None).await), after, "{fault:?}");
        assert_eq!(word(&stripe.refund(&order).await), "succeeded", "{fault:?}");
        let amounts: Vec<i64> = server.books().iter().map(|refund| refund.amount).collect();
        assert_eq!(amounts, [500], "{fault:?}");
    }
}

#[tokio::test]
async fn a_provider_that_is_not_there_is_no_answer() {
    let server = StripeServer::start("EUR");
    let stripe = stripe(&server);
    drop(server);
    let order = order("pi_1", 500, "EUR");
    let answer = word(&stripe.refund(&order).await);
    assert!(
        answer.starts_with("unknown: the connection failed"),
        "{answer}"
    );
    let answer = found(&stripe.find(&order, None).await);
    assert!(
        answer.starts_with("unreachable: the connection failed"),
        "{answer}"
    );
}

#[tokio::test]
async fn a_provider_that_wants_peace_gets_it() {
    let server = StripeServer::start("EUR");
    let stripe = stripe(&server);
    let order = order("pi_1", 500, "EUR");
    let mut busy = Reply::new(429, &json!({ "error": { "type": "rate_limit_error" } }));
    busy.retry_after = Some(600);
    server.fail(Fault::AnswerBefore(busy));
    assert_eq!(
        word(&stripe.refund(&order).await),
        "unknown: stripe answered 429 rate_limit_error"
    );
    for answer in [
        word(&stripe.refund(&order).await),
        found(&stripe.find(&order, None).await),
    ] {
        assert!(
            answer.contains("asked to be left alone for another"),
            "{answer}"
        );
    }
    assert_eq!((server.calls(), server.books().len()), (1, 0));
}

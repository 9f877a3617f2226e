//! What Stripe refuses, and what it fails with.

use serde_json::json;

use super::{order, stripe, word};
use crate::payment::PaymentGateway as _;
use crate::payment::test_server::{Fault, Reply, StripeServer};

#[tokio::test]
async fn only_a_clear_no_is_a_decline() {
    let error = |kind: &str, code: &str| json!({ "error": { "type": kind, "code": code } });
    let request = |code: &str| error("invalid_request_error", code);
    for (status, body, expected) in [
        (
            400,
            request("charge_already_refunded"),
            "declined already-refunded Never",
        ),
        (
            400,
            request("charge_disputed"),
            "declined payment-disputed Never",
        ),
        (
            400,
            request("refund_disputed_payment"),
            "declined payment-disputed Never",
        ),
        (
            400,
            request("insufficient_funds"),
            "declined insufficient-funds Later",
        ),
        (
            402,
            error("card_error", "balance_insufficient"),
            "declined insufficient-funds Later",
        ),
        (
            400,
            request("amount_too_large"),
            "declined amount-too-large Never",
        ),
        (
            400,
            request("amount_too_small"),
            "declined amount-not-payable Never",
        ),
        (
            400,
            request("invalid_charge_amount_no_decimal_compatible"),
            "declined amount-not-payable Never",
        ),
        (
            404,
            request("resource_missing"),
            "declined payment-not-found Never",
        ),
        (
            400,
            request("charge_not_refundable"),
            "declined method-not-refundable Never",
        ),
        (
            402,
            error("card_error", "expired_card"),
            "declined card-expired Never",
        ),
        (
            400,
            request("account_closed"),
            "declined account-closed Never",
        ),
        (
            400,
            request("bank_account_unusable"),
            "declined account-closed Never",
        ),
        (
            400,
            request("parameter_unknown"),
            "declined parameter_unknown Never",
        ),
        (
            400,
            json!({ "error": { "type": "invalid_request_error", "param": "amount" } }),
            "declined amount-too-large Never",
        ),
        (
            400,
            json!({ "error": { "type": "invalid_request_error" } }),
            "declined invalid_request_error Never",
        ),
        (
            400,
            request("lock_timeout"),
            "unknown: stripe answered 400 invalid_request_error lock_timeout",
        ),
        (
            400,
            error("idempotency_error", "x"),
            "unknown: stripe answered 400 idempotency_error x",
        ),
        (
            401,
            request("api_key_expired"),
            "unknown: stripe answered 401 invalid_request_error api_key_expired",
        ),
        (
            403,
            request("permission"),
            "unknown: stripe answered 403 invalid_request_error permission",
        ),
        (
            409,
            request("idempotency_key_in_use"),
            "unknown: stripe answered 409 invalid_request_error idempotency_key_in_use",
        ),
        (
            424,
            error("api_error", "x"),
            "unknown: stripe answered 424 api_error x",
        ),
        (
            429,
            request("rate_limit"),
            "unknown: stripe answered 429 invalid_request_error rate_limit",
        ),
        (
            500,
            error("api_error", "x"),
            "unknown: stripe answered 500 api_error x",
        ),
        (502, json!("bad gateway"), "unknown: stripe answered 502"),
        (503, json!({}), "unknown: stripe answered 503"),
        (
            400,
            json!("a proxy says no"),
            "unknown: stripe answered 400",
        ),
        (
            404,
            json!("a proxy knows nothing"),
            "unknown: stripe answered 404",
        ),
        (302, json!(""), "unknown: stripe answered 302"),
    ] {
        let server = StripeServer::start("EUR");
        server.fail(Fault::AnswerBefore(Reply::new(status, &body)));
        let answer = stripe(&server).refund(&order("pi_1", 500, "EUR")).await;
        assert_eq!(word(&answer), expected, "{status} {body}");
    }
}

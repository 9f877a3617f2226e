//! What arrives at Stripe, and what is taken for our refund.

use super::{found, order, stripe, word};
use crate::payment::test_server::{Booked, Standing, StripeServer};
use crate::payment::{Endpoint, PaymentGateway as _, RefundOrder, Secret, Stripe};

#[tokio::test]
async fn an_order_arrives_as_it_was_meant() {
    for (payment, minor, currency, expected) in [
        ("pi_1", 500, "EUR", Ok(500)),
        ("ch_1", 500, "JPY", Ok(500)),
        ("py_1", 500, "ISK", Ok(50_000)),
        ("pi_1", 5_120, "KWD", Ok(5_120)),
        (
            "pi_1",
            5_125,
            "KWD",
            Err("declined amount-not-payable Never"),
        ),
        (
            "sandbox-1",
            500,
            "EUR",
            Err("declined payment-not-found Never"),
        ),
        ("pi", 500, "EUR", Err("declined payment-not-found Never")),
    ] {
        let server = StripeServer::start(currency);
        let answer = word(
            &stripe(&server)
                .refund(&order(payment, minor, currency))
                .await,
        );
        let books = server.books();
        match expected {
            Ok(amount) => {
                let booked = Booked {
                    id: "re_1".into(),
                    key: "key-1".into(),
                    attempt: "main/536365-F1-A1".into(),
                    payment: payment.into(),
                    amount,
                    standing: Standing::Succeeded,
                    bank_reference: None,
                };
                assert_eq!(
                    (answer.as_str(), books),
                    ("succeeded", vec![booked]),
                    "{payment}"
                );
            }
            Err(declined) => {
                assert_eq!(
                    (answer.as_str(), server.calls()),
                    (declined, 0),
                    "{payment}"
                );
            }
        }
    }
}

#[tokio::test]
async fn a_refund_is_found_among_those_of_others_on_every_page() {
    let server = StripeServer::start("EUR");
    let stripe = stripe(&server);
    let order = order("pi_1", 500, "EUR");
    let other = RefundOrder {
        key: "key-2".into(),
        attempt: "other/536365-F1-A1".parse().unwrap(),
        ..order.clone()
    };
    stripe.refund(&order).await;
    for _ in 0..230 {
        server.refund_by_others("pi_1", 1);
    }
    let before = server.calls();
    assert_eq!(found(&stripe.find(&order, None).await), "succeeded");
    assert_eq!(server.calls() - before, 3, "three pages of a hundred");
    assert_eq!(found(&stripe.find(&other, None).await), "not found");
    assert_eq!(found(&stripe.find(&order, Some("re_1")).await), "succeeded");
    for (known, expected) in [
        (
            "re_2",
            "unreachable: re_2 is not the refund that was asked for",
        ),
        (
            "re_none",
            "unreachable: stripe answered 404 invalid_request_error resource_missing",
        ),
        (
            "../charges",
            "unreachable: stripe answered 404 invalid_request_error resource_missing",
        ),
    ] {
        assert_eq!(found(&stripe.find(&order, Some(known)).await), expected);
    }
}

/// A refund of another amount or currency under our name is for a person to look at.
#[tokio::test]
async fn another_amount_is_not_our_refund() {
    let server = StripeServer::start("EUR");
    let stripe = stripe(&server);
    stripe.refund(&order("pi_1", 500, "EUR")).await;
    for wrong in [order("pi_1", 501, "EUR"), order("pi_1", 500, "USD")] {
        let expected = "unreachable: re_1 is not the refund that was asked for";
        assert_eq!(found(&stripe.find(&wrong, None).await), expected);
    }
    let reused = word(&stripe.refund(&order("pi_1", 501, "EUR")).await);
    assert_eq!(reused, "unknown: stripe answered 400 idempotency_error");
    assert_eq!(server.books().len(), 1);
}

#[test]
fn a_key_that_no_header_can_carry_is_refused_without_being_shown() {
    let endpoint = Endpoint::new("https://api.stripe.com").unwrap();
    let error = Stripe::new(endpoint, &Secret::new("rk_test\n1"))
        .err()
        .unwrap();
    assert_eq!(error.to_string(), "the key is not a key such as rk_live_…");
}

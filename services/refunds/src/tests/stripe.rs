//! Stripe's answers and webhooks become outcomes, each once.

use std::sync::Arc;

use backhaul_gateways::payment::test_server::{Fault, STRIPE_KEY, Standing, StripeServer};
use backhaul_gateways::payment::{Endpoint, Secret, Stripe, StripeNotices};
use backhaul_host::webhooks::Received;
use backhaul_refunds::Progress;

use super::Bench;

const SECRET: &str = "whsec_test";

pub(super) fn bench(server: &StripeServer) -> Bench {
    let endpoint = Endpoint::new(&server.url()).unwrap();
    let stripe = Stripe::new(endpoint, &Secret::new(STRIPE_KEY)).unwrap();
    let notices = StripeNotices::new(vec![Secret::new(SECRET)]);
    Bench::new(Arc::new(stripe), Arc::new(notices))
}

/// The provider tells of a refund as it stands.
pub(super) async fn told(
    bench: &Bench,
    server: &StripeServer,
    event: (&str, &str),
    id: &str,
) -> Received {
    let (signature, body) = server.webhook(event, id, &Secret::new(SECRET), bench.now());
    bench.tell(Some(&signature), &body).await
}

/// Others: own webhook recorded as a second refund.
#[tokio::test]
async fn our_own_webhook_changes_nothing() {
    let server = StripeServer::start("EUR");
    let bench = bench(&server);
    let name = bench.submitted("o1", "pi_1").await;
    bench.ask(&name).await;
    assert_eq!(bench.stands(&name).await, "succeeded");
    let version = bench.version(&name).await;
    for event in [
        ("evt_1", "refund.created"),
        ("evt_1", "refund.created"),
        ("evt_2", "refund.updated"),
    ] {
        assert_eq!(told(&bench, &server, event, "re_1").await, Received::Taken);
    }
    // T29 (solidus refund_spec.rb): what the provider has already is not asked of it again.
    bench.ask_again(&name).await;
    assert_eq!(bench.version(&name).await, version);
    assert_eq!(server.books().len(), 1);
}

/// Others: timeout leaves no name to match a webhook by.
#[tokio::test]
async fn a_lost_answer_is_told_by_webhook_too() {
    let server = StripeServer::start("EUR");
    let bench = bench(&server);
    let name = bench.submitted("o1", "pi_1").await;
    server.fail(Fault::HangUpAfter);
    bench.ask(&name).await;
    assert_eq!(bench.stands(&name).await, "unknown");
    let event = ("evt_1", "refund.created");
    assert_eq!(told(&bench, &server, event, "re_1").await, Received::Taken);
    assert_eq!(bench.stands(&name).await, "succeeded");
    bench.ask_again(&name).await;
    assert_eq!(server.books().len(), 1);
}

#[tokio::test]
async fn a_key_that_stripe_forgot_pays_nothing_twice() {
    let server = StripeServer::start("EUR");
    let bench = bench(&server);
    let name = bench.submitted("o1", "pi_1").await;
    server.fail(Fault::HangUpAfter);
    bench.ask(&name).await;
    server.forget_keys();
    bench.ask_again(&name).await;
    assert_eq!(
        (bench.stands(&name).await, server.books().len()),
        ("succeeded", 1)
    );
}

/// Others: refund succeeds, later bounces.
#[tokio::test]
async fn a_late_failure_takes_the_success_back() {
    let server = StripeServer::start("EUR");
    let bench = bench(&server);
    let name = bench.submitted("o1", "pi_1").await;
    bench.ask(&name).await;
    let (signature, early) = server.webhook(
        ("evt_1", "refund.created"),
        "re_1",
        &Secret::new(SECRET),
        bench.now(),
    );
    server.change("re_1", |refund| refund.standing = Standing::Failed);
    let event = ("evt_2", "refund.failed");
    assert_eq!(told(&bench, &server, event, "re_1").await, Received::Taken);
    let reversed = Progress::Reversed {
        code: "card-expired".to_owned().try_into().unwrap(),
    };
    assert_eq!(bench.attempt(&name).await.progress, reversed);
    // The older webhook comes last, and still says "succeeded".
    assert_eq!(bench.tell(Some(&signature), &early).await, Received::Taken);
    assert_eq!(bench.attempt(&name).await.progress, reversed);
}

#[tokio::test]
async fn a_failure_that_overtakes_the_success_stays() {
    let server = StripeServer::start("EUR");
    let bench = bench(&server);
    let name = bench.submitted("o1", "pi_1").await;
    server.fail(Fault::HangUpAfter);
    bench.ask(&name).await;
    let (signature, early) = server.webhook(
        ("evt_1", "refund.created"),
        "re_1",
        &Secret::new(SECRET),
        bench.now(),
    );
    server.change("re_1", |refund| refund.standing = Standing::Failed);
    told(&bench, &server, ("evt_2", "refund.failed"), "re_1").await;
    assert_eq!(bench.stands(&name).await, "failed");
    bench.tell(Some(&signature), &early).await;
    assert_eq!(bench.stands(&name).await, "failed");
}

#[tokio::test]
async fn the_banks_reference_comes_days_later() {
    let server = StripeServer::start("EUR");
    let bench = bench(&server);
    let name = bench.submitted("o1", "pi_1").await;
    bench.ask(&name).await;
    let version = bench.version(&name).await;
    server.change("re_1", |refund| {
        refund.bank_reference = Some("arn-1".to_owned())
    });
    for event in ["evt_1", "evt_2"] {
        told(&bench, &server, (event, "refund.updated"), "re_1").await;
    }
    let Progress::Succeeded {
        acquirer_reference, ..
    } = bench.attempt(&name).await.progress
    else {
        panic!("the refund succeeded");
    };
    assert_eq!(acquirer_reference.as_str(), "arn-1");
    assert_eq!(bench.version(&name).await, version + 1);
}

#[tokio::test]
async fn what_is_not_believed_or_not_ours_appends_nothing() {
    let server = StripeServer::start("EUR");
    let bench = bench(&server);
    let name = bench.submitted("o1", "pi_1").await;
    server.begin_with(Standing::Pending);
    bench.ask(&name).await;
    server.change("re_1", |refund| refund.standing = Standing::Succeeded);
    let version = bench.version(&name).await;
    let event = ("evt_1", "refund.updated");
    let (good, body) = server.webhook(event, "re_1", &Secret::new(SECRET), bench.now());
    let (forged, _) = server.webhook(event, "re_1", &Secret::new("whsec_other"), bench.now());
    for signature in [None, Some(""), Some("t=1,v1=00"), Some(forged.as_str())] {
        assert_eq!(
            bench.tell(signature, &body).await,
            Received::Unsigned,
            "{signature:?}"
        );
    }
    assert_eq!(bench.tell(Some(&good), b"{}").await, Received::Unsigned);

    // Another deployment's attempt, and a refund that somebody made by hand.
    server.refund_by_others("pi_1", 1);
    server.change("re_2", |refund| {
        refund.attempt = "main/other-F1-A1".to_owned()
    });
    server.refund_by_others("pi_1", 1);
    for id in ["re_2", "re_3"] {
        assert_eq!(
            told(&bench, &server, ("evt_2", "refund.created"), id).await,
            Received::Taken
        );
    }
    assert_eq!(
        (bench.version(&name).await, bench.stands(&name).await),
        (version, "pending")
    );

    // While the provider does not answer, it is told to come again.
    server.fail(Fault::HangUpBefore);
    assert_eq!(bench.tell(Some(&good), &body).await, Received::Later);
    assert_eq!(bench.version(&name).await, version);
    assert_eq!(bench.tell(Some(&good), &body).await, Received::Taken);
    assert_eq!(bench.stands(&name).await, "succeeded");
}

/// Somebody copied our name onto a refund of their own: a person has to look, not we.
#[tokio::test]
async fn a_second_refund_of_our_name_is_not_recorded() {
    let server = StripeServer::start("EUR");
    let bench = bench(&server);
    let name = bench.submitted("o1", "pi_1").await;
    bench.ask(&name).await;
    let version = bench.version(&name).await;
    server.refund_by_others("pi_1", 500);
    server.change("re_2", |refund| refund.attempt = name.to_string());
    let event = ("evt_1", "refund.created");
    assert_eq!(told(&bench, &server, event, "re_2").await, Received::Taken);
    assert_eq!(bench.version(&name).await, version);
}

#[tokio::test]
async fn a_person_who_looks_is_told_by_webhook_what_became_of_it() {
    let server = StripeServer::start("EUR");
    let bench = bench(&server);
    let name = bench.submitted("o1", "pi_1").await;
    server.begin_with(Standing::RequiresAction);
    bench.ask(&name).await;
    assert_eq!(bench.stands(&name).await, "action required");
    for (event, standing, expected) in [
        ("evt_1", Standing::Pending, "pending"),
        ("evt_2", Standing::RequiresAction, "action required"),
        ("evt_3", Standing::Cancelled, "failed"),
    ] {
        server.change("re_1", |refund| refund.standing = standing);
        told(&bench, &server, (event, "refund.updated"), "re_1").await;
        assert_eq!(bench.stands(&name).await, expected);
    }
}

//! Refunds through Stripe, or what stands for it: paid, told by webhook, and never mixed up with
//! the sandbox.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use backhaul::process::Process;
use backhaul_api::proto::refunds::v1::{IssueRefundRequest, Refund, attempt, refund::State};
use backhaul_engine::{Clock as _, SystemClock};
use backhaul_gateways::payment::Secret;
use backhaul_gateways::payment::test_server::{Fault, STRIPE_KEY, Standing, StripeServer};
use backhaul_host::Config;
use backhaul_host::config::{Payments, StripeAccount};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::orders::{eur, order, paid_by, request_id};
use crate::shop::{Shop, until};

const SECRET: &str = "whsec_test";

/// A shop whose refunds the server pays.
async fn shop(server: &StripeServer, keys: &Path) -> Shop {
    let (key_file, secret_file) = (keys.join("key"), keys.join("secret"));
    std::fs::write(&key_file, format!("{STRIPE_KEY}\n")).unwrap();
    std::fs::write(&secret_file, format!("{SECRET}\n")).unwrap();
    Shop::start_with(|config| {
        config.webhooks = Some(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        config.payments = Payments::Stripe(StripeAccount {
            url: server.url(),
            key_file,
            webhook_secret_file: Some(secret_file),
        });
    })
    .await
}

async fn goodwill(shop: &Shop, order: &str) -> Refund {
    let request = IssueRefundRequest {
        request_id: request_id(),
        order: order.to_owned(),
        amount: Some(eur(500)),
        note: "sorry".to_owned(),
        ..IssueRefundRequest::default()
    };
    let answer = shop.admin().refunds().issue_refund(request).await.unwrap();
    answer.into_inner().refund.unwrap()
}

/// Calls the webhook as the provider does, and gives the status line.
async fn tell(shop: &Shop, signature: &str, body: &[u8]) -> String {
    let mut stream = TcpStream::connect(shop.webhooks()).await.unwrap();
    let head = format!(
        "POST /webhooks/stripe HTTP/1.1\r\nhost: shop.example\r\nconnection: close\r\n\
         stripe-signature: {signature}\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(body).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer.lines().next().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn stripe_pays_and_tells_when_the_money_comes_back() {
    let server = StripeServer::start("EUR");
    let keys = tempfile::tempdir().unwrap();
    let shop = shop(&server, keys.path()).await;
    let order = paid_by("pi_1", order("stripe", 1));
    shop.sell(&order).await;
    let refund = goodwill(&shop, &order.name).await;
    let settled = shop.refund_in(&refund.name, State::Settled).await;
    assert_eq!(settled.attempts[0].provider_refund, "re_1");
    let booked = server.books().remove(0);
    assert_eq!(
        (booked.attempt.as_str(), booked.amount),
        ("main/stripe-F1-A1", 500)
    );

    server.change("re_1", |refund| refund.standing = Standing::Failed);
    let (event, now) = (("evt_1", "refund.failed"), SystemClock.now());
    let (forged, _) = server.webhook(event, "re_1", &Secret::new("whsec_forged"), now);
    let (signature, body) = server.webhook(event, "re_1", &Secret::new(SECRET), now);
    shop.quiet().await;
    let heads = shop.heads().await;
    assert_eq!(
        tell(&shop, &forged, &body).await,
        "HTTP/1.1 401 Unauthorized"
    );
    assert_eq!(shop.heads().await, heads);
    for _ in 0..2 {
        assert_eq!(tell(&shop, &signature, &body).await, "HTTP/1.1 200 OK");
    }
    let refund = shop.get_refund(&refund.name).await;
    assert_eq!(refund.attempts[0].state(), attempt::State::Reversed);
    assert_eq!(server.books().len(), 1);
    shop.check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_is_found_after_a_restart_and_paid_once() {
    let server = StripeServer::start("EUR");
    let keys = tempfile::tempdir().unwrap();
    let mut shop = shop(&server, keys.path()).await;
    let order = paid_by("pi_1", order("lost", 1));
    shop.sell(&order).await;
    server.fail(Fault::HangUpAfter);
    let refund = goodwill(&shop, &order.name).await;
    until("the answer to be lost", async || {
        let refund = shop.get_refund(&refund.name).await;
        let state = refund.attempts.last()?.state();
        (state == attempt::State::Unknown).then_some(())
    })
    .await;
    shop.restart().await;
    shop.refund_in(&refund.name, State::Settled).await;
    assert_eq!(server.books().len(), 1);
    shop.check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sandbox_never_answers_for_stripe() {
    let server = StripeServer::start("EUR");
    let keys = tempfile::tempdir().unwrap();
    let mut shop = shop(&server, keys.path()).await;
    shop.close().await;
    let sandbox = Config {
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        probes: None,
        ..Config::in_folder(shop.data())
    };
    let Err(error) = Process::start(&sandbox).await else {
        panic!("the sandbox must not take over");
    };
    let expected = "the refunds of this data folder are paid by stripe, not by sandbox";
    assert!(error.to_string().starts_with(expected), "{error}");
}

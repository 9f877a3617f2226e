//! Adyen cannot be asked: its notices are all there is.

use std::sync::Arc;
use std::time::Duration;

use backhaul_gateways::payment::test_server::{ADYEN_HMAC_KEY, AdyenServer, Fault};
use backhaul_gateways::payment::{Adyen, AdyenNotices, Endpoint, Secret};
use backhaul_host::webhooks::Received;

use super::Bench;
use crate::payout::Asked;

const DAY: Duration = Duration::from_secs(24 * 3_600);

fn bench(server: &AdyenServer) -> Bench {
    let endpoint = Endpoint::new(&server.url()).unwrap();
    let adyen = Adyen::new(endpoint, "BackhaulTest", &Secret::new("AQE-key")).unwrap();
    let notices = AdyenNotices::new(&[Secret::new(ADYEN_HMAC_KEY)]).unwrap();
    Bench::new(Arc::new(adyen), Arc::new(notices))
}

#[tokio::test]
async fn notices_come_late_twice_and_out_of_order() {
    let failed = ("REFUND_FAILED", true);
    let reversed = ("REFUNDED_REVERSED", true);
    let (paid, refused) = (("REFUND", true), ("REFUND", false));
    for (events, expected) in [
        (&[paid][..], "succeeded"),
        (&[paid, paid], "succeeded"),
        (&[refused], "failed"),
        (&[refused, refused], "failed"),
        (&[paid, failed], "reversed"),
        (&[failed, paid], "reversed"),
        (&[paid, reversed, paid], "reversed"),
        (&[reversed, paid], "reversed"),
        (&[("CHARGEBACK", true)], "pending"),
    ] {
        let server = AdyenServer::start();
        let bench = bench(&server);
        let name = bench.submitted("o1", "PSP1").await;
        bench.ask(&name).await;
        assert_eq!(bench.stands(&name).await, "pending");
        let refund = server.books().remove(0);
        for (event, success) in events {
            let body = server.webhook(&refund, event, *success, "");
            assert_eq!(bench.tell(None, &body).await, Received::Taken, "{events:?}");
        }
        assert_eq!(bench.stands(&name).await, expected, "{events:?}");
        assert_eq!(server.books().len(), 1, "{events:?}");
    }
}

#[tokio::test]
async fn a_pending_refund_is_never_sent_again() {
    let server = AdyenServer::start();
    let bench = bench(&server);
    let name = bench.submitted("o1", "PSP1").await;
    bench.ask(&name).await;
    for _ in 0..10 {
        bench.clock.advance(3 * DAY);
        bench.ask_again(&name).await;
        assert_eq!(bench.stands(&name).await, "pending");
    }
    assert_eq!(server.books().len(), 1);
}

#[tokio::test]
async fn a_key_is_used_again_only_while_adyen_surely_knows_it() {
    for (pause, expected) in [(DAY, "pending"), (4 * DAY, "pending"), (5 * DAY, "unknown")] {
        let server = AdyenServer::start();
        let bench = bench(&server);
        let name = bench.submitted("o1", "PSP1").await;
        server.fail(Fault::HangUpAfter);
        bench.ask(&name).await;
        assert_eq!(bench.stands(&name).await, "unknown");
        let last = bench.now();
        bench.clock.advance(pause);
        bench.see_through(&name, Asked::Maybe(last)).await;
        assert_eq!(bench.stands(&name).await, expected, "{pause:?}");
        assert_eq!(server.books().len(), 1, "{pause:?}");
    }
}

#[tokio::test]
async fn a_forged_notice_appends_nothing() {
    let server = AdyenServer::start();
    let bench = bench(&server);
    let name = bench.submitted("o1", "PSP1").await;
    bench.ask(&name).await;
    let version = bench.version(&name).await;
    let refund = server.books().remove(0);
    let body = server.webhook(&refund, "REFUND", true, "");
    let forged = String::from_utf8(body)
        .unwrap()
        .replace("\"REFUND\"", "\"REFUND_FAILED\"");
    assert_eq!(
        bench.tell(None, forged.as_bytes()).await,
        Received::Unsigned
    );
    assert_eq!(bench.version(&name).await, version);
}

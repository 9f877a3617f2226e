//! Mail over a real mail server: it arrives, it is refused, and it never leaves twice.

use std::collections::BTreeSet;

use backhaul_api::proto::notifications::v1::{Notification, notification::State};
use backhaul_gateways::mail::test_server::{Fault, TestSmtpServer};
use mail_parser::MessageParser;

use crate::orders::{ask, order};
use crate::shop::{Shop, long_ago, until};

/// The order's notifications once none of them is only planned any more.
async fn ended(shop: &Shop, order: &str, count: usize) -> Vec<Notification> {
    until("messages to be handed over", async || {
        let found = shop.notifications_of(order).await;
        let waits = found.iter().any(|each| each.state() == State::Planned);
        (found.len() == count && !waits).then_some(found)
    })
    .await
}

fn message_ids(server: &TestSmtpServer) -> Vec<String> {
    let messages = server.messages();
    messages
        .iter()
        .map(|mail| {
            let parsed = MessageParser::default().parse(&mail.data).unwrap();
            parsed.message_id().unwrap().to_owned()
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_arrive_once_and_a_new_process_sends_none_of_them_again() {
    let server = TestSmtpServer::start();
    let mut shop = Shop::start_with_mail_to(&server.url()).await;
    let order = order("smtp", 1);
    let asked = shop.sell_and_take_back(&order).await;
    shop.return_in(
        &asked.name,
        backhaul_api::proto::returns::v1::r#return::State::Closed,
    )
    .await;
    shop.quiet().await;
    let sent = ended(&shop, &order.name, 4).await;
    assert!(sent.iter().all(|each| each.state() == State::Sent));
    let messages = server.messages();
    assert_eq!(messages.len(), 4);
    assert!(
        messages
            .iter()
            .all(|mail| mail.to == ["smtp@example.invalid"])
    );
    let ids: BTreeSet<String> = message_ids(&server).into_iter().collect();
    assert_eq!(ids.len(), 4);
    assert!(shop.outbox().is_empty());

    for _ in 0..2 {
        shop.restart().await;
        shop.quiet().await;
    }
    assert_eq!(server.messages(), messages);
    shop.check().await;
}

/// What the server refuses for now waits; what it refuses for ever is given up.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_waits_or_ends_and_is_not_sent_beside_it() {
    for (fault, state) in [
        (Fault::RefuseForNow, State::Deferred),
        (Fault::HangUpBeforeBody, State::Deferred),
        (Fault::RefuseForEver, State::Failed),
    ] {
        let server = TestSmtpServer::start();
        server.fail_next(1, fault);
        let mut shop = Shop::start_with_mail_to(&server.url()).await;
        // Two messages: that we have the request, and that it is too late.
        let order = long_ago(order("refused", 1));
        shop.sell(&order).await;
        shop.ask(ask(&order.name, 1)).await;
        let found = ended(&shop, &order.name, 2).await;
        let states: Vec<State> = found.iter().map(Notification::state).collect();
        assert_eq!(
            states.iter().filter(|each| **each == state).count(),
            1,
            "{fault:?}: {states:?}"
        );
        assert!(states.contains(&State::Sent), "{fault:?}: {states:?}");
        assert_eq!(server.messages().len(), 1, "{fault:?}");

        // Neither waiting nor a new process changes that before it is time.
        shop.restart().await;
        shop.quiet().await;
        assert_eq!(ended(&shop, &order.name, 2).await, found, "{fault:?}");
        assert_eq!(server.messages().len(), 1, "{fault:?}");
    }
}

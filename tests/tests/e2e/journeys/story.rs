//! The whole story of an order, as its timeline tells it.

use std::collections::{BTreeSet, HashSet};

use backhaul_api::proto::returns::v1::r#return::State;

use crate::orders::order;
use crate::shop::Shop;

#[tokio::test(flavor = "multi_thread")]
async fn every_event_is_told_after_the_one_that_caused_it() {
    let shop = Shop::start().await;
    // Several at the same time, so that the contexts are busy beside each other.
    let orders: Vec<_> = (0..5).map(|id| order(&format!("story{id}"), 2)).collect();
    let mut asked = Vec::new();
    for order in &orders {
        asked.push(shop.sell_and_take_back(order).await);
    }
    for each in &asked {
        shop.return_in(&each.name, State::Closed).await;
    }
    shop.quiet().await;
    for (order, each) in orders.iter().zip(&asked) {
        let events = shop.timeline(&order.name).await;
        assert_eq!(events, shop.timeline(&each.name).await);
        let mut told = HashSet::new();
        for event in &events {
            let cause = &event.causation_id;
            assert!(
                cause.is_empty() || told.contains(cause.as_str()),
                "{} of {} is told before its cause",
                event.r#type,
                order.name
            );
            told.insert(event.id.as_str());
        }
        let contexts: BTreeSet<&str> = events
            .iter()
            .filter_map(|event| event.r#type.split('.').next())
            .collect();
        let all = ["notifications", "orders", "refunds", "returns", "tracking"];
        assert_eq!(contexts, BTreeSet::from(all));
        let types: Vec<&str> = events.iter().map(|event| event.r#type.as_str()).collect();
        for once in [
            "orders.OrderRecorded",
            "orders.PaymentCaptured",
            "orders.LinesDelivered",
            "returns.ReturnRequested",
            "returns.ReturnAuthorized",
            "tracking.LabelRequested",
            "tracking.LabelIssued",
            "returns.UnitsReceived",
            "returns.RefundReleased",
            "refunds.RefundProposed",
            "refunds.RefundApproved",
            "refunds.RefundSubmitted",
            "refunds.RefundSucceeded",
            "refunds.RefundSettled",
            "returns.ReturnClosed",
        ] {
            assert_eq!(
                types.iter().filter(|each| **each == once).count(),
                1,
                "{once}: {types:?}"
            );
        }
        for mail in [
            "notifications.NotificationPlanned",
            "notifications.NotificationSent",
        ] {
            assert_eq!(
                types.iter().filter(|each| **each == mail).count(),
                4,
                "{mail}: {types:?}"
            );
        }
    }
}

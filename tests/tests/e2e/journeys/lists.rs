//! Lists: pages, filters, and seeing what one has just written.

use std::collections::BTreeSet;

use backhaul_api::proto::orders::v1::ListOrdersRequest;
use backhaul_api::proto::returns::v1::{ListReturnsRequest, r#return};
use backhaul_host::calls::POSITION_HEADER;
use tonic::Request;

use crate::orders::{ask, order, record};
use crate::shop::Shop;

#[tokio::test(flavor = "multi_thread")]
async fn pages_hold_everything_once() {
    let shop = Shop::start().await;
    let mut orders = shop.admin().orders();
    let mut names = BTreeSet::new();
    for number in 0..25 {
        let mut order = order(&format!("o{number:02}"), 1);
        if number % 5 == 0 {
            order.ship_to.as_mut().unwrap().region_code = "FR".to_owned();
        }
        orders.record_order(record(&order)).await.unwrap();
        names.insert(order.name);
    }
    shop.quiet().await;
    for (filter, expected) in [("", 25), ("ship_to.region_code = FR", 5)] {
        let (mut seen, mut page_token) = (Vec::new(), String::new());
        loop {
            let request = ListOrdersRequest {
                page_size: 7,
                page_token,
                filter: filter.to_owned(),
            };
            let page = orders.list_orders(request).await.unwrap().into_inner();
            assert!(page.orders.len() <= 7);
            seen.extend(page.orders.into_iter().map(|order| order.name));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        assert_eq!(seen.len(), expected, "{filter}");
        let seen: BTreeSet<String> = seen.into_iter().collect();
        assert_eq!(seen.len(), expected, "{filter}");
        assert!(seen.is_subset(&names));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn returns_are_found_by_order_and_state() {
    let shop = Shop::start().await;
    for id in ["a", "b"] {
        shop.sell_and_take_back(&order(id, 1)).await;
    }
    shop.sell(&order("c", 2)).await;
    shop.ask(ask("orders/c", 1)).await;
    shop.return_in("returns/a-R1", r#return::State::Closed)
        .await;
    shop.return_in("returns/b-R1", r#return::State::Closed)
        .await;
    shop.quiet().await;
    for (filter, expected) in [
        ("", &["returns/a-R1", "returns/b-R1", "returns/c-R1"][..]),
        ("state = CLOSED", &["returns/a-R1", "returns/b-R1"]),
        ("state = AUTHORIZED", &["returns/c-R1"]),
        ("order = \"orders/b\"", &["returns/b-R1"]),
        ("order = \"orders/b\" AND state = AUTHORIZED", &[]),
        ("state = DECLINED", &[]),
    ] {
        let request = ListReturnsRequest {
            filter: filter.to_owned(),
            ..ListReturnsRequest::default()
        };
        let answer = shop.admin().returns().list_returns(request).await.unwrap();
        let names: Vec<String> = answer
            .into_inner()
            .returns
            .into_iter()
            .map(|each| each.name)
            .collect();
        assert_eq!(names, expected, "{filter}");
    }
}

/// Whoever hands the position of a write to a list finds what was written, at once, every time.
#[tokio::test(flavor = "multi_thread")]
async fn a_caller_reads_what_it_has_written() {
    let shop = Shop::start().await;
    let mut orders = shop.admin().orders();
    for number in 0..50 {
        let order = order(&format!("w{number}"), 1);
        let written = orders.record_order(record(&order)).await.unwrap();
        let position = written.metadata().get(POSITION_HEADER).unwrap().clone();
        let mut list = Request::new(ListOrdersRequest {
            page_size: 500,
            ..ListOrdersRequest::default()
        });
        list.metadata_mut().insert(POSITION_HEADER, position);
        let listed = orders.list_orders(list).await.unwrap().into_inner().orders;
        assert_eq!(listed.len(), number + 1);
        assert!(listed.iter().any(|each| each.name == order.name));
    }
}

//! Who may see and do what.

use backhaul_api::proto::orders::v1::{GetOrderRequest, ListOrdersRequest};
use backhaul_engine::{Clock as _, SystemClock};
use backhaul_host::identity::Grant;
use backhaul_kernel::Tier;
use backhaul_kernel::Timestamp;
use jiff::SignedDuration;
use tonic::Code;

use crate::bad_inputs::reason_of;
use crate::orders::{ask, order, record};
use crate::shop::Shop;

fn grant(tenant: &str, expires_at: Option<Timestamp>) -> Grant {
    Grant {
        tenant: tenant.parse().unwrap(),
        account: "visitor".to_owned(),
        tier: Tier::Admin,
        expires_at,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_ends_when_it_says() {
    let shop = Shop::start().await;
    let hour = SignedDuration::from_hours(1);
    for (expires_at, code) in [
        (SystemClock.now() + hour, None),
        (SystemClock.now() - hour, Some(Code::Unauthenticated)),
    ] {
        let caller = shop.caller_of(grant("main", Some(expires_at))).await;
        let answer = caller
            .orders()
            .list_orders(ListOrdersRequest::default())
            .await;
        assert_eq!(answer.err().map(|status| status.code()), code);
    }
}

/// What is another merchant's looks exactly like what does not exist.
#[tokio::test(flavor = "multi_thread")]
async fn a_merchant_sees_nothing_of_another() {
    let shop = Shop::start().await;
    let other = shop.caller_of(grant("other", None)).await;
    let order = order("secret", 1);
    let get = async || {
        let request = GetOrderRequest {
            name: order.name.clone(),
        };
        let status = other.orders().get_order(request).await.unwrap_err();
        (
            status.code(),
            status.message().to_owned(),
            status.details().to_vec(),
        )
    };
    let before = get().await;
    assert_eq!(before.0, Code::NotFound);
    shop.sell(&order).await;
    assert_eq!(get().await, before);

    let asked = other.returns().request_return(ask(&order.name, 1)).await;
    assert_eq!(asked.unwrap_err().code(), Code::NotFound);
    shop.quiet().await;
    let listed = other
        .orders()
        .list_orders(ListOrdersRequest::default())
        .await;
    assert!(listed.unwrap().into_inner().orders.is_empty());
    // The same id is free for them, and stays apart.
    other.orders().record_order(record(&order)).await.unwrap();
    let asked = other.returns().request_return(ask(&order.name, 1)).await;
    let refused = asked.unwrap_err();
    assert_eq!(reason_of(&refused), "NOT_DELIVERED", "theirs never arrived");
    shop.check().await;
}

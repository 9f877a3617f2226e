//! A whole return in one trace, and what must be in it: every hop over every service, and no personal
//! data.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use backhaul::connect::Deployment;
use backhaul_api::proto::orders::v1::RecordDeliveryRequest;
use backhaul_api::proto::refunds::v1::{ApprovalPolicy, PublishApprovalPolicyRequest};
use backhaul_api::proto::returns::v1::GetReturnRequest;
use backhaul_api::proto::returns::v1::r#return::State;
use opentelemetry_proto::tonic::trace::v1::Span;
use tonic::Request;

use crate::collector::{Collector, attributes};
use crate::orders::{self, days_ago, eur, order, request_id};

/// Longer than any hop takes, and the exporter's own delay.
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// The trace that the caller began.
const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
/// The caller's own span.
const CALLER: &str = "b7ad6b7169203331";
/// Words that stand in an order's personal data, and nowhere else.
const CANARIES: [&str; 2] = ["canary-name-7f3a", "canary-mail-91bc"];
/// What the journey must have gone through.
const HOPS: [&str; 20] = [
    "backhaul.orders.v1.OrdersService/RecordOrder",
    "append orders",
    "backhaul.returns.v1.ReturnsService/RequestReturn",
    "append returns",
    "react tracking.request-label",
    "append tracking",
    "react tracking.label",
    "call carrier",
    "backhaul.returns.v1.ReturnsService/RecordReceipt",
    "backhaul.returns.v1.ReturnsService/InspectUnits",
    "react refunds.release",
    "append refunds",
    "react refunds.payout",
    "call payment provider",
    "react returns.settle",
    "react notifications.plan",
    "append notifications",
    "react notifications.send",
    "call mail server",
    "backhaul.orders.v1.OrdersService/RecordDelivery",
];

/// Plays the journey and looks for every hop of it.
pub async fn check(shop: &Deployment, collector: &Collector) {
    journey(shop).await;
    let trace: [u8; 16] = u128::from_str_radix(TRACE, 16).unwrap().to_be_bytes();
    let end = Instant::now() + PATIENCE;
    let spans = loop {
        let spans = collector.trace(trace);
        let names = names(&spans);
        let missing: Vec<_> = HOPS.iter().filter(|hop| !names.contains(*hop)).collect();
        if missing.is_empty() && orphan(&spans).is_none() {
            break spans;
        }
        assert!(
            Instant::now() < end,
            "the trace lacks {missing:?}; it has {names:?}; nobody knows the parent of {:?}",
            orphan(&spans)
        );
        tokio::time::sleep(LOOK_EVERY).await;
    };
    check_calls(&spans);
    let words = collector.words();
    for canary in CANARIES {
        assert!(!words.contains(canary), "{canary} stands in a span");
    }
}

/// From the order to the mail that tells of the refund, every call of it in the caller's trace.
async fn journey(shop: &Deployment) {
    let policy = PublishApprovalPolicyRequest {
        request_id: request_id(),
        policy: Some(ApprovalPolicy {
            automatic_up_to: vec![eur(1_000_000)],
            ..ApprovalPolicy::default()
        }),
    };
    shop.refunds()
        .publish_approval_policy(policy)
        .await
        .unwrap();
    let policy = orders::publish(orders::policy());
    shop.returns().publish_policy(policy).await.unwrap();

    let mut order = order("traced", 2);
    let buyer = order.buyer.as_mut().unwrap();
    buyer.display_name = CANARIES[0].to_owned();
    buyer.email = format!("{}@example.invalid", CANARIES[1]);
    let record = traced(orders::record(&order));
    shop.orders().record_order(record).await.unwrap();
    let delivery = RecordDeliveryRequest {
        request_id: request_id(),
        name: order.name.clone(),
        lines: Vec::new(),
        delivery_time: Some(days_ago(9)),
    };
    shop.orders()
        .record_delivery(traced(delivery))
        .await
        .unwrap();
    let ask = traced(orders::ask(&order.name, 2));
    let asked = shop.returns().request_return(ask).await.unwrap();
    let name = asked.into_inner().r#return.unwrap().name;
    let receipt = traced(orders::receive(&name, "", 2));
    shop.returns().record_receipt(receipt).await.unwrap();
    let inspection = traced(orders::inspect(&name, 2));
    shop.returns().inspect_units(inspection).await.unwrap();
    let end = Instant::now() + PATIENCE;
    loop {
        let request = GetReturnRequest { name: name.clone() };
        let answer = shop.returns().get_return(request).await.unwrap();
        let state = answer.into_inner().r#return.unwrap().state();
        if state == State::Closed {
            return;
        }
        assert!(Instant::now() < end, "{name} stays {state:?}");
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

fn traced<M>(message: M) -> Request<M> {
    let mut request = Request::new(message);
    let context = format!("00-{TRACE}-{CALLER}-01");
    let metadata = request.metadata_mut();
    metadata.insert("traceparent", context.parse().unwrap());
    request
}

fn names(spans: &[Span]) -> BTreeSet<&str> {
    spans.iter().map(|span| span.name.as_str()).collect()
}

/// A span that hangs on no other of the trace, nor on the caller's.
fn orphan(spans: &[Span]) -> Option<&str> {
    let caller = u64::from_str_radix(CALLER, 16).unwrap().to_be_bytes();
    let known: BTreeMap<&[u8], &Span> =
        spans.iter().map(|span| (&span.span_id[..], span)).collect();
    let hangs = |span: &&Span| {
        let parent = &span.parent_span_id[..];
        parent == caller || known.contains_key(parent)
    };
    let orphan = spans.iter().find(|span| !hangs(span))?;
    Some(&orphan.name)
}

/// Calls tell their method and how they ended.
fn check_calls(spans: &[Span]) {
    let record = spans.iter().find(|span| span.name == HOPS[0]).unwrap();
    let attributes = attributes(record);
    assert_eq!(attributes.get("rpc.method"), Some(&"RecordOrder"));
    assert_eq!(attributes.get("rpc.system"), Some(&"grpc"));
}

//! B35 to B38: tracking, notifications, and what holds for every call.

use std::collections::HashMap;
use std::time::Duration;

use backhaul_api::proto::notifications::v1::PreviewNotificationRequest;
use backhaul_api::proto::orders::v1::{ListOrdersRequest, RecordOrderResponse};
use backhaul_api::proto::tracking::v1::{Checkpoint, RecordCheckpointRequest, Status as Word};
use backhaul_engine::{Clock as _, SystemClock};
use backhaul_host::identity::Grant;
use backhaul_kernel::Tier;
use jiff::SignedDuration;
use tonic::{Code, Request, Response, Status};

use super::{Answer, Row, Where, World, call, invalid, row};
use crate::orders::{days_ago, order, record, request_id};
use crate::shop::Shop;

pub(super) async fn rows(world: &World) -> Vec<Row> {
    let mut rows = scans(world).await;
    rows.extend(previews(world));
    rows.extend(tokens(world).await);
    rows.push(row("B38 one millisecond", in_no_time(world), Answer::Yes));
    rows
}

async fn scans(world: &World) -> Vec<Row> {
    let scan = || RecordCheckpointRequest {
        request_id: request_id(),
        name: "parcels/open-P1".to_owned(),
        tracking_number: String::new(),
        checkpoint: Some(Checkpoint {
            scan: "scan-1".to_owned(),
            status: Word::InTransit.into(),
            carrier_code: String::new(),
            region_code: String::new(),
            see_time: Some(days_ago(0)),
        }),
    };
    let first = scan();
    let again = RecordCheckpointRequest {
        checkpoint: first.checkpoint.clone(),
        ..scan()
    };
    let mut tracking = world.me().tracking();
    tracking.record_checkpoint(first).await.unwrap();
    vec![row(
        "B35 the same scan again",
        call!(world.me().tracking(), record_checkpoint, again),
        Answer::Unchanged,
    )]
}

fn previews(world: &World) -> Vec<Row> {
    let preview = |template: &str| PreviewNotificationRequest {
        template: template.to_owned(),
        language_code: "en".to_owned(),
        variables: HashMap::from([
            ("order".to_owned(), "1".to_owned()),
            ("refund".to_owned(), "1-F1".to_owned()),
        ]),
    };
    vec![
        row(
            "B36 an unknown template",
            call!(
                world.me().notifications(),
                preview_notification,
                preview("birthday")
            ),
            invalid("template"),
        ),
        row(
            "B36 a missing variable",
            call!(
                world.me().notifications(),
                preview_notification,
                preview("refund_settled")
            ),
            invalid("variables.amount"),
        ),
    ]
}

async fn tokens(world: &World) -> Vec<Row> {
    let expired = Grant {
        tenant: "main".parse().unwrap(),
        account: "gone".to_owned(),
        tier: Tier::Admin,
        expires_at: Some(SystemClock.now() - SignedDuration::from_secs(1)),
    };
    let address = format!("http://{}", world.shop.address());
    let expired = world.shop.caller_of(expired).await;
    let elsewhere = Shop::start().await.token();
    let mut rows = Vec::new();
    let mut refused = |name, caller: &backhaul::connect::Deployment| {
        let call = call!(caller.orders(), list_orders, ListOrdersRequest::default());
        let answer = Answer::No(Code::Unauthenticated, "TOKEN", Where::Nowhere);
        rows.push(row(name, call, answer));
    };
    refused("B37 an expired token", &expired);
    for (name, token) in [
        ("B37 no token", ""),
        ("B37 a token of another deployment", elsewhere.as_str()),
    ] {
        let caller = backhaul::connect::Deployment::reach(&address, token, None);
        refused(name, &caller.await.unwrap());
    }
    rows
}

/// A caller who does not wait may or may not have been heard; the same request tells.
fn in_no_time(
    world: &World,
) -> impl Future<Output = Result<Response<RecordOrderResponse>, Status>> + Send + use<> {
    let mut client = world.me().orders();
    async move {
        let asked = record(&order("hasty", 1));
        let mut hasty = Request::new(asked.clone());
        hasty.set_timeout(Duration::from_millis(1));
        if let Err(status) = client.record_order(hasty).await {
            let code = status.code();
            let in_time = matches!(code, Code::DeadlineExceeded | Code::Cancelled);
            assert!(in_time, "{status}");
        }
        let first = client.record_order(asked.clone()).await?.into_inner();
        let again = client.record_order(asked).await?;
        assert_eq!(again.get_ref(), &first);
        Ok(again)
    }
}

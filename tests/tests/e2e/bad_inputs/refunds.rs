//! B27 to B32: refunds.

use backhaul_api::proto::refunds::v1::{
    ApproveRefundRequest, IssueRefundRequest, IssueRefundResponse, refund,
};
use futures::future::try_join_all;
use tonic::{Code, Response, Status};

use super::{Answer, Row, Where, World, call, invalid, row};
use crate::orders::{GROSS, eur, order, request_id};
use crate::shop::AUTOMATIC_UP_TO;

fn issue(order: &str, minor_units: i64) -> IssueRefundRequest {
    IssueRefundRequest {
        request_id: request_id(),
        order: order.to_owned(),
        amount: Some(eur(minor_units)),
        note: "sorry".to_owned(),
        ..IssueRefundRequest::default()
    }
}

pub(super) async fn rows(world: &World) -> Vec<Row> {
    let dear = order("dear", 30);
    world.shop.sell(&dear).await;
    let refunds = || world.me().refunds();
    let above = issue(&dear.name, AUTOMATIC_UP_TO + 1);
    let waiting = refunds().issue_refund(above).await.unwrap();
    let waiting = waiting.into_inner().refund.unwrap();
    assert_eq!(waiting.state(), refund::State::AwaitingApproval);
    let within = issue(&dear.name, 100);
    refunds().issue_refund(within.clone()).await.unwrap();
    world.shop.quiet().await;

    let reused = IssueRefundRequest {
        amount: Some(eur(101)),
        ..within.clone()
    };
    let stale = ApproveRefundRequest {
        request_id: request_id(),
        name: waiting.name,
        approval_digest: "0".repeat(64),
    };
    vec![
        row(
            "B27 nothing",
            call!(refunds(), issue_refund, issue("orders/sold", 0)),
            invalid("amount.minor_units"),
        ),
        row(
            "B28 more than was paid",
            call!(refunds(), issue_refund, issue("orders/sold", 2 * GROSS + 1)),
            Answer::No(
                Code::FailedPrecondition,
                "REFUND_EXCEEDS_PAID",
                Where::State("orders/sold"),
            ),
        ),
        // Above the limit it is accepted, and waits for a second person.
        row(
            "B29 above the limit",
            call!(
                refunds(),
                issue_refund,
                issue(&dear.name, AUTOMATIC_UP_TO + 2)
            ),
            Answer::Yes,
        ),
        row(
            "B30 the same request again",
            call!(refunds(), issue_refund, within),
            Answer::Unchanged,
        ),
        row(
            "B30 the same request id for another amount",
            call!(refunds(), issue_refund, reused),
            Answer::No(
                Code::InvalidArgument,
                "REQUEST_ID_REUSED",
                Where::Field("request_id"),
            ),
        ),
        row(
            "B31 the same request at the same time",
            at_once(world),
            Answer::Yes,
        ),
        row(
            "B32 an approval of something else",
            call!(world.expert.refunds(), approve_refund, stale),
            Answer::No(
                Code::FailedPrecondition,
                "APPROVAL_STALE",
                Where::State("refunds/dear-F1"),
            ),
        ),
    ]
}

/// Both calls wait for one decision and get the same answer.
fn at_once(
    world: &World,
) -> impl Future<Output = Result<Response<IssueRefundResponse>, Status>> + Send + use<> {
    let request = issue("orders/dear", 77);
    let calls = [(); 8].map(|()| call!(world.me().refunds(), issue_refund, request.clone()));
    async move {
        let answers = try_join_all(calls).await?;
        let mut names: Vec<_> = answers
            .iter()
            .map(|answer| &answer.get_ref().refund.as_ref().unwrap().name)
            .collect();
        names.dedup();
        assert_eq!(names.len(), 1, "one refund for one request");
        Ok(answers.into_iter().next().unwrap())
    }
}

//! Two refunds at the same moment, decided by two processes that share nothing but the log.

use backhaul::cluster::Size;
use backhaul::connect::Deployment;
use backhaul_api::proto::refunds::v1::IssueRefundRequest;
use futures::future::join;
use tonic::Code;

use crate::orders::{GROSS, eur, order, record, request_id};
use crate::run::{reach, start};

/// Of what was paid: each refund alone fits, both together do not.
const SIXTY_OF_A_HUNDRED: i64 = GROSS * 60 / 100;
/// Orders on which the two processes meet.
const MEETINGS: usize = 20;

/// Worked case of Hyperswitch issue 13182: captured 100, two refunds of 60 at once, and exactly one
/// is accepted.
///
/// Others: two concurrent refunds both pass.
#[tokio::test(flavor = "multi_thread")]
async fn of_two_refunds_by_two_processes_exactly_one_is_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let size = Size {
        nodes: 1,
        processes: 2,
    };
    let (cluster, _told) = start(folder.path(), size).await;
    let everything = reach(&cluster, folder.path()).await;
    let token = std::fs::read_to_string(folder.path().join("access-token")).unwrap();
    let mut rivals = Vec::new();
    for process in cluster.processes() {
        if process.service == "refunds" {
            let reached = Deployment::reach(&process.address, token.trim(), None).await;
            rivals.push(reached.unwrap());
        }
    }
    let [one, other] = rivals.as_slice() else {
        panic!("{} processes serve refunds", rivals.len());
    };

    for number in 0..MEETINGS {
        let order = order(&format!("rivals{number}"), 1);
        let recorded = everything.orders().record_order(record(&order)).await;
        recorded.unwrap();
        let issue = |by: &Deployment, minor_units| {
            let mut refunds = by.refunds();
            let request = IssueRefundRequest {
                request_id: request_id(),
                order: order.name.clone(),
                amount: Some(eur(minor_units)),
                note: "sorry".to_owned(),
                ..IssueRefundRequest::default()
            };
            async move { refunds.issue_refund(request).await }
        };
        let both = join(
            issue(one, SIXTY_OF_A_HUNDRED),
            issue(other, SIXTY_OF_A_HUNDRED),
        );
        let (first, second) = both.await;
        let (accepted, refused): (Vec<_>, Vec<_>) =
            [first, second].into_iter().partition(Result::is_ok);
        assert_eq!(accepted.len(), 1, "{}: {refused:?}", order.name);
        let refused = refused.into_iter().next().unwrap().unwrap_err();
        assert_eq!(refused.code(), Code::FailedPrecondition, "{refused}");
        // The other forty fit, whichever process is asked, and not a cent more.
        issue(other, GROSS - SIXTY_OF_A_HUNDRED).await.unwrap();
        let more = issue(one, 1).await.unwrap_err();
        assert_eq!(more.code(), Code::FailedPrecondition, "{more}");
    }
    cluster.stop().await.unwrap();
}

//! The shop's policies, as the import assumes them.

use anyhow::Context as _;
use backhaul_api::proto::refunds::v1::{ApprovalPolicy, PublishApprovalPolicyRequest};
use backhaul_api::proto::returns::v1::{Policy, PublishPolicyRequest, Release, ReturnCentre};

use crate::call::send;
use crate::connect::Deployment;
use crate::wire;

/// Days in which goods may come back: longer than the data is.
pub const WINDOW_DAYS: u32 = 400;
/// Where goods go back to.
pub const RETURN_CENTRE: &str = "leicester";
/// Every refund of the data is approved without a person: up to ten thousand million pounds.
const AUTOMATIC_UP_TO_PENCE: i64 = 1_000_000_000_000;

/// Publishes them.
pub async fn publish(deployment: &Deployment) -> anyhow::Result<()> {
    let returns = deployment.returns();
    let request = PublishPolicyRequest {
        request_id: "import:policy".to_owned(),
        policy: Some(policy()),
        validate_only: false,
    };
    send!(returns, publish_policy, request)
        .await
        .context("the return policy was not published")?;

    let refunds = deployment.refunds();
    let limit = wire::money(AUTOMATIC_UP_TO_PENCE, super::CURRENCY);
    let request = PublishApprovalPolicyRequest {
        request_id: "import:approval-policy".to_owned(),
        policy: Some(ApprovalPolicy {
            automatic_up_to: limit.into_iter().collect(),
            ..ApprovalPolicy::default()
        }),
    };
    send!(refunds, publish_approval_policy, request)
        .await
        .context("the approval policy was not published")?;
    Ok(())
}

fn policy() -> Policy {
    Policy {
        name: "policies/default".to_owned(),
        default_window_days: WINDOW_DAYS,
        automatic_authorization: true,
        release: Release::OnInspection.into(),
        return_centres: vec![ReturnCentre {
            id: RETURN_CENTRE.to_owned(),
            region_code: "GB".to_owned(),
            display_name: "Returns, Leicester".to_owned(),
        }],
        ..Policy::default()
    }
}

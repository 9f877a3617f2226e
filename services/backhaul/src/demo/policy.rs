//! The demo's policies: thirty days, the law where it gives more, and some of everything else.

use anyhow::Context as _;
use backhaul_api::proto::refunds::v1::{ApprovalPolicy, PublishApprovalPolicyRequest};
use backhaul_api::proto::returns::v1::{
    Policy, PublishPolicyRequest, Release, ReturnCentre, WindowRule,
};

use super::goods::{FURNITURE, MADE_TO_ORDER};
use crate::call::send;
use crate::connect::Deployment;
use crate::wire;

/// The return centre at home.
pub(super) const HOME_CENTRE: &str = "leicester";
const DEFAULT_WINDOW_DAYS: u32 = 30;

/// Goods worth no more than this stay with the buyer, in minor units.
const KEEP_ITEM_UP_TO: [(&str, i64); 5] = [
    ("GBP", 100),
    ("EUR", 500),
    ("USD", 800),
    ("JPY", 900),
    ("AUD", 900),
];

/// Refunds up to this need no person, in minor units; other currencies always need one.
const AUTOMATIC_UP_TO: [(&str, i64); 16] = [
    ("GBP", 25_000),
    ("EUR", 30_000),
    ("USD", 30_000),
    ("CHF", 30_000),
    ("AUD", 45_000),
    ("CAD", 45_000),
    ("SGD", 40_000),
    ("HKD", 250_000),
    ("JPY", 50_000),
    ("SEK", 350_000),
    ("NOK", 350_000),
    ("DKK", 220_000),
    ("PLN", 120_000),
    ("CZK", 700_000),
    ("ISK", 45_000),
    ("BHD", 120_000),
];

/// Publishes them.
pub(super) async fn publish(deployment: &Deployment, seed: u64) -> anyhow::Result<()> {
    let returns = deployment.returns();
    let request = PublishPolicyRequest {
        request_id: format!("demo:{seed}:policy"),
        policy: Some(policy()),
        validate_only: false,
    };
    send!(returns, publish_policy, request)
        .await
        .context("the return policy was not published")?;

    let refunds = deployment.refunds();
    let limits = AUTOMATIC_UP_TO
        .iter()
        .filter_map(|(code, minor)| wire::money(*minor, code));
    let request = PublishApprovalPolicyRequest {
        request_id: format!("demo:{seed}:approval-policy"),
        policy: Some(ApprovalPolicy {
            automatic_up_to: limits.collect(),
            ..ApprovalPolicy::default()
        }),
    };
    send!(refunds, publish_approval_policy, request)
        .await
        .context("the approval policy was not published")?;
    Ok(())
}

fn policy() -> Policy {
    let centre = |id: &str, region: &str, name: &str| ReturnCentre {
        id: id.to_owned(),
        region_code: region.to_owned(),
        display_name: name.to_owned(),
    };
    Policy {
        name: "policies/default".to_owned(),
        windows: vec![
            WindowRule {
                id: "furniture-60-days".to_owned(),
                categories: vec![FURNITURE.to_owned()],
                window_days: 60,
                ..WindowRule::default()
            },
            // Shorter than the law allows, to show that the law holds.
            WindowRule {
                id: "ireland-7-days".to_owned(),
                region_codes: vec!["IE".to_owned()],
                window_days: 7,
                ..WindowRule::default()
            },
        ],
        default_window_days: DEFAULT_WINDOW_DAYS,
        final_sale_categories: vec![MADE_TO_ORDER.to_owned()],
        automatic_authorization: true,
        release: Release::OnInspection.into(),
        keep_item_up_to: KEEP_ITEM_UP_TO
            .iter()
            .filter_map(|(code, minor)| wire::money(*minor, code))
            .collect(),
        return_centres: vec![
            centre(HOME_CENTRE, "GB", "Returns, Leicester"),
            centre("venlo", "NL", "Returns, Venlo"),
        ],
        ..Policy::default()
    }
}

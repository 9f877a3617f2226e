//! `backhaul get`.

use anyhow::Context as _;
use backhaul_api::proto::notifications::v1::GetNotificationRequest;
use backhaul_api::proto::orders::v1::GetOrderRequest;
use backhaul_api::proto::refunds::v1::GetRefundRequest;
use backhaul_api::proto::returns::v1::GetReturnRequest;
use backhaul_api::proto::tracking::v1::GetParcelRequest;
use serde_json::Value;

use crate::cli::Kind;
use crate::connect::Deployment;
use crate::output::{self, Output};
use crate::{outline, wire};

pub(crate) async fn get(
    deployment: &Deployment,
    kind: Kind,
    id: &str,
    output: Output,
) -> anyhow::Result<()> {
    let resource = resource(deployment, kind, id).await?;
    match output {
        Output::Text => output::print(&outline::outline(&resource)),
        Output::Json => output::print_json(&resource),
    }
}

async fn resource(deployment: &Deployment, kind: Kind, id: &str) -> anyhow::Result<Value> {
    let empty = "the answer is empty";
    match kind {
        Kind::Order => {
            let request = GetOrderRequest {
                name: wire::name("orders", id),
            };
            let answer = deployment.orders().get_order(request).await?.into_inner();
            output::to_json("backhaul.orders.v1.Order", &answer.order.context(empty)?)
        }
        Kind::Return => {
            let request = GetReturnRequest {
                name: wire::name("returns", id),
            };
            let answer = deployment.returns().get_return(request).await?.into_inner();
            output::to_json(
                "backhaul.returns.v1.Return",
                &answer.r#return.context(empty)?,
            )
        }
        Kind::Refund => {
            let request = GetRefundRequest {
                name: wire::name("refunds", id),
            };
            let answer = deployment.refunds().get_refund(request).await?.into_inner();
            output::to_json("backhaul.refunds.v1.Refund", &answer.refund.context(empty)?)
        }
        Kind::Parcel => {
            let request = GetParcelRequest {
                name: wire::name("parcels", id),
            };
            let answer = deployment
                .tracking()
                .get_parcel(request)
                .await?
                .into_inner();
            output::to_json(
                "backhaul.tracking.v1.Parcel",
                &answer.parcel.context(empty)?,
            )
        }
        Kind::Notification => {
            let request = GetNotificationRequest {
                name: wire::name("notifications", id),
            };
            let answer = deployment
                .notifications()
                .get_notification(request)
                .await?
                .into_inner();
            let notification = answer.notification.context(empty)?;
            output::to_json("backhaul.notifications.v1.Notification", &notification)
        }
    }
}

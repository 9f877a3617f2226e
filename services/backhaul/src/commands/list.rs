//! `backhaul list`.

use std::ops::ControlFlow;

use backhaul_api::proto::notifications::v1::ListNotificationsRequest;
use backhaul_api::proto::orders::v1::ListOrdersRequest;
use backhaul_api::proto::refunds::v1::ListRefundsRequest;
use backhaul_api::proto::returns::v1::ListReturnsRequest;
use backhaul_api::proto::tracking::v1::ListParcelsRequest;
use serde_json::Value;

use crate::cli::{Kind, List};
use crate::connect::Deployment;
use crate::output::{self, Output};
use crate::table::Table;
use crate::{outline, pages};

/// Head of a column, and the field that stands in it.
type Columns = &'static [(&'static str, &'static str)];

const ORDERS: Columns = &[
    ("ORDER", "name"),
    ("TIME", "orderTime"),
    ("TO", "shipTo.regionCode"),
    ("LINES", "lines"),
    ("PAID", "payments.0.amount"),
    ("BUYER", "buyer.reference"),
];
const RETURNS: Columns = &[
    ("RETURN", "name"),
    ("REQUESTED", "requestTime"),
    ("STATE", "state"),
    ("ITEMS", "items"),
    ("VERDICT", "decision.findings.0.verdict"),
    ("CLAUSE", "decision.findings.0.clause"),
];
const REFUNDS: Columns = &[
    ("REFUND", "name"),
    ("RETURN", "return"),
    ("STATE", "state"),
    ("AMOUNT", "amount"),
    ("ATTEMPTS", "attempts"),
    ("PROVIDER", "attempts.0.providerRefund"),
];
const PARCELS: Columns = &[
    ("PARCEL", "name"),
    ("RETURN", "return"),
    ("LABEL", "labelState"),
    ("STATUS", "status"),
    ("CARRIER", "carrier"),
    ("NUMBER", "trackingNumber"),
];
const NOTIFICATIONS: Columns = &[
    ("NOTIFICATION", "name"),
    ("TEMPLATE", "template"),
    ("LANGUAGE", "languageCode"),
    ("STATE", "state"),
    ("PLANNED", "planTime"),
];

pub(crate) async fn list(
    deployment: &Deployment,
    list: &List,
    output: Output,
) -> anyhow::Result<()> {
    let kind = Kind::from(list.kind);
    let limit = if list.limit == 0 {
        usize::MAX
    } else {
        list.limit
    };
    let mut resources = Vec::new();
    let page = |token| page(deployment, kind, &list.filter, limit, token);
    pages::each(page, |resource| {
        resources.push(resource);
        let is_enough = resources.len() >= limit;
        Ok(if is_enough {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        })
    })
    .await?;
    match output {
        Output::Text => output::print(&table(kind, &resources).to_string()),
        Output::Json => output::print_json(&resources),
    }
}

fn table(kind: Kind, resources: &[Value]) -> Table {
    let columns = match kind {
        Kind::Order => ORDERS,
        Kind::Return => RETURNS,
        Kind::Refund => REFUNDS,
        Kind::Parcel => PARCELS,
        Kind::Notification => NOTIFICATIONS,
    };
    let head: Vec<&str> = columns.iter().map(|(head, _)| *head).collect();
    let mut table = Table::new(&head);
    for resource in resources {
        table.row(
            columns
                .iter()
                .map(|(_, path)| outline::cell(resource, path)),
        );
    }
    table
}

/// One page as JSON, and the token of the next.
async fn page(
    deployment: &Deployment,
    kind: Kind,
    filter: &str,
    limit: usize,
    page_token: String,
) -> anyhow::Result<(Vec<Value>, String)> {
    let filter = filter.to_owned();
    let page_size =
        i32::try_from(limit).map_or(pages::PAGE_SIZE, |limit| limit.min(pages::PAGE_SIZE));
    Ok(match kind {
        Kind::Order => {
            let request = ListOrdersRequest {
                page_size,
                page_token,
                filter,
            };
            let page = deployment.orders().list_orders(request).await?.into_inner();
            (
                json("backhaul.orders.v1.Order", &page.orders)?,
                page.next_page_token,
            )
        }
        Kind::Return => {
            let request = ListReturnsRequest {
                page_size,
                page_token,
                filter,
            };
            let page = deployment
                .returns()
                .list_returns(request)
                .await?
                .into_inner();
            (
                json("backhaul.returns.v1.Return", &page.returns)?,
                page.next_page_token,
            )
        }
        Kind::Refund => {
            let request = ListRefundsRequest {
                page_size,
                page_token,
                filter,
            };
            let page = deployment
                .refunds()
                .list_refunds(request)
                .await?
                .into_inner();
            (
                json("backhaul.refunds.v1.Refund", &page.refunds)?,
                page.next_page_token,
            )
        }
        Kind::Parcel => {
            let request = ListParcelsRequest {
                page_size,
                page_token,
                filter,
            };
            let page = deployment
                .tracking()
                .list_parcels(request)
                .await?
                .into_inner();
            (
                json("backhaul.tracking.v1.Parcel", &page.parcels)?,
                page.next_page_token,
            )
        }
        Kind::Notification => {
            let request = ListNotificationsRequest {
                page_size,
                page_token,
                filter,
            };
            let page = deployment
                .notifications()
                .list_notifications(request)
                .await?
                .into_inner();
            let type_name = "backhaul.notifications.v1.Notification";
            (json(type_name, &page.notifications)?, page.next_page_token)
        }
    })
}

fn json<M: prost::Message>(type_name: &str, messages: &[M]) -> anyhow::Result<Vec<Value>> {
    messages
        .iter()
        .map(|message| output::to_json(type_name, message))
        .collect()
}

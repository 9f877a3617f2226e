//! Plays the made year over gRPC: the platform, the carrier, the warehouse and the person who
//! approves, one after the other, so that each finds what the one before has done.

use std::collections::BTreeMap;

use anyhow::Context as _;
use backhaul_api::proto::orders::v1::{
    RecordDeliveryRequest, RecordDispatchRequest, RecordOrderRequest,
};
use backhaul_api::proto::refunds::v1::{
    ApproveRefundRequest, ListRefundsRequest, Refund, RejectRefundRequest,
};
use backhaul_api::proto::returns::v1::{RequestReturnRequest, Return, r#return};
use tonic::Code;

use super::buyer::Wish;
use super::year::Made;
use super::{scans, warehouse};
use crate::call::send;
use crate::connect::Deployment;
use crate::{failure, flight, progress, quiet, wire};

/// Of the refunds that wait for a person, one in so many is rejected.
const REJECTED_ONE_IN: usize = 6;
/// The most refunds that the person looks at.
const LOOKED_AT_MAX: i32 = 500;

/// What was done, as far as only the caller can know.
#[derive(Debug, Default)]
pub(super) struct Played {
    /// Requests that were refused, by reason.
    pub(super) refusals: BTreeMap<String, usize>,
    /// Returns of which the carrier's scans were told.
    pub(super) scanned: Vec<String>,
    /// Refunds that a person approved and rejected.
    pub(super) approved: usize,
    pub(super) rejected: usize,
}

/// A return that may go ahead.
pub(super) struct Underway {
    pub(super) name: String,
    /// Where the goods go; empty when the buyer keeps them.
    pub(super) centre: String,
    pub(super) wish: Wish,
}

/// Plays everything and waits until nothing moves any more.
pub(super) async fn play(
    deployment: &Deployment,
    seed: u64,
    year: Vec<Made>,
) -> anyhow::Result<Played> {
    let mut played = Played::default();
    let bar = progress::bar("orders", year.len());
    let record = |made: Made| record(deployment, seed, made);
    let wishes = flight::all(year, &bar, record).await?;
    bar.finish_and_clear();

    let wishes: Vec<_> = wishes.into_iter().flatten().collect();
    let bar = progress::bar("returns", wishes.len());
    let asked = flight::all(wishes, &bar, |wish| ask(deployment, seed, wish)).await?;
    bar.finish_and_clear();
    let mut underway = Vec::new();
    for asked in asked {
        match asked {
            Asked::Underway(each) => underway.push(each),
            Asked::Declined => {}
            Asked::Refused(reason) => *played.refusals.entry(reason).or_default() += 1,
        }
    }
    // Labels are made by themselves.
    quiet::wait(deployment).await?;

    let bar = progress::bar("parcels", underway.len());
    let arrive = |each: Underway| async move {
        let parcel = scans::tell(deployment, seed, &each).await?;
        warehouse::receive(deployment, seed, &each, parcel.as_deref()).await?;
        anyhow::Ok(parcel.map(|_| each.name))
    };
    played.scanned = flight::all(underway, &bar, arrive)
        .await?
        .into_iter()
        .flatten()
        .collect();
    bar.finish_and_clear();
    quiet::wait(deployment).await?;

    look_at_refunds(deployment, seed, &mut played).await?;
    quiet::wait(deployment).await?;
    Ok(played)
}

/// Records the order, its dispatch and its delivery; answers what the buyer wishes.
async fn record(
    deployment: &Deployment,
    seed: u64,
    made: Made,
) -> anyhow::Result<Option<(String, Wish)>> {
    let name = made.order.name.clone();
    let key = format!("demo:{seed}:{}", wire::id(&name));
    let lines = made
        .order
        .lines
        .iter()
        .map(|line| wire::units(&line.line, line.quantity));
    let lines: Vec<_> = lines.collect();
    let orders = deployment.orders();
    let request = RecordOrderRequest {
        request_id: format!("{key}:record"),
        order: Some(made.order),
    };
    send!(orders, record_order, request)
        .await
        .with_context(|| name.clone())?;
    let request = RecordDispatchRequest {
        request_id: format!("{key}:dispatch"),
        name: name.clone(),
        lines: lines.clone(),
        dispatch_time: wire::timestamp(made.dispatched_at),
    };
    send!(orders, record_dispatch, request)
        .await
        .with_context(|| name.clone())?;
    let request = RecordDeliveryRequest {
        request_id: format!("{key}:delivery"),
        name: name.clone(),
        lines,
        delivery_time: wire::timestamp(made.delivered_at),
    };
    send!(orders, record_delivery, request)
        .await
        .with_context(|| name.clone())?;
    Ok(made.wish.map(|wish| (name, wish)))
}

enum Asked {
    Underway(Underway),
    Declined,
    Refused(String),
}

async fn ask(
    deployment: &Deployment,
    seed: u64,
    (order, wish): (String, Wish),
) -> anyhow::Result<Asked> {
    let returns = deployment.returns();
    let request = RequestReturnRequest {
        request_id: format!("demo:{seed}:{}:return", wire::id(&order)),
        order: order.clone(),
        items: wish.items.clone(),
        request_time: wire::timestamp(wish.asked_at),
        refuse_if_not_returnable: false,
        ..RequestReturnRequest::default()
    };
    match send!(returns, request_return, request).await {
        Ok(answer) => Ok(stand(
            answer.r#return.context("no return in the answer")?,
            wish,
        )),
        Err(status) if is_refusal(status.code()) => Ok(Asked::Refused(failure::reason_of(&status))),
        Err(status) => Err(status).context(order),
    }
}

fn stand(asked: Return, wish: Wish) -> Asked {
    if matches!(
        asked.state(),
        r#return::State::Declined | r#return::State::UnderReview
    ) {
        return Asked::Declined;
    }
    let handling = asked.handling.unwrap_or_default();
    let centre = handling.ship_to.filter(|_| !handling.keep_item);
    let centre = centre.map(|centre| centre.id).unwrap_or_default();
    Asked::Underway(Underway {
        name: asked.name,
        centre,
        wish,
    })
}

/// The rules said no, and that is an answer.
fn is_refusal(code: Code) -> bool {
    matches!(code, Code::InvalidArgument | Code::FailedPrecondition)
}

/// A person approves most of the refunds that are above the limits.
async fn look_at_refunds(
    deployment: &Deployment,
    seed: u64,
    played: &mut Played,
) -> anyhow::Result<()> {
    let refunds = deployment.refunds();
    let request = ListRefundsRequest {
        page_size: LOOKED_AT_MAX,
        page_token: String::new(),
        filter: "state = AWAITING_APPROVAL".to_owned(),
    };
    let waiting = send!(refunds, list_refunds, request).await?.refunds;
    for (number, refund) in (1..).zip(waiting) {
        let Refund {
            name,
            approval_digest,
            ..
        } = refund;
        let request_id = format!("demo:{seed}:{}:decision", wire::id(&name));
        if number % REJECTED_ONE_IN == 0 {
            let note = "the goods were used".to_owned();
            let request = RejectRefundRequest {
                request_id,
                name,
                note,
            };
            send!(refunds, reject_refund, request).await?;
            played.rejected += 1;
        } else {
            let request = ApproveRefundRequest {
                request_id,
                name,
                approval_digest,
            };
            send!(refunds, approve_refund, request).await?;
            played.approved += 1;
        }
    }
    Ok(())
}

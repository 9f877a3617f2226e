//! How an order looks to a caller.

use backhaul_api::orders::{DisputeShown, DisputeState, LineMovement, order_to_proto};
use backhaul_api::proto::orders::v1 as proto;
use backhaul_events::orders::OrderRecorded;
use backhaul_orders::{Dispute, Standing, State};

/// The order; none when nobody told us of it.
pub(crate) fn order(state: &State, version: u64) -> Option<proto::Order> {
    let order = state.order()?;
    let amended = OrderRecorded {
        buyer: order.buyer.as_ref().clone(),
        destination: order.destination.clone(),
        ..order.recorded.as_ref().clone()
    };
    let movement = |line: &_| {
        let progress = order.progress_of(line);
        LineMovement {
            dispatched: progress.dispatched,
            delivered: progress.delivered,
            last_delivered_at: progress.last_delivered_at,
        }
    };
    let disputes: Vec<_> = order.disputes.iter().map(dispute).collect();
    Some(order_to_proto(
        &amended,
        &order.payments,
        &disputes,
        movement,
        version,
    ))
}

fn dispute(dispute: &Dispute) -> DisputeShown<'_> {
    let (state, amount) = match dispute.standing {
        Standing::Open => (DisputeState::Opened, dispute.opened.amount),
        Standing::Won => (DisputeState::Won, dispute.opened.amount),
        Standing::Lost(taken) => (DisputeState::Lost, taken),
    };
    DisputeShown {
        payment: &dispute.opened.payment,
        dispute: &dispute.opened.dispute,
        amount,
        reason: &dispute.opened.reason,
        state,
    }
}

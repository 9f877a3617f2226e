//! The memory of an order. A new event does not compile until it is placed here.

use std::sync::Arc;

use backhaul_events::LineUnits;
use backhaul_events::orders::{Event, OrderRecorded};
use backhaul_kernel::{Text, Timestamp};

use crate::state::{Dispute, LineProgress, Order, Standing, State};

pub(crate) fn evolve(state: &mut State, event: &Event) {
    match (event, state) {
        (Event::OrderRecorded(order), state) => *state = State::Recorded(first(order)),
        (Event::OrderAmended(amended), State::Recorded(order)) => {
            if let Some(buyer) = &amended.buyer {
                order.buyer = Arc::new(buyer.clone());
            }
            if let Some(destination) = &amended.destination {
                order.destination = destination.clone();
            }
        }
        (Event::PaymentCaptured(payment), State::Recorded(order)) => {
            order.payments.push(payment.clone());
        }
        (Event::LinesDispatched(moved), State::Recorded(order)) => {
            progress(order, &moved.lines, |line, units| {
                line.dispatched = line.dispatched.saturating_add(units);
                widen(
                    &mut line.first_dispatched_at,
                    &mut line.last_dispatched_at,
                    moved.dispatched_at,
                );
            });
        }
        (Event::LinesDelivered(moved), State::Recorded(order)) => {
            progress(order, &moved.lines, |line, units| {
                line.delivered = line.delivered.saturating_add(units);
                widen(
                    &mut line.first_delivered_at,
                    &mut line.last_delivered_at,
                    moved.delivered_at,
                );
            });
        }
        (Event::DisputeOpened(opened), State::Recorded(order)) => {
            order.disputes.push(Dispute {
                opened: opened.clone(),
                standing: Standing::Open,
            });
        }
        (Event::DisputeWon(won), State::Recorded(order)) => {
            decided(order, &won.dispute, Standing::Won);
        }
        (Event::DisputeLost(lost), State::Recorded(order)) => {
            decided(order, &lost.dispute, Standing::Lost(lost.amount));
        }
        // Never decided for an order that is not known; without it there is nothing to remember.
        (
            Event::OrderAmended(_)
            | Event::PaymentCaptured(_)
            | Event::LinesDispatched(_)
            | Event::LinesDelivered(_)
            | Event::DisputeOpened(_)
            | Event::DisputeWon(_)
            | Event::DisputeLost(_),
            State::Unknown,
        ) => {}
    }
}

fn first(order: &OrderRecorded) -> Order {
    Order {
        recorded: Arc::new(order.clone()),
        buyer: Arc::new(order.buyer.clone()),
        destination: order.destination.clone(),
        payments: Vec::new(),
        disputes: Vec::new(),
        progress: std::collections::BTreeMap::new(),
    }
}

fn decided(order: &mut Order, dispute: &Text, standing: Standing) {
    let known = order.disputes.iter_mut();
    for known in known.filter(|known| known.opened.dispute == *dispute) {
        known.standing = standing;
    }
}

fn progress(order: &mut Order, moved: &[LineUnits], step: impl Fn(&mut LineProgress, u32)) {
    for units in moved {
        let line = order.progress.entry(units.line.clone()).or_default();
        step(line, units.quantity);
    }
}

/// Reports come in any order: a late report of an early delivery must not move the last one back.
fn widen(first: &mut Option<Timestamp>, last: &mut Option<Timestamp>, at: Timestamp) {
    *first = Some(first.map_or(at, |first| first.min(at)));
    *last = Some(last.map_or(at, |last| last.max(at)));
}

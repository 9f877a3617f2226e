//! Disputes of payments: facts of the bank, which come late, twice and out of order.

use backhaul_events::orders::{DisputeLost, DisputeOpened, DisputeWon, Event};
use backhaul_kernel::Context;

use crate::command::{DisputeNews, RecordDispute};
use crate::content;
use crate::refusal::Refusal;
use crate::state::{Dispute, Order, Standing};

/// The most disputes of one order.
pub const DISPUTES_MAX: usize = 64;

/// A dispute is opened once; a decision on one that nobody told of opens it, too. The bank's last
/// word counts: what was won can still be lost in arbitration, and the other way round. An opening
/// that is told after the decision changes nothing.
pub(crate) fn record(
    order: &Order,
    told: &RecordDispute,
    at: &Context,
) -> Result<Vec<Event>, Refusal> {
    let known = order
        .disputes
        .iter()
        .find(|known| known.opened.dispute == told.dispute);
    match known {
        Some(known) => follow_up(known, told),
        None => first(order, told, at),
    }
}

fn first(order: &Order, told: &RecordDispute, at: &Context) -> Result<Vec<Event>, Refusal> {
    let payment = order
        .payments
        .iter()
        .find(|payment| payment.payment == told.payment)
        .ok_or_else(|| Refusal::PaymentNotFound {
            order: told.order.clone(),
            payment: told.payment.clone(),
        })?;
    if order.disputes.len() >= DISPUTES_MAX {
        let problem = format!("order {} already has {DISPUTES_MAX} disputes", told.order);
        return Err(Refusal::invalid("dispute", problem));
    }
    content::disputed("amount", told.amount, payment.amount)?;
    content::happened("event_time", told.at, at)?;
    let opened = DisputeOpened {
        order: told.order.clone(),
        payment: told.payment.clone(),
        dispute: told.dispute.clone(),
        amount: told.amount,
        reason: told.reason.clone(),
        opened_at: told.at,
    };
    Ok(std::iter::once(opened.into())
        .chain(decided(told))
        .collect())
}

fn follow_up(known: &Dispute, told: &RecordDispute) -> Result<Vec<Event>, Refusal> {
    let differs = known.opened.payment != told.payment;
    let reopened = told.news == DisputeNews::Opened && known.opened.amount != told.amount;
    if differs || reopened {
        return Err(Refusal::DisputeExists {
            order: told.order.clone(),
            dispute: told.dispute.clone(),
        });
    }
    content::disputed("amount", told.amount, known.opened.amount)?;
    let same = match (told.news, known.standing) {
        (DisputeNews::Opened, _) | (DisputeNews::Won, Standing::Won) => true,
        (DisputeNews::Lost, Standing::Lost(amount)) => amount == told.amount,
        (DisputeNews::Won, Standing::Open | Standing::Lost(_))
        | (DisputeNews::Lost, Standing::Open | Standing::Won) => false,
    };
    Ok(decided(told).filter(|_| !same).into_iter().collect())
}

fn decided(told: &RecordDispute) -> Option<Event> {
    let (order, payment, dispute) = (
        told.order.clone(),
        told.payment.clone(),
        told.dispute.clone(),
    );
    match told.news {
        DisputeNews::Opened => None,
        DisputeNews::Won => Some(Event::DisputeWon(DisputeWon {
            order,
            payment,
            dispute,
            decided_at: told.at,
        })),
        DisputeNews::Lost => Some(Event::DisputeLost(DisputeLost {
            order,
            payment,
            dispute,
            amount: told.amount,
            decided_at: told.at,
        })),
    }
}

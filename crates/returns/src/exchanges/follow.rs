//! What follows for exchanges from what happens to their returns.

use std::sync::Arc;

use backhaul_events::returns::{
    AdvanceReleased, Event, ExchangeCancelled, ExchangeCompleted, Handling, LineAmount, Release,
    ReleasedItem, RemedyReleased,
};
use backhaul_kernel::{Money, Text};

use super::{Advance, Exchange, ExchangeStage, steps};
use crate::command::Command;
use crate::evolve::evolve;
use crate::refusal::Refusal;
use crate::remedy_refusal::RemedyRefusal;
use crate::replacements::funds;
use crate::state::{LineCount, Return, Stage, State};

/// Whether a command on the return of an exchange has to wait for the exchange: its return neither
/// ends nor expires before it does. True changes nothing.
pub(crate) fn is_out_of_turn(state: &State, command: &Command) -> Result<bool, Refusal> {
    let (id, action) = match command {
        Command::Cancel(command) => (&command.r#return, "cancelled"),
        Command::Close(command) => (&command.r#return, "closed"),
        Command::Expire(command) => (&command.r#return, "expired"),
        _ => return Ok(false),
    };
    let mut exchanges = state.exchanges.iter();
    let open = exchanges
        .find(|exchange| exchange.r#return == *id && exchange.stage == ExchangeStage::Open);
    let Some(exchange) = open else {
        return Ok(false);
    };
    match (command, exchange.supply.is_sent()) {
        (Command::Expire(_), is_sent) => Ok(is_sent),
        (Command::Cancel(_), false) => Ok(false),
        (Command::Cancel(_), true) => Err(RemedyRefusal::AlreadySent {
            exchange: exchange.id.clone(),
            action,
        }
        .into()),
        _ => Err(exchange.refuse(action)),
    }
}

/// The events, and what they lead to. A return whose money buys new goods releases none; money of
/// goods that came in place of others is told in terms of what was paid.
pub(crate) fn follow(state: &State, events: Vec<Event>) -> Vec<Event> {
    let asks = |event: &Event| matches!(event, Event::ExchangeRequested(_));
    let concerns_none = state.exchanges.is_empty() && state.claims.is_empty();
    if events.is_empty() || (concerns_none && !events.iter().any(asks)) {
        return events;
    }
    let mut after = state.clone();
    let mut told = Vec::new();
    for event in events {
        let event = match event {
            Event::RefundReleased(released) if buys_goods(&after, &released.r#return) => continue,
            Event::RefundReleased(mut released) => {
                let given_back = funds::release(&after, &mut released.items);
                tell(&mut after, &mut told, given_back);
                released.into()
            }
            event => event,
        };
        tell(&mut after, &mut told, vec![event]);
    }
    let open: Vec<Arc<Exchange>> = after.exchanges.clone();
    for exchange in open {
        let follows = settle(&after, &exchange);
        tell(&mut after, &mut told, follows);
        let ends = end_of_return(&after, &exchange);
        tell(&mut after, &mut told, ends);
    }
    told
}

fn tell(after: &mut State, told: &mut Vec<Event>, events: Vec<Event>) {
    for event in events {
        evolve(after, &event);
        told.push(event);
    }
}

fn buys_goods(state: &State, id: &backhaul_kernel::ReturnId) -> bool {
    state.find(id).is_some_and(|each| each.exchange.is_some())
}

/// What an open exchange comes to by itself: it ends with its return, and is complete when the old
/// goods are in and the new ones have left.
fn settle(state: &State, exchange: &Exchange) -> Vec<Event> {
    let is_open = exchange.stage == ExchangeStage::Open;
    let Some(each) = state.find(&exchange.r#return).filter(|_| is_open) else {
        return Vec::new();
    };
    match each.stage {
        Stage::Declined(_) | Stage::Cancelled | Stage::Expired(_) if !exchange.supply.is_sent() => {
            let cancelled = ExchangeCancelled {
                exchange: exchange.id.clone(),
                note: Text::default(),
            };
            let mut events = vec![cancelled.into()];
            events.extend(steps::without_goods(state, exchange));
            return events;
        }
        _ if !goods_in(each) => return Vec::new(),
        _ => {}
    }
    let mut events = Vec::new();
    if matches!(exchange.advance, Advance::Authorized { .. }) {
        let exchange = exchange.id.clone();
        events.push(AdvanceReleased { exchange }.into());
    }
    // Before the new goods have left, all of it may still become a refund.
    if exchange.supply.is_sent() {
        if exchange.releases == 0 {
            events.extend(owed(state, exchange, i64::MAX));
        }
        let exchange = exchange.id.clone();
        events.push(ExchangeCompleted { exchange }.into());
    }
    events
}

/// The return of a completed exchange ends when every unit was looked at.
fn end_of_return(state: &State, exchange: &Exchange) -> Vec<Event> {
    let Ok(exchange) = state.exchange(&exchange.id) else {
        return Vec::new();
    };
    let Some(each) = state.find(&exchange.r#return) else {
        return Vec::new();
    };
    let Stage::Authorized(terms) = &each.stage else {
        return Vec::new();
    };
    if exchange.stage == ExchangeStage::Completed && each.is_complete(terms) {
        return vec![each.closed()];
    }
    Vec::new()
}

/// What the merchant pays of the difference, up to that much.
pub(super) fn owed(state: &State, exchange: &Exchange, most: i64) -> Vec<Event> {
    let Some(quote) = &exchange.quote else {
        return Vec::new();
    };
    let mut left = most;
    let items = quote.owed.iter().filter_map(|owed| {
        let minor = owed.amount.minor.min(left);
        left -= minor;
        let amount = Money::new(minor, owed.amount.currency);
        amount.is_positive().then(|| ReleasedItem {
            line: owed.line.clone(),
            quantity: 1,
            claim: Some(amount),
            out_of: vec![LineAmount {
                line: owed.line.clone(),
                amount,
            }],
        })
    });
    let items: Vec<ReleasedItem> = items.collect();
    let mut events = Vec::new();
    if !items.is_empty() {
        let released = RemedyReleased {
            of: exchange.of(),
            release: exchange.releases + 1,
            items,
            due: None,
        };
        events.push(released.into());
    }
    if most == i64::MAX && !quote.owed_collected.is_empty() {
        events.extend(funds::give_back(state, &quote.owed_collected));
    }
    events
}

/// Whether all old goods are where their money would be due.
pub(super) fn goods_in(each: &Return) -> bool {
    let is_going_on = match each.stage {
        Stage::Authorized(_) | Stage::Closed(_) => true,
        Stage::Declared
        | Stage::Requested
        | Stage::Referred(_)
        | Stage::Declined(_)
        | Stage::Cancelled
        | Stage::Expired(_) => false,
    };
    let mut lines = each.lines.values();
    is_going_on && lines.all(|count| goods_of(each, count) >= count.requested)
}

/// Units of a line whose money would be due.
pub(super) fn goods_of(each: &Return, count: &LineCount) -> u32 {
    match each.terms() {
        Some(terms) if terms.handling == Handling::KeepItem => count.requested,
        // New goods are not sent on the word of the buyer alone; that is what an advance is for.
        Some(terms) if terms.release == Release::OnRequest => {
            each.entitled(count, Release::OnReceipt)
        }
        Some(terms) => each.entitled(count, terms.release),
        None => 0,
    }
}

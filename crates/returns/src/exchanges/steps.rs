//! What platforms and people tell of an exchange.

use backhaul_events::returns::{
    AdvanceAuthorized, AdvanceCharged, AdvanceReleased, CollectedPart, DifferenceCollected, Event,
    ExchangeCancelled, ExchangeCompleted, ExchangeUnwound, LineAmount, RemedyOf, ReturnCancelled,
    ReturnClosed, ReturnExpired,
};
use backhaul_kernel::{Context, ExchangeId, Money, Text, Timestamp, apportion, time};

use super::follow::{goods_in, goods_of};
use super::{Advance, Exchange, ExchangeStage, follow};
use crate::authorization::check_tier;
use crate::evolve::evolve;
use crate::refusal::Refusal;
use crate::release::with_release;
use crate::remedy_refusal::RemedyRefusal;
use crate::replacements::{Supply, funds};
use crate::state::{Stage, State};

/// The platform collected the difference that was quoted, neither more nor less, once.
pub(super) fn collect(
    exchange: &Exchange,
    amount: Money,
    payment: &Text,
    collected_at: Timestamp,
) -> Result<Vec<Event>, Refusal> {
    if let Some((known, by)) = &exchange.collected
        && *known == amount.minor
        && by == payment
    {
        return Ok(Vec::new());
    }
    let is_due = exchange.stage == ExchangeStage::Open && !exchange.is_paid();
    let Some(quote) = exchange.quote.as_ref().filter(|_| is_due) else {
        return Err(exchange.refuse("paid for"));
    };
    if amount != quote.difference {
        let problem = format!("the difference is {}", quote.difference);
        return Err(Refusal::invalid("amount", problem));
    }
    let collected = DifferenceCollected {
        exchange: exchange.id.clone(),
        amount,
        payment: payment.clone(),
        collected_at,
    };
    Ok(vec![collected.into()])
}

/// A person lets the new goods go first, secured by a payment of the platform.
pub(super) fn authorize_advance(
    state: &State,
    exchange: &Exchange,
    payment: &Text,
    at: &Context,
) -> Result<Vec<Event>, Refusal> {
    match &exchange.advance {
        Advance::Authorized { payment: known, .. } if known == payment => return Ok(Vec::new()),
        Advance::Offered(_) if exchange.stage == ExchangeStage::Open => {}
        _ => return Err(exchange.refuse("advanced")),
    }
    check_tier(at, "advanced")?;
    let each = state.get(&exchange.r#return)?;
    if !matches!(each.stage, Stage::Authorized(_)) {
        return Err(each.refuse("exchanged in advance"));
    }
    let quote = exchange.quote.as_ref();
    let quote = quote.ok_or_else(|| exchange.refuse("advanced"))?;
    let authorized = AdvanceAuthorized {
        exchange: exchange.id.clone(),
        amount: Money::new(secured(exchange), quote.credit.currency),
        payment: payment.clone(),
    };
    Ok(vec![authorized.into()])
}

/// What the old goods are to pay for.
fn secured(exchange: &Exchange) -> i64 {
    exchange.quote.as_ref().map_or(0, |quote| {
        let costs = quote.credit.minor.saturating_add(quote.difference.minor);
        quote.credit.minor.min(costs)
    })
}

/// Whether new goods may leave: the difference is paid, and the old goods are back or may come
/// later. Tells by when they must.
pub(crate) fn may_send<'a>(
    state: &'a State,
    id: &ExchangeId,
    sent_at: Timestamp,
) -> Result<(&'a Supply, Option<Timestamp>), Refusal> {
    let supply = super::supply(state, id)?;
    let exchange = state.exchange(id)?;
    if supply.is_sent() {
        return Ok((supply, None));
    }
    if !exchange.is_paid() {
        let quote = exchange.quote.as_ref();
        let quote = quote.ok_or_else(|| exchange.refuse("sent"))?;
        return Err(RemedyRefusal::DifferenceUnpaid {
            exchange: id.clone(),
            amount: quote.difference,
        }
        .into());
    }
    let each = state.get(&exchange.r#return)?;
    if goods_in(each) {
        return Ok((supply, None));
    }
    match &exchange.advance {
        Advance::Authorized { days, .. } => Ok((supply, time::after_days(sent_at, *days).ok())),
        Advance::None | Advance::Offered(_) | Advance::Released | Advance::Charged { .. } => {
            Err(RemedyRefusal::GoodsOutstanding {
                exchange: id.clone(),
            }
            .into())
        }
    }
}

/// What is told of new goods, and what follows at once: an exchange without goods is none.
pub(crate) fn and_then(state: &State, event: Event) -> Result<Vec<Event>, Refusal> {
    let Event::ReplacementUnavailable(unavailable) = &event else {
        return Ok(vec![event]);
    };
    let RemedyOf::Exchange { exchange } = &unavailable.of else {
        return Ok(vec![event]);
    };
    let exchange = state.exchange(exchange)?;
    let note = unavailable.note.clone();
    let mut events = vec![event.clone()];
    events.extend(unwound(state, exchange, note));
    Ok(events)
}

/// A person makes it a return with its refund, until the new goods have left.
pub(super) fn unwind(
    state: &State,
    exchange: &Exchange,
    note: &Text,
    at: &Context,
) -> Result<Vec<Event>, Refusal> {
    match exchange.stage {
        ExchangeStage::Unwound => return Ok(Vec::new()),
        ExchangeStage::Open => {}
        ExchangeStage::Completed | ExchangeStage::Cancelled => {
            return Err(exchange.refuse("unwound"));
        }
    }
    check_tier(at, "unwound")?;
    not_sent(exchange, "unwound")?;
    Ok(unwound(state, exchange, note.clone()))
}

fn not_sent(exchange: &Exchange, action: &'static str) -> Result<(), Refusal> {
    match exchange.supply.is_sent() {
        true => Err(RemedyRefusal::AlreadySent {
            exchange: exchange.id.clone(),
            action,
        }
        .into()),
        false => Ok(()),
    }
}

fn unwound(state: &State, exchange: &Exchange, note: Text) -> Vec<Event> {
    let unwound: Event = ExchangeUnwound {
        exchange: exchange.id.clone(),
        note,
    }
    .into();
    let mut after = state.clone();
    evolve(&mut after, &unwound);
    let mut events = vec![unwound];
    events.extend(without_goods(state, exchange));
    events.extend(with_release(after, &exchange.r#return, Vec::new()));
    events
}

/// What the platform holds for an exchange whose new goods never left goes back.
pub(super) fn without_goods(state: &State, exchange: &Exchange) -> Vec<Event> {
    let mut events = Vec::new();
    if matches!(exchange.advance, Advance::Authorized { .. }) {
        let exchange = exchange.id.clone();
        events.push(AdvanceReleased { exchange }.into());
    }
    if let Some(quote) = &exchange.quote
        && let Some((minor, _)) = &exchange.collected
    {
        let all = CollectedPart {
            exchange: exchange.id.clone(),
            amount: Money::new(*minor, quote.difference.currency),
        };
        events.extend(funds::give_back(state, &[all]));
    }
    events
}

/// Anybody may call it off, with its return, until goods have moved.
pub(super) fn cancel(
    state: &State,
    exchange: &Exchange,
    note: &Text,
) -> Result<Vec<Event>, Refusal> {
    match exchange.stage {
        ExchangeStage::Cancelled => return Ok(Vec::new()),
        ExchangeStage::Open => {}
        ExchangeStage::Completed | ExchangeStage::Unwound => {
            return Err(exchange.refuse("cancelled"));
        }
    }
    not_sent(exchange, "cancelled")?;
    let each = state.get(&exchange.r#return)?;
    if each.has_arrivals() {
        return Err(RemedyRefusal::AlreadyReceived {
            exchange: exchange.id.clone(),
        }
        .into());
    }
    let cancelled = ExchangeCancelled {
        exchange: exchange.id.clone(),
        note: note.clone(),
    };
    let mut events = vec![cancelled.into()];
    events.extend(without_goods(state, exchange));
    events.push(
        ReturnCancelled {
            r#return: each.id.clone(),
            note: note.clone(),
        }
        .into(),
    );
    Ok(events)
}

/// The old goods of an advance did not come, or not all of them, in time: the platform charges what
/// they were to pay for. A deadline that fires late, early or twice changes nothing.
pub(super) fn charge_advance(
    state: &State,
    exchange: &Exchange,
    due: Timestamp,
    at: &Context,
) -> Result<Vec<Event>, Refusal> {
    let Advance::Authorized { payment, .. } = &exchange.advance else {
        return Ok(Vec::new());
    };
    let is_due = exchange.goods_due_at == Some(due) && at.now >= due;
    let each = state.get(&exchange.r#return)?;
    let Some(quote) = exchange.quote.as_ref().filter(|_| is_due) else {
        return Ok(Vec::new());
    };
    if exchange.stage != ExchangeStage::Open || goods_in(each) {
        return Ok(Vec::new());
    }
    let came = came(each, &quote.credits);
    let left = secured(exchange) - came;
    let mut events: Vec<Event> = Vec::new();
    if left > 0 {
        let charged = AdvanceCharged {
            exchange: exchange.id.clone(),
            amount: Money::new(left, quote.credit.currency),
            payment: payment.clone(),
        };
        events.push(charged.into());
    } else {
        let released = AdvanceReleased {
            exchange: exchange.id.clone(),
        };
        events.push(released.into());
        events.extend(follow::owed(state, exchange, -left));
    }
    let completed = ExchangeCompleted {
        exchange: exchange.id.clone(),
    };
    events.push(completed.into());
    let r#return = each.id.clone();
    if matches!(each.stage, Stage::Authorized(_)) {
        events.push(match each.has_arrivals() {
            true => ReturnClosed { r#return }.into(),
            false => ReturnExpired { r#return }.into(),
        });
    }
    Ok(events)
}

/// What the goods that came are worth.
fn came(each: &crate::state::Return, credits: &[LineAmount]) -> i64 {
    let worth = credits.iter().map(|credit| {
        let Some(count) = each.lines.get(&credit.line) else {
            return 0;
        };
        let came = goods_of(each, count).min(count.requested);
        apportion::worth_of_units(credit.amount.minor, count.requested.max(1), 0, came)
    });
    worth.fold(0, i64::saturating_add)
}

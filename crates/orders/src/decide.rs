//! What the rules answer.

use std::collections::BTreeSet;

use backhaul_events::LineUnits;
use backhaul_events::orders::{
    Event, Line, LinesDelivered, LinesDispatched, OrderAmended, OrderRecorded, PaymentCaptured,
};
use backhaul_kernel::{Context, Money, OrderId};

use crate::command::{
    AmendOrder, Capture, Command, Movement, RecordCapture, RecordDelivery, RecordDispatch,
    RecordOrder,
};
use crate::content::{self, PAYMENTS_MAX};
use crate::dispute;
use crate::refusal::Refusal;
use crate::state::{self, Order, State};

type Answer = Result<Vec<Event>, Refusal>;

/// The table of contents: every command, one line each.
pub(crate) fn decide(state: &State, command: &Command, at: &Context) -> Answer {
    match command {
        Command::RecordOrder(command) => record_order(state, command, at),
        Command::AmendOrder(command) => amend_order(state, command),
        Command::RecordCapture(command) => record_capture(state, command, at),
        Command::RecordDispatch(command) => record_dispatch(state, command, at),
        Command::RecordDelivery(command) => record_delivery(state, command, at),
        Command::RecordDispute(command) => {
            dispute::record(known(state, &command.order)?, command, at)
        }
    }
}

/// An order is told once. Telling the same again changes nothing; telling it differently is
/// refused, because amounts are frozen as paid.
fn record_order(state: &State, command: &RecordOrder, at: &Context) -> Answer {
    if let State::Recorded(known) = state {
        return repeat(known, command);
    }
    let order = &command.content;
    content::order(order, at)?;
    captures(order, command, at)?;
    movements(order, command, at)?;

    let id = &order.order;
    let recorded = std::iter::once(Event::OrderRecorded(order.clone()));
    let payments = command.payments.iter().map(|each| captured(id, each));
    let dispatches = command.dispatches.iter().map(|each| dispatched(id, each));
    let deliveries = command.deliveries.iter().map(|each| delivered(id, each));
    Ok(recorded
        .chain(payments)
        .chain(dispatches)
        .chain(deliveries)
        .collect())
}

/// What happened since does not make a repetition differ: more may be captured and delivered by
/// now, but nothing told here may be missing.
fn repeat(known: &Order, command: &RecordOrder) -> Answer {
    let id = &known.recorded.order;
    let same_content = *known.recorded == command.content;
    let payments_known = command.payments.iter().all(|told| {
        known
            .payments
            .iter()
            .any(|payment| *payment == payment_captured(id, told))
    });
    let dispatches_known = content::units_by_line(&command.dispatches)
        .into_iter()
        .all(|(line, units)| units <= u64::from(known.progress_of(line).dispatched));
    let deliveries_known = content::units_by_line(&command.deliveries)
        .into_iter()
        .all(|(line, units)| units <= u64::from(known.progress_of(line).delivered));
    if same_content && payments_known && dispatches_known && deliveries_known {
        return Ok(Vec::new());
    }
    Err(Refusal::OrderExists { order: id.clone() })
}

fn captures(order: &OrderRecorded, command: &RecordOrder, at: &Context) -> Result<(), Refusal> {
    if command.payments.len() > PAYMENTS_MAX {
        return Err(Refusal::invalid(
            "payments",
            format!("an order has at most {PAYMENTS_MAX} payments"),
        ));
    }
    let mut seen = BTreeSet::new();
    for (index, payment) in command.payments.iter().enumerate() {
        let field = format!("payments[{index}]");
        if !seen.insert(&payment.payment) {
            return Err(Refusal::invalid(
                format!("{field}.payment"),
                format!("payment {} is told twice", payment.payment),
            ));
        }
        content::capture(&field, payment, order.currency, at)?;
    }
    within_total(order, command.payments.iter().map(|payment| payment.amount))
}

fn movements(order: &OrderRecorded, command: &RecordOrder, at: &Context) -> Result<(), Refusal> {
    let named = |name: &'static str, time_field: &'static str| {
        move |(index, movement)| (format!("{name}[{index}]"), time_field, movement)
    };
    let dispatches = command.dispatches.iter().enumerate();
    let deliveries = command.deliveries.iter().enumerate();
    let none = |_: &_| 0;
    content::movements(
        order,
        dispatches.map(named("dispatches", "dispatched_at")),
        none,
        at,
    )?;
    content::movements(
        order,
        deliveries.map(named("deliveries", "delivered_at")),
        none,
        at,
    )
}

/// Contact and destination follow the buyer; only what changed is recorded.
fn amend_order(state: &State, command: &AmendOrder) -> Answer {
    let order = known(state, &command.order)?;
    if let Some(destination) = &command.destination {
        content::destination("destination", destination)?;
    }
    let buyer = command.buyer.clone().filter(|new| *new != *order.buyer);
    let destination = command
        .destination
        .clone()
        .filter(|new| *new != order.destination);
    if buyer.is_none() && destination.is_none() {
        return Ok(Vec::new());
    }
    let order = command.order.clone();
    Ok(vec![
        OrderAmended {
            order,
            buyer,
            destination,
        }
        .into(),
    ])
}

/// No more is captured than the order costs. Telling of the same payment twice changes nothing.
fn record_capture(state: &State, command: &RecordCapture, at: &Context) -> Answer {
    let order = known(state, &command.order)?;
    let told = payment_captured(&command.order, &command.capture);
    let earlier = order
        .payments
        .iter()
        .find(|payment| payment.payment == told.payment);
    match earlier {
        Some(earlier) if *earlier == told => return Ok(Vec::new()),
        Some(_) => {
            return Err(Refusal::PaymentExists {
                order: command.order.clone(),
                payment: told.payment,
            });
        }
        None => {}
    }
    if order.payments.len() >= PAYMENTS_MAX {
        return Err(Refusal::TooManyPayments {
            order: command.order.clone(),
            max: PAYMENTS_MAX,
        });
    }
    content::capture("", &command.capture, order.recorded.currency, at)?;
    let amounts = order.payments.iter().map(|payment| payment.amount);
    within_total(&order.recorded, amounts.chain(std::iter::once(told.amount)))?;
    Ok(vec![told.into()])
}

/// No more units leave than were bought.
fn record_dispatch(state: &State, command: &RecordDispatch, at: &Context) -> Answer {
    let order = known(state, &command.order)?;
    content::movements(
        &order.recorded,
        [(String::new(), "dispatched_at", &command.movement)],
        |line| order.progress_of(line).dispatched,
        at,
    )?;
    Ok(vec![dispatched(&command.order, &command.movement)])
}

/// No more units arrive than were bought. Platforms that do not tell of dispatches may tell of
/// deliveries all the same.
/// Naming no lines tells of everything that is not delivered yet; when all of it is, nothing changes.
fn record_delivery(state: &State, command: &RecordDelivery, at: &Context) -> Answer {
    let order = known(state, &command.order)?;
    let movement = match command.movement.lines.is_empty() {
        false => command.movement.clone(),
        true => Movement {
            lines: undelivered(order),
            at: command.movement.at,
        },
    };
    if movement.lines.is_empty() {
        return Ok(Vec::new());
    }
    content::movements(
        &order.recorded,
        [(String::new(), "delivered_at", &movement)],
        |line| order.progress_of(line).delivered,
        at,
    )?;
    Ok(vec![delivered(&command.order, &movement)])
}

fn undelivered(order: &Order) -> Vec<LineUnits> {
    let left = |line: &Line| {
        let delivered = order.progress_of(&line.line).delivered;
        let quantity = line.quantity.saturating_sub(delivered);
        (quantity > 0).then(|| LineUnits {
            line: line.line.clone(),
            quantity,
        })
    };
    order.recorded.lines.iter().filter_map(left).collect()
}

fn known<'a>(state: &'a State, order: &OrderId) -> Result<&'a Order, Refusal> {
    state.order().ok_or_else(|| Refusal::OrderNotFound {
        order: order.clone(),
    })
}

fn within_total(
    order: &OrderRecorded,
    amounts: impl Iterator<Item = Money>,
) -> Result<(), Refusal> {
    let too_large = |_| Refusal::invalid("payments", "the captures add up to more than fits");
    let captured = Money::sum(order.currency, amounts).map_err(too_large)?;
    let total = state::total(order).map_err(too_large)?;
    if captured.minor <= total.minor {
        return Ok(());
    }
    Err(Refusal::CaptureExceedsTotal {
        order: order.order.clone(),
        captured,
        total,
    })
}

fn payment_captured(order: &OrderId, capture: &Capture) -> PaymentCaptured {
    PaymentCaptured {
        order: order.clone(),
        payment: capture.payment.clone(),
        tender: capture.tender,
        provider_payment: capture.provider_payment.clone(),
        amount: capture.amount,
        captured_at: capture.captured_at,
    }
}

fn captured(order: &OrderId, capture: &Capture) -> Event {
    payment_captured(order, capture).into()
}

fn dispatched(order: &OrderId, movement: &Movement) -> Event {
    Event::LinesDispatched(LinesDispatched {
        order: order.clone(),
        lines: movement.lines.clone(),
        dispatched_at: movement.at,
    })
}

fn delivered(order: &OrderId, movement: &Movement) -> Event {
    Event::LinesDelivered(LinesDelivered {
        order: order.clone(),
        lines: movement.lines.clone(),
        delivered_at: movement.at,
    })
}

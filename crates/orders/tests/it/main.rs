//! The rules of orders, told as given, when, then.

mod amounts;
mod disputes;
mod facts;
mod properties;
mod recording;

use backhaul_kernel::Context;
use backhaul_orders::{Capture, Command, Event, Movement, Orders, RecordOrder, Refusal};
use backhaul_testkit::{OrderSample, at, given, order};

/// When these tests decide.
const NOW: &str = "2026-03-10T12:00:00Z";

fn now() -> Context {
    at(NOW)
}

/// Two lines, shipping, and a card payment of everything: 30.00 + 5.70 tax + 10.00 + 5.00.
fn sample() -> OrderSample {
    order("536365")
        .line("1", 6, 3000)
        .tax("DE", 1900, 570)
        .line("2", 2, 1000)
        .shipping(500)
        .paid("p1", backhaul_events::orders::Tender::Card, 5070)
}

fn record(sample: &OrderSample) -> RecordOrder {
    let mut dispatches = Vec::new();
    let mut deliveries = Vec::new();
    for event in sample.events() {
        match event {
            Event::LinesDispatched(moved) => dispatches.push(Movement {
                lines: moved.lines,
                at: moved.dispatched_at,
            }),
            Event::LinesDelivered(moved) => deliveries.push(Movement {
                lines: moved.lines,
                at: moved.delivered_at,
            }),
            Event::OrderRecorded(_)
            | Event::OrderAmended(_)
            | Event::PaymentCaptured(_)
            | Event::DisputeOpened(_)
            | Event::DisputeWon(_)
            | Event::DisputeLost(_) => {}
        }
    }
    RecordOrder {
        content: sample.recorded.clone(),
        payments: sample.payments.iter().map(capture).collect(),
        dispatches,
        deliveries,
    }
}

fn capture(payment: &backhaul_events::orders::PaymentCaptured) -> Capture {
    Capture {
        payment: payment.payment.clone(),
        tender: payment.tender,
        provider_payment: payment.provider_payment.clone(),
        amount: payment.amount,
        captured_at: payment.captured_at,
    }
}

#[track_caller]
fn check(history: Vec<Event>, command: Command, expected: Result<Vec<Event>, Refusal>) {
    given::<Orders>(history)
        .when(&command, &now())
        .then(expected);
}

/// Checks the field path of a request that is wrong whatever the state.
#[track_caller]
fn check_field(history: Vec<Event>, command: Command, expected: &str) {
    let refusal = given::<Orders>(history).when(&command, &now()).refusal();
    let kind = backhaul_kernel::Refused::kind(&refusal);
    let field = expected.to_owned();
    assert_eq!(
        kind,
        backhaul_kernel::RefusalKind::Invalid { field },
        "{refusal}"
    );
}

//! The rules of orders: what a platform may tell of what was sold, paid, dispatched and delivered.
//!
//! Read `command` (what can be asked), `decide` (what is answered), then `state` and `evolve`
//! (what is remembered); `content` checks an order that is new. One stream an order.
//!
//! These rules never compute a price, a discount or a tax: amounts are frozen as paid. They never
//! read a clock, and they never speak to another context but through events.

pub mod command;
mod content;
mod decide;
mod dispute;
mod evolve;
mod refusal;
mod state;

pub use backhaul_events::orders::Event;
use backhaul_kernel::{Context, Decider};
pub use command::{
    AmendOrder, Capture, Command, DisputeNews, Movement, RecordCapture, RecordDelivery,
    RecordDispatch, RecordDispute, RecordOrder,
};
pub use content::{
    CHARGES_MAX, CLOCK_SKEW_MINUTES, LABEL_KEY_CHARS_MAX, LABEL_VALUE_CHARS_MAX, LABELS_MAX,
    LINES_MAX, PAYMENTS_MAX, QUANTITY_MAX, TAXES_MAX,
};
pub use dispute::DISPUTES_MAX;
pub use refusal::Refusal;
pub use state::{Dispute, LineProgress, Order, Standing, State};

/// The decider of order streams.
#[derive(Debug, Clone, Copy)]
pub struct Orders;

impl Decider for Orders {
    type State = State;
    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;

    fn decide(state: &State, command: &Command, at: &Context) -> Result<Vec<Event>, Refusal> {
        decide::decide(state, command, at)
    }

    fn evolve(state: &mut State, event: &Event) {
        evolve::evolve(state, event);
    }
}

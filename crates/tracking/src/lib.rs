//! The rules of tracking: which label a return parcel travels under, and where the parcel is.
//!
//! One stream holds all return parcels of one order. Read `command`, then `decide`, then `state`
//! and `evolve`. Carriers report late, twice and out of order; the state is the same whatever the
//! order of arrival, except for who was first to report the delivery.
//!
//! Nothing here calls a carrier or reads a clock.

mod command;
mod deadline;
mod decide;
mod evolve;
mod key;
mod refusal;
mod schedule;
mod state;

pub use command::{Command, LabelOutcome};
pub use deadline::{deadline, parcel_of};
pub use refusal::Refusal;
pub use state::{Label, Parcel, Seen, State};

use backhaul_events::tracking::Event;
use backhaul_kernel::{Context, Decider};

/// The rules of the stream `tracking/{order}`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tracking;

impl Decider for Tracking {
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

//! The rules of notifications: which event a buyer is told of, once, in which language, and what
//! becomes of the message.
//!
//! One stream holds all notifications of one order. Read `command`, then `decide`, then `state`
//! and `evolve`; `templates` holds what the messages say. No address and no rendered text ever
//! stands in an event: both are looked up when the message is sent.
//!
//! Nothing here sends anything or reads a clock.

mod command;
mod deadline;
mod decide;
mod evolve;
mod hash;
mod refusal;
mod schedule;
mod state;
pub mod templates;

pub use command::{Address, Command};
pub use deadline::{deadline, notification_of};
pub use refusal::Refusal;
pub use state::{Message, Notification, Progress, State};
pub use templates::{RenderError, Rendered, render};

use backhaul_events::notifications::Event;
use backhaul_kernel::{Context, Decider};

/// The rules of the stream `notifications/{order}`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Notifications;

impl Decider for Notifications {
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

//! The rules of policy sets: a merchant publishes what it allows, version after version.
//!
//! One stream a policy set. Versions are never changed; returns remember which one decided.

mod command;
mod decide;
mod evolve;
mod refusal;
mod state;

pub use backhaul_events::returns::Event;
use backhaul_kernel::{Context, Decider};
pub use command::{Command, PublishPolicy};
pub use decide::{
    CENTRES_MAX, LIMITS_MAX, RULES_MAX, SELECTORS_MAX, VERSIONS_MAX, WINDOW_DAYS_MAX,
};
pub use refusal::Refusal;
pub use state::State;

/// The decider of policy streams.
#[derive(Debug, Clone, Copy)]
pub struct Policies;

impl Decider for Policies {
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

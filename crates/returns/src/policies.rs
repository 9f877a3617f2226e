//! The rules of policy sets: a merchant publishes what it allows, version after version.
//!
//! One stream a policy set. Versions are never changed; returns remember which one decided.

mod check;
mod command;
mod decide;
mod diff;
mod evolve;
mod refusal;
mod state;

pub use backhaul_events::returns::Event;
use backhaul_kernel::{Context, Decider};
pub use check::{
    CENTRES_MAX, FEE_BASIS_POINTS_MAX, LIMITS_MAX, REVIEW_WEEKS_MAX, RULES_MAX, SELECTORS_MAX,
    WINDOW_DAYS_MAX,
};
pub use command::{Command, PublishPolicy, RetirePolicy};
pub use decide::VERSIONS_MAX;
pub use diff::{Difference, diff};
pub use refusal::Refusal;
pub use state::{Standing, State, Version};

/// Whether a policy could be published: every bound is kept, every name is the only one of its
/// kind, and every condition can be read.
pub fn check(content: &backhaul_events::returns::PolicySet) -> Result<(), Refusal> {
    check::check_content(content)
}

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

//! The shape of a rule: decide on a command, evolve by an event.

use crate::{Actor, Refused, Tenant, Timestamp};

/// The rules of one kind of stream. Pure and synchronous: the same state, command and context
/// always give the same answer, and a fold over the same events always gives the same state.
pub trait Decider: Send + Sync + 'static {
    /// Everything decisions need to know of the past.
    type State: Default + Clone + Send + Sync + 'static;
    /// A request in the imperative; may be refused.
    type Command: Send + 'static;
    /// A fact in the past tense; never refused.
    type Event: Clone + Send + Sync + 'static;
    /// A business "no".
    type Refusal: Refused;

    /// What follows from the command: events, none if nothing changes, or a refusal.
    fn decide(
        state: &Self::State,
        command: &Self::Command,
        at: &Context,
    ) -> Result<Vec<Self::Event>, Self::Refusal>;

    /// The state after the event. Total: an event that was written once is always understood.
    fn evolve(state: &mut Self::State, event: &Self::Event);
}

/// What a decision may know besides state and command.
#[derive(Debug, Clone)]
pub struct Context {
    /// When the thing happened that the command tells of. Legal clocks run on this.
    pub occurred_at: Timestamp,
    /// When the command is decided, by the deciding process.
    pub now: Timestamp,
    /// Who asks.
    pub actor: Actor,
    /// For which merchant.
    pub tenant: Tenant,
}

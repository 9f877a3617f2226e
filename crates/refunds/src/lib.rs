//! The rules of refunds: what money goes back, out of which part of what was paid, to which
//! payment, who may say so, and what the provider made of it.
//!
//! One stream holds all grants and attempts of one order, so that "never more than was paid" is a
//! decision on one stream. Read `command` (what can be asked), then `decide` (the policy), then
//! `state` and `evolve` (its memory). `order_facts` is what the order says was paid, `draft` puts a
//! grant together component by component, `tenders` chooses the payments. Beside it
//! stand three small rules of their own, each with its own streams: `approval` (the merchant's
//! limits), `budget` (what was used of limits that span orders) and `account` (store credit and
//! gift cards).
//!
//! Nothing here calls a provider, reads a clock or converts a currency. An attempt is submitted
//! under a key that is derived from what it is, so asking twice pays once.

pub mod account;
pub mod approval;
pub mod budget;
mod command;
mod credit_note;
mod deadline;
mod decide;
mod draft;
mod evolve;
mod key;
mod order_facts;
mod refundable;
mod refusal;
mod schedule;
mod state;
mod tenders;
mod units;

pub use approval::ApprovalPolicySnapshot;
pub use command::{
    Command, Grounds, Issued, Outcome, Portion, PortionOf, SettlementEntry, ShippingTerms, Terms,
    Wishes,
};
pub use deadline::{attempt_of, deadline, due_deadline, wait_deadline};
pub use order_facts::{Capture, Dispute, LineFacts, OrderFacts, Sold, Standing};
pub use refundable::{PaymentLeft, Refundable, refundable};
pub use refusal::Refusal;
pub use state::{Attempt, Grant, Progress, Stage, State, Via};

use backhaul_events::refunds::Event;
use backhaul_kernel::{Context, Decider};

/// The rules of the stream `refunds/{order}`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Refunds;

impl Decider for Refunds {
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

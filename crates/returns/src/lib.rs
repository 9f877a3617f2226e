//! The rules of returns: what may come back, until when, what is done with it, and when the money
//! for it is due.
//!
//! Read `command`, then `decide`, then `state` and `evolve`. The ideas behind the answers have a
//! file each: `order_facts` (what we know of the order), `policy` and `statute` (what the merchant
//! and the law allow), `window` (until when), `assess` (a verdict on each line), `eligibility`
//! (what could still come back), `receipt` and `inspection` (what the warehouse reports), `release`
//! (whose money is due). `policies` is a second decider: the versions of a merchant's policy set.
//!
//! All returns of one order are one stream, so that no unit comes back twice under any
//! concurrency. These rules never compute money beyond splitting a claim over units, never read a
//! clock, and learn of orders and refunds only through what a command carries.

mod assess;
mod authorization;
mod command;
mod deadline;
mod decide;
mod eligibility;
mod evolve;
mod inspection;
mod order_facts;
pub mod policies;
mod policy;
mod receipt;
mod refusal;
mod release;
mod request;
mod state;
mod statute;
mod units;
mod window;

pub use backhaul_events::returns::Event;
use backhaul_kernel::{Context, Decider};
pub use command::{
    AssignDisposition, Authorize, Cancel, Close, Command, Decline, Expire, Inspect, NotReturnable,
    NoteRefundSettled, RecordMissing, RecordReceipt, RecordUnexpected, RecordWrongItem, Request,
    WrongItem,
};
pub use deadline::deadline;
pub use eligibility::{LineEligibility, eligibility};
pub use order_facts::{Facts, LineFacts, OrderFacts};
pub use policies::Policies;
pub use policy::PolicySnapshot;
pub use refusal::Refusal;
pub use request::{ITEMS_MAX, RETURNS_MAX};
pub use state::{LineCount, Return, Stage, State, Status, Terms};
pub use statute::{Statute, statutes};

/// The decider of return streams.
#[derive(Debug, Clone, Copy)]
pub struct Returns;

impl Decider for Returns {
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

//! The rules of returns: what may come back, until when, what is done with it, and when the money
//! for it is due.
//!
//! Read `command`, then `decide`, then `state` and `evolve`. The ideas behind the answers have a
//! file each: `order_facts` (what we know of the order), `case` (units somebody asks for), `buyer`
//! (what the same buyer did before), `rules` (what the merchant's policy says of them), `floor` and
//! `statute` (what the law demands), `window` and `calendar` (until when), `assess` (of each aspect
//! the better for the buyer), `condition` (the expressions in rules), `eligibility` and `explain`
//! (what could come back, and why), `simulate` (what a draft would have decided), `withdrawal` (a
//! right that nobody has to allow), `offers` (money in place of a return), `review` and
//! `business_time` (by when a person answers), `receipt`, `kits` and `inspection` (what the
//! warehouse reports), `kept_back` (what inspection takes off the money), `recovery` (what goods
//! bring in), `reopening`, `release`, `in_time`, `release_terms` and `fees` (whose money is due,
//! when, on which terms, and how much of it), `claims`, `exchanges` and `repairs` (what else a buyer
//! may have), `replacements` (goods that come in place of others, and the money they stand for).
//! `policies` is a second decider: the versions of a merchant's policy set.
//!
//! All returns of one order are one stream, so that no unit comes back twice under any
//! concurrency. These rules never compute money beyond splitting a claim over units, never read a
//! clock, and learn of orders and refunds only through what a command carries.

mod assess;
mod authorization;
mod business_time;
mod buyer;
mod calendar;
mod case;
mod claims;
mod command;
mod condition;
mod deadline;
mod decide;
mod eligibility;
mod evolve;
mod exchanges;
mod explain;
mod fees;
mod floor;
mod in_time;
mod inputs;
mod inspection;
mod kept_back;
mod kits;
mod offers;
mod order_facts;
pub mod policies;
mod policy;
mod receipt;
mod recovery;
mod refusal;
mod release;
mod release_terms;
mod remedy_refusal;
mod reopening;
mod repairs;
mod replacements;
mod request;
mod review;
mod rules;
mod simulate;
mod state;
mod statute;
mod units;
mod window;
mod withdrawal;

pub use assess::LineExplanation;
pub use backhaul_events::returns::Event;
use backhaul_kernel::{Context, Decider};
pub use buyer::{BUYER_DAYS_MAX, BuyerHistory, KEPT_MAX, PastOrder, PastOutcome, PastReturn};
pub use calendar::{Calendar, calendars};
pub use claims::{
    AskedRemedy, CLAIMS_MAX, Claim, ClaimCommand, ClaimStage, EVIDENCE_MAX, OpenClaim, ResolveClaim,
};
pub use command::{
    AcceptOffer, AssignDisposition, Authorize, Cancel, Close, Command, ConfirmWithdrawal,
    DeclareWithdrawal, Decline, DeclineOffer, Expire, Inspect, LostValue, NotReturnable,
    NoteRefundSettled, NoteReviewOverdue, OfferPartialRefund, RecordHandover, RecordMissing,
    RecordReceipt, RecordRecovery, RecordUnexpected, RecordWrongItem, ReleaseUninspected, Reopen,
    Request, WrongItem,
};
pub use condition::{
    CONDITION_CHARS_MAX, CONDITION_NODES_MAX, ConditionError, VARIABLES as CONDITION_VARIABLES,
};
pub use deadline::{deadline, inspection_deadline};
pub use eligibility::{LineEligibility, eligibility};
pub use exchanges::{
    ADVANCE_DAYS_MAX, Advance, AskedReplacement, EXCHANGES_MAX, Exchange, ExchangeCommand,
    ExchangeStage, REPLACEMENTS_MAX, RequestExchange, order_total,
};
pub use explain::{buyer_before, explain};
pub use floor::ClauseFinding;
pub use inspection::FOUND_MAX;
pub use kits::{KitCount, PartCount};
pub use offers::OFFERS_MAX;
pub use order_facts::{Facts, LineFacts, OrderFacts, Remedied, SaleForm};
pub use policies::Policies;
pub use policy::PolicySnapshot;
pub use refusal::Refusal;
pub use release::money_due;
pub use remedy_refusal::RemedyRefusal;
pub use repairs::{
    Payer, REPAIRS_MAX, Repair, RepairCommand, RepairOutcome, RepairStage, StartRepair,
};
pub use replacements::{Supply, SupplyCommand};
pub use request::{ITEMS_MAX, RETURNS_MAX};
pub use review::{review_deadline, review_of};
pub use rules::RuleFinding;
pub use simulate::{
    DIFFERENCES_MAX, RecordedRequest, SimulatedDifference, SimulatedMoney, Simulation, Summary,
    Under,
};
pub use state::{
    LineCount, Offer, OfferStanding, Return, Review, Stage, State, Status, Terms, Waiting,
    Withdrawal,
};
pub use statute::{Confidence, Duty, Jurisdiction, RepairExtension, Right, jurisdictions};

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

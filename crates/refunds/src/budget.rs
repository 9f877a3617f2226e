//! Budgets: what somebody has used of a limit that spans orders. One stream a budget, so that of
//! two refunds at once the second sees the first.
//!
//! A refund is counted here before it is decided on its order's stream, under a name of its own,
//! and given back when it does not come about. A crash in between leaves it counted: a budget errs
//! on the careful side, and the same request again finds its own name.

use backhaul_events::refunds::{BudgetReturned, BudgetTaken, Event};
use backhaul_kernel::{
    AccountId, Context, Decider, Money, OrderId, RefusalKind, Refused, Timestamp,
};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::key;

/// How long what was counted for a buyer counts.
const BUYER_WINDOW: SignedDuration = SignedDuration::from_hours(30 * 24);
/// How long a budget remembers at all: longer than its longest window.
const MEMORY: SignedDuration = SignedDuration::from_hours(32 * 24);

/// The budget of an actor. Names no person: it is a digest.
pub fn actor_budget(name: &str) -> AccountId {
    budget("actor", name)
}

/// The budget of a buyer.
pub fn buyer_budget(reference: &str) -> AccountId {
    budget("buyer", reference)
}

/// Hexadecimal digits of a budget's name.
const BUDGET_DIGITS: usize = 40;

fn budget(kind: &str, name: &str) -> AccountId {
    let digest = key::hash(["budget", kind, name]);
    format!("{kind}-{}", &digest[..BUDGET_DIGITS])
        .parse()
        .expect("letters, a dash and digits are an id")
}

/// Since when what was counted counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// Since midnight UTC.
    Day,
    /// Within 30 days.
    ThirtyDays,
}

impl Window {
    fn holds(self, taken_at: Timestamp, now: Timestamp) -> bool {
        match self {
            Self::Day => day(taken_at) == day(now),
            Self::ThirtyDays => now.duration_since(taken_at) < BUYER_WINDOW,
        }
    }
}

fn day(at: Timestamp) -> i64 {
    at.as_second().div_euclid(24 * 60 * 60)
}

/// What was counted lately.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct BudgetState {
    entries: Vec<Entry>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Entry {
    claim: String,
    amount: Money,
    taken_at: Timestamp,
}

impl BudgetState {
    /// What was used in the currency of the claim, up to and including it; none when the claim is
    /// not counted.
    pub fn used(&self, claim: &str, window: Window) -> Option<Money> {
        let index = self.entries.iter().position(|entry| entry.claim == claim)?;
        let own = self.entries.get(index)?;
        let total = self
            .entries
            .iter()
            .take(index + 1)
            .filter(|entry| entry.amount.currency == own.amount.currency)
            .filter(|entry| window.holds(entry.taken_at, own.taken_at))
            .fold(0_i64, |sum, entry| sum.saturating_add(entry.amount.minor));
        Some(Money::new(total, own.amount.currency))
    }

    /// How much that claim takes.
    pub fn taken(&self, claim: &str) -> Option<Money> {
        let own = self.entries.iter().find(|entry| entry.claim == claim);
        own.map(|entry| entry.amount)
    }
}

/// A request; never refused.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Counts a refund. The same name again changes nothing.
    Take {
        /// Under which name.
        claim: String,
        /// The order.
        order: OrderId,
        /// How much.
        amount: Money,
    },
    /// The refund did not come about.
    Return {
        /// Under which name it was counted.
        claim: String,
    },
}

/// A budget counts, and never says no: what follows from its sums is decided elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {}

impl Refused for Refusal {
    fn kind(&self) -> RefusalKind {
        match *self {}
    }

    fn reason(&self) -> &'static str {
        match *self {}
    }
}

/// The rules of the stream of a budget.
#[derive(Debug, Clone, Copy, Default)]
pub struct Budgets;

impl Decider for Budgets {
    type State = BudgetState;
    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;

    fn decide(state: &BudgetState, command: &Command, at: &Context) -> Result<Vec<Event>, Refusal> {
        let counted = |claim: &str| state.taken(claim).is_some();
        Ok(match command {
            Command::Take { claim, .. } if counted(claim) => Vec::new(),
            Command::Take {
                claim,
                order,
                amount,
            } => vec![
                BudgetTaken {
                    claim: claim.clone(),
                    order: order.clone(),
                    amount: *amount,
                    taken_at: at.now,
                }
                .into(),
            ],
            Command::Return { claim } if !counted(claim) => Vec::new(),
            Command::Return { claim } => vec![
                BudgetReturned {
                    claim: claim.clone(),
                }
                .into(),
            ],
        })
    }

    /// Events of other streams change nothing here.
    fn evolve(state: &mut BudgetState, event: &Event) {
        if let Event::BudgetTaken(event) = event {
            let fresh = |entry: &Entry| event.taken_at.duration_since(entry.taken_at) < MEMORY;
            state.entries.retain(fresh);
            state.entries.push(Entry {
                claim: event.claim.clone(),
                amount: event.amount,
                taken_at: event.taken_at,
            });
        }
        if let Event::BudgetReturned(event) = event {
            state.entries.retain(|entry| entry.claim != event.claim);
        }
    }
}

//! What the same buyer did over all orders of the merchant, counted for a request.
//!
//! The returns of the order itself come from its own stream and are exact. Those of the buyer's
//! other orders come from a view, which follows the log: requests on two orders in the same moment
//! may each not know of the other, so a limit can be passed by as many as are asked at once. What a
//! decision counted stands in the decision.

use std::sync::Arc;

use backhaul_events::returns::{BuyerBefore, Handling};
use backhaul_kernel::{LineId, Money, Timestamp};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::order_facts::{Facts, LineFacts};
use crate::state::{Return, Stage};

/// Days before a request that conditions look at, and the longest period of a limit.
pub const BUYER_DAYS_MAX: u32 = 365;
/// The most kept returns whose times a decision notes, and the highest limit over a buyer.
pub const KEPT_MAX: usize = 100;
/// Basis points of the whole.
const WHOLE: u64 = 10_000;
/// Hours of a whole day.
const DAY_HOURS: i64 = 24;

/// What is known of the other orders of a buyer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuyerHistory {
    /// The orders.
    pub orders: Vec<PastOrder>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastOrder {
    /// When the buyer ordered.
    pub ordered_at: Timestamp,
    /// Units bought.
    pub units: u32,
    /// What was to come back of it.
    pub returns: Vec<PastReturn>,
}

/// A return of one of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastReturn {
    /// When the buyer asked.
    pub asked_at: Timestamp,
    /// Units asked for.
    pub units: u32,
    /// What came of it.
    pub outcome: PastOutcome,
}

/// What came of a return, as far as it matters later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PastOutcome {
    /// The goods came back, or may.
    Returned,
    /// The buyer kept the goods; what they were worth, if it was told.
    Kept(Option<Money>),
    /// Declined, cancelled or expired.
    Nothing,
}

/// What was asked before a request: of the order, and of the buyer.
#[derive(Debug, Clone, Default)]
pub(crate) struct Before {
    /// Returns of the order.
    pub(crate) returns: u32,
    /// Returns of the order whose goods the buyer kept.
    pub(crate) kept: u32,
    /// When returns were asked for whose goods were kept, of the order and of the buyer's others,
    /// latest first.
    pub(crate) kept_at: Arc<[Timestamp]>,
    /// Of the buyer; none where nobody asked, or nobody knows who bought.
    pub(crate) buyer: Option<Arc<BuyerBefore>>,
}

impl Before {
    /// Before a request on the order at that moment, whose earlier returns are these.
    pub(crate) fn of<'a>(
        facts: &Facts,
        earlier: impl Iterator<Item = &'a Return>,
        asked_at: Timestamp,
    ) -> Self {
        let own = PastOrder {
            ordered_at: facts.ordered_at,
            units: bought(facts),
            returns: earlier.map(past).collect(),
        };
        let others = facts.history.as_deref();
        let others = others.map_or(&[][..], |history| &history.orders);
        let orders = || std::iter::once(&own).chain(others);
        let count = own.returns.len();
        let is_kept = |each: &&PastReturn| matches!(each.outcome, PastOutcome::Kept(_));
        let kept = own.returns.iter().filter(is_kept).count();
        let buyer = facts.history.as_ref();
        Self {
            returns: u32::try_from(count).unwrap_or(u32::MAX),
            kept: u32::try_from(kept).unwrap_or(u32::MAX),
            kept_at: kept_at(orders()),
            buyer: buyer.map(|_| Arc::new(counted(facts, orders(), asked_at))),
        }
    }

    /// Returns whose goods were kept, asked for in so many days before that moment.
    pub(crate) fn kept_within(&self, days: u32, asked_at: Timestamp) -> u32 {
        let from = start(asked_at, days);
        let recent = self.kept_at.iter().filter(|at| **at >= from);
        u32::try_from(recent.count()).unwrap_or(u32::MAX)
    }
}

/// Everything of the last [`BUYER_DAYS_MAX`] days.
fn counted<'a>(
    facts: &Facts,
    orders: impl Iterator<Item = &'a PastOrder>,
    asked_at: Timestamp,
) -> BuyerBefore {
    let from = start(asked_at, BUYER_DAYS_MAX);
    let mut before = BuyerBefore {
        days: BUYER_DAYS_MAX,
        orders: 0,
        bought: 0,
        returns: 0,
        returned: 0,
        kept: 0,
        kept_worth: Money::zero(facts.currency),
        share_basis_points: 0,
        kept_at: Vec::new(),
    };
    let mut kept_at = Vec::new();
    let mut of_these_orders = 0u64;
    for order in orders {
        let is_recent_order = order.ordered_at >= from;
        if is_recent_order {
            before.orders = before.orders.saturating_add(1);
            before.bought = before.bought.saturating_add(order.units);
        }
        for each in &order.returns {
            let came_back = each.outcome != PastOutcome::Nothing;
            if is_recent_order && came_back {
                of_these_orders += u64::from(each.units);
            }
            if each.asked_at < from {
                continue;
            }
            before.returns = before.returns.saturating_add(1);
            if came_back {
                before.returned = before.returned.saturating_add(each.units);
            }
            if let PastOutcome::Kept(worth) = each.outcome {
                before.kept = before.kept.saturating_add(1);
                kept_at.push(each.asked_at);
                let worth = worth.filter(|worth| worth.currency == facts.currency);
                let sum = worth.and_then(|worth| before.kept_worth.plus(worth).ok());
                before.kept_worth = sum.unwrap_or(before.kept_worth);
            }
        }
    }
    before.kept_at = latest(kept_at);
    before.share_basis_points = share(of_these_orders, before.bought);
    before
}

/// Units asked back of all units, in basis points; never more than all of them, though goods that
/// came in place of others can be asked back too.
fn share(returned: u64, bought: u32) -> u32 {
    let share = returned.saturating_mul(WHOLE).checked_div(bought.into());
    u32::try_from(share.unwrap_or(0).min(WHOLE)).unwrap_or(u32::MAX)
}

fn kept_at<'a>(orders: impl Iterator<Item = &'a PastOrder>) -> Arc<[Timestamp]> {
    let returns = orders.flat_map(|order| &order.returns);
    let kept = returns.filter(|each| matches!(each.outcome, PastOutcome::Kept(_)));
    latest(kept.map(|each| each.asked_at).collect()).into()
}

fn latest(mut times: Vec<Timestamp>) -> Vec<Timestamp> {
    times.sort_unstable_by(|one, other| other.cmp(one));
    times.truncate(KEPT_MAX);
    times
}

/// So many days of 24 hours before that moment.
fn start(at: Timestamp, days: u32) -> Timestamp {
    let span = SignedDuration::from_hours(i64::from(days) * DAY_HOURS);
    at.checked_sub(span).unwrap_or(Timestamp::MIN)
}

/// Units of the order as it was recorded.
fn bought(facts: &Facts) -> u32 {
    let lines = facts.lines.values().filter(|line| !line.is_replacement());
    lines.fold(0, |sum: u32, line: &LineFacts| {
        sum.saturating_add(line.quantity)
    })
}

fn past(each: &Return) -> PastReturn {
    let units = |units: u32, (_, count): (&LineId, &crate::state::LineCount)| {
        units.saturating_add(count.requested)
    };
    PastReturn {
        asked_at: each.requested_at,
        units: each.lines.iter().fold(0, units),
        outcome: match &each.stage {
            Stage::Declined(_) | Stage::Cancelled | Stage::Expired(_) => PastOutcome::Nothing,
            Stage::Authorized(terms) | Stage::Closed(terms)
                if terms.handling == Handling::KeepItem =>
            {
                PastOutcome::Kept(terms.kept_worth)
            }
            Stage::Declared
            | Stage::Requested
            | Stage::Referred(_)
            | Stage::Authorized(_)
            | Stage::Closed(_) => PastOutcome::Returned,
        },
    }
}

//! What is remembered of the returns of an order.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use backhaul_events::returns::{
    Decision, Deduction, Disposition, Grade, Handling, ItemFee, Release, RequestedItem, Statement,
    UnexpectedUnitsReceived,
};
use backhaul_kernel::{ExchangeId, LineId, Money, ReturnId, Text, Timestamp};
use serde::{Deserialize, Serialize};

use crate::claims::Claim;
use crate::exchanges::Exchange;
use crate::kits::KitCount;
use crate::repairs::Repair;

/// All returns of one order, in the order of their numbers.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// The returns; the first is number 1.
    pub returns: Vec<Arc<Return>>,
    /// What came unannounced; never counted to a line.
    pub unexpected: Vec<UnexpectedUnitsReceived>,
    /// The claims; the first is number 1.
    #[serde(default)]
    pub claims: Vec<Arc<Claim>>,
    /// The exchanges; the first is number 1.
    #[serde(default)]
    pub exchanges: Vec<Arc<Exchange>>,
    /// The repairs; the first is number 1.
    #[serde(default)]
    pub repairs: Vec<Arc<Repair>>,
}

/// One return (RMA).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Return {
    /// Its id.
    pub id: ReturnId,
    /// When the buyer asked.
    pub requested_at: Timestamp,
    /// What was asked, in the order asked.
    pub items: Arc<Vec<RequestedItem>>,
    /// How far it got.
    pub stage: Stage,
    /// Units of each line, counted.
    pub lines: BTreeMap<LineId, LineCount>,
    /// Wrong items that came in place of units.
    pub wrong_items: u64,
    /// How many releases of money there were.
    pub releases: u32,
    /// The exchange whose old goods these are; its money buys the new ones.
    #[serde(default)]
    pub exchange: Option<ExchangeId>,
    /// When a carrier first had goods of it.
    pub handed_over_at: Option<Timestamp>,
    /// When goods last arrived.
    pub received_at: Option<Timestamp>,
    /// The withdrawal that it is, if it is one.
    pub withdrawal: Option<Withdrawal>,
    /// Units that wait for inspection and are paid for without it in time, in the order received.
    pub waiting: Vec<Waiting>,
    /// What inspection keeps back from money that is still to be released.
    pub kept_back: Vec<Deduction>,
    /// Serial numbers that inspection read.
    pub serials: BTreeSet<Text>,
    /// What goods brought in, each time.
    pub recovered: Vec<Money>,
    /// The last partial refund that was offered in its place.
    pub offer: Option<Offer>,
    /// The kits among its lines, and what of their parts arrived.
    pub kits: BTreeMap<LineId, KitCount>,
    /// Who had the goods as a gift and returns them; the money is theirs.
    pub gift_recipient: Option<Text>,
    /// The answer that was promised; none where nobody has to decide, or nothing was promised.
    pub review: Option<Review>,
}

/// A promise that a person decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// By when.
    pub decide_by: Timestamp,
    /// Whether nobody did.
    pub is_overdue: bool,
}

/// A partial refund in place of the return.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// Its number, from 1.
    pub number: u32,
    /// What of it is for each item.
    pub shares: Vec<Money>,
    /// Whether the buyer answered.
    pub standing: OfferStanding,
}

/// What the buyer said of an offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum OfferStanding {
    /// Nothing yet.
    Open,
    /// Keeps the goods for it.
    Accepted,
    /// Sends them back instead.
    Declined,
}

/// A withdrawal from the contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawal {
    /// What the buyer stated.
    pub statement: Statement,
    /// When.
    pub declared_at: Timestamp,
    /// When it was confirmed; none before the second step.
    pub confirmed_at: Option<Timestamp>,
}

/// Units of one line that wait for inspection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// The line.
    pub line: LineId,
    /// Units, at least 1.
    pub quantity: u32,
    /// When they are paid for without inspection.
    pub due: Timestamp,
}

/// How far a return got, with what is known by then.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Stage {
    /// A withdrawal that the buyer has not confirmed: nothing is asked for yet.
    Declared,
    /// Asked for, and not yet decided.
    Requested,
    /// Waits for a person.
    Referred(Arc<Decision>),
    /// May not go ahead.
    Declined(Arc<Decision>),
    /// May go ahead.
    Authorized(Arc<Terms>),
    /// Called off.
    Cancelled,
    /// Nothing came in time.
    Expired(Arc<Terms>),
    /// Nothing more will happen.
    Closed(Arc<Terms>),
}

/// What was authorised. Later decisions run on this and never on a newer policy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Terms {
    /// Why.
    pub decision: Decision,
    /// What the buyer does with the goods.
    pub handling: Handling,
    /// When money is released.
    pub release: Release,
    /// Unused after this moment, the authorisation expires.
    pub expires_at: Option<Timestamp>,
    /// What each item claims after fees, in authorisations that told no fees.
    pub claims: Vec<Money>,
    /// What is kept back from the money of the items.
    pub fees: Vec<ItemFee>,
    /// Days after receipt after which money is released without inspection.
    pub release_after_days: Option<u32>,
    /// The time zone in which the buyer's days end.
    pub time_zone: Option<Text>,
    /// What kept goods are worth, if it was told.
    #[serde(default)]
    pub kept_worth: Option<Money>,
}

/// The name of a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// A withdrawal that the buyer has not confirmed.
    Declared,
    /// Asked for, and not yet decided.
    Requested,
    /// Waits for a person.
    Referred,
    /// May not go ahead.
    Declined,
    /// May go ahead.
    Authorized,
    /// Called off.
    Cancelled,
    /// Nothing came in time.
    Expired,
    /// Nothing more will happen.
    Closed,
}

impl Status {
    /// The name as people and programs read it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Declared => "declared",
            Self::Requested => "requested",
            Self::Referred => "referred",
            Self::Declined => "declined",
            Self::Authorized => "authorized",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
            Self::Closed => "closed",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Units of one line within one return.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineCount {
    /// Asked for, over all items of the line.
    pub requested: u32,
    /// Received looking as they should.
    pub intact: u32,
    /// Received damaged.
    pub damaged: u32,
    /// Announced, but not coming.
    pub missing: u32,
    /// Inspected and taken back.
    pub accepted: u32,
    /// Inspected and not taken back.
    pub rejected: u32,
    /// Inspected and found broken (grade D), taken back or not.
    pub broken: u32,
    /// Not inspected in time: paid for without it.
    pub overdue: u32,
    /// Their money was released.
    pub released: u32,
    /// Back on the shelf.
    pub restocked: u32,
    /// Sent back to the buyer.
    pub sent_back: u32,
    /// Given any disposition, the two above included.
    pub disposed: u32,
    /// Brought in money.
    pub recovered: u32,
}

impl State {
    /// The return of that id.
    pub fn find(&self, id: &ReturnId) -> Option<&Return> {
        self.returns
            .iter()
            .map(Arc::as_ref)
            .find(|each| each.id == *id)
    }

    /// Units of the line that cannot be asked for now, over all returns, claims and repairs. The
    /// old goods of an exchange are those of its return.
    pub fn held(&self, line: &LineId) -> u64 {
        let returns = self.returns.iter().map(|each| each.held(line));
        let claims = self.claims.iter().map(|each| each.held(line));
        let repairs = self.repairs.iter().map(|each| each.held(line));
        returns.chain(claims).chain(repairs).map(u64::from).sum()
    }

    /// The same, but for those of one return.
    pub fn held_by_others(&self, this: &Return, line: &LineId) -> u64 {
        self.held(line).saturating_sub(u64::from(this.held(line)))
    }
}

impl Return {
    /// Units of the line that no other return may claim. While the return is open, all it asks
    /// for but what inspection refused and was sent back, where no money comes without inspection. After its end, what was kept, paid for, or received and not sent back to the buyer.
    pub fn held(&self, line: &LineId) -> u32 {
        let Some(count) = self.lines.get(line) else {
            return 0;
        };
        match &self.stage {
            Stage::Declared => 0,
            Stage::Requested | Stage::Referred(_) => count.requested,
            Stage::Authorized(terms) => {
                let refused = match terms.release {
                    Release::OnInspection => count.rejected.min(count.sent_back),
                    Release::OnRequest | Release::OnFirstScan | Release::OnReceipt => 0,
                };
                let expected = count.requested.saturating_sub(refused);
                expected.max(count.released)
            }
            // They were exchanged, and the buyer kept them.
            Stage::Closed(terms)
                if self.exchange.is_some() && terms.handling == Handling::KeepItem =>
            {
                count.requested
            }
            Stage::Declined(_) | Stage::Cancelled | Stage::Expired(_) | Stage::Closed(_) => {
                let here = count.received().saturating_sub(count.sent_back);
                here.max(count.released)
            }
        }
    }

    /// How far it got, by name.
    pub fn status(&self) -> Status {
        match self.stage {
            Stage::Declared => Status::Declared,
            Stage::Requested => Status::Requested,
            Stage::Referred(_) => Status::Referred,
            Stage::Declined(_) => Status::Declined,
            Stage::Authorized(_) => Status::Authorized,
            Stage::Cancelled => Status::Cancelled,
            Stage::Expired(_) => Status::Expired,
            Stage::Closed(_) => Status::Closed,
        }
    }

    /// The last decision that still stands.
    pub fn decision(&self) -> Option<&Decision> {
        match &self.stage {
            Stage::Declared | Stage::Requested | Stage::Cancelled => None,
            Stage::Referred(decision) | Stage::Declined(decision) => Some(decision),
            Stage::Authorized(_) | Stage::Expired(_) | Stage::Closed(_) => {
                self.terms().map(|terms| &terms.decision)
            }
        }
    }

    /// What was authorised.
    pub fn terms(&self) -> Option<&Terms> {
        match &self.stage {
            Stage::Authorized(terms) | Stage::Expired(terms) | Stage::Closed(terms) => Some(terms),
            Stage::Declared
            | Stage::Requested
            | Stage::Referred(_)
            | Stage::Declined(_)
            | Stage::Cancelled => None,
        }
    }

    /// Whether none of its goods is awaited or has still to be looked at.
    pub(crate) fn is_complete(&self, terms: &Terms) -> bool {
        match terms.handling {
            Handling::KeepItem | Handling::NothingSent => true,
            Handling::SendBack { .. } => self.lines.values().all(LineCount::is_accounted_for),
        }
    }

    /// When the first units that wait are paid for without inspection.
    pub fn inspect_by(&self) -> Option<Timestamp> {
        self.waiting.iter().map(|waiting| waiting.due).min()
    }

    /// Whether anything at all arrived for it.
    pub fn has_arrivals(&self) -> bool {
        self.wrong_items > 0
            || self.has_parts()
            || self.lines.values().any(|count| count.received() > 0)
    }

    /// Whether any money was released for it.
    pub fn has_releases(&self) -> bool {
        self.releases > 0
    }
}

impl LineCount {
    /// Units that arrived.
    pub fn received(&self) -> u32 {
        self.intact.saturating_add(self.damaged)
    }

    /// Units that were inspected.
    pub fn inspected(&self) -> u32 {
        self.accepted.saturating_add(self.rejected)
    }

    /// Whether every unit asked for came or is known not to come, and was looked at.
    pub fn is_accounted_for(&self) -> bool {
        self.received().saturating_add(self.missing) == self.requested
            && self.inspected() == self.received()
    }

    pub(crate) fn inspect(&mut self, units: u32, grade: Grade, accepted: bool) {
        if accepted {
            self.accepted = self.accepted.saturating_add(units);
        } else {
            self.rejected = self.rejected.saturating_add(units);
        }
        if grade == Grade::D {
            self.broken = self.broken.saturating_add(units);
        }
    }

    pub(crate) fn dispose(&mut self, units: u32, disposition: Disposition) {
        self.disposed = self.disposed.saturating_add(units);
        match disposition {
            Disposition::Restock => self.restocked = self.restocked.saturating_add(units),
            Disposition::SendBack => self.sent_back = self.sent_back.saturating_add(units),
            Disposition::Refurbish
            | Disposition::Repair
            | Disposition::Resell
            | Disposition::Liquidate
            | Disposition::Donate
            | Disposition::Recycle
            | Disposition::Destroy => {}
        }
    }
}

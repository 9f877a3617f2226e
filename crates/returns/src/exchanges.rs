//! Exchanges: goods come back, and others take their place.
//!
//! The old goods are a return like any other, with its window, its label and its inspection; only
//! its money buys the new goods. Read `request` (the one ledger), then `steps` (what people and
//! platforms tell), then `follow` (what happens by itself).

mod follow;
mod request;
mod steps;

use std::sync::Arc;

use backhaul_events::returns::{
    DifferenceQuoted, Event, LineAmount, RemedyOf, ReplacementLine, RequestedItem,
};
use backhaul_kernel::{Context, ExchangeId, Money, OrderId, ReturnId, Text, Timestamp};
pub(crate) use follow::{follow, is_out_of_turn};
use serde::{Deserialize, Serialize};
pub(crate) use steps::{and_then, may_send};

use crate::evolve;
use crate::order_facts::{Facts, OrderFacts};
use crate::policy::PolicySnapshot;
use crate::refusal::Refusal;
use crate::remedy_refusal::RemedyRefusal;
use crate::replacements::Supply;
use crate::state::State;

/// The most exchanges of one order.
pub const EXCHANGES_MAX: usize = 1_000;
/// The most replacement lines of one exchange.
pub const REPLACEMENTS_MAX: usize = 100;
/// The most days that the old goods of an advance may take.
pub const ADVANCE_DAYS_MAX: u32 = 90;

/// What can be asked of exchanges.
#[derive(Debug, Clone, PartialEq)]
pub enum ExchangeCommand {
    /// See [`RequestExchange`].
    Request(RequestExchange),
    /// The platform collected the difference.
    CollectDifference {
        /// The exchange.
        exchange: ExchangeId,
        /// How much.
        amount: Money,
        /// The platform's name for the payment.
        payment: Text,
        /// When.
        collected_at: Timestamp,
    },
    /// A person lets the new goods go first.
    AuthorizeAdvance {
        /// The exchange.
        exchange: ExchangeId,
        /// The platform's name for the payment that secures the old goods.
        payment: Text,
    },
    /// The old goods of an advance are due.
    ChargeAdvance {
        /// The exchange.
        exchange: ExchangeId,
        /// The deadline that fired.
        due: Timestamp,
    },
    /// The exchange becomes a return with its refund.
    Unwind {
        /// The exchange.
        exchange: ExchangeId,
        /// Why, in words.
        note: Text,
    },
    /// Exchange and return are called off.
    Cancel {
        /// The exchange.
        exchange: ExchangeId,
        /// Why, in words.
        note: Text,
    },
}

/// The buyer asks for other goods.
#[derive(Debug, Clone, PartialEq)]
pub struct RequestExchange {
    /// The order.
    pub order: OrderId,
    /// What comes back.
    pub items: Vec<RequestedItem>,
    /// What takes its place.
    pub replacements: Vec<AskedReplacement>,
    /// What sending the new goods costs the buyer.
    pub shipping: Option<Money>,
    /// What the way back costs the buyer.
    pub return_shipping: Option<Money>,
    /// Days in which the old goods must be back if the new ones go first.
    pub advance_days: Option<u32>,
    /// When the buyer asked.
    pub requested_at: Timestamp,
    /// What is known of the order.
    pub facts: OrderFacts,
    /// The merchant's policy as it stands.
    pub policy: PolicySnapshot,
}

/// Goods asked for in place of others.
#[derive(Debug, Clone, PartialEq)]
pub struct AskedReplacement {
    /// The merchant's article number.
    pub sku: Text,
    /// The merchant's category, by which policies choose.
    pub category: Option<Text>,
    /// Units, at least 1.
    pub quantity: u32,
    /// What one of them costs, taxes included.
    pub unit_price: Money,
}

/// One exchange.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Exchange {
    /// Its id.
    pub id: ExchangeId,
    /// The return by which the old goods come back.
    pub r#return: ReturnId,
    /// What takes their place.
    pub lines: Vec<ReplacementLine>,
    /// When the buyer asked.
    pub requested_at: Timestamp,
    /// The one ledger; there from the first commit on.
    pub quote: Option<DifferenceQuoted>,
    /// How far it got.
    pub stage: ExchangeStage,
    /// How far the new goods got.
    pub supply: Supply,
    /// Whether the new goods may go first.
    pub advance: Advance,
    /// By when the old goods of an advance must be back.
    pub goods_due_at: Option<Timestamp>,
    /// What the platform collected as the difference, in minor units, and its name for the payment.
    pub collected: Option<(i64, Text)>,
    /// What of all that was collected is due back, in minor units.
    pub given_back: i64,
    /// How many releases of money there were.
    pub releases: u32,
}

/// How far an exchange got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ExchangeStage {
    /// Goods are on their way, one way or both.
    Open,
    /// The new goods left and the old ones are accounted for.
    Completed,
    /// Became a return with its refund.
    Unwound,
    /// Called off, with its return.
    Cancelled,
}

impl ExchangeStage {
    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Completed => "completed",
            Self::Unwound => "unwound",
            Self::Cancelled => "cancelled",
        }
    }
}

/// Whether the new goods may go before the old ones are back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Advance {
    /// No.
    None,
    /// If a person agrees: so many days before the old goods are due.
    Offered(u32),
    /// Yes.
    Authorized {
        /// Days before the old goods are due.
        days: u32,
        /// What is charged if they never come, in minor units.
        amount: i64,
        /// The platform's name for the payment that secures them.
        payment: Text,
    },
    /// The old goods came.
    Released,
    /// They did not, and this was charged, in minor units.
    Charged {
        /// How much.
        amount: i64,
        /// The platform's name for the payment.
        payment: Text,
    },
}

impl Exchange {
    /// What the buyer pays, or the merchant if below nothing, in minor units.
    pub fn difference(&self) -> i64 {
        self.quote
            .as_ref()
            .map_or(0, |quote| quote.difference.minor)
    }

    /// Whether the buyer owes nothing any more.
    pub(crate) fn is_paid(&self) -> bool {
        self.difference() <= 0 || self.collected.is_some()
    }

    /// What the platform collected and did not give back yet, and by which payment.
    pub(crate) fn collected_and_kept(&self) -> Option<(Text, i64)> {
        let (collected, payment) = match &self.collected {
            Some((minor, payment)) => (*minor, Some(payment)),
            None => (0, None),
        };
        if collected > self.given_back {
            return Some((payment?.clone(), collected - self.given_back));
        }
        match &self.advance {
            Advance::Charged { amount, payment } => {
                let left = collected
                    .saturating_add(*amount)
                    .saturating_sub(self.given_back);
                Some((payment.clone(), left))
            }
            Advance::None
            | Advance::Offered(_)
            | Advance::Authorized { .. }
            | Advance::Released => None,
        }
    }

    pub(crate) fn refuse(&self, action: &'static str) -> Refusal {
        let refusal = RemedyRefusal::Stage {
            subject: format!("exchanges/{}", self.id),
            status: self.stage.as_str(),
            action,
        };
        refusal.into()
    }

    fn of(&self) -> RemedyOf {
        RemedyOf::Exchange {
            exchange: self.id.clone(),
        }
    }
}

impl State {
    /// The exchange of that id, or the refusal that there is none.
    pub fn exchange(&self, id: &ExchangeId) -> Result<&Exchange, Refusal> {
        let mut exchanges = self.exchanges.iter().map(Arc::as_ref);
        exchanges
            .find(|exchange| exchange.id == *id)
            .ok_or_else(|| RemedyRefusal::ExchangeNotFound(id.clone()).into())
    }
}

pub(crate) fn decide(
    state: &State,
    command: &ExchangeCommand,
    at: &Context,
) -> Result<Vec<Event>, Refusal> {
    match command {
        ExchangeCommand::Request(command) => request::request(state, command, at),
        ExchangeCommand::CollectDifference {
            exchange,
            amount,
            payment,
            collected_at,
        } => {
            crate::units::check_time("collect_time", *collected_at, at)?;
            steps::collect(state.exchange(exchange)?, *amount, payment, *collected_at)
        }
        ExchangeCommand::AuthorizeAdvance { exchange, payment } => {
            steps::authorize_advance(state, state.exchange(exchange)?, payment, at)
        }
        ExchangeCommand::ChargeAdvance { exchange, due } => {
            steps::charge_advance(state, state.exchange(exchange)?, *due, at)
        }
        ExchangeCommand::Unwind { exchange, note } => {
            steps::unwind(state, state.exchange(exchange)?, note, at)
        }
        ExchangeCommand::Cancel { exchange, note } => {
            steps::cancel(state, state.exchange(exchange)?, note)
        }
    }
}

/// How far the new goods of an exchange got.
pub(crate) fn supply<'a>(state: &'a State, id: &ExchangeId) -> Result<&'a Supply, Refusal> {
    let exchange = state.exchange(id)?;
    let is_over = match exchange.stage {
        ExchangeStage::Open | ExchangeStage::Completed => false,
        // Told twice that there are none.
        ExchangeStage::Unwound => exchange.supply != Supply::Unavailable,
        ExchangeStage::Cancelled => true,
    };
    if is_over {
        return Err(exchange.refuse("supplied with new goods"));
    }
    Ok(&exchange.supply)
}

/// What the order comes to: what was paid for its lines, and the difference of every exchange that
/// stands. One ledger, from which every total is derived.
pub fn order_total(facts: &Facts, state: &State) -> Money {
    let lines = facts.lines.values().filter(|line| !line.is_replacement());
    let paid = lines.fold(0_i64, |sum, line| sum.saturating_add(line.paid.minor));
    let standing = state
        .exchanges
        .iter()
        .filter(|exchange| match exchange.stage {
            ExchangeStage::Open | ExchangeStage::Completed => true,
            ExchangeStage::Unwound | ExchangeStage::Cancelled => false,
        });
    let total = standing.fold(paid, |sum, exchange| {
        let charged = match exchange.advance {
            Advance::Charged { amount, .. } => amount,
            _ => 0,
        };
        sum.saturating_add(exchange.difference())
            .saturating_add(charged)
    });
    Money::new(total, facts.currency)
}

pub(crate) fn evolve(state: &mut State, event: &Event) {
    match event {
        Event::ExchangeRequested(event) => {
            evolve::change(state, &event.r#return, |each| {
                each.exchange = Some(event.exchange.clone());
            });
            state.exchanges.push(Arc::new(Exchange {
                id: event.exchange.clone(),
                r#return: event.r#return.clone(),
                lines: event.lines.clone(),
                requested_at: event.requested_at,
                quote: None,
                stage: ExchangeStage::Open,
                supply: Supply::Planned,
                advance: event.advance_days.map_or(Advance::None, Advance::Offered),
                goods_due_at: None,
                collected: None,
                given_back: 0,
                releases: 0,
            }));
        }
        Event::DifferenceQuoted(event) => change(state, &event.exchange, |exchange| {
            exchange.quote = Some(event.clone());
        }),
        Event::DifferenceCollected(event) => change(state, &event.exchange, |exchange| {
            exchange.collected = Some((event.amount.minor, event.payment.clone()));
        }),
        Event::DifferenceReleased(event) => change(state, &event.exchange, |exchange| {
            exchange.given_back = exchange.given_back.saturating_add(event.amount.minor);
        }),
        Event::AdvanceAuthorized(event) => change(state, &event.exchange, |exchange| {
            if let Advance::Offered(days) = exchange.advance {
                exchange.advance = Advance::Authorized {
                    days,
                    amount: event.amount.minor,
                    payment: event.payment.clone(),
                };
            }
        }),
        Event::AdvanceReleased(event) => change(state, &event.exchange, |exchange| {
            exchange.advance = Advance::Released;
        }),
        Event::AdvanceCharged(event) => change(state, &event.exchange, |exchange| {
            let amount = event.amount.minor;
            exchange.advance = Advance::Charged {
                amount,
                payment: event.payment.clone(),
            };
            pay_less_by_lines(&mut exchange.lines, amount);
        }),
        Event::ExchangeCompleted(event) => change(state, &event.exchange, |exchange| {
            exchange.stage = ExchangeStage::Completed;
        }),
        Event::ExchangeUnwound(event) => {
            end(state, &event.exchange, ExchangeStage::Unwound);
        }
        Event::ExchangeCancelled(event) => {
            end(state, &event.exchange, ExchangeStage::Cancelled);
        }
        Event::ReplacementReserved(inner) => supplied(state, &inner.of, event),
        Event::ReplacementUnavailable(inner) => supplied(state, &inner.of, event),
        Event::ReplacementDelivered(inner) => supplied(state, &inner.of, event),
        Event::ReplacementSent(inner) => {
            supplied(state, &inner.of, event);
            if let RemedyOf::Exchange { exchange } = &inner.of {
                change(state, exchange, |exchange| {
                    exchange.goods_due_at = inner.goods_due_at;
                });
            }
        }
        Event::RemedyReleased(event) => {
            if let RemedyOf::Exchange { exchange } = &event.of {
                change(state, exchange, |exchange| {
                    exchange.releases = exchange.releases.max(event.release);
                });
            }
        }
        _ => {}
    }
}

/// The return is one like any other again.
fn end(state: &mut State, id: &ExchangeId, stage: ExchangeStage) {
    change(state, id, |exchange| exchange.stage = stage);
    let exchange = state.exchanges.iter().find(|exchange| exchange.id == *id);
    if let Some(r#return) = exchange.map(|exchange| exchange.r#return.clone()) {
        evolve::change(state, &r#return, |each| each.exchange = None);
    }
}

/// The buyer paid so much anew for goods that were to be paid for by old ones, which stay with the
/// buyer; they can pay for nothing else any more.
fn pay_less_by_lines(lines: &mut [ReplacementLine], amount: i64) {
    let mut left = amount;
    let parts = lines
        .iter_mut()
        .rev()
        .flat_map(|line| line.paid_by.iter_mut().rev());
    for LineAmount { amount, .. } in parts {
        let part = amount.minor.min(left).max(0);
        amount.minor -= part;
        left -= part;
    }
}

fn supplied(state: &mut State, of: &RemedyOf, event: &Event) {
    if let RemedyOf::Exchange { exchange } = of {
        change(state, exchange, |exchange| exchange.supply.evolve(event));
    }
}

fn change(state: &mut State, id: &ExchangeId, step: impl FnOnce(&mut Exchange)) {
    if let Some(exchange) = state.exchanges.iter_mut().find(|each| each.id == *id) {
        step(Arc::make_mut(exchange));
    }
}

//! Goods that come in place of others: lines that the order gains, the money they stand for, and
//! how they reach the buyer.
//!
//! A replacement is a line of the order's returns like any other: it is delivered, returned,
//! exchanged and claimed. Its money was paid for lines of the order, or collected by the platform
//! for an exchange; `funds` says how much of each, so that no money goes back twice.

pub(crate) mod funds;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use backhaul_events::orders::Sale;
use backhaul_events::returns::{
    ClaimRemedy, Event, RemedyOf, ReplacementDelivered, ReplacementLine, ReplacementReserved,
    ReplacementSent, ReplacementUnavailable,
};
use backhaul_kernel::{Context, LineId, Text, Timestamp};
use serde::{Deserialize, Serialize};

use crate::claims::{ClaimCommand, ClaimStage};
use crate::command::Command;
use crate::exchanges::{ExchangeCommand, ExchangeStage};
use crate::order_facts::{Facts, LineFacts, OrderFacts, Remedied};
use crate::refusal::Refusal;
use crate::repairs::RepairCommand;
use crate::state::State;
use crate::window::Days;
use crate::{claims, exchanges, units};

/// How far replacement goods got.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Supply {
    /// Promised.
    #[default]
    Planned,
    /// Set aside, under that name.
    Reserved(Text),
    /// Left for the buyer.
    Sent(Timestamp),
    /// Reached the buyer.
    Delivered(Timestamp),
    /// There are none.
    Unavailable,
}

impl Supply {
    /// Whether they left for the buyer.
    pub fn is_sent(&self) -> bool {
        matches!(self, Self::Sent(_) | Self::Delivered(_))
    }

    /// The supply after the event.
    pub(crate) fn evolve(&mut self, event: &Event) {
        match event {
            Event::ReplacementReserved(event) => *self = Self::Reserved(event.reference.clone()),
            Event::ReplacementUnavailable(_) => *self = Self::Unavailable,
            Event::ReplacementSent(event) => *self = Self::Sent(event.sent_at),
            Event::ReplacementDelivered(event) => *self = Self::Delivered(event.delivered_at),
            _ => {}
        }
    }
}

/// What is told of replacement goods.
#[derive(Debug, Clone, PartialEq)]
pub enum SupplyCommand {
    /// They were set aside.
    Reserve {
        /// What they are for.
        of: RemedyOf,
        /// By which the merchant's stock finds them.
        reference: Text,
    },
    /// There are none.
    Unavailable {
        /// What they were for.
        of: RemedyOf,
        /// In words.
        note: Text,
    },
    /// They left for the buyer.
    Send {
        /// What they are for.
        of: RemedyOf,
        /// The carrier's number.
        reference: Text,
        /// When.
        sent_at: Timestamp,
    },
    /// They reached the buyer.
    Deliver {
        /// What they are for.
        of: RemedyOf,
        /// When.
        delivered_at: Timestamp,
    },
}

impl SupplyCommand {
    fn of(&self) -> &RemedyOf {
        match self {
            Self::Reserve { of, .. }
            | Self::Unavailable { of, .. }
            | Self::Send { of, .. }
            | Self::Deliver { of, .. } => of,
        }
    }
}

/// Goods are reserved, then sent, then delivered; each may be left out but the sending. The same
/// again changes nothing.
pub(crate) fn decide(
    state: &State,
    command: &SupplyCommand,
    at: &Context,
) -> Result<Vec<Event>, Refusal> {
    let of = command.of().clone();
    let (supply, goods_due_at) = match (&of, command) {
        (RemedyOf::Claim { claim }, _) => (claims::supply(state, claim)?, None),
        (RemedyOf::Exchange { exchange }, SupplyCommand::Send { sent_at, .. }) => {
            exchanges::may_send(state, exchange, *sent_at)?
        }
        (RemedyOf::Exchange { exchange }, _) => (exchanges::supply(state, exchange)?, None),
    };
    let event: Event = match (command, supply) {
        (SupplyCommand::Reserve { reference, .. }, Supply::Reserved(known))
            if reference == known =>
        {
            return Ok(Vec::new());
        }
        (SupplyCommand::Reserve { reference, .. }, Supply::Planned | Supply::Reserved(_)) => {
            let reference = reference.clone();
            ReplacementReserved { of, reference }.into()
        }
        (SupplyCommand::Unavailable { .. }, Supply::Unavailable)
        | (SupplyCommand::Send { .. }, Supply::Sent(_) | Supply::Delivered(_))
        | (SupplyCommand::Deliver { .. }, Supply::Delivered(_)) => return Ok(Vec::new()),
        (SupplyCommand::Unavailable { note, .. }, Supply::Planned | Supply::Reserved(_)) => {
            let note = note.clone();
            ReplacementUnavailable { of, note }.into()
        }
        (
            SupplyCommand::Send {
                reference, sent_at, ..
            },
            Supply::Planned | Supply::Reserved(_),
        ) => {
            units::check_time("send_time", *sent_at, at)?;
            ReplacementSent {
                of,
                reference: reference.clone(),
                sent_at: *sent_at,
                goods_due_at,
            }
            .into()
        }
        (SupplyCommand::Deliver { delivered_at, .. }, Supply::Sent(sent_at)) => {
            units::check_time("deliver_time", *delivered_at, at)?;
            if delivered_at < sent_at {
                return Err(Refusal::invalid(
                    "deliver_time",
                    "the time is before the goods were sent",
                ));
            }
            let delivered_at = *delivered_at;
            ReplacementDelivered { of, delivered_at }.into()
        }
        (command, supply) => return Err(refuse(command, supply)),
    };
    exchanges::and_then(state, event)
}

fn refuse(command: &SupplyCommand, supply: &Supply) -> Refusal {
    let subject = match command.of() {
        RemedyOf::Claim { claim } => format!("claims/{claim}"),
        RemedyOf::Exchange { exchange } => format!("exchanges/{exchange}"),
    };
    let status = match supply {
        Supply::Planned => "waiting for goods",
        Supply::Reserved(_) => "waiting to be sent",
        Supply::Sent(_) => "sent",
        Supply::Delivered(_) => "delivered",
        Supply::Unavailable => "without goods",
    };
    let action = match command {
        SupplyCommand::Reserve { .. } => "reserved",
        SupplyCommand::Unavailable { .. } => "left without goods",
        SupplyCommand::Send { .. } => "sent",
        SupplyCommand::Deliver { .. } => "delivered",
    };
    crate::RemedyRefusal::Stage {
        subject,
        status,
        action,
    }
    .into()
}

impl State {
    /// Every line that stands in place of others, with how far its goods got.
    pub(crate) fn replacements(
        &self,
    ) -> impl Iterator<Item = (RemedyOf, &ReplacementLine, &Supply)> {
        let claims = self.claims.iter().flat_map(|claim| {
            let lines = match &claim.stage {
                ClaimStage::Resolved {
                    remedy: ClaimRemedy::Replacement { lines, .. },
                    ..
                } => lines.as_slice(),
                _ => &[],
            };
            let of = RemedyOf::Claim {
                claim: claim.id.clone(),
            };
            lines
                .iter()
                .map(move |line| (of.clone(), line, &claim.supply))
        });
        let exchanges = self.exchanges.iter().flat_map(|exchange| {
            let lines = match exchange.stage {
                ExchangeStage::Open | ExchangeStage::Completed => exchange.lines.as_slice(),
                ExchangeStage::Unwound | ExchangeStage::Cancelled => &[],
            };
            let of = RemedyOf::Exchange {
                exchange: exchange.id.clone(),
            };
            lines
                .iter()
                .map(move |line| (of.clone(), line, &exchange.supply))
        });
        claims.chain(exchanges)
    }

    fn is_plain(&self) -> bool {
        self.claims.is_empty() && self.exchanges.is_empty() && self.repairs.is_empty()
    }
}

/// The order with the lines it gained, and with what claims and repairs made of its lines.
pub(crate) fn facts_in_full(state: &State, facts: &OrderFacts) -> OrderFacts {
    let mut facts = facts.clone();
    if let OrderFacts::Known(known) = &mut facts
        && !state.is_plain()
    {
        let known = Arc::make_mut(known);
        gained(state, known);
        let days = Days::of(known);
        remedied(state, &days, &mut known.lines);
    }
    facts
}

fn gained(state: &State, facts: &mut Facts) {
    for (_, line, supply) in state.replacements() {
        let delivered_at = match supply {
            Supply::Delivered(at) => Some(*at),
            Supply::Planned | Supply::Reserved(_) | Supply::Sent(_) | Supply::Unavailable => None,
        };
        let position = u32::try_from(facts.lines.len()).unwrap_or(u32::MAX);
        let gained = LineFacts {
            position,
            quantity: line.quantity,
            paid: line.value,
            category: line.category.clone(),
            sale: Sale::Regular,
            delivered: delivered_at.map_or(0, |_| line.quantity),
            first_delivered_at: delivered_at,
            last_delivered_at: delivered_at,
            dispatched: if supply.is_sent() { line.quantity } else { 0 },
            parts: Vec::new(),
            remedied: Some(Box::new(Remedied {
                is_replacement: true,
                ..Remedied::default()
            })),
        };
        facts.lines.entry(line.line.clone()).or_insert(gained);
    }
}

fn remedied(state: &State, days: &Days, lines: &mut BTreeMap<LineId, LineFacts>) {
    let mut change = |line: &LineId, change: &dyn Fn(&mut Remedied)| {
        if let Some(line) = lines.get_mut(line) {
            change(line.remedied.get_or_insert_default());
        }
    };
    for claim in &state.claims {
        for (line, units, amount) in &claim.reductions {
            change(line, &|line| {
                line.reduced_units = line.reduced_units.saturating_add(*units);
                line.reduced = line.reduced.saturating_add(*amount);
            });
        }
    }
    for repair in &state.repairs {
        for (line, months) in &repair.extended {
            change(line, &|line| line.extended_months = *months);
        }
        let Some(back_at) = repair.ended_at() else {
            continue;
        };
        let waited = days.touched(repair.started_at, back_at);
        for units in &repair.units {
            change(&units.line, &|line| {
                line.waited_days = line.waited_days.saturating_add(waited);
                line.back_at = line.back_at.max(Some(back_at));
            });
        }
    }
}

/// The command with the order in full. Most orders have neither claim, exchange nor repair.
pub(crate) fn in_full<'a>(state: &State, command: &'a Command) -> Cow<'a, Command> {
    if state.is_plain() {
        return Cow::Borrowed(command);
    }
    let mut command = command.clone();
    let facts = match &mut command {
        Command::Request(command) => Some(&mut command.facts),
        Command::Authorize(command) => Some(&mut command.facts),
        Command::Inspect(command) => Some(&mut command.facts),
        Command::Reopen(command) => Some(&mut command.facts),
        Command::OfferPartialRefund(command) => Some(&mut command.facts),
        Command::Claim(ClaimCommand::Open(command)) => Some(&mut command.facts),
        Command::Claim(ClaimCommand::Resolve(command)) => Some(&mut command.facts),
        Command::Exchange(ExchangeCommand::Request(command)) => Some(&mut command.facts),
        Command::Repair(RepairCommand::Start(command)) => Some(&mut command.facts),
        Command::Repair(RepairCommand::Complete { facts, .. }) => Some(facts),
        _ => None,
    };
    if let Some(facts) = facts {
        *facts = facts_in_full(state, facts);
    }
    Cow::Owned(command)
}

/// A name for a line that neither the order nor an earlier replacement has.
pub(crate) fn line_name(facts: &Facts, prefix: &str, taken: &[ReplacementLine]) -> LineId {
    (1_u32..)
        .filter_map(|number| format!("{prefix}-{number}").parse::<LineId>().ok())
        .find(|name| !facts.lines.contains_key(name) && taken.iter().all(|line| line.line != *name))
        .expect("an order has fewer lines than there are numbers")
}

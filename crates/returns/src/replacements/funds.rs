//! What some units stand for: money that was paid for lines of the order, and money that the
//! platform collected for exchanges. It is only ever moved and split, never made.

use std::collections::BTreeMap;

use backhaul_events::returns::{
    CollectedPart, DifferenceReleased, Event, LineAmount, ReleasedItem, RemedyOf,
};
use backhaul_kernel::{Currency, ExchangeId, LineId, Money, apportion};

use crate::order_facts::Facts;
use crate::state::State;
use crate::units;

/// Money by where it came from, in minor units.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Funds {
    paid: Vec<(LineId, i64)>,
    collected: Vec<(ExchangeId, i64)>,
}

impl Funds {
    pub(crate) fn total(&self) -> i64 {
        let paid = self.paid.iter().map(|(_, minor)| *minor);
        let collected = self.collected.iter().map(|(_, minor)| *minor);
        paid.chain(collected).fold(0, i64::saturating_add)
    }

    pub(crate) fn add(&mut self, other: Self) {
        for (line, minor) in other.paid {
            put(&mut self.paid, line, minor);
        }
        for (exchange, minor) in other.collected {
            put(&mut self.collected, exchange, minor);
        }
    }

    /// As much of the money as there is, what was paid for lines first.
    pub(crate) fn take(&mut self, amount: i64) -> Self {
        let mut left = amount.max(0);
        Self {
            paid: take(&mut self.paid, &mut left),
            collected: take(&mut self.collected, &mut left),
        }
    }

    pub(crate) fn paid_by(&self, currency: Currency) -> Vec<LineAmount> {
        let parts = self.paid.iter().filter(|(_, minor)| *minor > 0);
        parts
            .map(|(line, minor)| LineAmount {
                line: line.clone(),
                amount: Money::new(*minor, currency),
            })
            .collect()
    }

    pub(crate) fn collected_by(&self, currency: Currency) -> Vec<CollectedPart> {
        let parts = self.collected.iter().filter(|(_, minor)| *minor > 0);
        parts
            .map(|(exchange, minor)| CollectedPart {
                exchange: exchange.clone(),
                amount: Money::new(*minor, currency),
            })
            .collect()
    }
}

fn put<K: PartialEq>(parts: &mut Vec<(K, i64)>, key: K, minor: i64) {
    match parts.iter_mut().find(|(known, _)| *known == key) {
        Some((_, sum)) => *sum = sum.saturating_add(minor),
        None => parts.push((key, minor)),
    }
}

fn take<K: Clone>(parts: &mut [(K, i64)], left: &mut i64) -> Vec<(K, i64)> {
    let mut taken = Vec::new();
    for (key, minor) in parts {
        let part = (*minor).min(*left).max(0);
        if part > 0 {
            *minor -= part;
            *left -= part;
            taken.push((key.clone(), part));
        }
    }
    taken
}

/// What units of a line stand for, those before them counted.
pub(crate) fn of_units(
    state: &State,
    facts: &Facts,
    line: &LineId,
    first: u64,
    quantity: u32,
) -> Funds {
    let Some(known) = facts.lines.get(line) else {
        return Funds::default();
    };
    let worth = units::worth(known, first, quantity);
    match of_replacement(state, line, first, quantity) {
        Some(mut funds) => funds.take(worth),
        None => Funds {
            paid: vec![(line.clone(), worth)],
            collected: Vec::new(),
        },
    }
}

/// What units of a replacement stand for; none for a line of the order itself.
fn of_replacement(state: &State, line: &LineId, first: u64, quantity: u32) -> Option<Funds> {
    let (of, line, _) = state
        .replacements()
        .find(|(_, known, _)| known.line == *line)?;
    let count = quantity.min(line.quantity);
    let first = u32::try_from(first)
        .unwrap_or(u32::MAX)
        .min(line.quantity - count);
    let part = |minor: i64| apportion::worth_of_units(minor, line.quantity, first, count);
    let paid = line.paid_by.iter();
    let paid: Vec<_> = paid
        .map(|each| (each.line.clone(), part(each.amount.minor)))
        .collect();
    let earlier = line.collected_by.iter();
    let mut collected: Vec<_> = earlier
        .map(|each| (each.exchange.clone(), part(each.amount.minor)))
        .collect();
    let known = paid.iter().map(|(_, minor)| *minor);
    let known: i64 = known.chain(collected.iter().map(|(_, minor)| *minor)).sum();
    if let RemedyOf::Exchange { exchange } = of {
        let own = part(line.value.minor).saturating_sub(known);
        put(&mut collected, exchange, own.max(0));
    }
    Some(Funds { paid, collected })
}

/// Units whose money is released, told in terms that refunds know: out of which lines of the order
/// the money of a replacement comes. What the platform collected is told beside it.
pub(crate) fn release(state: &State, items: &mut [ReleasedItem]) -> Vec<Event> {
    let mut collected = Funds::default();
    let mut before: BTreeMap<LineId, u64> = BTreeMap::new();
    let mut currency = None;
    for item in items.iter_mut().filter(|item| item.out_of.is_empty()) {
        let first = before
            .entry(item.line.clone())
            .or_insert_with(|| released(state, &item.line));
        let Some(mut funds) = of_replacement(state, &item.line, *first, item.quantity) else {
            continue;
        };
        *first += u64::from(item.quantity);
        let (_, line, _) = state
            .replacements()
            .find(|(_, known, _)| known.line == item.line)
            .expect("its funds were just found");
        currency = Some(line.value.currency);
        let asked = item.claim.map_or(i64::MAX, |claim| claim.minor);
        let mut due = funds.take(asked);
        let of_lines = Funds {
            paid: std::mem::take(&mut due.paid),
            collected: Vec::new(),
        };
        item.out_of = of_lines.paid_by(line.value.currency);
        item.claim = Some(Money::new(of_lines.total(), line.value.currency));
        collected.add(due);
    }
    match currency {
        Some(currency) => give_back(state, &collected.collected_by(currency)),
        None => Vec::new(),
    }
}

/// Units of the line whose money was released before.
fn released(state: &State, line: &LineId) -> u64 {
    let returns = state.returns.iter();
    let returns = returns.filter_map(|each| each.lines.get(line));
    returns.map(|count| u64::from(count.released)).sum()
}

/// What the platform collected for exchanges is due back, never more than it collected.
pub(crate) fn give_back(state: &State, parts: &[CollectedPart]) -> Vec<Event> {
    let due = parts.iter().filter_map(|part| {
        let exchange = state
            .exchanges
            .iter()
            .find(|each| each.id == part.exchange)?;
        let (payment, most) = exchange.collected_and_kept()?;
        let minor = part.amount.minor.min(most);
        (minor > 0).then(|| {
            Event::DifferenceReleased(DifferenceReleased {
                exchange: part.exchange.clone(),
                amount: Money::new(minor, part.amount.currency),
                payment,
            })
        })
    });
    due.collect()
}

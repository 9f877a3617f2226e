//! Whose money is due. Refunds act on releases and on nothing else of a return.
//!
//! What is released never shrinks: when units whose money was released on request turn out to be
//! missing, nothing is clawed back here; that is for a person to decide.

use std::collections::BTreeMap;
use std::sync::Arc;

use backhaul_events::returns::{Event, RefundReleased, Release, ReleasedItem, RequestedItem};
use backhaul_kernel::{LineId, Money, ReturnId, apportion};

use crate::evolve::evolve;
use crate::state::{LineCount, Return, Stage, State};

/// The events, and the release of the money that they make due, if they make any due.
pub(crate) fn with_release(mut state: State, id: &ReturnId, mut events: Vec<Event>) -> Vec<Event> {
    for event in &events {
        evolve(&mut state, event);
    }
    let release = state.find(id).and_then(due);
    events.extend(release.map(Event::RefundReleased));
    events
}

/// Money of units that are entitled to it and have not had it, filled item by item in the order
/// asked.
fn due(each: &Return) -> Option<RefundReleased> {
    let Stage::Authorized(terms) = &each.stage else {
        return None;
    };
    let mut offsets: BTreeMap<&LineId, u32> = BTreeMap::new();
    let mut items = Vec::new();
    for (index, item) in each.items.iter().enumerate() {
        let Some(count) = each.lines.get(&item.line) else {
            continue;
        };
        let start = offsets.entry(&item.line).or_default();
        let claim = terms.claims.get(index).copied().or(item.claim);
        items.extend(due_of_item(item, claim, *start, count, terms.release));
        *start = start.saturating_add(item.quantity);
    }
    (!items.is_empty()).then(|| RefundReleased {
        r#return: each.id.clone(),
        release: each.releases + 1,
        items,
        basis: terms.release,
    })
}

/// The units of the line are numbered through its items; this item's start at `start`.
fn due_of_item(
    item: &RequestedItem,
    claim: Option<Money>,
    start: u32,
    count: &LineCount,
    release: Release,
) -> Option<ReleasedItem> {
    let end = start.saturating_add(item.quantity);
    let from = count.released.max(start);
    let to = entitled(count, release).min(end);
    let quantity = to.checked_sub(from).filter(|units| *units > 0)?;
    let claim = claim.map(|claim| {
        let minor = apportion::worth_of_units(claim.minor, item.quantity, from - start, quantity);
        Money::new(minor, claim.currency)
    });
    Some(ReleasedItem {
        line: item.line.clone(),
        quantity,
        claim,
        out_of: Vec::new(),
    })
}

/// Units of a line whose money is due in all. On receipt only intact units are; damaged ones wait
/// until inspection accepts them. Inspection does not say which of the units it saw were damaged,
/// so a damaged unit counts once more units are accepted than came intact.
pub(crate) fn entitled(count: &LineCount, release: Release) -> u32 {
    match release {
        Release::OnRequest => count.requested,
        Release::OnReceipt => count.intact.max(count.accepted),
        Release::OnInspection => count.accepted,
    }
}

/// A line with units in the house whose money still hangs on their inspection.
pub(crate) fn awaiting_inspection(each: &Return, release: Release) -> Option<&LineId> {
    let hangs = |count: &LineCount| match release {
        Release::OnRequest => false,
        Release::OnReceipt => count.damaged > 0,
        Release::OnInspection => true,
    };
    each.lines
        .iter()
        .find(|(_, count)| hangs(count) && count.inspected() < count.received())
        .map(|(line, _)| line)
}

impl Return {
    /// A state that holds this return alone, to see what events would make of it.
    pub(crate) fn alone(&self) -> State {
        State {
            returns: vec![Arc::new(self.clone())],
            ..State::default()
        }
    }
}

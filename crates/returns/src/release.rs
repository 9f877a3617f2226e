//! Whose money is due. Refunds act on releases and on nothing else of a return.
//!
//! What is released never shrinks: when units whose money was released on request turn out to be
//! missing, nothing is clawed back here; that is for a person to decide. On which terms the money
//! goes back is said in `release_terms`.

use std::collections::BTreeMap;
use std::sync::Arc;

use backhaul_events::returns::{Event, RefundReleased, Release, ReleasedItem};
use backhaul_kernel::{LineId, Money, ReturnId, apportion};

use crate::evolve::evolve;
use crate::release_terms;
use crate::state::{LineCount, Return, Stage, State, Terms};

/// The events, and the release of the money that they make due, if they make any due.
pub(crate) fn with_release(mut state: State, id: &ReturnId, mut events: Vec<Event>) -> Vec<Event> {
    for event in &events {
        evolve(&mut state, event);
    }
    let release = state.find(id).and_then(due);
    events.extend(release.map(Event::RefundReleased));
    events
}

/// What an authorised return would release if all of it came back as asked, or stays with the buyer;
/// none of one that nobody authorised.
pub fn money_due(each: &Return) -> Option<RefundReleased> {
    let Stage::Authorized(terms) = &each.stage else {
        return None;
    };
    let at_once = Terms {
        release: Release::OnRequest,
        ..Terms::clone(terms)
    };
    let mut untouched = each.clone();
    untouched.stage = Stage::Authorized(Arc::new(at_once));
    for count in untouched.lines.values_mut() {
        count.released = 0;
    }
    let released = due(&untouched)?;
    Some(RefundReleased {
        basis: terms.release,
        ..released
    })
}

/// Units of one item whose money is due, counted within the item.
pub(crate) struct DueUnits {
    /// The item's place in the request.
    pub(crate) item: usize,
    /// The first of them.
    pub(crate) first: u32,
    /// How many.
    pub(crate) quantity: u32,
}

/// Money of units that are entitled to it and have not had it, filled item by item in the order
/// asked.
fn due(each: &Return) -> Option<RefundReleased> {
    let Stage::Authorized(terms) = &each.stage else {
        return None;
    };
    let mut offsets: BTreeMap<&LineId, u32> = BTreeMap::new();
    let mut units = Vec::new();
    for (index, item) in each.items.iter().enumerate() {
        let Some(count) = each.lines.get(&item.line) else {
            continue;
        };
        let start = offsets.entry(&item.line).or_default();
        let end = start.saturating_add(item.quantity);
        let from = count.released.max(*start);
        let to = each.entitled(count, terms.release).min(end);
        let quantity = to.checked_sub(from).filter(|units| *units > 0);
        units.extend(quantity.map(|quantity| DueUnits {
            item: index,
            first: from - *start,
            quantity,
        }));
        *start = end;
    }
    let items: Vec<ReleasedItem> = units
        .iter()
        .filter_map(|units| {
            let item = each.items.get(units.item)?;
            let claim = terms.claims.get(units.item).copied().or(item.claim);
            Some(ReleasedItem {
                line: item.line.clone(),
                quantity: units.quantity,
                claim: claim.map(|claim| units.share(claim, item.quantity)),
                out_of: Vec::new(),
            })
        })
        .collect();
    (!items.is_empty()).then(|| RefundReleased {
        r#return: each.id.clone(),
        release: each.releases + 1,
        items,
        basis: terms.release,
        terms: release_terms::of(each, terms, &units),
    })
}

impl DueUnits {
    /// Their share of an amount that all units of the item carry.
    pub(crate) fn share(&self, whole: Money, item_units: u32) -> Money {
        let minor = apportion::worth_of_units(whole.minor, item_units, self.first, self.quantity);
        Money::new(minor, whole.currency)
    }
}

/// A line with units in the house whose money still hangs on their inspection.
pub(crate) fn awaiting_inspection(each: &Return, release: Release) -> Option<&LineId> {
    let hangs = |count: &LineCount| match release {
        Release::OnRequest => false,
        Release::OnFirstScan => each.handed_over_at.is_none() && count.damaged > 0,
        Release::OnReceipt => count.damaged > 0,
        Release::OnInspection => true,
    };
    let seen = |count: &LineCount| count.inspected().saturating_add(count.overdue);
    each.lines
        .iter()
        .find(|(_, count)| hangs(count) && seen(count) < count.received())
        .map(|(line, _)| line)
}

impl Return {
    /// Units of a line whose money is due in all. On receipt only intact units are; damaged ones
    /// wait until inspection accepts them. Inspection does not say which of the units it saw were
    /// damaged, so a damaged unit counts once more units are accepted than came intact. Units that
    /// nobody inspected in time count as accepted until they are inspected.
    pub(crate) fn entitled(&self, count: &LineCount, release: Release) -> u32 {
        let on_receipt = count.intact.max(count.accepted);
        let units = match release {
            Release::OnRequest => return count.requested,
            Release::OnFirstScan if self.handed_over_at.is_some() => return count.requested,
            Release::OnFirstScan | Release::OnReceipt => on_receipt,
            Release::OnInspection => count.accepted,
        };
        units.saturating_add(count.overdue).min(count.received())
    }

    /// A state that holds this return alone, to see what events would make of it.
    pub(crate) fn alone(&self) -> State {
        State {
            returns: vec![Arc::new(self.clone())],
            ..State::default()
        }
    }
}

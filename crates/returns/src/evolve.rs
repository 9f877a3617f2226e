//! The memory of an order's returns. A new event does not compile until it is placed here.

use std::collections::BTreeMap;
use std::sync::Arc;

use backhaul_events::returns::{
    Condition, Event, InspectionOutcome, ReceivedUnits, ReturnAuthorized, ReturnRequested,
};
use backhaul_kernel::{LineId, ReturnId};

use crate::state::{LineCount, Return, Stage, State, Terms};
use crate::{claims, exchanges, repairs};

pub(crate) fn evolve(state: &mut State, event: &Event) {
    match event {
        Event::ReturnRequested(event) => state.returns.push(Arc::new(requested(event))),
        Event::ReturnReferred(event) => change(state, &event.r#return, |each| {
            each.stage = Stage::Referred(Arc::new(event.decision.clone()));
        }),
        Event::ReturnAuthorized(event) => change(state, &event.r#return, |each| {
            each.stage = Stage::Authorized(Arc::new(terms(event)));
        }),
        Event::ReturnDeclined(event) => change(state, &event.r#return, |each| {
            each.stage = Stage::Declined(Arc::new(event.decision.clone()));
        }),
        Event::ReturnCancelled(event) => change(state, &event.r#return, |each| {
            each.stage = Stage::Cancelled;
        }),
        Event::ReturnExpired(event) => change(state, &event.r#return, |each| {
            end(each, Stage::Expired);
        }),
        Event::ReturnClosed(event) => change(state, &event.r#return, |each| {
            end(each, Stage::Closed);
        }),
        Event::UnitsReceived(event) => {
            for units in &event.units {
                count(state, &event.r#return, &units.line, |line| {
                    receive(line, units);
                });
            }
        }
        Event::UnitsMissing(event) => {
            for units in &event.units {
                count(state, &event.r#return, &units.line, |line| {
                    line.missing = line.missing.saturating_add(units.quantity);
                });
            }
        }
        Event::WrongItemReceived(event) => change(state, &event.r#return, |each| {
            each.wrong_items = each.wrong_items.saturating_add(u64::from(event.quantity));
        }),
        Event::UnexpectedUnitsReceived(event) => state.unexpected.push(event.clone()),
        Event::UnitsInspected(event) => {
            for units in &event.units {
                let accepted = units.outcome == InspectionOutcome::Accepted;
                count(state, &event.r#return, &units.line, |line| {
                    line.inspect(units.quantity, units.grade, accepted);
                });
            }
        }
        Event::DispositionAssigned(event) => {
            let units = &event.units;
            count(state, &event.r#return, &units.line, |line| {
                line.dispose(units.quantity, event.disposition);
            });
        }
        Event::RefundReleased(event) => {
            change(state, &event.r#return, |each| {
                each.releases = each.releases.max(event.release);
            });
            for item in &event.items {
                count(state, &event.r#return, &item.line, |line| {
                    line.released = line.released.saturating_add(item.quantity);
                });
            }
        }
        // Live in the streams of policy sets.
        Event::PolicyPublished(_) | Event::PolicyRetired(_) => {}
        Event::ClaimOpened(_)
        | Event::ClaimEvidenceRequested(_)
        | Event::ClaimEvidenceAdded(_)
        | Event::ClaimAccepted(_)
        | Event::ClaimDenied(_)
        | Event::ClaimWithdrawn(_)
        | Event::ClaimResolved(_) => claims::evolve(state, event),
        Event::ReplacementReserved(_)
        | Event::ReplacementUnavailable(_)
        | Event::ReplacementSent(_)
        | Event::ReplacementDelivered(_)
        | Event::RemedyReleased(_) => {
            claims::evolve(state, event);
            exchanges::evolve(state, event);
        }
        Event::ExchangeRequested(_)
        | Event::DifferenceQuoted(_)
        | Event::DifferenceCollected(_)
        | Event::DifferenceReleased(_)
        | Event::AdvanceAuthorized(_)
        | Event::AdvanceReleased(_)
        | Event::AdvanceCharged(_)
        | Event::ExchangeCompleted(_)
        | Event::ExchangeUnwound(_)
        | Event::ExchangeCancelled(_) => exchanges::evolve(state, event),
        Event::RepairFailed(_) => {
            repairs::evolve(state, event);
            claims::evolve(state, event);
        }
        Event::RepairStarted(_)
        | Event::RepairQuoted(_)
        | Event::RepairQuoteAccepted(_)
        | Event::RepairQuoteDeclined(_)
        | Event::RepairCompleted(_)
        | Event::RepairSentBack(_)
        | Event::GuaranteeExtended(_) => repairs::evolve(state, event),
    }
}

fn requested(event: &ReturnRequested) -> Return {
    let mut lines: BTreeMap<LineId, LineCount> = BTreeMap::new();
    for item in &event.items {
        let count = lines.entry(item.line.clone()).or_default();
        count.requested = count.requested.saturating_add(item.quantity);
    }
    Return {
        id: event.r#return.clone(),
        requested_at: event.requested_at,
        items: Arc::new(event.items.clone()),
        stage: Stage::Requested,
        lines,
        wrong_items: 0,
        releases: 0,
        exchange: None,
    }
}

fn terms(event: &ReturnAuthorized) -> Terms {
    Terms {
        decision: event.decision.clone(),
        handling: event.handling.clone(),
        release: event.release,
        expires_at: event.expires_at,
        claims: event.claims.clone(),
    }
}

/// Only what was authorised can expire or be closed; the terms stay readable.
fn end(each: &mut Return, stage: impl FnOnce(Arc<Terms>) -> Stage) {
    match &each.stage {
        Stage::Authorized(terms) | Stage::Expired(terms) | Stage::Closed(terms) => {
            each.stage = stage(Arc::clone(terms));
        }
        Stage::Requested | Stage::Referred(_) | Stage::Declined(_) | Stage::Cancelled => {}
    }
}

/// Units reported missing that arrive after all are no longer missing.
fn receive(line: &mut LineCount, units: &ReceivedUnits) {
    match units.condition {
        Condition::Intact => line.intact = line.intact.saturating_add(units.quantity),
        Condition::Damaged => line.damaged = line.damaged.saturating_add(units.quantity),
    }
    let outstanding = line.requested.saturating_sub(line.received());
    line.missing = line.missing.min(outstanding);
}

pub(crate) fn change(state: &mut State, id: &ReturnId, step: impl FnOnce(&mut Return)) {
    if let Some(each) = state.returns.iter_mut().find(|each| each.id == *id) {
        step(Arc::make_mut(each));
    }
}

fn count(state: &mut State, id: &ReturnId, line: &LineId, step: impl FnOnce(&mut LineCount)) {
    change(state, id, |each| {
        if let Some(line) = each.lines.get_mut(line) {
            step(line);
        }
    });
}

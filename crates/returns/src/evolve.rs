//! The memory of an order's returns. A new event does not compile until it is placed here.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use backhaul_events::returns::{
    Condition, Event, InspectionOutcome, ReceivedUnits, Release, ReturnAuthorized, ReturnRequested,
    UnitsReceived, WithdrawalDeclared,
};
use backhaul_kernel::{LineId, ReturnId, Timestamp, time};

use crate::state::{
    LineCount, Offer, OfferStanding, Return, Review, Stage, State, Terms, Waiting, Withdrawal,
};
use crate::{claims, exchanges, kept_back, kits, repairs, withdrawal};

pub(crate) fn evolve(state: &mut State, event: &Event) {
    match event {
        Event::ReturnRequested(event) => match state.find(&event.r#return) {
            None => state.returns.push(Arc::new(requested(event))),
            // A withdrawal becomes a request when it is confirmed.
            Some(_) => change(state, &event.r#return, |each| {
                each.stage = Stage::Requested;
                each.requested_at = event.requested_at;
                each.kits = kits::counts(&event.kits);
            }),
        },
        Event::WithdrawalDeclared(event) => {
            if state.find(&event.r#return).is_none() {
                state.returns.push(Arc::new(declared(event)));
            }
        }
        Event::WithdrawalConfirmed(event) => change(state, &event.r#return, |each| {
            if let Some(withdrawal) = &mut each.withdrawal {
                withdrawal.confirmed_at = Some(event.confirmed_at);
            }
        }),
        // Says what stands in the state already.
        Event::WithdrawalAcknowledged(_) => {}
        Event::ReturnReferred(event) => change(state, &event.r#return, |each| {
            each.stage = Stage::Referred(Arc::new(event.decision.clone()));
            each.review = event.decide_by.map(|decide_by| Review {
                decide_by,
                is_overdue: false,
            });
        }),
        Event::ReturnAuthorized(event) => change(state, &event.r#return, |each| {
            each.stage = Stage::Authorized(Arc::new(terms(event)));
            each.review = None;
        }),
        Event::ReturnDeclined(event) => change(state, &event.r#return, |each| {
            each.stage = Stage::Declined(Arc::new(event.decision.clone()));
            each.review = None;
        }),
        Event::ReturnCancelled(event) => change(state, &event.r#return, |each| {
            each.stage = Stage::Cancelled;
            each.review = None;
        }),
        Event::ReturnExpired(event) => change(state, &event.r#return, |each| {
            end(each, Stage::Expired);
        }),
        Event::ReturnClosed(event) => change(state, &event.r#return, |each| {
            end(each, Stage::Closed);
        }),
        Event::UnitsReceived(event) => {
            change(state, &event.r#return, |each| arrive(each, event));
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
                change(state, &event.r#return, |each| {
                    if let Some(line) = each.lines.get_mut(&units.line) {
                        let overdue = line.overdue.min(units.quantity);
                        line.overdue -= overdue;
                        line.inspect(units.quantity, units.grade, accepted);
                        no_longer_waiting(each, &units.line, units.quantity - overdue);
                    }
                    each.serials.extend(units.serials.iter().cloned());
                });
            }
            change(state, &event.r#return, |each| {
                each.kept_back.extend(event.deductions.iter().cloned());
            });
        }
        Event::DispositionAssigned(event) => {
            let units = &event.units;
            count(state, &event.r#return, &units.line, |line| {
                line.dispose(units.quantity, event.disposition);
            });
        }
        Event::PartsReceived(event) => change(state, &event.r#return, |each| {
            each.received_at = each.received_at.max(Some(event.received_at));
            for parts in &event.parts {
                if let Some(kit) = each.kits.get_mut(&parts.line) {
                    kit.add(parts);
                }
            }
        }),
        Event::PartialRefundOffered(event) => change(state, &event.r#return, |each| {
            each.offer = Some(Offer {
                number: event.offer,
                shares: event.shares.clone(),
                standing: OfferStanding::Open,
            });
        }),
        Event::PartialRefundAccepted(event) => {
            answer(state, &event.r#return, event.offer, OfferStanding::Accepted);
        }
        Event::PartialRefundDeclined(event) => {
            answer(state, &event.r#return, event.offer, OfferStanding::Declined);
        }
        Event::ReturnReopened(event) => change(state, &event.r#return, reopen),
        Event::ValueRecovered(event) => change(state, &event.r#return, |each| {
            each.recovered.push(event.amount);
            if let Some(line) = each.lines.get_mut(&event.units.line) {
                line.recovered = line.recovered.saturating_add(event.units.quantity);
            }
        }),
        Event::RefundReleased(event) => {
            change(state, &event.r#return, |each| {
                each.releases = each.releases.max(event.release);
                kept_back::taken(&mut each.kept_back, &event.terms.deductions);
            });
            for item in &event.items {
                count(state, &event.r#return, &item.line, |line| {
                    line.released = line.released.saturating_add(item.quantity);
                });
            }
        }
        Event::UnitsHandedOver(event) => change(state, &event.r#return, |each| {
            each.handed_over_at.get_or_insert(event.handed_over_at);
        }),
        Event::InspectionOverdue(event) => change(state, &event.r#return, |each| {
            for units in &event.units {
                no_longer_waiting(each, &units.line, units.quantity);
                if let Some(line) = each.lines.get_mut(&units.line) {
                    line.overdue = line.overdue.saturating_add(units.quantity);
                }
            }
        }),
        Event::ReviewOverdue(event) => change(state, &event.r#return, |each| {
            if let Some(review) = &mut each.review {
                review.is_overdue = true;
            }
        }),
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
        handed_over_at: None,
        received_at: None,
        withdrawal: None,
        waiting: Vec::new(),
        kept_back: Vec::new(),
        serials: BTreeSet::new(),
        recovered: Vec::new(),
        offer: None,
        kits: kits::counts(&event.kits),
        gift_recipient: event.gift_recipient.clone(),
        review: None,
    }
}

fn declared(event: &WithdrawalDeclared) -> Return {
    let asked = requested(&ReturnRequested {
        r#return: event.r#return.clone(),
        items: withdrawal::items(&event.units),
        requested_at: event.declared_at,
        kits: Vec::new(),
        gift_recipient: None,
    });
    Return {
        stage: Stage::Declared,
        withdrawal: Some(Withdrawal {
            statement: event.statement.clone(),
            declared_at: event.declared_at,
            confirmed_at: None,
        }),
        ..asked
    }
}

fn terms(event: &ReturnAuthorized) -> Terms {
    Terms {
        decision: event.decision.clone(),
        handling: event.handling.clone(),
        release: event.release,
        expires_at: event.expires_at,
        claims: event.claims.clone(),
        fees: event.fees.clone(),
        release_after_days: event.release_after_days,
        time_zone: event.time_zone.clone(),
        kept_worth: event.kept_worth,
    }
}

/// Only what was authorised can expire or be closed; the terms stay readable.
fn end(each: &mut Return, stage: impl FnOnce(Arc<Terms>) -> Stage) {
    match &each.stage {
        Stage::Authorized(terms) | Stage::Expired(terms) | Stage::Closed(terms) => {
            each.stage = stage(Arc::clone(terms));
        }
        Stage::Declared
        | Stage::Requested
        | Stage::Referred(_)
        | Stage::Declined(_)
        | Stage::Cancelled => {}
    }
}

/// It may be used again, and without end: a person looks after it.
fn reopen(each: &mut Return) {
    if let Stage::Closed(terms) = &each.stage {
        let terms = Terms {
            expires_at: None,
            ..Terms::clone(terms)
        };
        each.stage = Stage::Authorized(Arc::new(terms));
    }
}

/// The buyer answers an offer that still stands.
fn answer(state: &mut State, id: &ReturnId, number: u32, standing: OfferStanding) {
    change(state, id, |each| {
        if let Some(offer) = each.offer.as_mut().filter(|offer| offer.number == number) {
            offer.standing = standing;
        }
    });
}

/// Units arrive. Those whose money hangs on their inspection wait for it for as long as the
/// authorisation says.
fn arrive(each: &mut Return, event: &UnitsReceived) {
    each.received_at = each.received_at.max(Some(event.received_at));
    for units in &event.units {
        let Some(line) = each.lines.get_mut(&units.line) else {
            continue;
        };
        receive(line, units);
        if let Some(due) = due_after(&each.stage, each.handed_over_at, units, event.received_at) {
            each.waiting.push(Waiting {
                line: units.line.clone(),
                quantity: units.quantity,
                due,
            });
        }
    }
}

/// When units that arrive are paid for without inspection; none where nothing hangs on it, or no
/// time was given.
fn due_after(
    stage: &Stage,
    handed_over_at: Option<Timestamp>,
    units: &ReceivedUnits,
    received_at: Timestamp,
) -> Option<Timestamp> {
    let Stage::Authorized(terms) = stage else {
        return None;
    };
    let is_damaged = units.condition == Condition::Damaged;
    let hangs = match terms.release {
        Release::OnRequest => false,
        Release::OnFirstScan => handed_over_at.is_none() && is_damaged,
        Release::OnReceipt => is_damaged,
        Release::OnInspection => true,
    };
    let days = terms.release_after_days.filter(|_| hangs)?;
    time::after_days(received_at, days).ok()
}

/// Units of a line wait no longer, those that came first before others.
fn no_longer_waiting(each: &mut Return, line: &LineId, mut quantity: u32) {
    let of_line = |waiting: &&mut Waiting| waiting.line == *line;
    for waiting in each.waiting.iter_mut().filter(of_line) {
        let units = waiting.quantity.min(quantity);
        waiting.quantity -= units;
        quantity -= units;
    }
    each.waiting.retain(|waiting| waiting.quantity > 0);
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

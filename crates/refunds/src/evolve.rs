//! The memory of refunds. Every event changes one grant; what a grant or an attempt reserves is
//! derived from that and never counted apart.

use std::sync::Arc;

use backhaul_events::refunds::{Event, Owner, RefundProposed, RefundSubmitted};
use backhaul_kernel::{Money, PaymentId, RefundId, Text};

use crate::state::{Attempt, Grant, Progress, Stage, State, Via};

pub(crate) fn evolve(state: &mut State, event: &Event) {
    match event {
        Event::RefundProposed(event) => state.grants.push(Arc::new(proposed(event))),
        Event::ApprovalRequested(event) => {
            judged(state, &event.refund, &event.digest, Stage::AwaitingApproval);
            if let Some(grant) = state.grant_mut(&event.refund) {
                grant.limit = event.limit;
                grant.expires_at = event.expires_at;
            }
        }
        Event::RefundApproved(event) => {
            judged(state, &event.refund, &event.digest, Stage::Approved);
        }
        // What a return is owed is asked for again by the event that follows.
        Event::ApprovalExpired(event) => stage(state, &event.refund, Stage::Cancelled),
        Event::RefundRejected(event) => stage(state, &event.refund, Stage::Rejected),
        Event::RefundCancelled(event) => stage(state, &event.refund, Stage::Cancelled),
        Event::RefundSettled(event) => stage(state, &event.refund, Stage::Settled),
        Event::RefundHeld(event) => {
            if let Some(grant) = state.grant_mut(&event.refund) {
                grant.hold = Some(event.hold.clone());
            }
        }
        Event::TendersAllocated(event) => {
            if let Some(grant) = state.grant_mut(&event.refund) {
                grant.allocations.clone_from(&event.allocations);
                grant.hold = None;
            }
        }
        Event::RefundSubmitted(event) => {
            if let Some(grant) = state.grant_mut(&event.refund) {
                grant.attempts.push(submitted(event));
            }
        }
        Event::StoreCreditSubmitted(event) => {
            let via = Via::StoreCredit {
                account: event.account.clone(),
                owner: event.owner.clone(),
            };
            besides(
                state,
                &event.refund,
                event.attempt,
                &event.payment,
                event.amount,
                via,
            );
        }
        Event::ManualPayoutRequested(event) => {
            let (payment, amount) = (&event.payment, event.amount);
            besides(
                state,
                &event.refund,
                event.attempt,
                payment,
                amount,
                Via::Manual,
            );
        }
        Event::CreditNoteIssued(event) => {
            if let Some(grant) = state.grant_mut(&event.refund) {
                grant.credit_note = Some(event.clone());
            }
        }
        Event::RefundReconciled(event) => {
            let attempt = state
                .grant_mut(&event.refund)
                .and_then(|grant| grant.attempt_mut(event.attempt));
            if let Some(attempt) = attempt {
                attempt.settlement = Some(event.settlement.clone());
            }
        }
        Event::DiscrepancyFound(event) => {
            if let Some(grant) = state.grant_mut(&event.refund) {
                grant.discrepancies.push(event.clone());
            }
        }
        Event::RefundDeadlineBreached(event) => {
            if let Some(grant) = state.grant_mut(&event.refund) {
                grant.breached = Some(event.due_at);
            }
        }
        // The attempt that goes the other way follows.
        Event::FallbackChosen(event) => {
            let grant = state.grant_mut(&event.refund);
            if let Some(attempt) = grant.and_then(|grant| grant.attempt_mut(event.attempt)) {
                attempt.redirected = true;
            }
        }
        // The payout's success follows.
        Event::ManualPayoutRecorded(_) => {}
        Event::RefundOutcomeUnknown(event) => {
            let unknown = Progress::Unknown {
                tries: event.tries,
                retry_at: event.retry_at,
            };
            progress(state, &event.refund, event.attempt, |_| unknown);
        }
        Event::RefundPending(event) => {
            progress(state, &event.refund, event.attempt, |before| {
                let polls = match before {
                    Progress::Pending { polls, .. } => polls.saturating_add(1),
                    Progress::Submitted
                    | Progress::Unknown { .. }
                    | Progress::ActionRequired { .. }
                    | Progress::Parked { .. }
                    | Progress::Succeeded { .. }
                    | Progress::Failed { .. }
                    | Progress::Reversed { .. } => 1,
                };
                Progress::Pending {
                    provider_refund: event.provider_refund.clone(),
                    polls,
                    retry_at: event.retry_at,
                }
            });
        }
        Event::RefundActionRequired(event) => {
            let required = Progress::ActionRequired {
                provider_refund: event.provider_refund.clone(),
                instruction: event.instruction.clone(),
            };
            progress(state, &event.refund, event.attempt, |_| required);
        }
        Event::RefundParked(event) => {
            let parked = Progress::Parked { tries: event.tries };
            progress(state, &event.refund, event.attempt, |_| parked);
        }
        Event::RefundSucceeded(event) => {
            let succeeded = Progress::Succeeded {
                provider_refund: event.provider_refund.clone(),
                acquirer_reference: event.acquirer_reference.clone(),
            };
            progress(state, &event.refund, event.attempt, |_| succeeded);
        }
        Event::RefundFailed(event) => {
            progress(state, &event.refund, event.attempt, |_| Progress::Failed {
                code: event.code.clone(),
            });
        }
        Event::RefundReversed(event) => {
            progress(state, &event.refund, event.attempt, |_| {
                Progress::Reversed {
                    code: event.code.clone(),
                }
            });
            reopen(state, &event.refund);
        }
        // These live in streams of their own; see `approval`, `budget` and `account`.
        Event::ApprovalPolicyPublished(_)
        | Event::BudgetTaken(_)
        | Event::BudgetReturned(_)
        | Event::StoreCreditIssued(_)
        | Event::StoreCreditRedeemed(_)
        | Event::StoreCreditExpired(_)
        | Event::StoreCreditFrozen(_)
        | Event::StoreCreditUnfrozen(_) => {}
    }
}

fn proposed(event: &RefundProposed) -> Grant {
    Grant {
        refund: event.refund.clone(),
        cause: event.cause.clone(),
        amount: event.amount,
        parts: event.parts.clone(),
        units: event.units.clone(),
        stage: Stage::Proposed,
        digest: String::new(),
        hold: None,
        proposed_by: event.proposed_by.clone(),
        limit: None,
        expires_at: None,
        due_at: event.due_at,
        breached: None,
        not_before: event.not_before,
        tenders: event.tenders.clone().unwrap_or_default(),
        spent: event.spent.as_deref().cloned(),
        deductions: event.deductions.clone(),
        credit_to: event
            .credit_to
            .clone()
            .map(|reference| Owner::Buyer { reference }),
        credit_note: None,
        discrepancies: Vec::new(),
        allocations: Vec::new(),
        attempts: Vec::new(),
    }
}

fn submitted(event: &RefundSubmitted) -> Attempt {
    Attempt {
        attempt: event.attempt,
        payment: event.payment.clone(),
        provider_payment: event.provider_payment.clone(),
        amount: event.amount,
        key: event.key.clone(),
        via: Via::Provider,
        redirected: false,
        settlement: None,
        progress: Progress::Submitted,
    }
}

/// An attempt that no provider is asked for.
fn besides(
    state: &mut State,
    refund: &RefundId,
    attempt: u32,
    payment: &PaymentId,
    amount: Money,
    via: Via,
) {
    if let Some(grant) = state.grant_mut(refund) {
        grant.attempts.push(Attempt {
            attempt,
            payment: payment.clone(),
            provider_payment: Text::default(),
            amount,
            key: String::new(),
            via,
            redirected: false,
            settlement: None,
            progress: Progress::Submitted,
        });
    }
}

fn judged(state: &mut State, refund: &RefundId, digest: &str, stage: Stage) {
    if let Some(grant) = state.grant_mut(refund) {
        digest.clone_into(&mut grant.digest);
        grant.stage = stage;
    }
}

fn stage(state: &mut State, refund: &RefundId, stage: Stage) {
    if let Some(grant) = state.grant_mut(refund) {
        grant.stage = stage;
    }
}

fn progress(
    state: &mut State,
    refund: &RefundId,
    attempt: u32,
    to: impl FnOnce(&Progress) -> Progress,
) {
    let attempt = state
        .grant_mut(refund)
        .and_then(|grant| grant.attempt_mut(attempt));
    if let Some(attempt) = attempt {
        attempt.progress = to(&attempt.progress);
    }
}

/// A settled grant whose money came back is not settled any more.
fn reopen(state: &mut State, refund: &RefundId) {
    if let Some(grant) = state.grant_mut(refund)
        && grant.stage == Stage::Settled
        && grant.outstanding() > 0
    {
        grant.stage = Stage::Approved;
    }
}

//! The memory of refunds. Every event changes one grant; what a grant or an attempt reserves is
//! derived from that and never counted apart.

use std::sync::Arc;

use backhaul_events::refunds::{Event, RefundProposed, RefundSubmitted};
use backhaul_kernel::RefundId;

use crate::state::{Attempt, Grant, Progress, Stage, State};

pub(crate) fn evolve(state: &mut State, event: &Event) {
    match event {
        Event::RefundProposed(event) => state.grants.push(Arc::new(proposed(event))),
        Event::ApprovalRequested(event) => {
            judged(state, &event.refund, &event.digest, Stage::AwaitingApproval);
        }
        Event::RefundApproved(event) => {
            judged(state, &event.refund, &event.digest, Stage::Approved);
        }
        Event::RefundRejected(event) => stage(state, &event.refund, Stage::Rejected),
        Event::RefundCancelled(event) => stage(state, &event.refund, Stage::Cancelled),
        Event::RefundSettled(event) => stage(state, &event.refund, Stage::Settled),
        Event::TendersAllocated(event) => {
            if let Some(grant) = state.grant_mut(&event.refund) {
                grant.allocations.clone_from(&event.allocations);
            }
        }
        Event::RefundSubmitted(event) => {
            if let Some(grant) = state.grant_mut(&event.refund) {
                grant.attempts.push(submitted(event));
            }
        }
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
        // Lives in the merchant's policy stream; see `approval`.
        Event::ApprovalPolicyPublished(_) => {}
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
        progress: Progress::Submitted,
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

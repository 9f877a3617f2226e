//! What providers say of attempts. These are facts from outside: they come late, twice and out of
//! order, and money that moved is recorded even where the rules would never have sent it.

use backhaul_events::refunds::{
    Event, RefundActionRequired, RefundFailed, RefundOutcomeUnknown, RefundParked, RefundPending,
    RefundReversed, RefundSettled, RefundSucceeded,
};
use backhaul_kernel::{Text, Timestamp};

use crate::schedule::{after_pending, after_unknown, is_due};
use crate::{Attempt, Grant, Outcome, Progress, Refusal, Stage, State, credit_note};

/// The table of contents: every outcome, one arm each.
pub(super) fn record(
    state: &State,
    grant: &Grant,
    number: u32,
    outcome: &Outcome,
    now: Timestamp,
) -> Result<Vec<Event>, Refusal> {
    let attempt = grant
        .attempt(number)
        .ok_or_else(|| Refusal::AttemptUnknown {
            refund: grant.refund.clone(),
            attempt: number,
        })?;
    match outcome {
        Outcome::Succeeded {
            provider_refund,
            acquirer_reference,
        } => succeeded(state, grant, attempt, provider_refund, acquirer_reference),
        Outcome::Pending { provider_refund } => Ok(pending(grant, attempt, provider_refund, now)),
        Outcome::ActionRequired {
            provider_refund,
            instruction,
        } => Ok(action_required(
            grant,
            attempt,
            provider_refund,
            instruction,
        )),
        Outcome::Failed { code } => Ok(failed(grant, attempt, code)),
        Outcome::Unknown => Ok(unknown(grant, attempt, now)),
        Outcome::Reversed { code } => Ok(reversed(grant, attempt, code)),
    }
}

/// Money that went is recorded, even after a failure was reported: then the attempt takes its
/// money again, and a retry that was made meanwhile may have paid twice, which the caps show and
/// a person must mend. A success after the reversal is late and changes nothing. The grant is
/// settled with its last success, and gets its credit note. One attempt cannot be two refunds at
/// the provider. Providers often learn the acquirer's reference days after the money went: then the
/// success is told again, with it.
fn succeeded(
    state: &State,
    grant: &Grant,
    attempt: &Attempt,
    provider_refund: &Text,
    acquirer_reference: &Text,
) -> Result<Vec<Event>, Refusal> {
    match &attempt.progress {
        Progress::Succeeded {
            provider_refund: known,
            ..
        } if known != provider_refund => Err(Refusal::OutcomeContradicts {
            refund: grant.refund.clone(),
            attempt: attempt.attempt,
        }),
        Progress::Succeeded {
            acquirer_reference: known,
            ..
        } if known.is_empty() && !acquirer_reference.is_empty() => Ok(vec![
            told(grant, attempt, provider_refund, acquirer_reference).into(),
        ]),
        Progress::Succeeded { .. } | Progress::Reversed { .. } => Ok(Vec::new()),
        Progress::Submitted
        | Progress::Unknown { .. }
        | Progress::Pending { .. }
        | Progress::ActionRequired { .. }
        | Progress::Parked { .. }
        | Progress::Failed { .. } => {
            let succeeded = told(grant, attempt, provider_refund, acquirer_reference);
            let gone = grant.succeeded().saturating_add(attempt.amount.minor);
            let settles = gone >= grant.amount.minor && grant.stage != Stage::Settled;
            let settled = settles.then(|| {
                RefundSettled {
                    refund: grant.refund.clone(),
                    cause: grant.cause.clone(),
                    amount: grant.amount,
                }
                .into()
            });
            let note = settles.then(|| credit_note::issue(state, grant)).flatten();
            let events = std::iter::once(succeeded.into()).chain(settled);
            Ok(events.chain(note).collect())
        }
    }
}

fn told(
    grant: &Grant,
    attempt: &Attempt,
    provider_refund: &Text,
    acquirer_reference: &Text,
) -> RefundSucceeded {
    RefundSucceeded {
        refund: grant.refund.clone(),
        attempt: attempt.attempt,
        provider_refund: provider_refund.clone(),
        acquirer_reference: acquirer_reference.clone(),
    }
}

/// A pending attempt is asked for again on a schedule. The same report before the next poll is due
/// changes nothing; when it was asked often enough, a person must look.
fn pending(grant: &Grant, attempt: &Attempt, provider_refund: &Text, now: Timestamp) -> Vec<Event> {
    match &attempt.progress {
        Progress::Submitted
        | Progress::Unknown { .. }
        | Progress::ActionRequired { .. }
        | Progress::Parked { .. } => poll(grant, attempt, provider_refund, 1, now),
        Progress::Pending { retry_at, .. } if !is_due(*retry_at, now) => Vec::new(),
        Progress::Pending { polls, .. } => poll(
            grant,
            attempt,
            provider_refund,
            polls.saturating_add(1),
            now,
        ),
        Progress::Succeeded { .. } | Progress::Failed { .. } | Progress::Reversed { .. } => {
            Vec::new()
        }
    }
}

fn poll(
    grant: &Grant,
    attempt: &Attempt,
    provider_refund: &Text,
    polls: u32,
    now: Timestamp,
) -> Vec<Event> {
    match after_pending(polls, now) {
        Some(retry_at) => vec![
            RefundPending {
                refund: grant.refund.clone(),
                attempt: attempt.attempt,
                provider_refund: provider_refund.clone(),
                retry_at,
            }
            .into(),
        ],
        None => vec![park(grant, attempt, polls)],
    }
}

/// What the provider needs is recorded once; the attempt keeps its money.
fn action_required(
    grant: &Grant,
    attempt: &Attempt,
    provider_refund: &Text,
    instruction: &Text,
) -> Vec<Event> {
    match &attempt.progress {
        Progress::ActionRequired {
            instruction: known, ..
        } if known == instruction => Vec::new(),
        Progress::Submitted
        | Progress::Unknown { .. }
        | Progress::Pending { .. }
        | Progress::ActionRequired { .. }
        | Progress::Parked { .. } => vec![
            RefundActionRequired {
                refund: grant.refund.clone(),
                attempt: attempt.attempt,
                provider_refund: provider_refund.clone(),
                instruction: instruction.clone(),
            }
            .into(),
        ],
        Progress::Succeeded { .. } | Progress::Failed { .. } | Progress::Reversed { .. } => {
            Vec::new()
        }
    }
}

/// A definite "no" frees the attempt's money. After a success it means that the money came back.
fn failed(grant: &Grant, attempt: &Attempt, code: &Text) -> Vec<Event> {
    match attempt.progress {
        Progress::Submitted
        | Progress::Unknown { .. }
        | Progress::Pending { .. }
        | Progress::ActionRequired { .. }
        | Progress::Parked { .. } => vec![
            RefundFailed {
                refund: grant.refund.clone(),
                attempt: attempt.attempt,
                code: code.clone(),
            }
            .into(),
        ],
        Progress::Succeeded { .. } => reversed(grant, attempt, code),
        Progress::Failed { .. } | Progress::Reversed { .. } => Vec::new(),
    }
}

/// Without an answer the provider is asked again on a schedule, with the same key; after the last
/// try a person must look. The money stays reserved all the while. What is known is never
/// forgotten for want of an answer: a pending attempt stays pending.
fn unknown(grant: &Grant, attempt: &Attempt, now: Timestamp) -> Vec<Event> {
    let tries = match &attempt.progress {
        Progress::Submitted => 1,
        Progress::Unknown { tries, .. } => tries.saturating_add(1),
        Progress::Pending {
            provider_refund, ..
        } => return pending(grant, attempt, provider_refund, now),
        Progress::ActionRequired { .. }
        | Progress::Parked { .. }
        | Progress::Succeeded { .. }
        | Progress::Failed { .. }
        | Progress::Reversed { .. } => return Vec::new(),
    };
    match after_unknown(tries, now) {
        Some(retry_at) => vec![
            RefundOutcomeUnknown {
                refund: grant.refund.clone(),
                attempt: attempt.attempt,
                tries,
                retry_at,
            }
            .into(),
        ],
        None => vec![park(grant, attempt, tries)],
    }
}

/// Money that came back can be refunded again, also when its success was never reported, and the
/// law's day holds for it as before. What failed never went, and cannot come back.
fn reversed(grant: &Grant, attempt: &Attempt, code: &Text) -> Vec<Event> {
    match attempt.progress {
        Progress::Submitted
        | Progress::Unknown { .. }
        | Progress::Pending { .. }
        | Progress::ActionRequired { .. }
        | Progress::Parked { .. }
        | Progress::Succeeded { .. } => vec![
            RefundReversed {
                refund: grant.refund.clone(),
                attempt: attempt.attempt,
                code: code.clone(),
                due_at: grant.due_at.filter(|_| grant.breached.is_none()),
            }
            .into(),
        ],
        Progress::Failed { .. } | Progress::Reversed { .. } => Vec::new(),
    }
}

fn park(grant: &Grant, attempt: &Attempt, tries: u32) -> Event {
    RefundParked {
        refund: grant.refund.clone(),
        attempt: attempt.attempt,
        tries,
    }
    .into()
}

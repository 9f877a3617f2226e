//! The policy of refunds.

mod approval;
mod grant;
mod outcome;
mod payment;

use backhaul_events::refunds::Event;
use backhaul_kernel::{Context, RefundId};

use crate::{Command, Grant, Refusal, State};

/// The table of contents: every command, one arm each.
pub(crate) fn decide(
    state: &State,
    command: &Command,
    at: &Context,
) -> Result<Vec<Event>, Refusal> {
    match command {
        Command::Release {
            r#return,
            release,
            items,
            grounds,
        } => grant::release(state, r#return, *release, items, grounds, at),
        Command::Issue {
            order,
            what,
            note,
            grounds,
        } => grant::issue(state, order, what, note, grounds, at),
        Command::Approve {
            refund,
            digest,
            facts,
        } => approval::approve(state, existing(state, refund)?, digest, facts, at),
        Command::Reject { refund, note } => approval::reject(existing(state, refund)?, note, at),
        Command::Cancel { refund, note } => approval::cancel(existing(state, refund)?, note, at),
        Command::Retry { refund, facts } => {
            payment::retry(state, existing(state, refund)?, facts, at)
        }
        Command::RecordOutcome {
            refund,
            attempt,
            outcome,
        } => outcome::record(existing(state, refund)?, *attempt, outcome, at.now),
    }
}

fn existing<'a>(state: &'a State, refund: &RefundId) -> Result<&'a Grant, Refusal> {
    state
        .grant(refund)
        .ok_or_else(|| Refusal::RefundUnknown(refund.clone()))
}

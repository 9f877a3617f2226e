//! The policy of refunds.

mod approval;
mod fallback;
mod grant;
mod limits;
mod outcome;
mod payment;
mod reconcile;

use backhaul_events::refunds::{Cause, Event};
use backhaul_kernel::{Context, RefundId};

use crate::{Command, Grant, Refusal, State, Terms};

pub(crate) use limits::of_currency;

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
            terms,
            grounds,
        } => {
            let cause = Cause::Return {
                r#return: r#return.clone(),
                release: *release,
            };
            grant::release(state, &r#return.order(), cause, items, terms, grounds, at)
        }
        Command::ReleaseRemedy {
            of,
            release,
            items,
            due_at,
            grounds,
        } => {
            let cause = Cause::Remedy {
                of: of.clone(),
                release: *release,
            };
            let terms = Terms {
                due_at: *due_at,
                ..Terms::default()
            };
            grant::release(state, &of.order(), cause, items, &terms, grounds, at)
        }
        Command::Issue {
            order,
            what,
            wishes,
            note,
            grounds,
        } => grant::issue(state, order, what, wishes, note, grounds, at),
        Command::Approve {
            refund,
            digest,
            grounds,
        } => approval::approve(state, existing(state, refund)?, digest, grounds, at),
        Command::Reject { refund, note } => approval::reject(existing(state, refund)?, note, at),
        Command::Cancel { refund, note } => approval::cancel(existing(state, refund)?, note, at),
        Command::Resume { refund, grounds } => {
            payment::resume(state, existing(state, refund)?, grounds, at)
        }
        Command::Retry { refund, grounds } => {
            payment::retry(state, existing(state, refund)?, grounds, at)
        }
        Command::Redirect {
            refund,
            attempt,
            route,
            grounds,
        } => {
            let grant = existing(state, refund)?;
            fallback::redirect(state, grant, *attempt, *route, grounds, at)
        }
        Command::RecordPayout {
            refund,
            attempt,
            reference,
        } => fallback::record_payout(state, existing(state, refund)?, *attempt, reference, at),
        Command::ExpireApproval { refund } => {
            Ok(approval::expire(existing(state, refund)?, at.now))
        }
        Command::NoteBreach { refund } => Ok(approval::breach(existing(state, refund)?, at.now)),
        Command::Reconcile { refund, entry } => {
            reconcile::reconcile(state, existing(state, refund)?, entry, at)
        }
        Command::RecordOutcome {
            refund,
            attempt,
            outcome,
        } => outcome::record(state, existing(state, refund)?, *attempt, outcome, at.now),
    }
}

fn existing<'a>(state: &'a State, refund: &RefundId) -> Result<&'a Grant, Refusal> {
    state
        .grant(refund)
        .ok_or_else(|| Refusal::RefundUnknown(refund.clone()))
}

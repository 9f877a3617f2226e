//! What a provider's settlement file says of an attempt, beside what the log says.

use backhaul_events::refunds::{Discrepancy, DiscrepancyFound, Event, RefundReconciled};
use backhaul_kernel::{Context, Text, Tier};

use super::outcome;
use crate::{Grant, Outcome, Progress, Refusal, SettlementEntry, State};

/// An entry is noted once, as an agreement or as a discrepancy. Money that the provider settled
/// went: an attempt whose outcome was still open succeeds with it.
pub(super) fn reconcile(
    state: &State,
    grant: &Grant,
    entry: &SettlementEntry,
    at: &Context,
) -> Result<Vec<Event>, Refusal> {
    if at.actor.tier == Tier::Warehouse {
        return Err(Refusal::TierTooLow {
            tier: at.actor.tier,
            needed: Tier::Agent,
        });
    }
    let Some(attempt) = grant.attempt(entry.attempt) else {
        return Ok(differs(grant, entry, Discrepancy::AttemptUnknown));
    };
    if let Some(earlier) = &attempt.settlement {
        if *earlier == entry.settlement {
            return Ok(Vec::new());
        }
        let earlier = earlier.clone();
        return Ok(differs(grant, entry, Discrepancy::Twice { earlier }));
    }
    if attempt.amount != entry.amount {
        let (ours, theirs) = (attempt.amount, entry.amount);
        return Ok(differs(grant, entry, Discrepancy::Amount { ours, theirs }));
    }
    match attempt.progress {
        Progress::Succeeded { .. } => Ok(vec![agrees(grant, entry)]),
        Progress::Failed { .. } | Progress::Reversed { .. } => {
            Ok(differs(grant, entry, Discrepancy::NotPaid))
        }
        Progress::Submitted
        | Progress::Unknown { .. }
        | Progress::Pending { .. }
        | Progress::ActionRequired { .. }
        | Progress::Parked { .. } => {
            let succeeded = Outcome::Succeeded {
                provider_refund: entry.provider_refund.clone(),
                acquirer_reference: Text::default(),
            };
            let mut events = outcome::record(state, grant, entry.attempt, &succeeded, at.now)?;
            events.push(agrees(grant, entry));
            Ok(events)
        }
    }
}

fn agrees(grant: &Grant, entry: &SettlementEntry) -> Event {
    RefundReconciled {
        refund: grant.refund.clone(),
        attempt: entry.attempt,
        settlement: entry.settlement.clone(),
        amount: entry.amount,
        settled_at: entry.settled_at,
    }
    .into()
}

fn differs(grant: &Grant, entry: &SettlementEntry, discrepancy: Discrepancy) -> Vec<Event> {
    let found = DiscrepancyFound {
        refund: grant.refund.clone(),
        attempt: entry.attempt,
        settlement: entry.settlement.clone(),
        discrepancy,
    };
    if grant.discrepancies.contains(&found) {
        return Vec::new();
    }
    vec![found.into()]
}

//! Money that cannot go back the way it came: into store credit, or by a person's own payout.

use backhaul_events::refunds::{Event, FallbackChosen, ManualPayoutRecorded, Route};
use backhaul_kernel::{Context, Money, RefundId, Text, Tier};

use super::outcome;
use super::payment::{can_send, submit_by};
use crate::tenders::left_of;
use crate::{Attempt, Grant, Grounds, Outcome, Progress, Refusal, State, Via};

/// What an attempt lost goes another way, once: the way that a person names, or the first of the
/// merchant's that was not tried for this payment. A merchant without such ways leaves it to a
/// person. The money still comes off the same payment, so no cap moves.
pub(super) fn redirect(
    state: &State,
    grant: &Grant,
    number: u32,
    route: Option<Route>,
    grounds: &Grounds,
    at: &Context,
) -> Result<Vec<Event>, Refusal> {
    if matches!(at.actor.tier, Tier::Platform | Tier::Warehouse) {
        return Err(Refusal::TierTooLow {
            tier: at.actor.tier,
            needed: Tier::Agent,
        });
    }
    let attempt = existing(grant, number)?;
    let automatic = route.is_none();
    let Some(route) = route.or_else(|| next_route(grant, attempt, grounds)) else {
        return Ok(Vec::new());
    };
    let lost = !attempt.holds_money()
        && !attempt.redirected
        && attempt.amount.minor <= grant.outstanding();
    if !lost {
        return match automatic {
            true => Ok(Vec::new()),
            false => Err(Refusal::NothingToRetry(grant.refund.clone())),
        };
    }
    match send(state, grant, attempt, route, grounds) {
        // Where the money is gone, or a bank decides on it, a person does what is right.
        Err(_) if automatic => Ok(Vec::new()),
        answer => answer,
    }
}

fn send(
    state: &State,
    grant: &Grant,
    lost: &Attempt,
    route: Route,
    grounds: &Grounds,
) -> Result<Vec<Event>, Refusal> {
    can_send(state, grant, &grounds.facts)?;
    holds(state, grant, lost, grounds)?;
    let chosen = FallbackChosen {
        refund: grant.refund.clone(),
        attempt: lost.attempt,
        route,
    };
    let (payment, amount) = (&lost.payment, lost.amount);
    let submitted = submit_by(route, grant, payment, amount, &grounds.facts)?;
    Ok(vec![chosen.into(), submitted])
}

fn existing(grant: &Grant, number: u32) -> Result<&Attempt, Refusal> {
    grant
        .attempt(number)
        .ok_or_else(|| Refusal::AttemptUnknown {
            refund: grant.refund.clone(),
            attempt: number,
        })
}

fn next_route(grant: &Grant, lost: &Attempt, grounds: &Grounds) -> Option<Route> {
    let tried = |route: &Route| {
        let of_payment = grant.attempts.iter();
        of_payment
            .filter(|attempt| attempt.payment == lost.payment)
            .any(|attempt| match (&attempt.via, route) {
                (Via::StoreCredit { .. }, Route::StoreCredit)
                | (Via::Manual, Route::ManualPayout) => true,
                (Via::Provider | Via::StoreCredit { .. } | Via::Manual, _) => false,
            })
    };
    let fallback = &grounds.approval.tenders.fallback;
    fallback.iter().copied().find(|route| !tried(route))
}

/// The payment still holds the money, and no bank is deciding on it.
fn holds(
    state: &State,
    grant: &Grant,
    attempt: &Attempt,
    grounds: &Grounds,
) -> Result<(), Refusal> {
    let captures = &grounds.facts.captures;
    let capture = captures
        .iter()
        .find(|known| known.payment == attempt.payment);
    let left = capture.map_or(0, |capture| left_of(state, capture));
    let order = grant.refund.order();
    if attempt.amount.minor > left {
        return Err(Refusal::ExceedsPaid {
            order,
            asked: attempt.amount,
            left: Money::new(left, attempt.amount.currency),
        });
    }
    match capture {
        Some(capture) if capture.is_disputed() => Err(Refusal::PaymentDisputed(order)),
        Some(_) | None => Ok(()),
    }
}

/// A person has paid what was left to them; the attempt succeeds under the payout's reference.
/// Telling the same again changes nothing.
pub(super) fn record_payout(
    state: &State,
    grant: &Grant,
    number: u32,
    reference: &Text,
    at: &Context,
) -> Result<Vec<Event>, Refusal> {
    if !matches!(at.actor.tier, Tier::Agent | Tier::Expert | Tier::Admin) {
        return Err(Refusal::TierTooLow {
            tier: at.actor.tier,
            needed: Tier::Agent,
        });
    }
    let attempt = existing(grant, number)?;
    if attempt.via != Via::Manual {
        return Err(not_manual(&grant.refund, number));
    }
    let outcome = Outcome::Succeeded {
        provider_refund: reference.clone(),
        acquirer_reference: Text::default(),
    };
    let events = outcome::record(state, grant, number, &outcome, at.now)?;
    if events.is_empty() || !matches!(attempt.progress, Progress::Submitted) {
        return Ok(events);
    }
    let recorded = ManualPayoutRecorded {
        refund: grant.refund.clone(),
        attempt: number,
        reference: reference.clone(),
    };
    Ok(std::iter::once(recorded.into()).chain(events).collect())
}

fn not_manual(refund: &RefundId, attempt: u32) -> Refusal {
    Refusal::NotManual {
        refund: refund.clone(),
        attempt,
    }
}

//! Sending money: laying a grant on payments, and the attempts.

use backhaul_events::refunds::{Allocation, Event, RefundSubmitted, TendersAllocated};
use backhaul_kernel::{Context, Money, Tier};

use crate::key::attempt_key;
use crate::tenders::{allocate, left_in_all, merge};
use crate::{Attempt, Grant, OrderFacts, Refusal, Stage, State, units};

/// What no attempt of the grant carries goes back to the payments that hold it, wholly or not at
/// all. Each attempt is in the log, with its key, before a provider is called.
pub(super) fn pay(
    state: &State,
    grant: &Grant,
    facts: &OrderFacts,
    at: &Context,
) -> Result<Vec<Event>, Refusal> {
    let asked = Money::new(grant.outstanding(), grant.amount.currency);
    let Some(allocations) = allocate(state, facts, asked) else {
        return Err(Refusal::ExceedsPaid {
            order: grant.refund.order(),
            asked,
            left: left_in_all(state, facts, asked),
        });
    };
    let carried = grant
        .attempts
        .iter()
        .filter(|attempt| attempt.holds_money())
        .map(allocation_of)
        .collect();
    let allocated = TendersAllocated {
        refund: grant.refund.clone(),
        allocations: merge(carried, &allocations),
    };
    let first = u32::try_from(grant.attempts.len() + 1).expect("a refund has few attempts");
    let submitted = (first..)
        .zip(allocations)
        .map(|(attempt, allocation)| submit(grant, attempt, allocation, at));
    Ok(std::iter::once(allocated.into()).chain(submitted).collect())
}

fn submit(grant: &Grant, attempt: u32, to: Allocation, at: &Context) -> Event {
    let order = grant.refund.order();
    RefundSubmitted {
        refund: grant.refund.clone(),
        attempt,
        key: attempt_key(&at.tenant, &order, &grant.refund, &to.payment, attempt),
        payment: to.payment,
        provider_payment: to.provider_payment,
        amount: to.amount,
    }
    .into()
}

fn allocation_of(attempt: &Attempt) -> Allocation {
    Allocation {
        payment: attempt.payment.clone(),
        provider_payment: attempt.provider_payment.clone(),
        amount: attempt.amount,
    }
}

/// What failed for good or came back is sent again when a person says so, as a new attempt with a
/// new key, if its money and its units are still free.
pub(super) fn retry(
    state: &State,
    grant: &Grant,
    facts: &OrderFacts,
    at: &Context,
) -> Result<Vec<Event>, Refusal> {
    let tier = at.actor.tier;
    if !matches!(tier, Tier::Agent | Tier::Expert | Tier::Admin) {
        return Err(Refusal::TierTooLow {
            tier,
            needed: Tier::Agent,
        });
    }
    let failed = grant.stage == Stage::Approved && grant.outstanding() > 0;
    if !failed {
        return Err(Refusal::NothingToRetry(grant.refund.clone()));
    }
    if !grant.is_live() {
        still_free(state, grant, facts)?;
    }
    let asked = Money::new(grant.outstanding(), grant.amount.currency);
    let left = left_in_all(state, facts, asked);
    if asked.minor > left.minor {
        return Err(Refusal::ExceedsPaid {
            order: grant.refund.order(),
            asked,
            left,
        });
    }
    pay(state, grant, facts, at)
}

/// A grant whose every attempt failed reserves nothing: something else may have taken its units or
/// its components meanwhile.
fn still_free(state: &State, grant: &Grant, facts: &OrderFacts) -> Result<(), Refusal> {
    let order = grant.refund.order();
    let sold = facts
        .sold
        .as_deref()
        .ok_or_else(|| Refusal::OrderUnknown(order.clone()))?;
    for range in &grant.units {
        let quantity = sold.line(&range.line).map_or(0, |line| line.quantity);
        let left = units::overlap(range, &units::free(state, &[], &range.line, quantity));
        if left < range.count {
            return Err(Refusal::UnitsRefunded {
                order,
                line: range.line.clone(),
                asked: range.count,
                left,
            });
        }
    }
    for part in &grant.parts {
        let Some((component, paid)) = sold
            .components()
            .find(|(component, _)| *component == part.component)
        else {
            continue; // A fee or goodwill: not bounded by what was sold.
        };
        let left = paid.saturating_sub(state.granted(component)).max(0);
        if part.amount.minor > left {
            return Err(Refusal::ExceedsPaid {
                order,
                asked: part.amount,
                left: Money::new(left, part.amount.currency),
            });
        }
    }
    Ok(())
}

//! Which payments a refund goes back to: the captures in the order in which they were made, each
//! filled up before the next. What was paid first goes back first.

use std::collections::BTreeMap;

use backhaul_events::refunds::Allocation;
use backhaul_kernel::{Money, PaymentId};

use crate::{Capture, OrderFacts, State};

/// What is left of a payment.
pub(crate) fn left_of(state: &State, capture: &Capture) -> i64 {
    capture
        .amount
        .minor
        .saturating_sub(state.reserved(&capture.payment))
        .max(0)
}

/// What is left of all payments in the currency, less what waits for an approval.
pub(crate) fn left_in_all(state: &State, facts: &OrderFacts, amount: Money) -> Money {
    let left = facts
        .captures
        .iter()
        .filter(|capture| capture.amount.currency == amount.currency)
        .fold(0_i64, |sum, capture| {
            sum.saturating_add(left_of(state, capture))
        });
    let left = left.saturating_sub(state.unallocated()).max(0);
    Money::new(left, amount.currency)
}

/// The whole amount laid on payments in its own currency; none when they do not hold it.
pub(crate) fn allocate(
    state: &State,
    facts: &OrderFacts,
    amount: Money,
) -> Option<Vec<Allocation>> {
    let mut missing = amount.minor;
    let mut allocations = Vec::new();
    for capture in &facts.captures {
        let share = missing.min(left_of(state, capture));
        if share <= 0 || capture.amount.currency != amount.currency {
            continue;
        }
        missing -= share;
        allocations.push(Allocation {
            payment: capture.payment.clone(),
            provider_payment: capture.provider_payment.clone(),
            amount: Money::new(share, amount.currency),
        });
    }
    (missing == 0).then_some(allocations)
}

/// Both lists as one, one entry a payment.
pub(crate) fn merge(first: Vec<Allocation>, second: &[Allocation]) -> Vec<Allocation> {
    let mut at: BTreeMap<PaymentId, usize> = BTreeMap::new();
    let mut merged: Vec<Allocation> = Vec::new();
    for allocation in first.into_iter().chain(second.iter().cloned()) {
        let index = *at.entry(allocation.payment.clone()).or_insert(merged.len());
        match merged.get_mut(index) {
            Some(known) => {
                known.amount.minor = known.amount.minor.saturating_add(allocation.amount.minor);
            }
            None => merged.push(allocation),
        }
    }
    merged
}

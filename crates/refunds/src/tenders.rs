//! Which payments a refund goes back to, and in which order. A payment that is disputed at the
//! bank is never among them.

use std::collections::BTreeMap;

use backhaul_events::refunds::{Allocation, Strategy, TenderChoice};
use backhaul_kernel::apportion::split;
use backhaul_kernel::{Currency, Money, PaymentId};

use crate::{Capture, Grounds, OrderFacts, State};

/// What is left of a payment.
pub(crate) fn left_of(state: &State, capture: &Capture) -> i64 {
    capture
        .kept()
        .saturating_sub(state.reserved(&capture.payment))
        .max(0)
}

/// What is left of all payments in the currency, less what waits for an approval.
pub(crate) fn left_in_all(state: &State, facts: &OrderFacts, amount: Money) -> Money {
    let left = held(state, facts, &TenderChoice::default(), amount.currency).minor;
    let left = left.saturating_sub(state.unallocated()).max(0);
    Money::new(left, amount.currency)
}

/// What the payments that may be used hold in the currency, disputed or not.
pub(crate) fn held(
    state: &State,
    facts: &OrderFacts,
    choice: &TenderChoice,
    currency: Currency,
) -> Money {
    let held = usable(facts, choice, currency).fold(0_i64, |sum, capture| {
        sum.saturating_add(left_of(state, capture))
    });
    Money::new(held, currency)
}

/// The payments that the bank decides on, and that hold money.
pub(crate) fn disputed(
    state: &State,
    facts: &OrderFacts,
    choice: &TenderChoice,
    currency: Currency,
) -> Vec<PaymentId> {
    usable(facts, choice, currency)
        .filter(|capture| capture.is_disputed() && left_of(state, capture) > 0)
        .map(|capture| capture.payment.clone())
        .collect()
}

fn usable<'a>(
    facts: &'a OrderFacts,
    choice: &TenderChoice,
    currency: Currency,
) -> impl Iterator<Item = &'a Capture> {
    facts.captures.iter().filter(move |capture| {
        let named = choice.only.is_empty() || choice.only.contains(&capture.payment);
        named && capture.amount.currency == currency
    })
}

/// The whole amount laid on payments in its own currency that nobody disputes; none when they do
/// not hold it.
pub(crate) fn allocate(
    state: &State,
    grounds: &Grounds,
    choice: &TenderChoice,
    amount: Money,
) -> Option<Vec<Allocation>> {
    let mut open: Vec<(&Capture, i64)> = usable(&grounds.facts, choice, amount.currency)
        .filter(|capture| !capture.is_disputed())
        .map(|capture| (capture, left_of(state, capture)))
        .collect();
    let left: i128 = open.iter().map(|(_, left)| i128::from(*left)).sum();
    if i128::from(amount.minor) > left {
        return None;
    }
    match choice.strategy {
        Strategy::FirstCaptured => {}
        Strategy::LastCaptured => open.reverse(),
        Strategy::Cheapest => open.sort_by_key(|(capture, _)| cost(grounds, capture)),
        Strategy::Ratio => return Some(in_proportion(&open, amount)),
    }
    Some(one_after_another(&open, amount))
}

/// Equal costs keep the order of capture.
fn cost(grounds: &Grounds, capture: &Capture) -> u32 {
    let costs = &grounds.approval.tenders.costs;
    costs
        .iter()
        .find(|cost| cost.tender == capture.tender)
        .map_or(0, |cost| cost.basis_points)
}

fn one_after_another(open: &[(&Capture, i64)], amount: Money) -> Vec<Allocation> {
    let mut missing = amount.minor;
    let share = |(capture, left): &(&Capture, i64)| {
        let share = missing.min(*left);
        missing -= share;
        (share > 0).then(|| allocation(capture, share, amount.currency))
    };
    open.iter().filter_map(share).collect()
}

/// No share is more than its payment holds: the amount is no more than all of them hold.
fn in_proportion(open: &[(&Capture, i64)], amount: Money) -> Vec<Allocation> {
    let weights: Vec<i64> = open.iter().map(|(_, left)| *left).collect();
    let shares = split(amount.minor, &weights).unwrap_or_default();
    open.iter()
        .zip(shares)
        .filter(|(_, share)| *share > 0)
        .map(|((capture, _), share)| allocation(capture, share, amount.currency))
        .collect()
}

fn allocation(capture: &Capture, minor: i64, currency: Currency) -> Allocation {
    Allocation {
        payment: capture.payment.clone(),
        provider_payment: capture.provider_payment.clone(),
        amount: Money::new(minor, currency),
    }
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

//! What is kept back from the money of a return, item by item.

use std::collections::BTreeMap;

use backhaul_events::returns::{Fees, Postage};
use backhaul_kernel::{LineId, Money};

use crate::assess::Outcome;
use crate::authorization::Asked;
use crate::case;

/// Basis points of the whole.
const WHOLE: i128 = 10_000;

/// What each item claims after fees; empty where no fee is due. The fee for the way back is taken
/// once, from the first items that have anything left. No claim falls below zero.
pub(crate) fn claims(
    asked: &Asked<'_>,
    outcomes: &[Outcome],
    held: impl Fn(&LineId) -> u64,
) -> Vec<Money> {
    let findings = outcomes.iter().map(|outcome| &outcome.finding);
    let fees = findings.filter_map(|finding| {
        let fees = finding.terms.as_deref()?.fees.as_ref()?;
        Some((&finding.line, fees))
    });
    let fees: BTreeMap<&LineId, &Fees> = fees.collect();
    // What was reduced before is told to refunds as a claim.
    let is_reduced = is_reduced(asked);
    if fees.is_empty() && !is_reduced {
        return Vec::new();
    }
    let mut postage = return_postage(asked, outcomes);
    let mut offsets = BTreeMap::new();
    let mut is_charged = is_reduced;
    let claims: Vec<Money> = asked
        .items
        .iter()
        .map(|item| {
            let offset = offsets
                .entry(&item.line)
                .or_insert_with(|| u32::try_from(held(&item.line)).unwrap_or(u32::MAX));
            let worth = case::worth(asked.facts, item, *offset);
            *offset = offset.saturating_add(item.quantity);
            let basis_points = fees
                .get(&item.line)
                .map_or(0, |fees| fees.restocking_basis_points);
            let restocking = part(worth.minor, basis_points);
            let left = worth.minor - restocking;
            let taken = postage.min(left);
            postage -= taken;
            is_charged |= restocking > 0 || taken > 0;
            Money::new(left - taken, worth.currency)
        })
        .collect();
    if is_charged { claims } else { Vec::new() }
}

/// Whether the price of any unit asked for was reduced.
fn is_reduced(asked: &Asked<'_>) -> bool {
    let lines = asked
        .items
        .iter()
        .filter_map(|item| asked.facts.lines.get(&item.line));
    let mut remedied = lines.filter_map(|line| line.remedied.as_deref());
    remedied.any(|remedied| remedied.reduced > 0)
}

/// What each item claims where the buyer keeps the goods: nothing is kept back, and what was
/// reduced before is not paid again.
pub(crate) fn kept(asked: &Asked<'_>, held: impl Fn(&LineId) -> u64) -> Vec<Money> {
    if is_reduced(asked) {
        claims(asked, &[], held)
    } else {
        Vec::new()
    }
}

/// The fee for the way back: the highest that any line asks for, as the return is one parcel. None
/// as soon as one line is sent at the merchant's cost.
fn return_postage(asked: &Asked<'_>, outcomes: &[Outcome]) -> i64 {
    let terms = outcomes
        .iter()
        .filter_map(|outcome| outcome.finding.terms.as_deref());
    if terms
        .clone()
        .any(|terms| terms.postage == Postage::Merchant)
    {
        return 0;
    }
    let fees = terms.filter_map(|terms| terms.fees.as_ref());
    let amounts = fees.flat_map(|fees| &fees.return_postage);
    let amounts = amounts.filter(|amount| amount.currency == asked.facts.currency);
    amounts.map(|amount| amount.minor).max().unwrap_or(0)
}

/// A part of an amount, rounded down: for the buyer.
fn part(amount: i64, basis_points: u32) -> i64 {
    let part = i128::from(amount) * i128::from(basis_points) / WHOLE;
    i64::try_from(part).unwrap_or(amount).min(amount)
}

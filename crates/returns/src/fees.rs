//! What is kept back from the money of a return, item by item.

use std::collections::BTreeMap;

use backhaul_events::returns::{Deduction, DeductionKind, Fees, ItemFee, Postage};
use backhaul_kernel::{LineId, Money, Text};

use crate::assess::Outcome;
use crate::authorization::Asked;
use crate::case;

/// Basis points of the whole.
const WHOLE: i128 = 10_000;

/// What is kept back from each item, with the rule that says so. The fee for the way back is taken
/// once, from the first items that have anything left. No item falls below zero.
pub(crate) fn fees(
    asked: &Asked<'_>,
    outcomes: &[Outcome],
    held: impl Fn(&LineId) -> u64,
) -> Vec<ItemFee> {
    let lines: BTreeMap<&LineId, (&Fees, &Text)> = outcomes.iter().filter_map(of_line).collect();
    if lines.is_empty() {
        return Vec::new();
    }
    let mut postage = return_postage(asked, outcomes);
    let worths = case::worths(asked.facts, asked.items, held);
    let mut fees = Vec::new();
    for (index, (item, worth)) in (0..).zip(asked.items.iter().zip(worths)) {
        let mut left = worth.minor;
        let mut keep = |kind, minor: i64, clause: &Text, line| {
            let deduction = Deduction {
                kind,
                amount: Money::new(minor, worth.currency),
                clause: clause.clone(),
                line,
            };
            let item = index;
            fees.extend((minor > 0).then_some(ItemFee { item, deduction }));
        };
        if let Some((fees, clause)) = lines.get(&item.line) {
            let restocking = part(worth.minor, fees.restocking_basis_points);
            left -= restocking;
            let line = Some(item.line.clone());
            keep(DeductionKind::Restocking, restocking, clause, line);
        }
        if let Some((fee, clause)) = &mut postage {
            let taken = left.min(*fee);
            *fee -= taken;
            keep(DeductionKind::ReturnPostage, taken, clause, None);
        }
    }
    fees
}

/// What is kept back from the item of that place in all.
pub(crate) fn of_item(fees: &[ItemFee], item: usize) -> i64 {
    let own = fees
        .iter()
        .filter(|fee| usize::try_from(fee.item) == Ok(item));
    own.fold(0, |sum, fee| sum.saturating_add(fee.deduction.amount.minor))
}

/// What may be kept back from a line, and the rule of the merchant that keeps it.
fn of_line(outcome: &Outcome) -> Option<(&LineId, (&Fees, &Text))> {
    let fees = outcome.finding.terms.as_deref()?.fees.as_ref()?;
    let clause = &outcome.granted.fees.as_ref()?.clause;
    Some((&outcome.finding.line, (fees, clause)))
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

/// What each item claims where a price was reduced before: what was reduced is not paid again. Empty
/// where refunds can tell by themselves what was paid.
pub(crate) fn claims(asked: &Asked<'_>, held: impl Fn(&LineId) -> u64) -> Vec<Money> {
    if !is_reduced(asked) {
        return Vec::new();
    }
    case::worths(asked.facts, asked.items, held)
}

/// The fee for the way back: the highest that any line asks for, as the return is one parcel. None
/// as soon as one line is sent at the merchant's cost.
fn return_postage<'a>(asked: &Asked<'_>, outcomes: &'a [Outcome]) -> Option<(i64, &'a Text)> {
    let mut terms = outcomes
        .iter()
        .filter_map(|outcome| outcome.finding.terms.as_deref());
    if terms.any(|terms| terms.postage == Postage::Merchant) {
        return None;
    }
    let amounts = outcomes.iter().filter_map(of_line);
    let amounts = amounts.filter_map(|(_, (fees, clause))| {
        let mut amounts = fees.return_postage.iter();
        let amount = amounts.find(|amount| amount.currency == asked.facts.currency)?;
        Some((amount.minor, clause))
    });
    amounts.max_by_key(|(minor, _)| *minor)
}

/// A part of an amount, rounded down: for the buyer.
pub(crate) fn part(amount: i64, basis_points: u32) -> i64 {
    let part = i128::from(amount) * i128::from(basis_points) / WHOLE;
    i64::try_from(part).unwrap_or(amount).min(amount)
}

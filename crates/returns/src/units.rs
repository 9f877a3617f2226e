//! Counting units, and checks that several answers share.

use std::collections::BTreeMap;

use backhaul_kernel::{Context, LineId, Money, Timestamp, apportion};
use jiff::SignedDuration;

use crate::order_facts::{Facts, LineFacts};
use crate::refusal::Refusal;
use crate::state::State;

/// The most units that one report may name of a line.
pub(crate) const QUANTITY_MAX: u32 = 1_000_000;
/// How far the clock of a caller may run ahead of ours, in minutes.
const CLOCK_SKEW_MINUTES: i64 = 5;
/// 2000-01-01T00:00:00Z: what is told to have happened earlier is a mistake.
const EARLIEST_SECOND: i64 = 946_684_800;

/// Units of the line that reached the buyer and that no return holds.
pub(crate) fn left(facts: &Facts, state: &State, line: &LineId) -> u32 {
    let left = u64::from(facts.with_buyer(line)).saturating_sub(state.held(line));
    u32::try_from(left).expect("fewer units are left than were bought")
}

/// What units of a line are worth, those before them counted.
pub(crate) fn worth(line: &LineFacts, held: u64, count: u32) -> i64 {
    let count = count.min(line.quantity);
    let first = u32::try_from(held)
        .unwrap_or(u32::MAX)
        .min(line.quantity - count);
    let worth = apportion::worth_of_units(line.paid.minor, line.quantity, first, count);
    worth.saturating_sub(reduced(line, first, count)).max(0)
}

/// By how much claims reduced the price of those units. Nobody can tell the units of a line apart,
/// so the first count as the reduced ones.
fn reduced(line: &LineFacts, first: u32, count: u32) -> i64 {
    let Some(remedied) = line.remedied.as_deref() else {
        return 0;
    };
    let units = remedied.reduced_units.min(line.quantity);
    let last = first.saturating_add(count).min(units);
    match last.checked_sub(first) {
        Some(both) if both > 0 => apportion::worth_of_units(remedied.reduced, units, first, both),
        Some(_) | None => 0,
    }
}

/// Adds up units line by line as they are named, so that naming a line twice cannot hide anything.
#[derive(Debug, Default)]
pub(crate) struct Tally<'a>(BTreeMap<&'a LineId, u64>);

impl<'a> Tally<'a> {
    /// The units of the line so far, these included.
    pub(crate) fn add(&mut self, line: &'a LineId, quantity: u32) -> u64 {
        let units = self.0.entry(line).or_default();
        *units += u64::from(quantity);
        *units
    }
}

/// Nobody asks for or reports nothing, nor more than a line can have.
pub(crate) fn check_quantity(field: &str, quantity: u32) -> Result<(), Refusal> {
    if (1..=QUANTITY_MAX).contains(&quantity) {
        return Ok(());
    }
    Err(Refusal::invalid(
        field,
        format!("{quantity} is not within 1 to {QUANTITY_MAX} units"),
    ))
}

/// Money of an order is in its one currency.
pub(crate) fn check_currency(facts: &Facts, field: &str, amount: Money) -> Result<(), Refusal> {
    if amount.currency == facts.currency {
        return Ok(());
    }
    Err(Refusal::invalid(
        format!("{field}.currency_code"),
        format!(
            "{} differs from the order's {}",
            amount.currency, facts.currency
        ),
    ))
}

/// Nothing happened before the year 2000, or will have happened.
pub(crate) fn check_time(field: &str, when: Timestamp, at: &Context) -> Result<(), Refusal> {
    if when.as_second() < EARLIEST_SECOND {
        return Err(Refusal::invalid(field, "the time is before the year 2000"));
    }
    if when.duration_since(at.now) > SignedDuration::from_mins(CLOCK_SKEW_MINUTES) {
        return Err(Refusal::invalid(field, "the time is in the future"));
    }
    Ok(())
}

//! What returned goods bring in: sold as used, in bulk, or for their material.

use backhaul_events::returns::{Event, ValueRecovered};
use backhaul_kernel::Context;

use crate::command::RecordRecovery;
use crate::receipt::{line, within};
use crate::refusal::Refusal;
use crate::request::ITEMS_MAX;
use crate::state::{Stage, State};
use crate::units;

/// A unit brings in money once, after it was said what becomes of it; what went back to the buyer
/// brings in none. It may come long after the return was closed.
pub(crate) fn record_recovery(
    state: &State,
    command: &RecordRecovery,
    at: &Context,
) -> Result<Vec<Event>, Refusal> {
    let each = state.get(&command.r#return)?;
    if !matches!(each.stage, Stage::Authorized(_) | Stage::Closed(_)) {
        return Err(each.refuse("given a recovered value"));
    }
    units::check_time("recovered_at", command.recovered_at, at)?;
    if !command.amount.is_positive() {
        return Err(Refusal::invalid(
            "amount.minor_units",
            "goods that bring in nothing recover no value",
        ));
    }
    if each.recovered.len() >= ITEMS_MAX {
        return Err(Refusal::TooMany {
            order: each.id.order(),
            what: "recovered values",
            max: ITEMS_MAX,
        });
    }
    let units = &command.units;
    let count = line(each, "units.line", &units.line)?;
    units::check_quantity("units.quantity", units.quantity)?;
    let counted = u64::from(count.recovered) + u64::from(units.quantity);
    let here = count.disposed.saturating_sub(count.sent_back);
    let field = "units.quantity".to_owned();
    within(each, field, &units.line, "recovered", counted, here)?;
    Ok(vec![Event::ValueRecovered(ValueRecovered {
        r#return: each.id.clone(),
        units: units.clone(),
        amount: command.amount,
        recovered_at: command.recovered_at,
        reference: command.reference.clone(),
    })])
}

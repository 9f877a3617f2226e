//! What happens to money while nobody acts: it is released when a carrier has the goods, and when
//! inspection takes longer than the policy gives it.

use backhaul_events::LineUnits;
use backhaul_events::returns::{Event, InspectionOverdue, UnitsHandedOver};
use backhaul_kernel::{Context, Timestamp};

use crate::command::{RecordHandover, ReleaseUninspected};
use crate::evolve::evolve;
use crate::refusal::Refusal;
use crate::release;
use crate::state::{Return, Stage, State};

/// The first scan of a carrier shows that the goods are on their way. Later scans, scans that are
/// told after goods arrived, and scans of a return that expects nothing any more, change nothing.
pub(crate) fn record_handover(
    state: &State,
    command: &RecordHandover,
) -> Result<Vec<Event>, Refusal> {
    let each = state.get(&command.r#return)?;
    let is_known = each.handed_over_at.is_some() || each.has_arrivals();
    if !matches!(each.stage, Stage::Authorized(_)) || is_known {
        return Ok(Vec::new());
    }
    let handed_over = UnitsHandedOver {
        r#return: each.id.clone(),
        parcel: command.parcel.clone(),
        handed_over_at: command.handed_over_at,
    };
    Ok(release::with_release(
        each.alone(),
        &each.id,
        vec![handed_over.into()],
    ))
}

/// Units that were to be inspected by now and were not are paid for. A deadline that fires early,
/// twice, or after inspection changes nothing.
pub(crate) fn release_uninspected(
    state: &State,
    command: &ReleaseUninspected,
    at: &Context,
) -> Result<Vec<Event>, Refusal> {
    let each = state.get(&command.r#return)?;
    if !matches!(each.stage, Stage::Authorized(_)) || at.now < command.due {
        return Ok(Vec::new());
    }
    let mut units: Vec<LineUnits> = Vec::new();
    for waiting in each.waiting.iter().filter(|waiting| waiting.due <= at.now) {
        match units.iter_mut().find(|known| known.line == waiting.line) {
            Some(known) => known.quantity = known.quantity.saturating_add(waiting.quantity),
            None => units.push(LineUnits {
                line: waiting.line.clone(),
                quantity: waiting.quantity,
            }),
        }
    }
    if units.is_empty() {
        return Ok(Vec::new());
    }
    let next = each.waiting.iter().map(|waiting| waiting.due);
    let overdue = InspectionOverdue {
        r#return: each.id.clone(),
        units,
        inspect_by: next.filter(|due| *due > at.now).min(),
    };
    Ok(release::with_release(
        each.alone(),
        &each.id,
        vec![overdue.into()],
    ))
}

/// When the first units will be overdue once this happened; none when none will.
pub(crate) fn inspect_by(each: &Return, event: &Event) -> Option<Timestamp> {
    let mut after = each.alone();
    evolve(&mut after, event);
    after.find(&each.id).and_then(Return::inspect_by)
}

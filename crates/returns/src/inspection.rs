//! The warehouse looks at what arrived, and says what becomes of it.

use std::collections::BTreeSet;

use backhaul_events::LineUnits;
use backhaul_events::returns::{Disposition, DispositionAssigned, Event, UnitsInspected};
use backhaul_kernel::{Context, LineId, Text};

use crate::command::{AssignDisposition, Inspect};
use crate::evolve::evolve;
use crate::in_time;
use crate::kept_back;
use crate::receipt::{line, within};
use crate::refusal::Refusal;
use crate::release;
use crate::request::ITEMS_MAX;
use crate::state::{LineCount, Return, Stage, State};
use crate::units::{self, Tally};

/// The most pieces of evidence, and the most missing parts, of some units.
pub const FOUND_MAX: usize = 50;

/// A unit is inspected once, after it was received.
pub(crate) fn inspect(
    state: &State,
    command: &Inspect,
    at: &Context,
) -> Result<Vec<Event>, Refusal> {
    let each = state.get(&command.r#return)?;
    if !matches!(each.stage, Stage::Authorized(_)) {
        return Err(each.refuse("inspected"));
    }
    units::check_time("inspected_at", command.inspected_at, at)?;
    check_inspected(each, command)?;
    check_found(each, command)?;
    let deductions = kept_back::deductions(state, each, command)?;
    let inspected = |inspect_by| {
        Event::UnitsInspected(UnitsInspected {
            r#return: each.id.clone(),
            units: command.units.clone(),
            inspected_at: command.inspected_at,
            inspect_by,
            deductions: deductions.clone(),
        })
    };
    let inspected = inspected(in_time::inspect_by(each, &inspected(None)));

    let mut after = each.alone();
    evolve(&mut after, &inspected);
    let mut events = vec![inspected];
    for (index, (units, disposition)) in command.dispositions.iter().enumerate() {
        let field = format!("dispositions[{index}].");
        let each = after.get(&each.id)?;
        let assigned = assigned(each, &field, units, *disposition, &Text::default())?;
        evolve(&mut after, &assigned);
        events.push(assigned);
    }
    let events = release::with_release(each.alone(), &each.id, events);
    Ok(with_close(each, events))
}

/// Goods often leave after the money: a closed return still learns what became of them.
pub(crate) fn assign_disposition(
    state: &State,
    command: &AssignDisposition,
) -> Result<Vec<Event>, Refusal> {
    let each = state.get(&command.r#return)?;
    if !matches!(each.stage, Stage::Authorized(_) | Stage::Closed(_)) {
        return Err(each.refuse("given a disposition"));
    }
    let events = vec![assigned(
        each,
        "",
        &command.units,
        command.disposition,
        &command.site,
    )?];
    Ok(with_close(each, events))
}

/// A return of which nothing is paid ends when every unit came or is known not to come, was looked
/// at, and it is said of each what becomes of it.
fn with_close(each: &Return, mut events: Vec<Event>) -> Vec<Event> {
    let mut after = each.alone();
    for event in &events {
        evolve(&mut after, event);
    }
    let is_done = after.find(&each.id).is_some_and(|each| {
        let done =
            |count: &LineCount| count.is_accounted_for() && count.disposed == count.received();
        let is_open = matches!(each.stage, Stage::Authorized(_)) && each.exchange.is_none();
        is_open && !each.has_releases() && each.lines.values().all(done)
    });
    events.extend(is_done.then(|| each.closed()));
    events
}

fn check_inspected(each: &Return, command: &Inspect) -> Result<(), Refusal> {
    if command.units.is_empty() || command.units.len() > ITEMS_MAX {
        return Err(Refusal::invalid("units", format!("1 to {ITEMS_MAX} lines")));
    }
    if command.dispositions.len() > ITEMS_MAX {
        return Err(Refusal::invalid(
            "dispositions",
            format!("at most {ITEMS_MAX} dispositions"),
        ));
    }
    let mut tally = Tally::default();
    for (index, units) in command.units.iter().enumerate() {
        let field = format!("units[{index}].quantity");
        let count = line(each, &format!("units[{index}].line"), &units.line)?;
        units::check_quantity(&field, units.quantity)?;
        let counted = u64::from(count.inspected()) + tally.add(&units.line, units.quantity);
        within(
            each,
            field,
            &units.line,
            "inspected",
            counted,
            count.received(),
        )?;
    }
    Ok(())
}

/// A serial number belongs to one unit, and no list is endless.
fn check_found(each: &Return, command: &Inspect) -> Result<(), Refusal> {
    let mut seen = BTreeSet::new();
    for (index, units) in command.units.iter().enumerate() {
        let field = |name: &str| format!("units[{index}].{name}");
        if units.serials.len() > units.quantity as usize {
            let problem = format!(
                "{} numbers of {} units",
                units.serials.len(),
                units.quantity
            );
            return Err(Refusal::invalid(field("serials"), problem));
        }
        for (place, serial) in units.serials.iter().enumerate() {
            if !seen.insert(serial) || each.serials.contains(serial) {
                let problem = format!("{serial} was inspected already");
                return Err(Refusal::invalid(
                    field(&format!("serials[{place}]")),
                    problem,
                ));
            }
        }
        let lists = [
            ("evidence", units.evidence.len()),
            ("missing_parts", units.missing_parts.len()),
        ];
        for (list, count) in lists {
            if count > FOUND_MAX {
                return Err(Refusal::invalid(
                    field(list),
                    format!("at most {FOUND_MAX}"),
                ));
            }
        }
    }
    Ok(())
}

/// No unit has two fates, none before it was inspected, and damaged or broken ones never go back
/// on the shelf.
fn assigned(
    each: &Return,
    prefix: &str,
    units: &LineUnits,
    disposition: Disposition,
    site: &Text,
) -> Result<Event, Refusal> {
    let count = line(each, &format!("{prefix}units.line"), &units.line)?;
    let field = format!("{prefix}units.quantity");
    units::check_quantity(&field, units.quantity)?;
    let disposed = u64::from(count.disposed) + u64::from(units.quantity);
    let action = "given a disposition";
    within(
        each,
        field.clone(),
        &units.line,
        action,
        disposed,
        count.inspected(),
    )?;
    if disposition == Disposition::Restock {
        check_restock(each, field, &units.line, count, units.quantity)?;
    }
    Ok(Event::DispositionAssigned(DispositionAssigned {
        r#return: each.id.clone(),
        units: units.clone(),
        disposition,
        site: site.clone(),
    }))
}

/// Inspection does not say which of the units it saw came damaged, so no more go back on the shelf
/// than came intact, nor more than were not found broken.
fn check_restock(
    each: &Return,
    field: String,
    line: &LineId,
    count: &LineCount,
    quantity: u32,
) -> Result<(), Refusal> {
    let restockable = count
        .inspected()
        .saturating_sub(count.broken)
        .min(count.intact);
    let asked = u64::from(count.restocked) + u64::from(quantity);
    if asked <= u64::from(restockable) {
        return Ok(());
    }
    Err(Refusal::NotRestockable {
        id: each.id.clone(),
        field,
        line: line.clone(),
        asked,
        restockable,
    })
}

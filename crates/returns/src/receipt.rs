//! The warehouse reports what arrived, and what did not.

use backhaul_events::LineUnits;
use backhaul_events::returns::{
    Event, Handling, PartsReceived, ReceivedUnits, UnexpectedUnitsReceived, UnitsMissing,
    UnitsReceived, WrongItemReceived,
};
use backhaul_kernel::{Context, LineId, Timestamp};

use crate::command::{RecordMissing, RecordReceipt, RecordUnexpected, RecordWrongItem, WrongItem};
use crate::in_time;
use crate::kits;
use crate::refusal::Refusal;
use crate::release;
use crate::request::ITEMS_MAX;
use crate::state::{LineCount, Return, Stage, State};
use crate::units::{self, Tally};

/// The most reports of unannounced goods of one order.
const UNEXPECTED_MAX: usize = 1_000;

/// Units arrive over any number of parcels, and never more than were asked for. Units reported
/// missing may still arrive. Something else in place of a unit never counts to its line.
pub(crate) fn record_receipt(
    state: &State,
    command: &RecordReceipt,
    at: &Context,
) -> Result<Vec<Event>, Refusal> {
    let each = expecting(state.get(&command.r#return)?, "received")?;
    units::check_time("received_at", command.received_at, at)?;
    check_parcel(each, command)?;
    let completed = kits::completed(each, &command.parts)?;
    let arrived: Vec<ReceivedUnits> = command.units.iter().chain(&completed).cloned().collect();
    let received = check_received(each, command, &arrived)?;
    check_missing(each, "missing", &command.missing, received)?;
    for (index, item) in command.wrong_items.iter().enumerate() {
        check_wrong_item(each, &format!("wrong_items[{index}]."), item)?;
    }

    let mut events = Vec::new();
    if !command.parts.is_empty() {
        events.push(parts_received(command));
    }
    if !arrived.is_empty() {
        let received = units_received(command, arrived.clone(), None);
        let inspect_by = in_time::inspect_by(each, &received);
        events.push(units_received(command, arrived, inspect_by));
    }
    if !command.missing.is_empty() {
        events.push(units_missing(each, &command.missing));
    }
    let wrong_items = command.wrong_items.iter();
    events.extend(wrong_items.map(|item| wrong_item_received(each, item, command.received_at)));
    Ok(release::with_release(each.alone(), &each.id, events))
}

/// Units that are not coming are neither received nor missing twice.
pub(crate) fn record_missing(
    state: &State,
    command: &RecordMissing,
) -> Result<Vec<Event>, Refusal> {
    let each = expecting(state.get(&command.r#return)?, "reported missing")?;
    if command.units.is_empty() || command.units.len() > ITEMS_MAX {
        return Err(Refusal::invalid("units", format!("1 to {ITEMS_MAX} lines")));
    }
    check_missing(each, "units", &command.units, Tally::default())?;
    Ok(vec![units_missing(each, &command.units)])
}

/// Something else that came is recorded with what it was expected to be.
pub(crate) fn record_wrong_item(
    state: &State,
    command: &RecordWrongItem,
    at: &Context,
) -> Result<Vec<Event>, Refusal> {
    let each = expecting(state.get(&command.r#return)?, "received")?;
    units::check_time("received_at", command.received_at, at)?;
    check_wrong_item(each, "", &command.item)?;
    Ok(vec![wrong_item_received(
        each,
        &command.item,
        command.received_at,
    )])
}

/// What nobody announced is recorded for a person to look at.
pub(crate) fn record_unexpected(
    state: &State,
    command: &RecordUnexpected,
    at: &Context,
) -> Result<Vec<Event>, Refusal> {
    units::check_time("received_at", command.received_at, at)?;
    units::check_quantity("quantity", command.quantity)?;
    if state.unexpected.len() >= UNEXPECTED_MAX {
        return Err(Refusal::TooMany {
            order: command.order.clone(),
            what: "reports of unannounced goods",
            max: UNEXPECTED_MAX,
        });
    }
    let received = UnexpectedUnitsReceived {
        order: command.order.clone(),
        found: command.found.clone(),
        quantity: command.quantity,
        received_at: command.received_at,
    };
    Ok(vec![received.into()])
}

/// Only an authorised return that the buyer sends back expects goods.
fn expecting<'a>(each: &'a Return, action: &'static str) -> Result<&'a Return, Refusal> {
    let Stage::Authorized(terms) = &each.stage else {
        return Err(each.refuse(action));
    };
    match terms.handling {
        Handling::SendBack { .. } => Ok(each),
        Handling::NothingSent => Err(each.refuse("received: nothing was sent")),
        Handling::KeepItem => Err(Refusal::KeptByBuyer {
            id: each.id.clone(),
        }),
    }
}

fn check_parcel(each: &Return, command: &RecordReceipt) -> Result<(), Refusal> {
    let order = each.id.order();
    match &command.parcel {
        Some(parcel) if parcel.order() != order => Err(Refusal::invalid(
            "parcel",
            format!("parcel {parcel} is not one of order {order}"),
        )),
        Some(_) | None => Ok(()),
    }
}

/// `arrived` is what arrived whole, and then what arriving parts complete.
fn check_received<'a>(
    each: &Return,
    command: &RecordReceipt,
    arrived: &'a [ReceivedUnits],
) -> Result<Tally<'a>, Refusal> {
    let lists = [
        command.units.len(),
        command.parts.len(),
        command.missing.len(),
        command.wrong_items.len(),
    ];
    let reported: usize = lists.iter().sum();
    if reported == 0 || reported > ITEMS_MAX {
        return Err(Refusal::invalid(
            "units",
            format!("a receipt reports 1 to {ITEMS_MAX} things"),
        ));
    }
    let mut tally = Tally::default();
    for (index, units) in arrived.iter().enumerate() {
        let field = format!("units[{index}].quantity");
        let count = line(each, &format!("units[{index}].line"), &units.line)?;
        units::check_quantity(&field, units.quantity)?;
        let counted = u64::from(count.received()) + tally.add(&units.line, units.quantity);
        within(
            each,
            field,
            &units.line,
            "received",
            counted,
            count.requested,
        )?;
    }
    Ok(tally)
}

/// `arriving` holds the units that the same report says have arrived.
fn check_missing<'a>(
    each: &Return,
    list: &str,
    missing: &'a [LineUnits],
    mut arriving: Tally<'a>,
) -> Result<(), Refusal> {
    for (index, units) in missing.iter().enumerate() {
        let field = format!("{list}[{index}].quantity");
        let count = line(each, &format!("{list}[{index}].line"), &units.line)?;
        units::check_quantity(&field, units.quantity)?;
        let before = u64::from(count.received()) + u64::from(count.missing);
        let counted = before + arriving.add(&units.line, units.quantity);
        let action = "received or missing";
        within(each, field, &units.line, action, counted, count.requested)?;
    }
    Ok(())
}

fn check_wrong_item(each: &Return, prefix: &str, item: &WrongItem) -> Result<(), Refusal> {
    line(each, &format!("{prefix}line"), &item.line)?;
    units::check_quantity(&format!("{prefix}quantity"), item.quantity)
}

/// The line's count; a line that is not part of the return has none.
pub(crate) fn line<'a>(
    each: &'a Return,
    field: &str,
    line: &LineId,
) -> Result<&'a LineCount, Refusal> {
    each.lines
        .get(line)
        .ok_or_else(|| Refusal::invalid(field, format!("return {} has no line {line}", each.id)))
}

pub(crate) fn within(
    each: &Return,
    field: String,
    line: &LineId,
    action: &'static str,
    counted: u64,
    of: u32,
) -> Result<(), Refusal> {
    if counted <= u64::from(of) {
        return Ok(());
    }
    Err(Refusal::Quantity {
        id: each.id.clone(),
        field,
        line: line.clone(),
        action,
        counted,
        of,
    })
}

fn parts_received(command: &RecordReceipt) -> Event {
    Event::PartsReceived(PartsReceived {
        r#return: command.r#return.clone(),
        parcel: command.parcel.clone(),
        site: command.site.clone(),
        parts: command.parts.clone(),
        received_at: command.received_at,
    })
}

fn units_received(
    command: &RecordReceipt,
    units: Vec<ReceivedUnits>,
    inspect_by: Option<Timestamp>,
) -> Event {
    Event::UnitsReceived(UnitsReceived {
        r#return: command.r#return.clone(),
        parcel: command.parcel.clone(),
        site: command.site.clone(),
        units,
        received_at: command.received_at,
        inspect_by,
    })
}

fn units_missing(each: &Return, units: &[LineUnits]) -> Event {
    Event::UnitsMissing(UnitsMissing {
        r#return: each.id.clone(),
        units: units.to_vec(),
    })
}

fn wrong_item_received(each: &Return, item: &WrongItem, received_at: Timestamp) -> Event {
    Event::WrongItemReceived(WrongItemReceived {
        r#return: each.id.clone(),
        line: item.line.clone(),
        quantity: item.quantity,
        found: item.found.clone(),
        received_at,
    })
}

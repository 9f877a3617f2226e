//! Checks of what a platform tells: bounds, currencies, times. Each names the field that is wrong.

use std::collections::{BTreeMap, BTreeSet};

use backhaul_events::LineUnits;
use backhaul_events::orders::{Charge, Destination, ExtraCharge, Line, OrderRecorded, TaxLine};
use backhaul_kernel::{Context, Currency, LineId, Money, OrderId, Timestamp, time};
use jiff::SignedDuration;

use crate::command::{Capture, Movement};
use crate::refusal::Refusal;
use crate::state;

/// The most lines of one order.
pub const LINES_MAX: usize = 2_000;
/// The most units of one line.
pub const QUANTITY_MAX: u32 = 1_000_000;
/// The most taxes of one line or charge.
pub const TAXES_MAX: usize = 16;
/// The most payments of one order.
pub const PAYMENTS_MAX: usize = 64;
/// The most charges of one order beside its lines and its shipping.
pub const CHARGES_MAX: usize = 2_000;
/// The most labels of one order.
pub const LABELS_MAX: usize = 16;
/// The longest name of a label, in characters.
pub const LABEL_KEY_CHARS_MAX: usize = 64;
/// The longest value of a label, in characters.
pub const LABEL_VALUE_CHARS_MAX: usize = 256;
/// How far the clock of a platform may run ahead of ours, in minutes.
pub const CLOCK_SKEW_MINUTES: i64 = 5;
/// 2000-01-01T00:00:00Z: what is told to have happened earlier is a mistake.
const EARLIEST_SECOND: i64 = 946_684_800;

type Check = Result<(), Refusal>;

/// An order is accepted when every amount is in its one currency and every sum can be made.
pub(crate) fn order(order: &OrderRecorded, at: &Context) -> Check {
    happened("ordered_at", order.ordered_at, at)?;
    destination("destination", &order.destination)?;
    labels(&order.labels)?;
    if order.lines.is_empty() {
        return Err(Refusal::invalid("lines", "an order has at least one line"));
    }
    if order.lines.len() > LINES_MAX {
        return Err(Refusal::invalid(
            "lines",
            format!("an order has at most {LINES_MAX} lines"),
        ));
    }
    let mut seen = BTreeSet::new();
    for (index, each) in order.lines.iter().enumerate() {
        let field = format!("lines[{index}]");
        if !seen.insert(&each.line) {
            return Err(Refusal::invalid(
                format!("{field}.line"),
                format!("line {} is told twice", each.line),
            ));
        }
        line(&field, each, order.currency)?;
    }
    if let Some(shipping) = &order.shipping {
        charge("shipping", shipping, order.currency)?;
    }
    charges(order, &seen)?;
    state::total(order)
        .map(|_| ())
        .map_err(|_| Refusal::invalid("lines", "the amounts of the order add up to more than fits"))
}

fn line(field: &str, line: &Line, currency: Currency) -> Check {
    quantity(&format!("{field}.quantity"), line.quantity)?;
    amount(&format!("{field}.unit_price"), line.unit_price, currency)?;
    amount(&format!("{field}.discount"), line.discount, currency)?;
    amount(&format!("{field}.net"), line.net, currency)?;
    taxes(field, &line.taxes, currency)
}

fn charge(field: &str, charge: &Charge, currency: Currency) -> Check {
    amount(&format!("{field}.net"), charge.net, currency)?;
    if let Some(standard) = charge.standard_net {
        let field = format!("{field}.standard_net");
        amount(&field, standard, currency)?;
        if standard.minor > charge.net.minor {
            return Err(Refusal::invalid(field, "is more than was paid"));
        }
    }
    taxes(field, &charge.taxes, currency)
}

/// A charge stands once, and what it is paid for is a line of the order.
fn charges(order: &OrderRecorded, lines: &BTreeSet<&LineId>) -> Check {
    if order.charges.len() > CHARGES_MAX {
        let problem = format!("an order has at most {CHARGES_MAX} charges");
        return Err(Refusal::invalid("charges", problem));
    }
    let mut seen = BTreeSet::new();
    for (index, each) in order.charges.iter().enumerate() {
        let field = format!("charges[{index}]");
        extra_charge(&field, each, lines, order.currency)?;
        if !seen.insert(&each.charge) {
            let problem = format!("charge {} is told twice", each.charge);
            return Err(Refusal::invalid(format!("{field}.charge"), problem));
        }
    }
    Ok(())
}

fn extra_charge(
    field: &str,
    charge: &ExtraCharge,
    lines: &BTreeSet<&LineId>,
    currency: Currency,
) -> Check {
    if let Some(line) = charge.line.as_ref().filter(|line| !lines.contains(line)) {
        let problem = format!("the order has no line {line}");
        return Err(Refusal::invalid(format!("{field}.line"), problem));
    }
    amount(&format!("{field}.net"), charge.net, currency)?;
    taxes(field, &charge.taxes, currency)
}

/// One tax of one jurisdiction at one rate stands once, because money goes back tax by tax.
fn taxes(field: &str, taxes: &[TaxLine], currency: Currency) -> Check {
    if taxes.len() > TAXES_MAX {
        return Err(Refusal::invalid(
            format!("{field}.taxes"),
            format!("at most {TAXES_MAX} taxes"),
        ));
    }
    for (index, tax) in taxes.iter().enumerate() {
        let field = format!("{field}.taxes[{index}]");
        amount(&format!("{field}.amount"), tax.amount, currency)?;
        let same = |other: &TaxLine| {
            other.jurisdiction == tax.jurisdiction
                && other.rate_basis_points == tax.rate_basis_points
        };
        if taxes[..index].iter().any(same) {
            return Err(Refusal::invalid(
                field,
                "the same tax at the same rate is told twice",
            ));
        }
    }
    Ok(())
}

fn labels(labels: &BTreeMap<String, String>) -> Check {
    if labels.len() > LABELS_MAX {
        return Err(Refusal::invalid(
            "labels",
            format!("at most {LABELS_MAX} labels"),
        ));
    }
    let fits = |text: &str, max: usize| {
        text.chars().take(max + 1).count() <= max && !text.chars().any(char::is_control)
    };
    for (key, value) in labels {
        if key.is_empty() || !fits(key, LABEL_KEY_CHARS_MAX) {
            return Err(Refusal::invalid(
                "labels",
                format!("a label's name has 1 to {LABEL_KEY_CHARS_MAX} visible characters"),
            ));
        }
        if !fits(value, LABEL_VALUE_CHARS_MAX) {
            return Err(Refusal::invalid(
                format!("labels[{key}]"),
                format!("a label's value has at most {LABEL_VALUE_CHARS_MAX} visible characters"),
            ));
        }
    }
    Ok(())
}

/// Return windows end with the buyer's day, so the zone must be one we know.
pub(crate) fn destination(field: &str, destination: &Destination) -> Check {
    match destination.time_zone.as_deref().map(time::zone) {
        None | Some(Ok(_)) => Ok(()),
        Some(Err(unknown)) => Err(Refusal::invalid(
            format!("{field}.time_zone"),
            unknown.to_string(),
        )),
    }
}

pub(crate) fn capture(field: &str, capture: &Capture, currency: Currency, at: &Context) -> Check {
    amount(&join(field, "amount"), capture.amount, currency)?;
    happened(&join(field, "captured_at"), capture.captured_at, at)
}

/// Movements of units, of which `recorded` are known already; no line moves more units than were
/// bought, over all of its movements.
pub(crate) fn movements<'a>(
    order: &'a OrderRecorded,
    movements: impl IntoIterator<Item = (String, &'static str, &'a Movement)>,
    recorded: impl Fn(&LineId) -> u32,
    at: &Context,
) -> Check {
    let bought: BTreeMap<&LineId, u32> = order
        .lines
        .iter()
        .map(|line| (&line.line, line.quantity))
        .collect();
    let mut asked: BTreeMap<&LineId, u64> = BTreeMap::new();
    for (field, time_field, movement) in movements {
        happened(&join(&field, time_field), movement.at, at)?;
        let lines = join(&field, "lines");
        if movement.lines.is_empty() || movement.lines.len() > LINES_MAX {
            return Err(Refusal::invalid(lines, format!("1 to {LINES_MAX} lines")));
        }
        for (index, units) in movement.lines.iter().enumerate() {
            let Some(bought) = bought.get(&units.line).copied() else {
                return Err(Refusal::invalid(
                    format!("{lines}[{index}].line"),
                    format!("order {} has no line {}", order.order, units.line),
                ));
            };
            let field = format!("{lines}[{index}].quantity");
            quantity(&field, units.quantity)?;
            let total = asked.entry(&units.line).or_default();
            *total += u64::from(units.quantity);
            within(&order.order, field, *total, recorded(&units.line), bought)?;
        }
    }
    Ok(())
}

fn within(order: &OrderId, field: String, asked: u64, recorded: u32, bought: u32) -> Check {
    if u64::from(recorded) + asked <= u64::from(bought) {
        return Ok(());
    }
    Err(Refusal::Quantity {
        order: order.clone(),
        field,
        asked,
        recorded,
        bought,
    })
}

/// How many units of each line a list names; a line may stand in it twice.
pub(crate) fn units_by_line<'a>(
    lists: impl IntoIterator<Item = &'a Movement>,
) -> BTreeMap<&'a LineId, u64> {
    let mut units = BTreeMap::new();
    for LineUnits { line, quantity } in lists.into_iter().flat_map(|movement| &movement.lines) {
        *units.entry(line).or_default() += u64::from(*quantity);
    }
    units
}

/// What a dispute is about: more than nothing, and no more than was captured.
pub(crate) fn disputed(field: &str, disputed: Money, captured: Money) -> Check {
    amount(field, disputed, captured.currency)?;
    if (1..=captured.minor).contains(&disputed.minor) {
        return Ok(());
    }
    let problem = format!("{disputed} is not within what was captured, {captured}");
    Err(Refusal::invalid(format!("{field}.minor_units"), problem))
}

fn quantity(field: &str, quantity: u32) -> Check {
    if (1..=QUANTITY_MAX).contains(&quantity) {
        return Ok(());
    }
    Err(Refusal::invalid(
        field,
        format!("{quantity} is not within 1 to {QUANTITY_MAX} units"),
    ))
}

fn amount(field: &str, amount: Money, currency: Currency) -> Check {
    if amount.currency != currency {
        return Err(Refusal::invalid(
            format!("{field}.currency_code"),
            format!("{} differs from the order's {currency}", amount.currency),
        ));
    }
    if amount.minor < 0 {
        return Err(Refusal::invalid(
            format!("{field}.minor_units"),
            "the amount is negative",
        ));
    }
    Ok(())
}

pub(crate) fn happened(field: &str, when: Timestamp, at: &Context) -> Check {
    if when.as_second() < EARLIEST_SECOND {
        return Err(Refusal::invalid(field, "the time is before the year 2000"));
    }
    if when.duration_since(at.now) > SignedDuration::from_mins(CLOCK_SKEW_MINUTES) {
        return Err(Refusal::invalid(field, "the time is in the future"));
    }
    Ok(())
}

fn join(field: &str, name: &str) -> String {
    if field.is_empty() {
        return name.to_owned();
    }
    format!("{field}.{name}")
}

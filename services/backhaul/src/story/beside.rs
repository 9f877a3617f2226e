//! The words of what stands beside the course of a return: offers, parts of kits, what inspection
//! keeps back, what goods bring in.

use backhaul_events::returns::{Event, UnitsInspected};
use backhaul_kernel::Text;

use super::{counted, listed, noted, of_line, word};

pub(super) fn words(event: &Event) -> Option<String> {
    Some(match event {
        Event::PartialRefundOffered(event) => {
            let by = match event.clauses.as_slice() {
                [] => "by a person".to_owned(),
                clauses => format!("by {}", listed(clauses.iter().map(Text::to_string))),
            };
            format!(
                "the buyer is offered {} for keeping the goods of return {}, offer {} {by}",
                event.amount, event.r#return, event.offer
            )
        }
        Event::PartialRefundAccepted(event) => format!(
            "the buyer keeps the goods of return {} for offer {}",
            event.r#return, event.offer
        ),
        Event::PartialRefundDeclined(event) => format!(
            "the buyer declines offer {} and sends the goods of return {} back{}",
            event.offer,
            event.r#return,
            noted(&event.note)
        ),
        Event::PartsReceived(event) => {
            let parts = event.parts.iter().map(|parts| {
                let (quantity, sku, line) = (parts.quantity, &parts.sku, &parts.line);
                format!(
                    "{quantity} x {sku} of line {line} {}",
                    word(parts.condition)
                )
            });
            format!(
                "received parts for return {}: {}",
                event.r#return,
                listed(parts)
            )
        }
        Event::ValueRecovered(event) => format!(
            "{} of return {} brought in {}{}",
            of_line(event.units.quantity, &event.units.line),
            event.r#return,
            event.amount,
            noted(&event.reference)
        ),
        Event::ReturnReopened(event) => {
            format!(
                "return {} opened again{}",
                event.r#return,
                noted(&event.note)
            )
        }
        _ => return None,
    })
}

/// What inspection found beside grades.
pub(super) fn found(event: &UnitsInspected) -> String {
    let mut told = Vec::new();
    for units in &event.units {
        let line = &units.line;
        if !units.serials.is_empty() {
            told.push(format!(
                "line {line} has {}",
                listed(units.serials.iter().map(Text::to_string))
            ));
        }
        if !units.missing_parts.is_empty() {
            told.push(format!(
                "line {line} lacks {}",
                listed(units.missing_parts.iter().map(Text::to_string))
            ));
        }
        if !units.evidence.is_empty() {
            let pieces = u64::try_from(units.evidence.len()).unwrap_or(u64::MAX);
            told.push(counted(pieces, "piece of evidence"));
        }
    }
    told.extend(event.deductions.iter().map(|each| {
        let (amount, clause) = (each.amount, &each.clause);
        format!("{amount} kept back for {} ({clause})", word(each.kind))
    }));
    told.iter().map(|told| format!("; {told}")).collect()
}

pub(super) fn at(site: &Text) -> String {
    match site.is_empty() {
        true => String::new(),
        false => format!(" at {site}"),
    }
}

pub(super) fn gift(recipient: Option<&Text>) -> String {
    recipient.map_or_else(String::new, |person| {
        format!(" by {person}, who had the goods as a gift")
    })
}

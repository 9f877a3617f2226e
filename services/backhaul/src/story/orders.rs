//! The words of orders.

use backhaul_events::LineUnits;
use backhaul_events::orders::{Event, Line, OrderRecorded};

use super::{counted, listed, noted, of_line, word};

pub(super) fn words(event: &Event) -> String {
    match event {
        Event::OrderRecorded(event) => recorded(event),
        Event::OrderAmended(event) => {
            let buyer = event.buyer.as_ref().map(|_| "contact".to_owned());
            let destination = event.destination.as_ref().map(|_| "destination".to_owned());
            format!(
                "order amended: {}",
                listed(buyer.into_iter().chain(destination))
            )
        }
        Event::PaymentCaptured(event) => format!(
            "payment {} of {} captured by {} ({})",
            event.payment,
            event.amount,
            word(event.tender),
            event.provider_payment
        ),
        Event::LinesDispatched(event) => format!("dispatched {}", units(&event.lines)),
        Event::LinesDelivered(event) => {
            format!("delivered {}; return windows start", units(&event.lines))
        }
        Event::DisputeOpened(event) => format!(
            "payment {} disputed at the bank ({}), {}{}",
            event.payment,
            event.dispute,
            event.amount,
            noted(&event.reason)
        ),
        Event::DisputeWon(event) => format!(
            "dispute {} of payment {} won: the money stays",
            event.dispute, event.payment
        ),
        Event::DisputeLost(event) => format!(
            "dispute {} of payment {} lost: the bank took {}",
            event.dispute, event.payment, event.amount
        ),
    }
}

fn recorded(event: &OrderRecorded) -> String {
    let units: u64 = event
        .lines
        .iter()
        .map(|line| u64::from(line.quantity))
        .sum();
    let country = event.destination.country;
    let to = country.map_or_else(
        || "an unknown country".to_owned(),
        |country| country.to_string(),
    );
    format!(
        "order {} to {to}: {} ({}), {}{}",
        event.order,
        counted(event.lines.len() as u64, "line"),
        counted(units, "unit"),
        listed(event.lines.iter().map(line)),
        charged(event),
    )
}

/// What was paid beside the goods, and by what of it refunds are capped.
fn charged(event: &OrderRecorded) -> String {
    let shipping = event.shipping.as_ref().map(|shipping| {
        let standard = shipping.standard_net;
        let standard = standard.map(|net| format!(" (standard delivery {net})"));
        format!("shipping {}{}", shipping.net, standard.unwrap_or_default())
    });
    let charges = event.charges.iter().map(|charge| {
        let of = charge.line.as_ref().map(|line| format!(" of line {line}"));
        format!(
            "{} {}{}",
            word(charge.kind),
            charge.net,
            of.unwrap_or_default()
        )
    });
    let charged = listed(shipping.into_iter().chain(charges));
    match charged.as_str() {
        "" => charged,
        _ => format!("; {charged}"),
    }
}

fn line(line: &Line) -> String {
    format!("{} x {} at {}", line.quantity, line.title, line.unit_price)
}

fn units(lines: &[LineUnits]) -> String {
    listed(
        lines
            .iter()
            .map(|units| of_line(units.quantity, &units.line)),
    )
}

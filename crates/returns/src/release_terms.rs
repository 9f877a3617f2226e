//! On which terms released money goes back: by when the law wants it, which outbound shipping goes
//! with it, and what is kept back, each with its clause.

use backhaul_events::returns::{
    Aspect, Clock, Deduction, Finding, Handling, LegalDue, LineTerms, ReleaseTerms, ShippingOwed,
};
use backhaul_kernel::{LineId, Text, Timestamp};

use crate::release::DueUnits;
use crate::state::{OfferStanding, Return, Terms};
use crate::window::Days;

/// What law and policy say of these units beside their worth.
pub(crate) fn of(each: &Return, terms: &Terms, units: &[DueUnits]) -> ReleaseTerms {
    let lines = units.iter().filter_map(|units| each.items.get(units.item));
    let lines: Vec<&LineId> = lines.map(|item| &item.line).collect();
    let said = spoken(terms, &lines);
    ReleaseTerms {
        due: said
            .iter()
            .filter_map(|(finding, said)| due(each, terms, finding, said))
            .min_by_key(|due| due.at),
        shipping: said.iter().find_map(|(_, said)| shipping(each, said)),
        deductions: deductions(each, terms, units),
        credit_to: each.gift_recipient.clone(),
    }
}

/// What goes back of outbound shipping. Who keeps the goods for part of their price took that for
/// all.
fn shipping(each: &Return, said: &LineTerms) -> Option<ShippingOwed> {
    let offer = each.offer.as_ref();
    if offer.is_some_and(|offer| offer.standing == OfferStanding::Accepted) {
        return None;
    }
    Some(ShippingOwed {
        extent: said.outbound_shipping?,
        clause: clause(said, Aspect::OutboundShipping)?.clone(),
    })
}

/// What was decided of these lines. A finding without terms has those of the finding before it.
pub(crate) fn spoken<'a>(terms: &'a Terms, lines: &[&LineId]) -> Vec<(&'a Finding, &'a LineTerms)> {
    let findings = terms.decision.findings.iter().scan(None, |last, finding| {
        *last = finding.terms.as_deref().or(*last);
        Some(last.map(|said| (finding, said)))
    });
    let findings = findings.flatten();
    findings
        .filter(|(finding, _)| lines.contains(&&finding.line))
        .collect()
}

fn clause(said: &LineTerms, aspect: Aspect) -> Option<&Text> {
    let mut clauses = said.clauses.iter();
    let applied = clauses.find(|applied| applied.aspect == aspect)?;
    Some(&applied.clause)
}

/// By when the law wants the money. A merchant who is to pay within days of the declaration may
/// wait for the goods, or for proof that they were sent, whichever comes first: money that waited
/// is due on the day of it. Goods that are kept, or never left, are not
/// waited for.
fn due(each: &Return, terms: &Terms, finding: &Finding, said: &LineTerms) -> Option<LegalDue> {
    let within = said.refund_within?;
    let zone = terms.time_zone.as_ref().map(Text::as_str);
    let days = Days::at(finding.country, zone);
    let goods_back = match terms.handling {
        Handling::KeepItem | Handling::NothingSent => None,
        Handling::SendBack { .. } => earlier(each.handed_over_at, each.received_at),
    };
    let at = match within.clock {
        Clock::Receipt => {
            let start = match terms.handling {
                Handling::KeepItem | Handling::NothingSent => each.requested_at,
                Handling::SendBack { .. } => each.received_at?,
            };
            days.end_of(&within, 0, start)
        }
        Clock::Declaration
        | Clock::FaultFound
        | Clock::Order
        | Clock::Delivery
        | Clock::LastDelivery => {
            let end = days.end_of(&within, 0, each.requested_at);
            let waited = goods_back.map(|back| days.end_of_day_of(back));
            waited.map_or(end, |waited| end.max(waited))
        }
    };
    Some(LegalDue {
        at,
        clause: clause(said, Aspect::RefundWithin)?.clone(),
    })
}

fn earlier(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    one.into_iter().chain(other).min()
}

/// The units' shares of what is kept back from their items, and all that inspection keeps back from
/// their lines. What is kept back for the same thing by the same clause is one deduction.
fn deductions(each: &Return, terms: &Terms, units: &[DueUnits]) -> Vec<Deduction> {
    let mut deductions: Vec<Deduction> = Vec::new();
    for fee in &terms.fees {
        let of_fee = |units: &&DueUnits| u32::try_from(units.item) == Ok(fee.item);
        for units in units.iter().filter(of_fee) {
            let Some(item) = each.items.get(units.item) else {
                continue;
            };
            let share = units.share(fee.deduction.amount, item.quantity);
            add(
                &mut deductions,
                Deduction {
                    amount: share,
                    ..fee.deduction.clone()
                },
            );
        }
    }
    let is_released = |line: &LineId| {
        let mut items = units.iter().filter_map(|units| each.items.get(units.item));
        items.any(|item| item.line == *line)
    };
    for found in &each.kept_back {
        if found.line.as_ref().is_some_and(is_released) {
            add(&mut deductions, found.clone());
        }
    }
    deductions
}

fn add(deductions: &mut Vec<Deduction>, more: Deduction) {
    let is_same = |known: &&mut Deduction| {
        (known.kind, &known.clause, &known.line) == (more.kind, &more.clause, &more.line)
    };
    match deductions.iter_mut().find(is_same) {
        Some(known) => known.amount.minor = known.amount.minor.saturating_add(more.amount.minor),
        None if more.amount.is_positive() => deductions.push(more),
        None => {}
    }
}

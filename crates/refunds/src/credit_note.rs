//! The document of a settled refund: what went back, by tax and rate, to the last minor unit.

use std::collections::BTreeMap;

use backhaul_events::refunds::{Component, CreditNoteIssued, CreditedTax, Event};
use backhaul_kernel::{CreditNoteId, Money};

use crate::{Grant, State};

/// What of the grant was levied on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Subject {
    Line(String),
    Shipping,
    Charge(String),
}

/// The note of a grant that has just been settled: one a grant, and none for goodwill, which takes
/// nothing back that was sold. Its numbers are added up from the grant's own parts, never computed
/// again, so they always add up to it.
pub(crate) fn issue(state: &State, grant: &Grant) -> Option<Event> {
    if grant.credit_note.is_some() || !grant.amount.is_positive() {
        return None;
    }
    let currency = grant.amount.currency;
    let mut nets: BTreeMap<Subject, i64> = BTreeMap::new();
    let mut taxes: Vec<(Subject, &str, u32, i64)> = Vec::new();
    let mut fee = 0_i64;
    for part in &grant.parts {
        let minor = part.amount.minor;
        match &part.component {
            Component::LineNet { line } => add(&mut nets, Subject::Line(line.to_string()), minor),
            Component::ShippingNet => add(&mut nets, Subject::Shipping, minor),
            Component::ChargeNet { charge } => {
                add(&mut nets, Subject::Charge(charge.to_string()), minor);
            }
            Component::LineTax {
                line,
                jurisdiction,
                rate_basis_points,
            } => {
                let line = Subject::Line(line.to_string());
                taxes.push((line, jurisdiction, *rate_basis_points, minor));
            }
            Component::ShippingTax {
                jurisdiction,
                rate_basis_points,
            } => taxes.push((Subject::Shipping, jurisdiction, *rate_basis_points, minor)),
            Component::ChargeTax {
                charge,
                jurisdiction,
                rate_basis_points,
            } => {
                let charge = Subject::Charge(charge.to_string());
                taxes.push((charge, jurisdiction, *rate_basis_points, minor));
            }
            Component::Fee => fee = fee.saturating_sub(minor),
            Component::Goodwill => return None,
        }
    }
    let money = |minor| Money::new(minor, currency);
    let note = CreditNoteIssued {
        refund: grant.refund.clone(),
        credit_note: CreditNoteId::numbered(&grant.refund.order(), next_number(state)),
        amount: grant.amount,
        net: money(nets.values().fold(0, |sum, net| sum.saturating_add(*net))),
        taxes: by_rate(&nets, taxes)
            .into_iter()
            .map(
                |((jurisdiction, rate_basis_points), (base, tax))| CreditedTax {
                    jurisdiction,
                    rate_basis_points,
                    base: money(base),
                    tax: money(tax),
                },
            )
            .collect(),
        fee: money(fee),
    };
    Some(note.into())
}

/// Each tax at each rate: what it was levied on, and how much of it goes back.
fn by_rate(
    nets: &BTreeMap<Subject, i64>,
    taxes: Vec<(Subject, &str, u32, i64)>,
) -> BTreeMap<(String, u32), (i64, i64)> {
    let mut rates: BTreeMap<(String, u32), (i64, i64)> = BTreeMap::new();
    for (subject, jurisdiction, rate, tax) in taxes {
        let (base, sum) = rates.entry((jurisdiction.to_owned(), rate)).or_default();
        *base = base.saturating_add(nets.get(&subject).copied().unwrap_or(0));
        *sum = sum.saturating_add(tax);
    }
    rates
}

fn add(nets: &mut BTreeMap<Subject, i64>, subject: Subject, minor: i64) {
    let net = nets.entry(subject).or_default();
    *net = net.saturating_add(minor);
}

fn next_number(state: &State) -> u32 {
    let issued = state.grants().filter(|grant| grant.credit_note.is_some());
    u32::try_from(issued.count() + 1).expect("an order has few credit notes")
}

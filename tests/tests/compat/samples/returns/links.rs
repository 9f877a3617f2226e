//! Samples of what links a return to its money.

use backhaul_events::returns::*;
use backhaul_testkit::{id, money, text, time, units};

use super::super::{Sample, minimal, variant, whole};
use super::{authorized, received, this};

pub(super) fn samples() -> Vec<Sample> {
    let fee = |(item, deduction)| ItemFee { item, deduction };
    let overdue = |inspect_by| InspectionOverdue {
        r#return: this(),
        units: vec![units("1", 2)],
        inspect_by,
    };
    let inspect_by = Some(time("2026-03-19T12:00:00Z"));
    vec![
        variant(
            "fees",
            Event::ReturnAuthorized(ReturnAuthorized {
                fees: (0..).zip(deductions()).map(fee).collect(),
                release_after_days: Some(5),
                time_zone: Some(text("Europe/Berlin")),
                ..authorized(Handling::KeepItem, Release::OnFirstScan)
            }),
        ),
        variant(
            "inspect-by",
            Event::UnitsReceived(UnitsReceived {
                inspect_by,
                ..received()
            }),
        ),
        variant(
            "inspect-by",
            Event::UnitsInspected(UnitsInspected {
                r#return: this(),
                units: Vec::new(),
                inspected_at: time("2026-03-15T09:00:00Z"),
                inspect_by,
                deductions: Vec::new(),
            }),
        ),
        whole(Event::UnitsHandedOver(UnitsHandedOver {
            r#return: this(),
            parcel: id("A-1001-P1"),
            handed_over_at: time("2026-03-11T08:00:00Z"),
        })),
        whole(Event::InspectionOverdue(overdue(inspect_by))),
        minimal(Event::InspectionOverdue(overdue(None))),
    ]
}

/// Everything that a release may say beside the items.
pub(super) fn terms(extent: OutboundShipping) -> ReleaseTerms {
    ReleaseTerms {
        due: Some(LegalDue {
            at: time("2026-03-24T22:59:59.999999999Z"),
            clause: text("eu.2011-83.art-9"),
        }),
        shipping: Some(ShippingOwed {
            extent,
            clause: text("eu.2011-83.art-9"),
        }),
        deductions: deductions(),
        credit_to: None,
    }
}

fn deductions() -> Vec<Deduction> {
    let of_kind = |kind| Deduction {
        kind,
        amount: money(499, "EUR"),
        clause: text("fees"),
        line: Some(id("1")),
    };
    let mut deductions = [
        DeductionKind::Restocking,
        DeductionKind::ReturnPostage,
        DeductionKind::DiminishedValue,
    ]
    .map(of_kind);
    deductions[1].line = None;
    deductions.into()
}

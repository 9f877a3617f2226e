//! Samples of offers, kits, gifts, what inspection keeps back and what goods bring in.

use backhaul_events::orders::KitPart;
use backhaul_events::returns::*;
use backhaul_testkit::{id, money, text, time, units};

use super::super::{Sample, minimal, variant, whole};
use super::{authorized, decision, policy_minimal, this};

pub(super) fn samples() -> Vec<Sample> {
    let mut samples = offers();
    samples.extend(kits());
    samples.extend(inspected());
    samples
}

fn offers() -> Vec<Sample> {
    let offered = |clauses| PartialRefundOffered {
        r#return: this(),
        offer: 1,
        amount: money(750, "EUR"),
        shares: vec![money(500, "EUR"), money(250, "EUR")],
        clauses,
    };
    let declined = |note| PartialRefundDeclined {
        r#return: this(),
        offer: 1,
        note,
    };
    let reopened = |note| ReturnReopened {
        r#return: this(),
        note,
    };
    vec![
        whole(Event::PartialRefundOffered(offered(vec![text(
            "keep-it-for-less",
        )]))),
        minimal(Event::PartialRefundOffered(offered(Vec::new()))),
        whole(Event::PartialRefundAccepted(PartialRefundAccepted {
            r#return: this(),
            offer: 1,
        })),
        whole(Event::PartialRefundDeclined(declined(text("too big")))),
        minimal(Event::PartialRefundDeclined(declined(text("")))),
        whole(Event::ReturnReopened(reopened(text("the rest was found")))),
        minimal(Event::ReturnReopened(reopened(text("")))),
    ]
}

fn kits() -> Vec<Sample> {
    let parts = |condition| ReceivedParts {
        line: id("1"),
        sku: text("71053-A"),
        quantity: 2,
        condition,
    };
    let received = |parcel: Option<&str>, site| PartsReceived {
        r#return: this(),
        parcel: parcel.map(id),
        site,
        parts: vec![parts(Condition::Intact), parts(Condition::Damaged)],
        received_at: time("2026-03-14T12:00:00Z"),
    };
    vec![
        variant(
            "kit",
            Event::ReturnRequested(ReturnRequested {
                r#return: this(),
                items: Vec::new(),
                requested_at: time("2026-03-10T08:00:00Z"),
                kits: vec![Kit {
                    line: id("1"),
                    parts: vec![KitPart {
                        sku: text("71053-A"),
                        quantity: 2,
                    }],
                }],
                gift_recipient: Some(text("person-9")),
            }),
        ),
        whole(Event::PartsReceived(received(
            Some("A-1001-P1"),
            text("leipzig"),
        ))),
        minimal(Event::PartsReceived(received(None, text("")))),
        variant(
            "gift",
            Event::RefundReleased(RefundReleased {
                r#return: this(),
                release: 1,
                items: Vec::new(),
                basis: Release::OnInspection,
                terms: ReleaseTerms {
                    credit_to: Some(text("person-9")),
                    ..ReleaseTerms::default()
                },
            }),
        ),
    ]
}

fn inspected() -> Vec<Sample> {
    let kind = DeductionKind::DiminishedValue;
    let recovered = |reference| ValueRecovered {
        r#return: this(),
        units: units("1", 2),
        amount: money(450, "GBP"),
        recovered_at: time("2026-04-15T09:00:00Z"),
        reference,
    };
    vec![
        variant(
            "found",
            Event::UnitsInspected(UnitsInspected {
                r#return: this(),
                units: vec![InspectedUnits {
                    serials: vec![text("SN-1"), text("SN-2")],
                    evidence: vec![Evidence {
                        kind: EvidenceKind::Photo,
                        reference: text("scan/4711.jpg"),
                        note: text("worn sole"),
                    }],
                    missing_parts: vec![text("charger")],
                    ..InspectedUnits::plain(id("1"), 2, Grade::C, InspectionOutcome::Accepted)
                }],
                inspected_at: time("2026-03-15T09:00:00Z"),
                inspect_by: None,
                deductions: vec![Deduction {
                    kind,
                    amount: money(450, "EUR"),
                    clause: text("eu.2011-83.art-9"),
                    line: Some(id("1")),
                }],
            }),
        ),
        variant(
            "site",
            Event::DispositionAssigned(DispositionAssigned {
                r#return: this(),
                units: units("1", 1),
                disposition: Disposition::Liquidate,
                site: text("leipzig-b"),
            }),
        ),
        variant(
            "graded",
            Event::ReturnReferred(ReturnReferred {
                r#return: this(),
                decision: graded(),
                decide_by: None,
            }),
        ),
        variant(
            "nothing-sent",
            Event::ReturnAuthorized(authorized(Handling::NothingSent, Release::OnRequest)),
        ),
        variant(
            "graded",
            Event::ReturnAuthorized(ReturnAuthorized {
                decision: graded(),
                ..authorized(Handling::KeepItem, Release::OnRequest)
            }),
        ),
        variant(
            "graded",
            Event::ReturnDeclined(ReturnDeclined {
                r#return: this(),
                decision: graded(),
                note: text(""),
            }),
        ),
        variant(
            "kept-back",
            Event::PolicyPublished(PolicyPublished {
                policy: id("default"),
                version: 5,
                content: kept_back(),
            }),
        ),
        whole(Event::ValueRecovered(recovered(text("lot-17")))),
        minimal(Event::ValueRecovered(recovered(text("")))),
    ]
}

/// A policy that keeps lost value back and gives a share of outbound shipping.
fn kept_back() -> PolicySet {
    let rule = |extent| Rule {
        id: text("worn-goods"),
        fees: Some(Fees {
            diminished_value: true,
            ..Fees::default()
        }),
        outbound_shipping: Some(extent),
        ..Rule::default()
    };
    PolicySet {
        rules: vec![
            rule(OutboundShipping::ProRata),
            rule(OutboundShipping::WithWholeOrder),
        ],
        ..policy_minimal()
    }
}

/// A decision that lets value be kept back, and more by grade.
fn graded() -> Decision {
    let mut decision = decision(DecidedBy::Policy);
    decision.findings.truncate(1);
    decision.findings[0].terms = Some(Box::new(LineTerms {
        window: None,
        exemption: None,
        postage: Postage::Buyer,
        fees: Some(Fees {
            diminished_value: true,
            ..Fees::default()
        }),
        refund_within: None,
        outbound_shipping: None,
        remedies: Vec::new(),
        way_back: None,
        diminished_value: Some(text("worn-goods")),
        grade_fees: vec![GradeFee {
            grade: Grade::C,
            basis_points: 2_000,
            clause: text("worn"),
        }],
        clauses: Vec::new(),
    }));
    decision
}

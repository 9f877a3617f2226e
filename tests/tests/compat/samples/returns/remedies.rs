//! Samples of claims, exchanges and repairs.

use backhaul_events::LineUnits;
use backhaul_events::returns::*;
use backhaul_kernel::{ClaimId, ExchangeId, RepairId, Text, Timestamp};
use backhaul_testkit::{id, money, text, time, units};

use super::super::{Sample, minimal, variant, whole};

pub(super) fn samples() -> Vec<Sample> {
    let mut samples = claims();
    samples.extend(resolutions());
    samples.extend(supplies());
    samples.extend(exchanges());
    samples.extend(endings());
    samples.extend(repairs());
    samples
}

fn claim() -> ClaimId {
    id("536365-K1")
}

fn exchange() -> ExchangeId {
    id("536365-X1")
}

fn repair() -> RepairId {
    id("536365-M1")
}

fn at() -> Timestamp {
    time("2026-03-12T08:00:00Z")
}

fn none() -> Text {
    Text::default()
}

fn amounts() -> Vec<LineAmount> {
    vec![LineAmount {
        line: id("1"),
        amount: money(500, "EUR"),
    }]
}

fn collected() -> Vec<CollectedPart> {
    vec![CollectedPart {
        exchange: exchange(),
        amount: money(250, "EUR"),
    }]
}

fn claims() -> Vec<Sample> {
    let shown = |note: &str| Evidence {
        kind: EvidenceKind::Photo,
        reference: text("photo-17"),
        note: text(note),
    };
    let opened = |fault_found_at, note, evidence| ClaimOpened {
        claim: claim(),
        reason: ClaimReason::Defective,
        units: vec![ClaimedUnits {
            line: id("1"),
            quantity: 2,
            fault_found_at,
        }],
        note,
        evidence,
        opened_at: at(),
    };
    let denied = |note| ClaimDenied {
        claim: claim(),
        reason: DenialReason::NotCovered,
        note,
    };
    let accepted = |note| ClaimAccepted {
        claim: claim(),
        note,
    };
    let withdrawn = |note| ClaimWithdrawn {
        claim: claim(),
        note,
    };
    vec![
        whole(Event::ClaimOpened(opened(
            Some(at()),
            text("raucht"),
            vec![shown("der Stecker")],
        ))),
        minimal(Event::ClaimOpened(opened(None, none(), Vec::new()))),
        whole(Event::ClaimEvidenceRequested(ClaimEvidenceRequested {
            claim: claim(),
            note: text("a picture of the plug"),
        })),
        whole(Event::ClaimEvidenceAdded(ClaimEvidenceAdded {
            claim: claim(),
            evidence: vec![shown("der Stecker"), shown("")],
        })),
        whole(Event::ClaimAccepted(accepted(text("sorry")))),
        minimal(Event::ClaimAccepted(accepted(none()))),
        whole(Event::ClaimDenied(denied(text("water inside")))),
        minimal(Event::ClaimDenied(denied(none()))),
        whole(Event::ClaimWithdrawn(withdrawn(text("works after all")))),
        minimal(Event::ClaimWithdrawn(withdrawn(none()))),
    ]
}

fn resolutions() -> Vec<Sample> {
    let resolved = |remedy, clauses| {
        Event::ClaimResolved(ClaimResolved {
            claim: claim(),
            remedy,
            grounds: RemedyGrounds {
                policy: id("default"),
                policy_version: 3,
                allowed: vec![Remedy::Repair, Remedy::Replacement],
                clauses,
                attempts: 1,
            },
        })
    };
    vec![
        whole(resolved(
            ClaimRemedy::Replacement {
                lines: vec![replacement("K1-1", Some(id("1")))],
                reductions: amounts(),
            },
            vec![text("eu.2019-771.art-10")],
        )),
        minimal(resolved(ClaimRemedy::Refund, Vec::new())),
        variant(
            "price_reduction",
            resolved(
                ClaimRemedy::PriceReduction {
                    reductions: amounts(),
                },
                Vec::new(),
            ),
        ),
        variant(
            "repair",
            resolved(
                ClaimRemedy::Repair {
                    repair: repair(),
                    reductions: amounts(),
                },
                Vec::new(),
            ),
        ),
    ]
}

fn replacement(line: &str, replaces: Option<backhaul_kernel::LineId>) -> ReplacementLine {
    ReplacementLine {
        line: id(line),
        replaces,
        sku: text("B-17"),
        category: Some(text("kitchen")),
        quantity: 2,
        value: money(3_998, "EUR"),
        paid_by: amounts(),
        collected_by: collected(),
    }
}

fn supplies() -> Vec<Sample> {
    let of_claim = || RemedyOf::Claim { claim: claim() };
    let of_exchange = || RemedyOf::Exchange {
        exchange: exchange(),
    };
    let unavailable = |of, note| ReplacementUnavailable { of, note };
    let sent = |of, reference, goods_due_at| ReplacementSent {
        of,
        reference,
        sent_at: at(),
        goods_due_at,
    };
    let released = |of, claim, out_of| RemedyReleased {
        of,
        release: 1,
        items: vec![ReleasedItem {
            line: id("1"),
            quantity: 2,
            claim,
            out_of,
        }],
        due: None,
    };
    vec![
        whole(Event::ReplacementReserved(ReplacementReserved {
            of: of_claim(),
            reference: text("stock-7"),
        })),
        variant(
            "exchange",
            Event::ReplacementReserved(ReplacementReserved {
                of: of_exchange(),
                reference: text("stock-8"),
            }),
        ),
        whole(Event::ReplacementUnavailable(unavailable(
            of_exchange(),
            text("sold out"),
        ))),
        minimal(Event::ReplacementUnavailable(unavailable(
            of_claim(),
            none(),
        ))),
        whole(Event::ReplacementSent(sent(
            of_exchange(),
            text("JD0001"),
            Some(time("2026-04-01T08:00:00Z")),
        ))),
        minimal(Event::ReplacementSent(sent(of_claim(), none(), None))),
        whole(Event::ReplacementDelivered(ReplacementDelivered {
            of: of_exchange(),
            delivered_at: at(),
        })),
        variant(
            "claim",
            Event::ReplacementDelivered(ReplacementDelivered {
                of: of_claim(),
                delivered_at: at(),
            }),
        ),
        whole(Event::RemedyReleased(released(
            of_exchange(),
            Some(money(500, "EUR")),
            amounts(),
        ))),
        minimal(Event::RemedyReleased(released(
            of_claim(),
            None,
            Vec::new(),
        ))),
        variant(
            "due",
            Event::RemedyReleased(RemedyReleased {
                due: Some(LegalDue {
                    at: at(),
                    clause: text("eu.2019-771.art-10"),
                }),
                ..released(of_claim(), None, Vec::new())
            }),
        ),
    ]
}

fn exchanges() -> Vec<Sample> {
    let bare = ReplacementLine {
        replaces: None,
        sku: none(),
        category: None,
        paid_by: Vec::new(),
        collected_by: Vec::new(),
        ..replacement("X1-1", None)
    };
    let requested = |line, advance_days| ExchangeRequested {
        exchange: exchange(),
        r#return: super::this(),
        lines: vec![line],
        advance_days,
        requested_at: at(),
    };
    let quoted = |owed, owed_collected| DifferenceQuoted {
        exchange: exchange(),
        credit: money(2_000, "EUR"),
        credits: amounts(),
        goods: money(5_000, "EUR"),
        shipping: money(500, "EUR"),
        return_shipping: money(750, "EUR"),
        difference: money(4_250, "EUR"),
        owed,
        owed_collected,
    };
    vec![
        whole(Event::ExchangeRequested(requested(
            replacement("X1-1", Some(id("1"))),
            Some(14),
        ))),
        minimal(Event::ExchangeRequested(requested(bare, None))),
        whole(Event::DifferenceQuoted(quoted(amounts(), collected()))),
        minimal(Event::DifferenceQuoted(quoted(Vec::new(), Vec::new()))),
        whole(Event::DifferenceCollected(DifferenceCollected {
            exchange: exchange(),
            amount: money(4_250, "EUR"),
            payment: text("pay_17"),
            collected_at: at(),
        })),
        whole(Event::DifferenceReleased(DifferenceReleased {
            exchange: exchange(),
            amount: money(4_250, "EUR"),
            payment: text("pay_17"),
        })),
        whole(Event::AdvanceAuthorized(AdvanceAuthorized {
            exchange: exchange(),
            amount: money(2_000, "EUR"),
            payment: text("hold_17"),
        })),
        whole(Event::AdvanceReleased(AdvanceReleased {
            exchange: exchange(),
        })),
        whole(Event::AdvanceCharged(AdvanceCharged {
            exchange: exchange(),
            amount: money(2_000, "EUR"),
            payment: text("hold_17"),
        })),
    ]
}

fn endings() -> Vec<Sample> {
    let unwound = |note| ExchangeUnwound {
        exchange: exchange(),
        note,
    };
    let cancelled = |note| ExchangeCancelled {
        exchange: exchange(),
        note,
    };
    vec![
        whole(Event::ExchangeCompleted(ExchangeCompleted {
            exchange: exchange(),
        })),
        whole(Event::ExchangeUnwound(unwound(text("sold out")))),
        minimal(Event::ExchangeUnwound(unwound(none()))),
        whole(Event::ExchangeCancelled(cancelled(text("kept after all")))),
        minimal(Event::ExchangeCancelled(cancelled(none()))),
    ]
}

fn repairs() -> Vec<Sample> {
    let these: Vec<LineUnits> = vec![units("1", 2)];
    let started = |claim, coverage, note| {
        Event::RepairStarted(RepairStarted {
            repair: repair(),
            claim,
            units: these.clone(),
            coverage,
            note,
            started_at: at(),
        })
    };
    let guarantee = |ends_at| Coverage::Guarantee {
        clause: text("eu.2019-771.art-10"),
        ends_at,
    };
    let quoted = |note| RepairQuoted {
        repair: repair(),
        price: money(2_400, "EUR"),
        note,
    };
    let completed = |parts| RepairCompleted {
        repair: repair(),
        parts,
        completed_at: at(),
    };
    let failed = |note| RepairFailed {
        repair: repair(),
        note,
        failed_at: at(),
    };
    let sent = |reference| RepairSentBack {
        repair: repair(),
        reference,
        sent_at: at(),
    };
    vec![
        whole(started(Some(claim()), Coverage::Claim, text("rattles"))),
        minimal(started(None, Coverage::Buyer, none())),
        variant("guarantee", started(None, guarantee(Some(at())), none())),
        variant("endless", started(None, guarantee(None), none())),
        whole(Event::RepairQuoted(quoted(text("a new spring")))),
        minimal(Event::RepairQuoted(quoted(none()))),
        whole(Event::RepairQuoteAccepted(RepairQuoteAccepted {
            repair: repair(),
        })),
        whole(Event::RepairQuoteDeclined(RepairQuoteDeclined {
            repair: repair(),
        })),
        whole(Event::RepairCompleted(completed(vec![text("spring")]))),
        minimal(Event::RepairCompleted(completed(Vec::new()))),
        whole(Event::RepairFailed(failed(text("no parts")))),
        minimal(Event::RepairFailed(failed(none()))),
        whole(Event::RepairSentBack(sent(text("JD0002")))),
        minimal(Event::RepairSentBack(sent(none()))),
        whole(Event::GuaranteeExtended(GuaranteeExtended {
            repair: repair(),
            line: id("1"),
            clause: text("eu.2024-1799"),
            months: 12,
            ends_at: time("2029-08-05T23:59:59Z"),
        })),
    ]
}

//! Samples of returns.

mod buyers;
mod links;
mod offers;
mod policies;
mod remedies;
mod reviews;
mod withdrawals;

use backhaul_events::returns::*;
use backhaul_kernel::ReturnId;
use backhaul_testkit::{id, money, text, time, units};

use super::{Sample, minimal, variant, whole};

pub(super) fn samples() -> Vec<Sample> {
    let mut samples = asking();
    samples.extend(arriving());
    samples.extend(ending());
    samples.extend(remedies::samples());
    samples.extend(links::samples());
    samples.extend(withdrawals::samples());
    samples.extend(offers::samples());
    samples.extend(buyers::samples());
    samples.extend(reviews::samples());
    samples
}

/// Where goods go in the samples.
pub(super) fn centre() -> ReturnCentre {
    ReturnCentre {
        id: text("leipzig"),
        country: id("DE"),
        name: text("Rücksendezentrum Leipzig"),
    }
}

fn asking() -> Vec<Sample> {
    let send_back = |postage| Handling::SendBack {
        to: centre(),
        postage,
    };
    vec![
        whole(Event::ReturnRequested(ReturnRequested {
            r#return: this(),
            items: every_reason(),
            requested_at: time("2026-03-10T08:00:00Z"),
            kits: Vec::new(),
            gift_recipient: None,
        })),
        variant(
            "fault",
            Event::ReturnRequested(ReturnRequested {
                r#return: this(),
                items: vec![fault()],
                requested_at: time("2026-03-10T08:00:00Z"),
                kits: Vec::new(),
                gift_recipient: None,
            }),
        ),
        whole(Event::ReturnReferred(ReturnReferred {
            r#return: this(),
            decision: decision(DecidedBy::Policy),
            decide_by: None,
        })),
        variant(
            "explained",
            Event::ReturnReferred(ReturnReferred {
                r#return: this(),
                decision: policies::explained(),
                decide_by: None,
            }),
        ),
        whole(Event::ReturnAuthorized(ReturnAuthorized {
            expires_at: Some(time("2026-04-09T08:00:00Z")),
            ..authorized(send_back(Postage::Merchant), Release::OnInspection)
        })),
        variant(
            "keep-item",
            Event::ReturnAuthorized(authorized(Handling::KeepItem, Release::OnRequest)),
        ),
        variant(
            "on-receipt",
            Event::ReturnAuthorized(authorized(send_back(Postage::Buyer), Release::OnReceipt)),
        ),
        variant(
            "explained",
            Event::ReturnAuthorized(ReturnAuthorized {
                decision: policies::explained(),
                claims: vec![money(1_650, "EUR")],
                ..authorized(send_back(Postage::Merchant), Release::OnRequest)
            }),
        ),
        variant(
            "explained",
            Event::ReturnDeclined(ReturnDeclined {
                r#return: this(),
                decision: policies::explained(),
                note: text(""),
            }),
        ),
        whole(Event::ReturnDeclined(ReturnDeclined {
            r#return: this(),
            decision: decision(DecidedBy::Person),
            note: text("worn for a season"),
        })),
        minimal(Event::ReturnDeclined(ReturnDeclined {
            r#return: this(),
            decision: decision(DecidedBy::Policy),
            note: text(""),
        })),
    ]
}

fn arriving() -> Vec<Sample> {
    vec![
        whole(Event::UnitsReceived(UnitsReceived {
            parcel: Some(id("A-1001-P1")),
            site: text("leipzig"),
            ..received()
        })),
        minimal(Event::UnitsReceived(received())),
        whole(Event::UnitsMissing(UnitsMissing {
            r#return: this(),
            units: vec![units("1", 1)],
        })),
        whole(Event::WrongItemReceived(WrongItemReceived {
            r#return: this(),
            line: id("1"),
            quantity: 1,
            found: text("a brick"),
            received_at: time("2026-03-14T12:10:00Z"),
        })),
        whole(Event::UnexpectedUnitsReceived(UnexpectedUnitsReceived {
            order: id("A-1001"),
            found: text("one shoe"),
            quantity: 1,
            received_at: time("2026-03-14T12:15:00Z"),
        })),
        whole(Event::UnitsInspected(UnitsInspected {
            r#return: this(),
            units: [
                (Grade::A, InspectionOutcome::Accepted),
                (Grade::B, InspectionOutcome::Accepted),
                (Grade::C, InspectionOutcome::Rejected),
                (Grade::D, InspectionOutcome::Rejected),
            ]
            .map(|(grade, outcome)| InspectedUnits::plain(id("1"), 1, grade, outcome))
            .into(),
            inspected_at: time("2026-03-15T09:00:00Z"),
            inspect_by: None,
            deductions: Vec::new(),
        })),
    ]
}

fn ending() -> Vec<Sample> {
    let released = |claim| RefundReleased {
        r#return: this(),
        release: 1,
        items: vec![ReleasedItem {
            out_of: Vec::new(),
            line: id("1"),
            quantity: 1,
            claim,
        }],
        basis: Release::OnInspection,
        terms: ReleaseTerms::default(),
    };
    let mut samples = vec![
        whole(Event::ReturnCancelled(ReturnCancelled {
            r#return: this(),
            note: text("found the missing part"),
        })),
        minimal(Event::ReturnCancelled(ReturnCancelled {
            r#return: this(),
            note: text(""),
        })),
        whole(Event::ReturnExpired(ReturnExpired { r#return: this() })),
        whole(Event::RefundReleased(released(Some(money(1_832, "EUR"))))),
        minimal(Event::RefundReleased(released(None))),
        variant(
            "out_of",
            Event::RefundReleased(RefundReleased {
                items: vec![ReleasedItem {
                    line: id("X1-1"),
                    quantity: 1,
                    claim: Some(money(500, "EUR")),
                    out_of: vec![LineAmount {
                        line: id("1"),
                        amount: money(500, "EUR"),
                    }],
                }],
                ..released(None)
            }),
        ),
        variant(
            "terms",
            Event::RefundReleased(RefundReleased {
                terms: links::terms(OutboundShipping::WithWholeOrder),
                basis: Release::OnFirstScan,
                ..released(None)
            }),
        ),
        variant(
            "pro-rata",
            Event::RefundReleased(RefundReleased {
                terms: links::terms(OutboundShipping::ProRata),
                ..released(None)
            }),
        ),
        whole(Event::ReturnClosed(ReturnClosed { r#return: this() })),
        whole(Event::PolicyPublished(PolicyPublished {
            policy: id("default"),
            version: 4,
            content: policy(),
        })),
        variant(
            "rules",
            Event::PolicyPublished(PolicyPublished {
                policy: id("default"),
                version: 5,
                content: PolicySet {
                    rules: policies::rules(),
                    release: Release::OnFirstScan,
                    release_after_days: Some(5),
                    ..policy_minimal()
                },
            }),
        ),
        whole(Event::PolicyRetired(PolicyRetired {
            policy: id("default"),
            version: 5,
        })),
        minimal(Event::PolicyPublished(PolicyPublished {
            policy: id("default"),
            version: 1,
            content: policy_minimal(),
        })),
        whole(disposition(Disposition::Restock)),
    ];
    samples.extend(
        [
            ("refurbish", Disposition::Refurbish),
            ("repair", Disposition::Repair),
            ("resell", Disposition::Resell),
            ("liquidate", Disposition::Liquidate),
            ("donate", Disposition::Donate),
            ("recycle", Disposition::Recycle),
            ("destroy", Disposition::Destroy),
            ("send-back", Disposition::SendBack),
        ]
        .map(|(name, what)| variant(name, disposition(what))),
    );
    samples
}

fn this() -> ReturnId {
    id("A-1001-R1")
}

/// The first item has every field, the others show every reason.
fn every_reason() -> Vec<RequestedItem> {
    let reasons = [
        Reason::Other,
        Reason::ChangedMind,
        Reason::WrongSize,
        Reason::Defective,
        Reason::NotAsDescribed,
        Reason::WrongItem,
        Reason::DamagedInTransit,
        Reason::ArrivedLate,
        Reason::MissingParts,
    ];
    let mut items: Vec<RequestedItem> = reasons
        .map(|reason| RequestedItem {
            line: id("1"),
            quantity: 1,
            reason,
            note: text(""),
            claim: None,
            fault_found_at: None,
        })
        .into();
    items[0].note = text("it\tflickers\nat night");
    items[0].claim = Some(money(1_832, "EUR"));
    items
}

fn fault() -> RequestedItem {
    RequestedItem {
        fault_found_at: Some(time("2026-03-09T18:00:00Z")),
        ..every_reason().remove(2)
    }
}

fn authorized(handling: Handling, release: Release) -> ReturnAuthorized {
    ReturnAuthorized {
        r#return: this(),
        decision: decision(DecidedBy::Policy),
        handling,
        release,
        expires_at: None,
        claims: Vec::new(),
        fees: Vec::new(),
        release_after_days: None,
        time_zone: None,
        kept_worth: None,
    }
}

/// The first finding has every field, the others show every verdict.
fn decision(by: DecidedBy) -> Decision {
    let verdicts = [
        (Verdict::Returnable, "eu.2011-83.art-9"),
        (Verdict::WindowClosed, "default-window"),
        (Verdict::FinalSale, "final-sale"),
        (Verdict::NotDelivered, "not-delivered"),
        (Verdict::DeclinedByPerson, "person"),
    ];
    let mut findings: Vec<Finding> = verdicts
        .map(|(verdict, clause)| Finding {
            line: id("1"),
            quantity: 1,
            verdict,
            clause: text(clause),
            clock_started_at: None,
            window_days: None,
            window_ends_at: None,
            country: None,
            category: None,
            terms: None,
            offer: None,
        })
        .into();
    findings[0].clock_started_at = Some(time("2026-03-05T14:05:09Z"));
    findings[0].window_days = Some(14);
    findings[0].window_ends_at = Some(time("2026-03-19T22:59:59.999999999Z"));
    findings[0].country = Some(id("DE"));
    findings[0].category = Some(text("lighting"));
    Decision {
        policy: id("default"),
        policy_version: 4,
        by,
        findings,
        inputs_digest: text(""),
        buyer: None,
        signals: Vec::new(),
    }
}

fn received() -> UnitsReceived {
    UnitsReceived {
        r#return: this(),
        parcel: None,
        site: text(""),
        units: [Condition::Intact, Condition::Damaged]
            .map(|condition| ReceivedUnits {
                line: id("1"),
                quantity: 1,
                condition,
            })
            .into(),
        received_at: time("2026-03-14T12:00:00Z"),
        inspect_by: None,
    }
}

fn disposition(disposition: Disposition) -> Event {
    Event::DispositionAssigned(DispositionAssigned {
        r#return: this(),
        units: units("1", 1),
        disposition,
        site: text(""),
    })
}

fn policy() -> PolicySet {
    PolicySet {
        windows: vec![WindowRule {
            id: text("lighting-in-europe"),
            countries: vec![id("DE"), id("FR")],
            categories: vec![text("lighting")],
            window_days: 60,
        }],
        default_window_days: 30,
        final_sale_categories: vec![text("personalised")],
        authorization: Authorization::Automatic,
        release: Release::OnInspection,
        keep_item_up_to: vec![money(500, "EUR")],
        expire_after_days: Some(30),
        release_after_days: None,
        postage: Postage::Merchant,
        return_centres: vec![centre()],
        rules: Vec::new(),
        review_within: None,
    }
}

fn policy_minimal() -> PolicySet {
    PolicySet {
        windows: vec![WindowRule {
            id: text("everything"),
            countries: Vec::new(),
            categories: Vec::new(),
            window_days: 14,
        }],
        default_window_days: 0,
        final_sale_categories: Vec::new(),
        authorization: Authorization::Manual,
        release: Release::OnRequest,
        keep_item_up_to: Vec::new(),
        expire_after_days: None,
        release_after_days: None,
        postage: Postage::Buyer,
        return_centres: vec![centre()],
        rules: Vec::new(),
        review_within: None,
    }
}

//! The law's own windows, jurisdiction by jurisdiction: the last minute is in, the next is out.

use backhaul_events::returns::{
    Authorization, Exemption, Postage, Reason, RequestedItem, Rule, Verdict,
};
use backhaul_kernel::Timestamp;
use backhaul_returns::{Command, LineExplanation, PolicySnapshot, State, explain};
use backhaul_testkit::{OrderSample, given, order, text, time};
use jiff::ToSpan;

use crate::{content, decision, facts, item, names, now, policy, request};

/// Takes nothing back by itself: whatever is returnable is so by law.
fn nothing() -> PolicySnapshot {
    policy(backhaul_events::returns::PolicySet {
        default_window_days: 0,
        ..content()
    })
}

fn sold(country: &str, zone: &str, labels: &[(&str, &str)], delivered: &str) -> OrderSample {
    let mut order = order("o").destination(country, zone).line("1", 1, 100);
    for (name, value) in labels {
        let (name, value) = ((*name).to_owned(), (*value).to_owned());
        order.recorded.labels.insert(name, value);
    }
    order.delivered("1", 1, delivered)
}

fn because(reason: Reason) -> RequestedItem {
    RequestedItem {
        reason,
        ..item("1", 1)
    }
}

fn explained(
    order: &OrderSample,
    policy: &PolicySnapshot,
    reason: Reason,
    at: Timestamp,
) -> LineExplanation {
    let items = [because(reason)];
    explain(&facts(order), &State::default(), policy, &items, at).remove(0)
}

const MARCH: &str = "2026-03-10T12:00:00Z";
const UNTOLD: (&str, &str) = ("return-information", "missing");
const DOORSTEP: (&str, &str) = ("sale-form", "doorstep");

#[test]
fn the_last_minute_is_in_and_the_next_is_out() {
    use Reason::{ChangedMind as Mind, Defective as Fault};
    type Labels = &'static [(&'static str, &'static str)];
    const TOLD: Labels = &[];
    let cases: [(&str, &str, Labels, &str, Reason, &str, &str); 28] = [
        (
            "DE",
            "Europe/Berlin",
            TOLD,
            MARCH,
            Mind,
            "eu.2011-83.art-9",
            "2026-03-24T22:59",
        ),
        // A leap day; a Saturday; Good Friday; King's Day; clocks that moved within the window.
        (
            "DE",
            "Europe/Berlin",
            TOLD,
            "2028-02-15T12:00:00Z",
            Mind,
            "eu.2011-83.art-9",
            "2028-02-29T22:59",
        ),
        (
            "DE",
            "Europe/Berlin",
            TOLD,
            "2026-03-07T12:00:00Z",
            Mind,
            "eu.2011-83.art-9",
            "2026-03-23T22:59",
        ),
        (
            "DE",
            "Europe/Berlin",
            TOLD,
            "2026-03-20T12:00:00Z",
            Mind,
            "eu.2011-83.art-9",
            "2026-04-07T21:59",
        ),
        (
            "NL",
            "Europe/Amsterdam",
            TOLD,
            "2026-04-13T12:00:00Z",
            Mind,
            "eu.2011-83.art-9",
            "2026-04-28T21:59",
        ),
        (
            "FR",
            "Europe/Paris",
            TOLD,
            "2026-10-15T12:00:00Z",
            Mind,
            "eu.2011-83.art-9",
            "2026-10-29T22:59",
        ),
        // Delivered late in the evening of the buyer's day.
        (
            "DE",
            "Europe/Berlin",
            TOLD,
            "2026-03-10T22:59:00Z",
            Mind,
            "eu.2011-83.art-9",
            "2026-03-24T22:59",
        ),
        (
            "DE",
            "Europe/Berlin",
            TOLD,
            "2026-03-10T23:01:00Z",
            Mind,
            "eu.2011-83.art-9",
            "2026-03-25T22:59",
        ),
        (
            "FR",
            "Europe/Paris",
            &[UNTOLD],
            MARCH,
            Mind,
            "eu.2011-83.art-9",
            "2027-03-24T22:59",
        ),
        (
            "IT",
            "Europe/Rome",
            &[DOORSTEP],
            MARCH,
            Mind,
            "eu.2011-83.art-9.1a",
            "2026-04-09T21:59",
        ),
        (
            "DE",
            "Europe/Berlin",
            &[DOORSTEP],
            MARCH,
            Mind,
            "eu.2011-83.art-9",
            "2026-03-24T22:59",
        ),
        (
            "DE",
            "Europe/Berlin",
            TOLD,
            MARCH,
            Fault,
            "eu.2019-771.art-10",
            "2028-03-10T22:59",
        ),
        (
            "GB",
            "Europe/London",
            TOLD,
            MARCH,
            Mind,
            "gb.ccr-2013.reg-29",
            "2026-03-24T23:59",
        ),
        (
            "GB",
            "Europe/London",
            TOLD,
            MARCH,
            Fault,
            "gb.cra-2015.s-23-24",
            "2032-03-10T23:59",
        ),
        (
            "CN",
            "Asia/Shanghai",
            TOLD,
            MARCH,
            Mind,
            "cn.cpl.art-25",
            "2026-03-17T15:59",
        ),
        (
            "JP",
            "Asia/Tokyo",
            &[UNTOLD],
            MARCH,
            Mind,
            "jp.scta.art-15-3",
            "2026-03-18T14:59",
        ),
        (
            "KR",
            "Asia/Seoul",
            TOLD,
            MARCH,
            Mind,
            "kr.e-commerce.art-17",
            "2026-03-17T14:59",
        ),
        (
            "KR",
            "Asia/Seoul",
            TOLD,
            MARCH,
            Fault,
            "kr.e-commerce.art-17-3",
            "2026-06-10T14:59",
        ),
        (
            "BR",
            "America/Sao_Paulo",
            TOLD,
            MARCH,
            Mind,
            "br.cdc.art-49",
            "2026-03-18T02:59",
        ),
        (
            "BR",
            "America/Sao_Paulo",
            TOLD,
            MARCH,
            Fault,
            "br.cdc.art-26",
            "2026-06-09T02:59",
        ),
        // The third Monday of March is a holiday.
        (
            "MX",
            "America/Mexico_City",
            TOLD,
            MARCH,
            Mind,
            "mx.lfpc.art-56",
            "2026-03-19T05:59",
        ),
        (
            "US",
            "America/New_York",
            &[UNTOLD, ("buyer-region", "US-NY")],
            MARCH,
            Mind,
            "us.ny.gbl-218-a",
            "2026-04-01T03:59",
        ),
        (
            "US",
            "America/New_York",
            &[DOORSTEP],
            MARCH,
            Mind,
            "us.ftc.cooling-off",
            "2026-03-05T04:59",
        ),
        (
            "CA",
            "America/Toronto",
            &[UNTOLD, ("buyer-region", "CA-QC")],
            MARCH,
            Mind,
            "ca.qc.cpa-54",
            "2026-03-18T03:59",
        ),
        (
            "CH",
            "Europe/Zurich",
            TOLD,
            MARCH,
            Fault,
            "ch.co.art-210",
            "2028-03-10T22:59",
        ),
        (
            "CH",
            "Europe/Zurich",
            &[DOORSTEP],
            MARCH,
            Mind,
            "ch.co.art-40b",
            "2026-03-15T22:59",
        ),
        (
            "SG",
            "Asia/Singapore",
            &[DOORSTEP],
            MARCH,
            Mind,
            "sg.cpfta.cancellation",
            "2026-03-06T15:59",
        ),
        (
            "SG",
            "Asia/Singapore",
            TOLD,
            MARCH,
            Fault,
            "sg.cpfta.part-3",
            "2026-09-10T15:59",
        ),
    ];
    for (country, zone, labels, delivered, reason, clause, last) in cases {
        let order = sold(country, zone, labels, delivered);
        let last = time(&format!("{last}:00Z"));
        let next = last.checked_add(1.minute()).unwrap();
        for (at, verdict) in [(last, Verdict::Returnable), (next, Verdict::WindowClosed)] {
            let found = explained(&order, &nothing(), reason, at).finding;
            let found = (found.verdict, found.clause.as_str().to_owned());
            assert_eq!(
                found,
                (verdict, clause.to_owned()),
                "{country} {reason:?} {at}"
            );
        }
    }
}

#[test]
fn where_the_law_gives_nothing_the_merchant_decides() {
    for (country, labels, reason) in [
        ("AU", &[][..], Reason::ChangedMind),
        ("JP", &[], Reason::ChangedMind),
        ("CH", &[], Reason::ChangedMind),
        ("SG", &[], Reason::ChangedMind),
        ("IN", &[], Reason::ChangedMind),
        ("AE", &[], Reason::Defective),
        ("AR", &[], Reason::Defective),
        ("", &[], Reason::Defective),
        ("US", &[], Reason::ChangedMind),
        (
            "US",
            &[UNTOLD, ("buyer-region", "US-TX")],
            Reason::ChangedMind,
        ),
        ("DE", &[("buyer-kind", "business")], Reason::Defective),
        ("DE", &[("sale-form", "store")], Reason::ChangedMind),
    ] {
        let order = sold(country, "UTC", labels, MARCH);
        let found = explained(&order, &nothing(), reason, time(MARCH)).finding;
        assert_eq!(found.verdict, Verdict::WindowClosed, "{country} {labels:?}");
        let mind = explained(&order, &policy(content()), reason, time(MARCH)).finding;
        assert_eq!(
            mind.clause.as_str(),
            "default-window",
            "{country} {labels:?}"
        );
    }
}

#[test]
fn a_right_without_end_leaves_the_decision_to_a_person() {
    for country in ["AU", "IN"] {
        let order = sold(country, "UTC", &[], "2026-03-01T12:00:00Z");
        let mut command = request(&order, &nothing(), vec![because(Reason::Defective)]);
        command.requested_at = time("2026-03-10T12:00:00Z");
        let events = given::<backhaul_returns::Returns>([])
            .when(&Command::Request(command), &now())
            .events();
        assert_eq!(
            names(&events),
            ["ReturnRequested", "ReturnReferred"],
            "{country}"
        );
        let found = &decision(&events).unwrap().findings[0];
        assert_eq!(found.verdict, Verdict::Returnable);
        assert_eq!(found.window_ends_at, None);
        let terms = found.terms.as_ref().unwrap();
        assert_eq!(terms.postage, Postage::Merchant);
    }
}

#[test]
fn only_an_exemption_that_the_law_knows_takes_the_right_away() {
    for (country, exemption, verdict) in [
        ("DE", Exemption::Perishable, Verdict::Exempt),
        ("DE", Exemption::FinalSale, Verdict::Returnable),
        ("DE", Exemption::AgreedUnsuited, Verdict::Returnable),
        ("CN", Exemption::AgreedUnsuited, Verdict::Exempt),
        ("CN", Exemption::UnsealedHygiene, Verdict::Returnable),
        ("KR", Exemption::DiminishedByBuyer, Verdict::Exempt),
        ("BR", Exemption::Bespoke, Verdict::Returnable),
        ("US", Exemption::FinalSale, Verdict::FinalSale),
        ("US", Exemption::Bespoke, Verdict::Exempt),
    ] {
        let policy = policy(backhaul_events::returns::PolicySet {
            rules: vec![Rule {
                id: text("not-these"),
                exemption: Some(exemption),
                ..Rule::default()
            }],
            ..content()
        });
        let order = sold(country, "UTC", &[], MARCH);
        let mind = explained(&order, &policy, Reason::ChangedMind, time(MARCH));
        assert_eq!(mind.finding.verdict, verdict, "{country} {exemption:?}");
        // Faulty goods come back whatever they are, where the law of faults has a window.
        if country == "DE" {
            let fault = explained(&order, &policy, Reason::Defective, time(MARCH));
            assert_eq!(fault.finding.verdict, Verdict::Returnable);
        }
    }
}

#[test]
fn an_explanation_names_every_right_of_the_country_and_its_source() {
    let order = sold("GB", "Europe/London", &[], MARCH);
    let found = explained(&order, &nothing(), Reason::ChangedMind, time(MARCH));
    let brief: Vec<_> = found
        .clauses
        .iter()
        .map(|each| (each.clause.as_str(), each.holds, each.why.as_str()))
        .collect();
    let no_fault = "it needs a fault, and the buyer names none";
    assert_eq!(
        brief,
        [
            ("gb.ccr-2013.reg-29", true, "the buyer has this right"),
            ("gb.cra-2015.s-22", false, no_fault),
            ("gb.cra-2015.s-23-24", false, no_fault),
        ]
    );
    assert!(found.clauses[0].right.source.as_str().contains("2013"));
    assert!(
        found
            .clauses
            .iter()
            .all(|each| each.holds != each.decided.is_empty())
    );
    let terms = found.finding.terms.unwrap();
    assert_eq!(terms.refund_within.unwrap().length, 14);
    assert_eq!(content().authorization, Authorization::Automatic);
}

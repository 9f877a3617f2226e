//! The law, jurisdiction by jurisdiction, at its boundaries. What is expected was worked out by hand
//! and stands here as it was written down.
//!
//! `windows` has the last minutes and the clocks, `money` the days on which the law wants the money
//! back, `terms` postage, fees, remedies and exemptions. Each is a table in text, one case a line,
//! and `covered` says that no right is left out of them.

mod covered;
mod money;
mod repaired;
mod terms;
mod windows;

use backhaul_events::returns::{Authorization, Postage, Reason, RequestedItem, Verdict};
use backhaul_kernel::Timestamp;
use backhaul_returns::{Command, LineExplanation, PolicySnapshot, State, explain};
use backhaul_testkit::{OrderSample, given, order, time};

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

/// The lines of a table, as words. An empty line and one that begins with `#` say nothing.
fn rows(table: &str) -> Vec<Vec<&str>> {
    let lines = table.lines().map(str::trim);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| line.split_whitespace().collect())
        .collect()
}

/// The labels of an order, joined by `+`; `-` is none.
fn labels(words: &str) -> Vec<(&str, &str)> {
    let words = words.split('+').filter(|word| *word != "-");
    words
        .map(|word| match word {
            "untold" => UNTOLD,
            "doorstep" => DOORSTEP,
            region => ("buyer-region", region),
        })
        .collect()
}

fn reason(word: &str) -> Reason {
    match word {
        "mind" => Reason::ChangedMind,
        "fault" => Reason::Defective,
        other => panic!("`{other}` is no reason of these tables"),
    }
}

const MARCH: &str = "2026-03-10T12:00:00Z";
const UNTOLD: (&str, &str) = ("return-information", "missing");
const DOORSTEP: (&str, &str) = ("sale-form", "doorstep");

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

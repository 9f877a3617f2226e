//! Until when: the merchant's window, the law's, and whose days they are.

use backhaul_events::returns::{Finding, PolicySet, Verdict, WindowRule};
use backhaul_returns::{PolicySnapshot, State, eligibility};
use backhaul_testkit::{OrderSample, id, order, text, time};

use crate::{asked, content, facts, item, policy, sample};

/// What the policy says of the first line at that moment.
fn finding(order: &OrderSample, policy: &PolicySnapshot, at: &str) -> Finding {
    let lines = eligibility(&facts(order), &State::default(), policy, time(at));
    lines[0].finding.clone()
}

#[track_caller]
fn check(
    order: &OrderSample,
    policy: &PolicySnapshot,
    at: &str,
    verdict: Verdict,
    clause: &str,
    ends_at: &str,
) {
    let found = finding(order, policy, at);
    let ends_at = (!ends_at.is_empty()).then(|| time(ends_at));
    assert_eq!(
        (found.verdict, found.clause.as_str(), found.window_ends_at),
        (verdict, clause, ends_at)
    );
}

fn one_line(country: &str, time_zone: &str) -> OrderSample {
    order("o")
        .destination(country, time_zone)
        .line("1", 2, 100)
        .delivered("1", 2, "2026-03-20T23:30:00Z")
}

fn days(default_window_days: u32) -> PolicySnapshot {
    policy(PolicySet {
        default_window_days,
        ..content()
    })
}

const EU: &str = "eu.2011-83.art-9";
const GB: &str = "gb.ccr-2013.reg-29";

#[test]
fn the_longer_window_counts_and_the_merchants_wins_a_tie() {
    for (country, policy_days, clause, ends_at) in [
        ("US", 7, "default-window", "2026-03-27T23:59:59.999999999Z"),
        ("FR", 7, EU, "2026-04-03T23:59:59.999999999Z"),
        ("FR", 14, "default-window", "2026-04-03T23:59:59.999999999Z"),
        ("FR", 30, "default-window", "2026-04-19T23:59:59.999999999Z"),
        ("GB", 7, GB, "2026-04-03T23:59:59.999999999Z"),
        ("", 7, "default-window", "2026-03-27T23:59:59.999999999Z"),
    ] {
        let order = one_line(country, "");
        let policy = days(policy_days);
        let end = time(ends_at).to_string();
        check(&order, &policy, &end, Verdict::Returnable, clause, ends_at);
        let late = "2026-05-01T00:00:00Z";
        check(
            &order,
            &policy,
            late,
            Verdict::WindowClosed,
            clause,
            ends_at,
        );
    }
}

#[test]
fn days_end_where_the_buyer_lives() {
    // Delivered at 23:30 UTC on the 20th: in Berlin that is the 21st, and the clocks move forward
    // on the 29th. In New York it is still the 20th.
    for (zone, ends_at) in [
        ("Europe/Berlin", "2026-04-04T21:59:59.999999999Z"),
        ("America/New_York", "2026-04-04T03:59:59.999999999Z"),
        ("", "2026-04-03T23:59:59.999999999Z"),
    ] {
        let order = one_line("US", zone);
        let at = "2026-03-21T00:00:00Z";
        check(
            &order,
            &days(14),
            at,
            Verdict::Returnable,
            "default-window",
            ends_at,
        );
    }
}

#[test]
fn the_law_counts_from_the_last_good_of_the_order_and_the_merchant_from_the_line() {
    let order = order("o")
        .line("1", 1, 100)
        .line("2", 1, 100)
        .destination("DE", "UTC")
        .delivered("1", 1, "2026-03-01T10:00:00Z")
        .delivered("2", 1, "2026-03-11T10:00:00Z");
    let at = "2026-03-12T00:00:00Z";
    let found = finding(&order, &days(20), at);
    assert_eq!(found.clock_started_at, Some(time("2026-03-11T10:00:00Z")));
    assert_eq!((found.clause.as_str(), found.window_days), (EU, Some(14)));
    let found = finding(&order, &days(30), at);
    assert_eq!(found.clock_started_at, Some(time("2026-03-01T10:00:00Z")));
    assert_eq!(found.clause.as_str(), "default-window");
}

#[test]
fn the_first_rule_that_matches_decides() {
    let rule = |name: &str, countries: &[&str], categories: &[&str], window_days| WindowRule {
        id: text(name),
        countries: countries.iter().map(|code| id(code)).collect(),
        categories: categories.iter().map(|name| text(name)).collect(),
        window_days,
    };
    let policy = policy(PolicySet {
        windows: vec![
            rule("us-shoes", &["US"], &["shoes"], 60),
            rule("shoes", &[], &["shoes"], 45),
            rule("north-america", &["US", "CA"], &[], 30),
        ],
        ..content()
    });
    for (country, category, clause) in [
        ("US", "shoes", "us-shoes"),
        ("JP", "shoes", "shoes"),
        ("", "shoes", "shoes"),
        ("CA", "hats", "north-america"),
        ("US", "", "north-america"),
        ("JP", "hats", "default-window"),
    ] {
        let start = order("o").destination(country, "UTC").line("1", 1, 100);
        let order = if category.is_empty() {
            start
        } else {
            start.category(category)
        };
        let order = order.delivered("1", 1, "2026-03-05T00:00:00Z");
        let found = finding(&order, &policy, "2026-03-06T00:00:00Z");
        assert_eq!(found.clause.as_str(), clause, "{country} {category}");
        assert_eq!(found.verdict, Verdict::Returnable);
    }
}

#[test]
fn a_final_sale_yields_to_the_law_for_its_days() {
    let by_mark = |country: &str| {
        order("o")
            .destination(country, "UTC")
            .line("1", 1, 100)
            .final_sale()
            .delivered("1", 1, "2026-03-05T00:00:00Z")
    };
    let by_category = order("o")
        .destination("US", "UTC")
        .line("1", 1, 100)
        .category("outlet")
        .delivered("1", 1, "2026-03-05T00:00:00Z");
    let policy = policy(PolicySet {
        final_sale_categories: vec![text("outlet")],
        ..content()
    });
    let soon = "2026-03-06T00:00:00Z";
    let late = "2026-03-20T00:00:00Z";
    let end = "2026-03-19T23:59:59.999999999Z";
    let us = by_mark("US");
    check(&us, &policy, soon, Verdict::FinalSale, "final-sale", "");
    check(
        &by_category,
        &policy,
        soon,
        Verdict::FinalSale,
        "final-sale",
        "",
    );
    check(&by_mark("IT"), &policy, soon, Verdict::Returnable, EU, end);
    check(
        &by_mark("IT"),
        &policy,
        late,
        Verdict::FinalSale,
        "final-sale",
        end,
    );
}

#[test]
fn no_days_take_nothing_back_but_the_law_still_holds() {
    let at = "2026-03-20T23:40:00Z";
    let us = one_line("US", "UTC");
    check(
        &us,
        &days(0),
        at,
        Verdict::WindowClosed,
        "default-window",
        "",
    );
    // The 14th day is Good Friday; the next working day is the Tuesday after Easter.
    let end = "2026-04-07T23:59:59.999999999Z";
    let se = one_line("SE", "UTC");
    check(&se, &days(0), at, Verdict::Returnable, EU, end);
}

#[test]
fn a_platform_sees_what_is_left_in_the_orders_own_order() {
    let policy = policy(content());
    let order = order("536365")
        .line("b", 3, 3000)
        .line("a", 4, 1000)
        .delivered("b", 2, "2026-03-05T00:00:00Z");
    let lines = eligibility(
        &facts(&order),
        &State::default(),
        &policy,
        time("2026-03-06T00:00:00Z"),
    );
    let brief: Vec<_> = lines
        .iter()
        .map(|line| {
            (
                line.finding.line.as_str(),
                line.units_bought,
                line.units_delivered,
                line.units_left,
                line.finding.verdict,
            )
        })
        .collect();
    assert_eq!(
        brief,
        [
            ("b", 3, 2, 2, Verdict::Returnable),
            ("a", 4, 0, 4, Verdict::NotDelivered)
        ]
    );

    let state = asked(&policy, vec![item("1", 2)]).state();
    let lines = eligibility(
        &facts(&sample()),
        &state,
        &policy,
        time("2026-03-06T00:00:00Z"),
    );
    assert_eq!((lines[0].units_left, lines[1].units_left), (1, 4));
    assert!(
        eligibility(
            &Default::default(),
            &state,
            &policy,
            time("2026-03-06T00:00:00Z")
        )
        .is_empty()
    );
}

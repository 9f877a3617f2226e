//! Rules of a policy: which holds, what it says, and what follows for the return.

use backhaul_events::returns::{
    Aspect, Authorization, Clock, Day, Event, Fees, Handling, KeepItem, LastDay, PartialRefund,
    PolicySet, Postage, Reason, Release, Remedy, ReturnCentre, Rule, Scope, SpanUnit, WindowTerms,
};
use backhaul_returns::{Command, PolicySnapshot, Returns, explain};
use backhaul_testkit::{OrderSample, given, id, money, order, text, time};

use crate::{content, decision, facts, item, names, now, policy, releases, request};

/// A buyer in the United States, where no law is in the way: three units for 30.00.
fn american() -> OrderSample {
    order("536365")
        .destination("US", "UTC")
        .line("1", 3, 3000)
        .category("shoes")
        .delivered("1", 3, "2026-03-05T10:00:00Z")
}

fn rule(name: &str) -> Rule {
    Rule {
        id: text(name),
        ..Rule::default()
    }
}

fn with(rules: Vec<Rule>) -> PolicySnapshot {
    policy(PolicySet {
        rules,
        release: Release::OnReceipt,
        ..content()
    })
}

fn ask(order: &OrderSample, rules: Vec<Rule>) -> Vec<Event> {
    let command = request(order, &with(rules), vec![item("1", 3)]);
    given::<Returns>([])
        .when(&Command::Request(command), &now())
        .events()
}

#[test]
fn a_rule_holds_where_its_whole_scope_and_its_condition_do() {
    let mut sold = american();
    for (name, value) in [("channel", "app"), ("buyer-group", "club"), ("risk", "low")] {
        sold.recorded
            .labels
            .insert(name.to_owned(), value.to_owned());
    }
    let scoped = |scope: Scope| Rule { scope, ..rule("r") };
    let on = |condition: &str| Rule {
        condition: text(condition),
        ..rule("r")
    };
    let cases = [
        (rule("r"), true),
        (
            scoped(Scope {
                countries: vec![id("US"), id("CA")],
                ..Scope::default()
            }),
            true,
        ),
        (
            scoped(Scope {
                countries: vec![id("CA")],
                ..Scope::default()
            }),
            false,
        ),
        (
            scoped(Scope {
                channels: vec![text("app")],
                ..Scope::default()
            }),
            true,
        ),
        (
            scoped(Scope {
                channels: vec![text("web")],
                ..Scope::default()
            }),
            false,
        ),
        (
            scoped(Scope {
                categories: vec![text("shoes")],
                ..Scope::default()
            }),
            true,
        ),
        (
            scoped(Scope {
                categories: vec![text("hats")],
                ..Scope::default()
            }),
            false,
        ),
        (
            scoped(Scope {
                buyer_groups: vec![text("club")],
                ..Scope::default()
            }),
            true,
        ),
        (
            scoped(Scope {
                buyer_groups: vec![text("new")],
                ..Scope::default()
            }),
            false,
        ),
        (
            scoped(Scope {
                reasons: vec![Reason::ChangedMind],
                ..Scope::default()
            }),
            true,
        ),
        (
            scoped(Scope {
                reasons: vec![Reason::Defective],
                ..Scope::default()
            }),
            false,
        ),
        (
            scoped(Scope {
                grades: vec![backhaul_events::returns::Grade::A],
                ..Scope::default()
            }),
            false,
        ),
        (
            scoped(Scope {
                worth_at_least: vec![money(3000, "EUR")],
                ..Scope::default()
            }),
            true,
        ),
        (
            scoped(Scope {
                worth_at_least: vec![money(3001, "EUR")],
                ..Scope::default()
            }),
            false,
        ),
        (
            scoped(Scope {
                worth_at_most: vec![money(2999, "EUR")],
                ..Scope::default()
            }),
            false,
        ),
        (
            scoped(Scope {
                worth_at_most: vec![money(9999, "GBP")],
                ..Scope::default()
            }),
            false,
        ),
        (
            scoped(Scope {
                ordered_from: Some(time("2026-03-01T09:00:00Z")),
                ..Scope::default()
            }),
            true,
        ),
        (
            scoped(Scope {
                ordered_until: Some(time("2026-03-01T09:00:00Z")),
                ..Scope::default()
            }),
            false,
        ),
        (
            on("country == 'US' && worth == 3000 && quantity == 3 && bought == 3"),
            true,
        ),
        (
            on("days_since_order == 9 && days_since_delivery == 5"),
            true,
        ),
        (
            on("order_worth == 3000 && returns_before == 0 && kept_before == 0"),
            true,
        ),
        (
            on("labels.risk == 'low' && channel == 'app' && buyer_group == 'club'"),
            true,
        ),
        (on("labels.risk == 'high'"), false),
        (on("labels.score == '1'"), false),
        (on("category in ['hats'] || final_sale"), false),
    ];
    for (rule, holds) in cases {
        let rule = Rule {
            postage: Some(Postage::Merchant),
            ..rule
        };
        let told = format!("{rule:?}");
        let lines = explain(
            &facts(&sold),
            &Default::default(),
            &with(vec![rule]),
            &[item("1", 3)],
            time("2026-03-10T12:00:00Z"),
        );
        assert_eq!(
            lines[0].rules[0].holds, holds,
            "{told}: {}",
            lines[0].rules[0].why
        );
        let decided: &[Aspect] = if holds { &[Aspect::Postage] } else { &[] };
        assert_eq!(lines[0].rules[0].decided, decided, "{told}");
    }
}

#[test]
fn of_each_aspect_the_first_rule_that_speaks_of_it_decides() {
    let rules = vec![
        Rule {
            postage: Some(Postage::Merchant),
            ..rule("free")
        },
        Rule {
            postage: Some(Postage::Buyer),
            remedies: vec![Remedy::StoreCredit],
            ..rule("credit")
        },
    ];
    let events = ask(&american(), rules);
    let terms = decision(&events).unwrap().findings[0]
        .terms
        .clone()
        .unwrap();
    assert_eq!(terms.postage, Postage::Merchant);
    assert_eq!(terms.remedies, [Remedy::StoreCredit]);
    let clause = |aspect| {
        let mut clauses = terms.clauses.iter();
        clauses
            .find(|each| each.aspect == aspect)
            .unwrap()
            .clause
            .to_string()
    };
    assert_eq!(clause(Aspect::Postage), "free");
    assert_eq!(clause(Aspect::Remedies), "credit");
    assert_eq!(clause(Aspect::Window), "default-window");
    assert_eq!(clause(Aspect::Release), "policy");
}

#[test]
fn windows_have_clocks_units_and_holidays() {
    let window = |length, unit, clock| {
        Some(WindowTerms {
            length,
            unit,
            clock,
            last_day: LastDay::AnyDay,
        })
    };
    let day = |text: &str| Some(Day(text.parse().unwrap()));
    for (window, extends_to, clause, ends_at) in [
        (
            window(7, SpanUnit::Days, Clock::Order),
            None,
            "r",
            "2026-03-08",
        ),
        (
            window(1, SpanUnit::Months, Clock::LastDelivery),
            None,
            "r",
            "2026-04-05",
        ),
        (
            window(3, SpanUnit::BusinessDays, Clock::Delivery),
            None,
            "r",
            "2026-03-10",
        ),
        (None, day("2026-04-30"), "r", "2026-04-30"),
        (None, day("2026-03-01"), "default-window", "2026-03-19"),
    ] {
        let rule = Rule {
            window,
            extends_to,
            ..rule("r")
        };
        let events = ask(&american(), vec![rule]);
        let found = &decision(&events).unwrap().findings[0];
        let end = time(&format!("{ends_at}T23:59:59.999999999Z"));
        assert_eq!(found.window_ends_at, Some(end));
        assert_eq!(found.clause.as_str(), clause);
    }
}

#[test]
fn what_a_rule_says_follows_for_the_return() {
    let ulm = ReturnCentre {
        id: text("ulm"),
        country: id("DE"),
        name: text("Ulm"),
    };
    let events = ask(
        &american(),
        vec![Rule {
            postage: Some(Postage::Merchant),
            release: Some(Release::OnRequest),
            return_centre: Some(ulm.clone()),
            partial_refund: Some(PartialRefund {
                basis_points: 2_500,
            }),
            ..rule("dear")
        }],
    );
    let [
        _,
        Event::ReturnAuthorized(authorized),
        Event::RefundReleased(_),
    ] = &events[..]
    else {
        panic!("{:?}", names(&events));
    };
    let handling = Handling::SendBack {
        to: ulm,
        postage: Postage::Merchant,
    };
    assert_eq!(authorized.handling, handling);
    let found = &authorized.decision.findings[0];
    assert_eq!(found.offer, Some(money(750, "EUR")));
    assert_eq!(authorized.decision.inputs_digest.as_str().len(), 64);

    for sign in [
        Rule {
            signal: text("many returns"),
            ..rule("r")
        },
        Rule {
            authorization: Some(Authorization::Manual),
            ..rule("r")
        },
    ] {
        let events = ask(&american(), vec![sign]);
        assert_eq!(names(&events), ["ReturnRequested", "ReturnReferred"]);
    }
    let keep = |returns_max| Rule {
        keep_item: Some(KeepItem {
            up_to: vec![money(3000, "EUR")],
            returns_max,
            within_days: None,
        }),
        ..rule("r")
    };
    for (returns_max, kept) in [(None, true), (Some(1), true), (Some(0), false)] {
        let events = ask(&american(), vec![keep(returns_max)]);
        assert_eq!(names(&events).contains(&"RefundReleased"), kept);
    }
}

/// Others: return postage not deducted, or deducted wrong.
#[test]
fn fees_are_kept_back_where_the_law_lets_them_and_only_once() {
    let fees = || Rule {
        fees: Some(Fees {
            restocking_basis_points: 1_000,
            return_postage: vec![money(499, "EUR")],
            ..Fees::default()
        }),
        release: Some(Release::OnRequest),
        ..rule("fees")
    };
    let free = Rule {
        postage: Some(Postage::Merchant),
        ..rule("free")
    };
    let german = order("536365")
        .destination("DE", "UTC")
        .line("1", 3, 3000)
        .delivered("1", 3, "2026-03-05T10:00:00Z");
    for (order, rules, kept_back) in [
        (american(), vec![fees()], &[300, 499][..]),
        (american(), vec![fees(), free], &[300]),
        // A withdrawal costs no more than the way back.
        (german, vec![fees()], &[499]),
        (american(), vec![], &[]),
    ] {
        let mut rules = rules;
        rules.push(Rule {
            release: Some(Release::OnRequest),
            ..rule("at-once")
        });
        let events = ask(&order, rules);
        let due = vec![("1".to_owned(), 3, None)];
        assert_eq!(releases(&events), [(1, Release::OnRequest, due)]);
        let Some(Event::RefundReleased(released)) = events.last() else {
            panic!("{:?}", names(&events));
        };
        let deductions = &released.terms.deductions;
        let minor: Vec<i64> = deductions.iter().map(|each| each.amount.minor).collect();
        assert_eq!(minor, kept_back);
        assert!(deductions.iter().all(|each| each.clause == text("fees")));
    }
}

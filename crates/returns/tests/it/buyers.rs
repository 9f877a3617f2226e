//! What the same buyer did over all orders: limits, signals, and what a decision keeps of it.

use backhaul_events::returns::{Authorization, Decision, Handling, KeepItem, PolicySet, Rule};
use backhaul_returns::{
    BuyerHistory, Cancel, Command, Event, OrderFacts, PastOrder, PastOutcome, PastReturn,
    PolicySnapshot, Returns, buyer_before, policies,
};
use backhaul_testkit::{Given, OrderSample, given, money, order, text, time};

use crate::{content, decision, facts, first, item, names, now, policy, request};

/// A buyer in the United States, where no law is in the way: three units for 30.00.
fn american() -> OrderSample {
    order("536365")
        .destination("US", "UTC")
        .line("1", 3, 3000)
        .delivered("1", 3, "2026-03-05T10:00:00Z")
}

fn past(ordered_at: &str, units: u32, returns: Vec<PastReturn>) -> PastOrder {
    PastOrder {
        ordered_at: time(ordered_at),
        units,
        returns,
    }
}

fn came(asked_at: &str, units: u32, outcome: PastOutcome) -> PastReturn {
    PastReturn {
        asked_at: time(asked_at),
        units,
        outcome,
    }
}

fn kept(asked_at: &str, minor: i64) -> PastReturn {
    came(asked_at, 1, PastOutcome::Kept(Some(money(minor, "EUR"))))
}

/// Two recent orders with returns of every kind, and one that is older than a year but one of whose
/// returns is not.
fn history() -> BuyerHistory {
    BuyerHistory {
        orders: vec![
            past(
                "2026-02-01T00:00:00Z",
                5,
                vec![
                    came("2026-02-10T00:00:00Z", 2, PastOutcome::Returned),
                    came("2026-02-11T00:00:00Z", 2, PastOutcome::Nothing),
                    kept("2026-03-01T00:00:00Z", 400),
                ],
            ),
            past(
                "2025-06-01T00:00:00Z",
                8,
                vec![
                    kept("2025-06-20T00:00:00Z", 300),
                    came(
                        "2025-07-01T00:00:00Z",
                        1,
                        PastOutcome::Kept(Some(money(900, "USD"))),
                    ),
                ],
            ),
            past(
                "2025-01-01T00:00:00Z",
                9,
                vec![
                    came("2025-01-20T00:00:00Z", 9, PastOutcome::Returned),
                    came("2025-12-01T00:00:00Z", 1, PastOutcome::Returned),
                ],
            ),
        ],
    }
}

fn with(rules: Vec<Rule>) -> PolicySnapshot {
    policy(PolicySet { rules, ..content() })
}

fn signal(condition: &str) -> Rule {
    Rule {
        id: text("serial"),
        condition: text(condition),
        signal: text("returns most of what is bought"),
        ..Rule::default()
    }
}

fn limit(returns_max: u32, within_days: Option<u32>) -> Rule {
    Rule {
        id: text("small-things"),
        keep_item: Some(KeepItem {
            up_to: vec![money(100_000, "EUR")],
            returns_max: Some(returns_max),
            within_days,
        }),
        ..Rule::default()
    }
}

fn ask(
    earlier: Given<Returns>,
    facts: OrderFacts,
    policy: &PolicySnapshot,
    units: u32,
) -> Vec<Event> {
    let mut command = request(&american(), policy, vec![item("1", units)]);
    command.facts = facts;
    earlier.when(&Command::Request(command), &now()).events()
}

fn asked_with(history: Option<BuyerHistory>, policy: &PolicySnapshot) -> Vec<Event> {
    let facts = facts(&american());
    let facts = match history {
        Some(history) => facts.with_history(history),
        None => facts,
    };
    ask(given::<Returns>([]), facts, policy, 1)
}

fn decided(events: &[Event]) -> &Decision {
    decision(events).expect("a request is answered with a decision")
}

#[test]
fn conditions_see_the_buyer_over_all_orders_of_a_year() {
    // Three units of this order, five and eight of the others: 2 + 1 + 1 + 1 of 16 were asked back.
    for (condition, is_signal) in [
        ("buyer_orders == 3 && buyer_bought == 16", true),
        ("buyer_returns == 6", true),
        ("buyer_returned == 6", true),
        ("buyer_kept == 3 && buyer_kept_worth == 700", true),
        ("buyer_return_share == 3125", true),
        ("buyer_return_share > 3125", false),
        ("1 > 2 ? buyer_kept > 100 : buyer_returns >= 6", true),
        ("buyer_returns in [6, 7]", true),
    ] {
        let events = asked_with(Some(history()), &with(vec![signal(condition)]));
        let expected = match is_signal {
            true => ["ReturnRequested", "ReturnReferred"],
            false => ["ReturnRequested", "ReturnAuthorized"],
        };
        assert_eq!(names(&events), expected, "{condition}");
    }
}

#[test]
fn of_an_unknown_buyer_everything_is_nothing() {
    let nothing = "buyer_orders + buyer_bought + buyer_returns + buyer_returned + buyer_kept + \
                   buyer_kept_worth + buyer_return_share == 0";
    let events = asked_with(None, &with(vec![signal(nothing)]));
    assert_eq!(names(&events), ["ReturnRequested", "ReturnReferred"]);
    assert_eq!(decided(&events).buyer, None);
}

#[test]
fn a_decision_keeps_what_it_was_told_of_the_buyer_and_says_why_a_person_looks() {
    let events = asked_with(
        Some(history()),
        &with(vec![signal("buyer_return_share >= 3000")]),
    );
    let decision = decided(&events);
    assert_eq!(
        decision.signals,
        [text("returns most of what is bought")],
        "{decision:?}"
    );
    let buyer = decision.buyer.as_deref().expect("a buyer is known");
    assert_eq!(
        (buyer.days, buyer.orders, buyer.bought, buyer.returns),
        (365, 3, 16, 6)
    );
    assert_eq!(
        (buyer.returned, buyer.kept, buyer.share_basis_points),
        (6, 3, 3_125)
    );
    assert_eq!(buyer.kept_worth, money(700, "EUR"));
    let kept_at = ["2026-03-01", "2025-07-01", "2025-06-20"];
    assert_eq!(
        buyer.kept_at,
        kept_at.map(|day| time(&format!("{day}T00:00:00Z")))
    );
}

#[test]
fn returns_of_the_order_itself_count_as_its_stream_tells_them() {
    let history = || facts(&american()).with_history(BuyerHistory::default());
    let all = with(vec![signal("true")]);
    let asked = || {
        let mut command = request(&american(), &all, vec![item("1", 1)]);
        command.facts = history();
        given::<Returns>([]).and(&Command::Request(command), &now())
    };
    let cancel = Command::Cancel(Cancel {
        r#return: first(),
        note: text(""),
    });
    for (earlier, returned, share) in [(asked(), 1, 3_333), (asked().and(&cancel, &now()), 0, 0)] {
        let events = ask(earlier, history(), &all, 1);
        let buyer = decided(&events).buyer.as_deref().expect("a buyer is known");
        assert_eq!((buyer.orders, buyer.bought, buyer.returns), (1, 3, 1));
        assert_eq!(
            (buyer.returned, buyer.share_basis_points),
            (returned, share)
        );
    }
}

#[test]
fn a_limit_counts_what_the_buyer_kept_in_its_days() {
    // Kept 9, 252 and 263 days before the request.
    for (returns_max, within_days, is_kept) in [
        (1, Some(9), true),
        (1, Some(10), false),
        (2, Some(252), true),
        (2, Some(253), false),
        (3, Some(263), true),
        (3, Some(264), false),
        (4, Some(365), true),
        // Without days only the order counts, of which nothing was kept.
        (1, None, true),
    ] {
        let events = asked_with(
            Some(history()),
            &with(vec![limit(returns_max, within_days)]),
        );
        let authorized = events.iter().find_map(|event| match event {
            Event::ReturnAuthorized(event) => Some(event),
            _ => None,
        });
        let authorized = authorized.expect("it is authorised");
        assert_eq!(
            authorized.handling == Handling::KeepItem,
            is_kept,
            "{returns_max} in {within_days:?}"
        );
        let worth = is_kept.then(|| money(1_000, "EUR"));
        assert_eq!(authorized.kept_worth, worth);
    }
}

#[test]
fn a_limit_counts_the_order_alone_where_nobody_knows_who_bought() {
    let policy = with(vec![limit(1, Some(30))]);
    let kept = || {
        let command = request(&american(), &policy, vec![item("1", 1)]);
        given::<Returns>([]).and(&Command::Request(command), &now())
    };
    let events = ask(kept(), facts(&american()), &policy, 1);
    assert_eq!(names(&events), ["ReturnRequested", "ReturnAuthorized"]);
    let events = ask(given::<Returns>([]), facts(&american()), &policy, 1);
    assert_eq!(names(&events).last(), Some(&"RefundReleased"));
}

#[test]
fn the_digest_of_the_inputs_covers_the_buyer() {
    let policy = with(vec![signal("buyer_returns > 99")]);
    let digest = |history| {
        let events = asked_with(history, &policy);
        decided(&events).inputs_digest.clone()
    };
    let mut other = history();
    other.orders[0].returns.pop();
    assert_eq!(digest(Some(history())), digest(Some(history())));
    assert_ne!(digest(Some(history())), digest(Some(other)));
    assert_ne!(digest(Some(history())), digest(None));
}

#[test]
fn a_policy_asks_of_the_buyer_only_where_a_rule_does() {
    for (rules, asks) in [
        (vec![], false),
        (vec![signal("returns_before > 2")], false),
        (vec![signal("buyer_group == 'club'")], false),
        (
            vec![signal(
                "worth > 1 && !(-(buyer_kept + 1) < 0 || size(reason) == 1)",
            )],
            true,
        ),
        (vec![limit(2, None)], false),
        (vec![limit(2, Some(30))], true),
    ] {
        assert_eq!(with(rules.clone()).asks_of_buyer(), asks, "{rules:?}");
    }
}

#[test]
fn an_explanation_tells_of_the_buyer_too() {
    let at = time(crate::ASKED);
    let state = backhaul_returns::State::default();
    let asked = facts(&american()).with_history(history());
    let buyer = buyer_before(&asked, &state, at).expect("a buyer is known");
    assert_eq!((buyer.orders, buyer.returns), (3, 6));
    assert_eq!(buyer_before(&facts(&american()), &state, at), None);
    assert_eq!(buyer_before(&OrderFacts::Unknown, &state, at), None);
}

#[test]
fn a_limit_over_a_buyer_is_bounded() {
    let unlimited = |within_days| Rule {
        keep_item: Some(KeepItem {
            up_to: vec![money(500, "EUR")],
            returns_max: None,
            within_days: Some(within_days),
        }),
        ..limit(1, None)
    };
    for (rule, wrong) in [
        (limit(100, Some(365)), None),
        (limit(1, Some(1)), None),
        (limit(500, None), None),
        (limit(1, Some(0)), Some("within_days")),
        (limit(1, Some(366)), Some("within_days")),
        (limit(101, Some(30)), Some("returns_max")),
        (unlimited(30), Some("returns_max")),
    ] {
        let set = PolicySet {
            authorization: Authorization::Manual,
            rules: vec![rule],
            ..content()
        };
        let field =
            policies::check(&set).err().map(|refusal| {
                match backhaul_kernel::Refused::kind(&refusal) {
                    backhaul_kernel::RefusalKind::Invalid { field } => field,
                    other => panic!("{other:?}"),
                }
            });
        let expected = wrong.map(|field| format!("content.rules[0].keep_item.{field}"));
        assert_eq!(field, expected);
    }
}

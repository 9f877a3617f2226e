//! Publishing policy sets.

use backhaul_events::returns::{
    Authorization, Clock, LastDay, PartialRefund, PolicyPublished, PolicyRetired, PolicySet,
    Postage, Release, Remedy, Rule, SpanUnit, WindowRule, WindowTerms,
};
use backhaul_kernel::{RefusalKind, Refused};
use backhaul_returns::policies::{
    Command, Event, Policies, PublishPolicy, RetirePolicy, State, diff,
};
use backhaul_testkit::{fold, given, id, money, text};

use crate::{content, now};

fn publish(content: PolicySet) -> Command {
    Command::PublishPolicy(PublishPolicy {
        policy: id("default"),
        content,
    })
}

fn published(version: u32, content: PolicySet) -> Event {
    Event::PolicyPublished(PolicyPublished {
        policy: id("default"),
        version,
        content,
    })
}

fn with_days(default_window_days: u32) -> PolicySet {
    PolicySet {
        default_window_days,
        ..content()
    }
}

#[test]
fn versions_follow_one_another_and_the_same_again_changes_nothing() {
    let first = || published(1, with_days(14));
    given::<Policies>([])
        .when(&publish(with_days(14)), &now())
        .then(Ok(vec![first()]));
    given::<Policies>([first()])
        .when(&publish(with_days(14)), &now())
        .then(Ok(vec![]));
    let second = published(2, with_days(30));
    given::<Policies>([first()])
        .when(&publish(with_days(30)), &now())
        .then(Ok(vec![second.clone()]));
    // An older version may come back, as a new one.
    given::<Policies>([first(), second.clone()])
        .when(&publish(with_days(14)), &now())
        .then(Ok(vec![published(3, with_days(14))]));

    let state = fold::<Policies>(&[first(), second]);
    let current = state.current(id("default"));
    assert_eq!(
        (current.version, current.content.default_window_days),
        (2, 30)
    );
    let days = |version| {
        state
            .version_of(id("default"), version)
            .map(|policy| policy.content.default_window_days)
    };
    assert_eq!((days(1), days(2), days(3)), (Some(14), Some(30), None));
}

#[test]
fn without_a_version_the_built_in_policy_holds() {
    let built_in = State::default().current(id("default"));
    assert_eq!(built_in.version, 0);
    let content = &built_in.content;
    assert_eq!(content.default_window_days, 14);
    assert_eq!(content.authorization, Authorization::Manual);
    assert_eq!(content.release, Release::OnInspection);
    assert!(content.keep_item_up_to.is_empty());
    assert_eq!(
        State::default().version_of(id("default"), 0),
        Some(built_in.clone())
    );
    // It would pass its own rules.
    let events = given::<Policies>([])
        .when(&publish(PolicySet::clone(content)), &now())
        .events();
    assert_eq!(events.len(), 1);
}

type Change = fn(&mut PolicySet);

fn rule(name: &str, window_days: u32) -> WindowRule {
    WindowRule {
        id: text(name),
        countries: Vec::new(),
        categories: Vec::new(),
        window_days,
    }
}

#[test]
fn every_wrong_field_is_named() {
    let cases: &[(&str, Change)] = &[
        ("content.return_centres", |content| {
            content.return_centres.clear();
        }),
        ("content.return_centres[1].id", |content| {
            let same = content.return_centres[0].clone();
            content.return_centres.push(same);
        }),
        ("content.default_window_days", |content| {
            content.default_window_days = 3_651;
        }),
        ("content.windows[0].window_days", |content| {
            content.windows = vec![rule("a", 3_651)];
        }),
        ("content.windows[1].id", |content| {
            content.windows = vec![rule("a", 1), rule("a", 2)];
        }),
        ("content.windows[0].id", |content| {
            content.windows = vec![rule("", 1)];
        }),
        ("content.windows[0].id", |content| {
            content.windows = vec![rule("eu.2011-83.art-9", 1)];
        }),
        ("content.windows[0].id", |content| {
            content.windows = vec![rule("default-window", 1)];
        }),
        ("content.keep_item_up_to[1].currency_code", |content| {
            content.keep_item_up_to = vec![money(1, "EUR"), money(2, "EUR")];
        }),
        ("content.keep_item_up_to[0].minor_units", |content| {
            content.keep_item_up_to = vec![money(-1, "EUR")];
        }),
        ("content.expire_after_days", |content| {
            content.expire_after_days = Some(0);
        }),
        ("content.release_after_days", |content| {
            content.release_after_days = Some(0);
        }),
        ("content.expire_after_days", |content| {
            content.expire_after_days = Some(u32::MAX);
        }),
    ];
    for (field, change) in cases {
        let mut content = content();
        change(&mut content);
        let refusal = given::<Policies>([])
            .when(&publish(content), &now())
            .refusal();
        let field = (*field).to_owned();
        assert_eq!(refusal.kind(), RefusalKind::Invalid { field }, "{refusal}");
    }
    let widest = with_days(3_650);
    given::<Policies>([])
        .when(&publish(widest.clone()), &now())
        .then(Ok(vec![published(1, widest)]));
}

#[test]
fn a_retired_policy_leaves_the_built_in_one_until_another_is_published() {
    let retire = Command::RetirePolicy(RetirePolicy {
        policy: id("default"),
    });
    let retired = Event::PolicyRetired(PolicyRetired {
        policy: id("default"),
        version: 1,
    });
    let first = || published(1, with_days(30));
    let refusal = given::<Policies>([]).when(&retire, &now()).refusal();
    assert_eq!(refusal.reason(), "POLICY_NOT_FOUND");
    let state = given::<Policies>([first()])
        .when(&retire, &now())
        .then(Ok(vec![retired.clone()]));
    assert_eq!(state.current(id("default")).version, 0);
    given::<Policies>([first(), retired.clone()])
        .when(&retire, &now())
        .then(Ok(vec![]));
    // The same again is a new version: it decides once more.
    let state = given::<Policies>([first(), retired])
        .when(&publish(with_days(30)), &now())
        .then(Ok(vec![published(2, with_days(30))]));
    assert_eq!(state.current(id("default")).version, 2);
}

#[test]
fn rules_that_cannot_be_understood_are_refused_by_name() {
    let rule = |change: &dyn Fn(&mut Rule)| {
        let mut rule = Rule {
            id: text("r"),
            postage: Some(Postage::Merchant),
            ..Rule::default()
        };
        change(&mut rule);
        PolicySet {
            rules: vec![rule],
            ..content()
        }
    };
    type Change = dyn Fn(&mut Rule);
    let cases: [(&Change, &str); 8] = [
        (
            &|rule| rule.id = text("eu.2011-83.art-9"),
            "content.rules[0].id",
        ),
        (&|rule| rule.id = text("policy"), "content.rules[0].id"),
        (&|rule| rule.postage = None, "content.rules[0]"),
        (
            &|rule| rule.condition = text("worth >"),
            "content.rules[0].condition",
        ),
        (
            &|rule| rule.window = Some(window(118, Clock::Order)),
            "content.rules[0].window.length",
        ),
        (
            &|rule| rule.window = Some(window(1, Clock::Receipt)),
            "content.rules[0].window.clock",
        ),
        (
            &|rule| rule.remedies = vec![Remedy::Refund, Remedy::Refund],
            "content.rules[0].remedies[1]",
        ),
        (
            &|rule| {
                rule.partial_refund = Some(PartialRefund {
                    basis_points: 10_001,
                })
            },
            "content.rules[0].partial_refund.basis_points",
        ),
    ];
    for (change, field) in cases {
        let refusal = given::<Policies>([])
            .when(&publish(rule(change)), &now())
            .refusal();
        let field = field.to_owned();
        assert_eq!(refusal.kind(), RefusalKind::Invalid { field }, "{refusal}");
    }
    let refusal = given::<Policies>([])
        .when(
            &publish(rule(&|rule| rule.condition = text("worth > 'a'"))),
            &now(),
        )
        .refusal();
    let problem = "content.rules[0].condition: line 1, column 9: is string, where int is needed";
    assert_eq!(refusal.to_string(), problem);
}

#[test]
fn versions_are_compared_by_path() {
    let mut before = content();
    before.rules = ["a", "b"]
        .map(|name| Rule {
            id: text(name),
            postage: Some(Postage::Buyer),
            ..Rule::default()
        })
        .into();
    let mut after = before.clone();
    after.default_window_days = 30;
    after.rules.swap(0, 1);
    after.rules[1].postage = None;
    after.rules[1].signal = text("x");
    let brief: Vec<_> = diff(&before, &after)
        .into_iter()
        .map(|each| {
            let side = |side: Option<String>| side.unwrap_or_default();
            (each.path, side(each.before), side(each.after))
        })
        .collect();
    let expected = [
        ("default_window_days", "14", "30"),
        ("rules (order)", "a, b", "b, a"),
        ("rules[a].postage", "\"buyer\"", ""),
        ("rules[a].signal", "", "\"x\""),
    ];
    let expected = expected
        .map(|(path, before, after)| (path.to_owned(), before.to_owned(), after.to_owned()));
    assert_eq!(brief, expected);
    assert!(diff(&after, &after).is_empty());
}

fn window(length: u32, clock: Clock) -> WindowTerms {
    WindowTerms {
        length,
        unit: SpanUnit::Months,
        clock,
        last_day: LastDay::AnyDay,
    }
}

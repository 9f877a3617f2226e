//! Publishing policy sets.

use backhaul_events::returns::{Authorization, PolicyPublished, PolicySet, Release, WindowRule};
use backhaul_kernel::{RefusalKind, Refused};
use backhaul_returns::policies::{Command, Event, Policies, PublishPolicy, State};
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

//! The rules of notifications, as tables.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests, which may panic as tests may"
)]

use std::collections::BTreeMap;

use backhaul_events::notifications::{Event, Template};
use backhaul_kernel::deadline::DeadlineChange;
use backhaul_kernel::{Actor, Context, Decider, NotificationId, OrderId, Refused, Text, Timestamp};
use backhaul_notifications::{
    Address, Command, Notifications, Progress, Refusal, State, deadline, notification_of,
};

const NOW: &str = "2026-03-10T12:00:00Z";

fn text(text: &str) -> Text {
    Text::new(text).unwrap()
}

fn order() -> OrderId {
    "536365".parse().unwrap()
}

fn notification(number: u32) -> NotificationId {
    NotificationId::numbered(&order(), number)
}

fn at(now: Timestamp) -> Context {
    Context {
        occurred_at: now,
        now,
        actor: Actor::system("notifications.plan"),
        tenant: "acme".parse().unwrap(),
    }
}

fn plan(cause: &str, template: Template, address: Address) -> Command {
    let facts = [
        ("order", "536365"),
        ("refund", "536365-F1"),
        ("amount", "EUR 12.30"),
    ];
    Command::Plan {
        order: order(),
        cause: cause.to_owned(),
        template,
        language: "zh-TW".parse().unwrap(),
        facts: facts
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        address,
    }
}

fn settled(cause: &str) -> Command {
    plan(cause, Template::RefundSettled, Address::Known)
}

fn unreachable(cause: &str) -> Command {
    plan(cause, Template::RefundSettled, Address::Missing)
}

fn sent() -> Command {
    Command::RecordSent {
        notification: notification(1),
        template_version: 1,
        content_digest: "00".to_owned(),
        reference: text("250 ok"),
    }
}

fn deferred() -> Command {
    Command::RecordDeferral {
        notification: notification(1),
        code: text("451"),
    }
}

fn failed() -> Command {
    Command::RecordFailure {
        notification: notification(1),
        code: text("550"),
    }
}

fn run(state: &mut State, command: &Command, now: Timestamp) -> Result<Vec<Event>, Refusal> {
    let events = Notifications::decide(state, command, &at(now))?;
    for event in &events {
        Notifications::evolve(state, event);
    }
    Ok(events)
}

/// Given these commands, the last one yields these events, or is refused for this reason.
fn check(given: &[Command], when: &Command, then: Result<&[&str], &str>) {
    let now = NOW.parse().unwrap();
    let mut state = State::default();
    for command in given {
        run(&mut state, command, now).unwrap();
    }
    let answer = run(&mut state, when, now);
    let names = answer.as_ref().map(|events| {
        let name = |event: &Event| {
            event
                .type_name()
                .trim_start_matches("notifications.Notification")
        };
        events.iter().map(name).collect::<Vec<_>>()
    });
    let reason = names.as_deref().map_err(|refusal| refusal.reason());
    assert_eq!(reason, then, "{when:?} after {given:?}");
    let json = serde_json::to_string(&state).unwrap();
    assert_eq!(serde_json::from_str::<State>(&json).unwrap(), state);
}

#[test]
fn an_event_is_told_of_once() {
    let failure = plan("e1", Template::RefundFailed, Address::Known);
    let declined = plan("e1", Template::ReturnDeclined, Address::Known);
    for (given, when, then) in [
        (vec![], settled("e1"), Ok(&["Planned"][..])),
        (vec![settled("e1")], settled("e1"), Ok(&[])),
        (vec![settled("e1"), sent()], settled("e1"), Ok(&[])),
        (vec![settled("e1")], settled("e2"), Ok(&["Planned"])),
        (vec![settled("e1")], failure, Ok(&["Planned"])),
        (vec![], unreachable("e1"), Ok(&["Suppressed"])),
        (vec![unreachable("e1")], settled("e1"), Ok(&[])),
        (vec![], declined, Err("FACT_MISSING")),
        (vec![], settled(""), Err("CAUSE_MISSING")),
    ] {
        check(&given, &when, then);
    }
}

#[test]
fn what_became_of_a_message() {
    let planned = || vec![settled("e1")];
    let after = |command: Command| vec![settled("e1"), command];
    for (given, when, then) in [
        (planned(), sent(), Ok(&["Sent"][..])),
        (planned(), deferred(), Ok(&["Deferred"])),
        (planned(), failed(), Ok(&["Failed"])),
        (after(deferred()), deferred(), Ok(&["Deferred"])),
        (after(deferred()), sent(), Ok(&["Sent"])),
        (after(deferred()), failed(), Ok(&["Failed"])),
        (after(sent()), sent(), Ok(&[])),
        (after(sent()), deferred(), Ok(&[])),
        (after(sent()), failed(), Ok(&[])),
        (after(failed()), failed(), Ok(&[])),
        (after(failed()), deferred(), Ok(&[])),
        (after(failed()), sent(), Ok(&["Sent"])),
        (
            vec![unreachable("e1")],
            sent(),
            Err("NOTIFICATION_SUPPRESSED"),
        ),
        (vec![unreachable("e1")], deferred(), Ok(&[])),
        (vec![], sent(), Err("NOTIFICATION_UNKNOWN")),
    ] {
        check(&given, &when, then);
    }
}

#[test]
fn a_fact_that_cannot_be_shown_is_found_before_the_buyer_waits() {
    let mut command = settled("e1");
    if let Command::Plan { facts, .. } = &mut command {
        facts.insert("amount".to_owned(), String::new());
    }
    check(&[], &command, Err("FACT_INVALID"));
}

#[test]
fn what_is_not_taken_is_tried_again_on_a_schedule() {
    let mut state = State::default();
    let mut now: Timestamp = NOW.parse().unwrap();
    run(&mut state, &settled("e1"), now).unwrap();
    let mut pauses = Vec::new();
    loop {
        let events = run(&mut state, &deferred(), now).unwrap();
        let key = notification(1).to_string();
        assert_eq!(notification_of(&key), Some(notification(1)));
        match &events[..] {
            [Event::NotificationDeferred(event)] => {
                let set = DeadlineChange::Set {
                    key,
                    at: event.retry_at,
                };
                assert_eq!(deadline(&events[0]), Some(set));
                pauses.push(event.retry_at.duration_since(now).as_secs() / 60);
                now = event.retry_at;
            }
            [Event::NotificationFailed(_)] => {
                assert_eq!(deadline(&events[0]), Some(DeadlineChange::Clear { key }));
                break;
            }
            other => panic!("unexpected {other:?}"),
        }
    }
    assert_eq!(pauses, [1, 5, 30, 120, 360, 1440]);
}

#[test]
fn a_message_keeps_its_id_and_its_words_while_it_is_tried() {
    let message = |commands: &[Command]| {
        let mut state = State::default();
        for command in commands {
            run(&mut state, command, NOW.parse().unwrap()).unwrap();
        }
        match state
            .notification(&notification(1))
            .unwrap()
            .progress
            .clone()
        {
            Progress::Planned(message) | Progress::Deferred { message, .. } => message,
            ended @ (Progress::Sent | Progress::Failed { .. } | Progress::Suppressed { .. }) => {
                panic!("ended as {ended:?}")
            }
        }
    };
    let first = message(&[settled("e1")]);
    assert_eq!(first.message_id.len(), 32);
    assert_eq!(message(&[settled("e1"), deferred(), deferred()]), first);
    assert_ne!(message(&[settled("e2")]).message_id, first.message_id);
}

#[test]
fn replay_equals_live() {
    let mut state = State::default();
    let mut history = Vec::new();
    for command in [
        settled("e1"),
        deferred(),
        unreachable("e2"),
        sent(),
        settled("e3"),
    ] {
        history.extend(run(&mut state, &command, NOW.parse().unwrap()).unwrap());
    }
    let mut replayed = State::default();
    for event in &history {
        Notifications::evolve(&mut replayed, event);
    }
    assert_eq!(replayed, state);
    let numbers: BTreeMap<_, _> = state
        .notifications()
        .map(|told| (told.notification.number(), told.cause.clone()))
        .collect();
    assert_eq!(
        numbers.into_iter().collect::<Vec<_>>(),
        [
            (1, "e1".to_owned()),
            (2, "e2".to_owned()),
            (3, "e3".to_owned()),
        ]
    );
}

//! The rules of tracking, as tables and as one law.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests, which may panic as tests may"
)]

use backhaul_events::returns::ReturnCentre;
use backhaul_events::tracking::{Event, Status};
use backhaul_kernel::deadline::DeadlineChange;
use backhaul_kernel::{
    Actor, Context, Decider, OrderId, ParcelId, Refused, ReturnId, Text, Timestamp,
};
use backhaul_tracking::{
    Command, Label, LabelOutcome, Refusal, State, Tracking, deadline, parcel_of,
};
use proptest::prelude::*;

const NOW: &str = "2026-03-10T12:00:00Z";

fn text(text: &str) -> Text {
    Text::new(text).unwrap()
}

fn order() -> OrderId {
    "536365".parse().unwrap()
}

fn parcel(number: u32) -> ParcelId {
    ParcelId::numbered(&order(), number)
}

fn at(now: Timestamp) -> Context {
    Context {
        occurred_at: now,
        now,
        actor: Actor::system("tracking.label"),
        tenant: "acme".parse().unwrap(),
    }
}

fn request(number: u32) -> Command {
    Command::RequestLabel {
        r#return: ReturnId::numbered(&order(), number),
        from: Some("DE".parse().unwrap()),
        to: ReturnCentre {
            id: text("leicester"),
            country: "GB".parse().unwrap(),
            name: text("Leicester returns"),
        },
    }
}

fn label(outcome: LabelOutcome) -> Command {
    let parcel = parcel(1);
    Command::RecordLabel { parcel, outcome }
}

fn issued(tracking_number: &str) -> Command {
    label(LabelOutcome::Issued {
        carrier: text("postbote"),
        tracking_number: text(tracking_number),
    })
}

fn failed() -> Command {
    let code = text("address");
    label(LabelOutcome::Failed { code })
}

fn scan(scan: &str, status: Status, seen_at: &str) -> Command {
    Command::RecordCheckpoint {
        parcel: parcel(1),
        scan: text(scan),
        status,
        carrier_code: text(""),
        country: None,
        seen_at: seen_at.parse().unwrap(),
    }
}

fn run(state: &mut State, command: &Command, now: Timestamp) -> Result<Vec<Event>, Refusal> {
    let events = Tracking::decide(state, command, &at(now))?;
    for event in &events {
        Tracking::evolve(state, event);
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
        let name = |event: &Event| event.type_name().trim_start_matches("tracking.");
        events.iter().map(name).collect::<Vec<_>>()
    });
    let reason = names.as_deref().map_err(|refusal| refusal.reason());
    assert_eq!(reason, then, "{when:?} after {given:?}");
}

#[test]
fn a_return_gets_one_label() {
    let unknown = || label(LabelOutcome::Unknown);
    for (given, when, then) in [
        (vec![], request(1), Ok(&["LabelRequested"][..])),
        (vec![request(1)], request(1), Ok(&[])),
        (vec![request(1)], request(2), Ok(&["LabelRequested"])),
        (vec![request(1), unknown()], request(1), Ok(&[])),
        (vec![request(1), issued("1")], request(1), Ok(&[])),
        (
            vec![request(1), failed()],
            request(1),
            Ok(&["LabelRequested"]),
        ),
        (vec![request(1), failed(), request(1)], request(1), Ok(&[])),
        (vec![request(1)], issued("1"), Ok(&["LabelIssued"])),
        (
            vec![request(1), unknown()],
            issued("1"),
            Ok(&["LabelIssued"]),
        ),
        (vec![request(1), issued("1")], issued("1"), Ok(&[])),
        (
            vec![request(1), issued("1")],
            issued("2"),
            Err("LABEL_CONTRADICTS"),
        ),
        (vec![request(1), issued("1")], failed(), Ok(&[])),
        (vec![request(1), issued("1")], unknown(), Ok(&[])),
        (vec![request(1), failed()], failed(), Ok(&[])),
        (
            vec![request(1), failed()],
            issued("1"),
            Ok(&["LabelIssued"]),
        ),
        (vec![], issued("1"), Err("PARCEL_UNKNOWN")),
    ] {
        check(&given, &when, then);
    }
}

#[test]
fn every_label_has_a_key_of_its_own_that_never_changes() {
    let keys = || {
        let mut state = State::default();
        for command in [request(1), failed(), request(1), request(2)] {
            run(&mut state, &command, NOW.parse().unwrap()).unwrap();
        }
        let keys: Vec<_> = state.parcels().map(|parcel| parcel.key.clone()).collect();
        keys
    };
    let first = keys();
    assert_eq!(first, keys());
    assert_eq!(first.len(), 3);
    assert!(first[0] != first[1] && first[1] != first[2] && first[0] != first[2]);
}

#[test]
fn a_carrier_without_an_answer_is_asked_on_a_schedule() {
    let mut state = State::default();
    let mut now: Timestamp = NOW.parse().unwrap();
    run(&mut state, &request(1), now).unwrap();
    let mut pauses = Vec::new();
    loop {
        let events = run(&mut state, &label(LabelOutcome::Unknown), now).unwrap();
        let key = parcel(1).to_string();
        assert_eq!(parcel_of(&key), Some(parcel(1)));
        match &events[..] {
            [Event::LabelOutcomeUnknown(event)] => {
                let set = DeadlineChange::Set {
                    key,
                    at: event.retry_at,
                };
                assert_eq!(deadline(&events[0]), Some(set));
                pauses.push(event.retry_at.duration_since(now).as_secs());
                now = event.retry_at;
            }
            [Event::LabelFailed(event)] => {
                assert_eq!(event.code, text("no-answer"));
                assert_eq!(deadline(&events[0]), Some(DeadlineChange::Clear { key }));
                break;
            }
            other => panic!("unexpected {other:?}"),
        }
    }
    assert_eq!(pauses, [10, 60, 600, 3600, 21_600, 86_400]);
    assert!(matches!(
        state.parcel(&parcel(1)).unwrap().label,
        Label::Failed { .. }
    ));
}

#[test]
fn a_scan_counts_once_and_a_parcel_is_delivered_once() {
    let moving = || scan("s1", Status::InTransit, "2026-03-09T10:00:00Z");
    let arrived = || scan("s2", Status::Delivered, "2026-03-10T10:00:00Z");
    let again = || scan("s3", Status::Delivered, "2026-03-10T11:00:00Z");
    let recorded = &["CheckpointRecorded"][..];
    for (given, when, then) in [
        (vec![], moving(), Ok(recorded)),
        (vec![moving()], moving(), Ok(&[])),
        (
            vec![moving()],
            arrived(),
            Ok(&["CheckpointRecorded", "ParcelDelivered"]),
        ),
        (vec![arrived()], moving(), Ok(recorded)),
        (vec![arrived()], arrived(), Ok(&[])),
        (vec![arrived()], again(), Ok(recorded)),
        (vec![], scan("", Status::Lost, NOW), Err("SCAN_MISSING")),
        (
            vec![],
            scan("s", Status::Lost, "2026-03-10T12:05:00Z"),
            Ok(recorded),
        ),
        (
            vec![],
            scan("s", Status::Lost, "2026-03-10T12:05:01Z"),
            Err("SEEN_AT"),
        ),
        (
            vec![],
            scan("s", Status::Lost, "1970-01-01T00:00:00Z"),
            Err("SEEN_AT"),
        ),
    ] {
        let given = [vec![request(1)], given].concat();
        check(&given, &when, then);
    }
    check(&[], &moving(), Err("PARCEL_UNKNOWN"));
}

#[test]
fn the_latest_scan_says_where_the_parcel_is() {
    let status = |scans: &[Command]| {
        let mut state = State::default();
        for command in [&[request(1)], scans].concat() {
            run(&mut state, &command, NOW.parse().unwrap()).unwrap();
        }
        state
            .parcel(&parcel(1))
            .unwrap()
            .seen
            .clone()
            .unwrap()
            .status
    };
    let early = || scan("s1", Status::OutForDelivery, "2026-03-09T10:00:00Z");
    let same = || scan("s9", Status::InTransit, "2026-03-10T10:00:00Z");
    let arrived = || scan("s2", Status::Delivered, "2026-03-10T10:00:00Z");
    let later = || scan("s3", Status::Damaged, "2026-03-10T11:00:00Z");
    assert_eq!(status(&[arrived(), early()]), Status::Delivered);
    assert_eq!(status(&[arrived(), same()]), Status::Delivered);
    assert_eq!(status(&[same(), arrived()]), Status::Delivered);
    assert_eq!(status(&[later(), arrived()]), Status::Damaged);
}

#[test]
fn scans_of_a_parcel_have_a_bound() {
    let mut state = State::default();
    let now = NOW.parse().unwrap();
    run(&mut state, &request(1), now).unwrap();
    for number in 0..1000 {
        run(
            &mut state,
            &scan(&number.to_string(), Status::InTransit, NOW),
            now,
        )
        .unwrap();
    }
    let one_more = run(&mut state, &scan("x", Status::InTransit, NOW), now);
    assert_eq!(one_more.unwrap_err().reason(), "TOO_MANY_SCANS");
    assert_eq!(
        run(&mut state, &scan("7", Status::InTransit, NOW), now),
        Ok(vec![])
    );
}

fn some_scan() -> impl Strategy<Value = (u8, Status, i64)> {
    let statuses = [Status::InTransit, Status::Delivered, Status::OutForDelivery];
    (0_u8..8, prop::sample::select(statuses.to_vec()), 0_i64..4)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    /// Whatever order scans come in, each of them twice: the same place, one delivery, and replay
    /// equals live, from events and from a snapshot (I13).
    #[test]
    fn the_order_of_arrival_never_matters(
        scans in prop::collection::vec(some_scan(), 1..12),
        shuffled in any::<prop::sample::Index>(),
    ) {
        // A scan id means one scan: the first of each id is what the carrier saw.
        let mut ids = std::collections::BTreeSet::new();
        let scans: Vec<_> = scans.into_iter().filter(|(id, _, _)| ids.insert(*id)).collect();
        let now: Timestamp = NOW.parse().unwrap();
        let seen = |scans: &[(u8, Status, i64)]| {
            let mut state = State::default();
            let mut history = run(&mut state, &request(1), now).unwrap();
            for (id, status, hours) in scans {
                let seen_at = now.checked_sub(jiff::SignedDuration::from_hours(*hours)).unwrap();
                let command = scan(&id.to_string(), *status, &seen_at.to_string());
                history.extend(run(&mut state, &command, now).unwrap());
                history.extend(run(&mut state, &command, now).unwrap());
            }
            let mut replayed = State::default();
            for event in &history {
                Tracking::evolve(&mut replayed, event);
            }
            assert_eq!(replayed, state, "replay equals live");
            let delivered = history.iter().filter(|e| matches!(e, Event::ParcelDelivered(_))).count();
            let json = serde_json::to_string(&state).unwrap();
            assert_eq!(serde_json::from_str::<State>(&json).unwrap(), state);
            (state.parcel(&parcel(1)).unwrap().seen.clone(), delivered)
        };
        let mut other = scans.clone();
        other.rotate_left(shuffled.index(scans.len()));
        other.reverse();
        prop_assert_eq!(seen(&scans), seen(&other));
    }
}

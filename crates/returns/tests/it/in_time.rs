//! Money that is due although nobody acts: at the first scan, and when inspection takes too long.

use backhaul_events::returns::{PolicySet, Release};
use backhaul_kernel::{Decider, ParcelId, Timestamp};
use backhaul_returns::{
    Cancel, Close, Command, Event, Expire, RecordHandover, ReleaseUninspected, Returns, State,
    deadline, inspection_deadline,
};
use backhaul_testkit::{at, text, time};

use crate::{
    accepted, asked, check, content, damaged, first, inspect, intact, item, names, policy, receipt,
    rejected, released, releases,
};

const SCANNED: &str = "2026-03-11T08:00:00Z";

fn scanned() -> Command {
    Command::RecordHandover(RecordHandover {
        r#return: first(),
        parcel: ParcelId::numbered(&first().order(), 1),
        handed_over_at: time(SCANNED),
    })
}

fn overdue(due: &str) -> Command {
    Command::ReleaseUninspected(ReleaseUninspected {
        r#return: first(),
        due: time(due),
    })
}

fn received_at(when: &str, units: Vec<backhaul_events::returns::ReceivedUnits>) -> Command {
    Command::RecordReceipt(backhaul_returns::RecordReceipt {
        received_at: time(when),
        ..receipt(units)
    })
}

/// Carries the commands out, each at its time; what each released, and the timer it set.
fn run(mut state: State, steps: &[(&str, Command)]) -> Vec<(u32, Option<Option<Timestamp>>)> {
    let mut found = Vec::new();
    for (when, command) in steps {
        let events = Returns::decide(&state, command, &at(when)).expect("these are accepted");
        for event in &events {
            Returns::evolve(&mut state, event);
        }
        let items = releases(&events)
            .into_iter()
            .flat_map(|(_, _, items)| items);
        let timer = events.iter().find_map(inspection_deadline);
        let timer = timer.map(|change| match change {
            backhaul_kernel::deadline::DeadlineChange::Set { at, .. } => Some(at),
            backhaul_kernel::deadline::DeadlineChange::Clear { .. } => None,
        });
        found.push((items.map(|(_, units, _)| units).sum(), timer));
    }
    found
}

#[test]
fn the_first_scan_of_a_carrier_makes_everything_due_once() {
    let history = || asked(&released(Release::OnFirstScan), vec![item("1", 3)]);
    let events = check(
        history(),
        &scanned(),
        &["UnitsHandedOver", "RefundReleased"],
    );
    let due = vec![("1".to_owned(), 3, None)];
    assert_eq!(releases(&events), [(1, Release::OnFirstScan, due)]);
    let later = history().and(&scanned(), &at(SCANNED));
    check(later, &scanned(), &[]);
    // Goods that no carrier told of are due as they arrive, damaged ones after inspection.
    let steps = [
        (
            SCANNED,
            received_at(SCANNED, vec![intact("1", 1), damaged("1", 1)]),
        ),
        (SCANNED, inspect(vec![accepted("1", 2)])),
        (SCANNED, scanned()),
    ];
    let units = run(history().state(), &steps)
        .into_iter()
        .map(|(units, _)| units);
    assert_eq!(units.collect::<Vec<_>>(), [1, 1, 0]);
}

#[test]
fn goods_on_their_way_do_not_expire_and_other_releases_wait_for_them() {
    let history = || asked(&released(Release::OnInspection), vec![item("1", 1)]);
    let events = check(history(), &scanned(), &["UnitsHandedOver"]);
    assert!(events.iter().any(|event| deadline(event).is_some()));
    let expire = Command::Expire(Expire {
        r#return: first(),
        due: time("2026-04-09T12:00:00Z"),
    });
    let late = at("2026-04-10T00:00:00Z");
    let expired = history().when(&expire, &late).events();
    assert_eq!(names(&expired), ["ReturnExpired"]);
    let kept = history()
        .and(&scanned(), &at(SCANNED))
        .when(&expire, &late)
        .events();
    assert_eq!(names(&kept), <[&str; 0]>::default());
}

#[test]
fn a_scan_of_a_return_that_expects_nothing_changes_nothing() {
    let cancel = Command::Cancel(Cancel {
        r#return: first(),
        note: text(""),
    });
    let history = asked(&released(Release::OnFirstScan), vec![item("1", 1)]);
    check(history.and(&cancel, &at(SCANNED)), &scanned(), &[]);
}

fn within(days: u32, release: Release) -> State {
    let policy = policy(PolicySet {
        release,
        release_after_days: Some(days),
        ..content()
    });
    asked(&policy, vec![item("1", 3)]).state()
}

#[test]
fn what_nobody_inspects_in_time_is_paid_for_parcel_by_parcel() {
    let [march_12, march_14] = ["2026-03-12T10:00:00Z", "2026-03-14T10:00:00Z"];
    let [march_19, march_21] = ["2026-03-19T10:00:00Z", "2026-03-21T10:00:00Z"];
    let steps = [
        (march_12, received_at(march_12, vec![intact("1", 2)])),
        (march_14, received_at(march_14, vec![intact("1", 1)])),
        (march_14, overdue(march_14)),
        (march_19, inspect(vec![accepted("1", 1)])),
        (march_19, overdue(march_19)),
        (march_21, overdue(march_21)),
        (march_21, overdue(march_21)),
        // What was paid for is not clawed back.
        (march_21, inspect(vec![rejected("1", 2)])),
    ];
    let found = run(within(7, Release::OnInspection), &steps);
    let set = |when| Some(Some(time(when)));
    assert_eq!(
        found,
        [
            (0, set(march_19)),
            (0, set(march_19)),
            (0, None),
            (1, set(march_19)),
            (1, set(march_21)),
            (1, Some(None)),
            (0, None),
            (0, Some(None)),
        ]
    );
}

#[test]
fn only_money_that_hangs_on_inspection_has_a_deadline() {
    let when = "2026-03-12T10:00:00Z";
    for (release, units, due) in [
        (Release::OnReceipt, intact("1", 1), false),
        (Release::OnReceipt, damaged("1", 1), true),
        (Release::OnFirstScan, damaged("1", 1), true),
        (Release::OnRequest, damaged("1", 1), false),
        (Release::OnInspection, intact("1", 1), true),
    ] {
        let steps = [(when, received_at(when, vec![units]))];
        let found = run(within(3, release), &steps);
        let set = Some(due.then(|| time("2026-03-15T10:00:00Z")));
        assert_eq!(found[0].1, set, "{release:?}");
    }
}

#[test]
fn a_return_whose_uninspected_units_are_paid_for_can_be_closed() {
    let when = "2026-03-12T10:00:00Z";
    let mut state = within(1, Release::OnInspection);
    let close = Command::Close(Close { r#return: first() });
    for (step, (when, command)) in [
        (when, received_at(when, vec![intact("1", 3)])),
        ("2026-03-14T10:00:00Z", close.clone()),
        ("2026-03-14T10:00:00Z", overdue("2026-03-13T10:00:00Z")),
        ("2026-03-14T10:00:00Z", close),
    ]
    .into_iter()
    .enumerate()
    {
        let answer = Returns::decide(&state, &command, &at(when));
        assert_eq!(answer.is_err(), step == 1, "{answer:?}");
        for event in answer.into_iter().flatten() {
            Returns::evolve(&mut state, &event);
            let closed = matches!(event, Event::ReturnClosed(_));
            assert_eq!(closed, step == 3);
        }
    }
}

//! Whose money is due, and when.

use backhaul_events::returns::Release;
use backhaul_kernel::Decider;
use backhaul_returns::{Command, Returns};
use backhaul_testkit::{Given, given};

use crate::{
    Due, accepted, asked, check, claiming, damaged, inspect, intact, item, now, receive, rejected,
    released, releases, request, sample,
};

/// Carries the commands out one by one; what each released.
fn run(history: Given<Returns>, commands: &[Command]) -> Vec<Vec<Due>> {
    let mut state = history.state();
    let mut found = Vec::new();
    for command in commands {
        let events = Returns::decide(&state, command, &now()).expect("these commands are accepted");
        for event in &events {
            Returns::evolve(&mut state, event);
        }
        let items = releases(&events)
            .into_iter()
            .flat_map(|(_, _, items)| items);
        found.push(items.collect());
    }
    found
}

fn due(line: &str, quantity: u32, claim: Option<i64>) -> Due {
    (line.to_owned(), quantity, claim)
}

#[test]
fn on_request_everything_is_due_at_once_and_nothing_after() {
    let policy = released(Release::OnRequest);
    let events = check(
        given::<Returns>([]),
        &Command::Request(request(
            &sample(),
            &policy,
            vec![item("1", 2), claiming("2", 3, 500)],
        )),
        &["ReturnRequested", "ReturnAuthorized", "RefundReleased"],
    );
    assert_eq!(
        releases(&events),
        [(
            1,
            Release::OnRequest,
            vec![due("1", 2, None), due("2", 3, Some(500))]
        )]
    );
    let found = run(
        asked(&policy, vec![item("1", 2)]),
        &[
            receive(vec![intact("1", 1), damaged("1", 1)]),
            inspect(vec![accepted("1", 1), rejected("1", 1)]),
        ],
    );
    assert_eq!(found, [vec![], vec![]]);
}

#[test]
fn on_receipt_intact_units_are_due_and_damaged_ones_wait_for_inspection() {
    let found = run(
        asked(&released(Release::OnReceipt), vec![item("1", 3)]),
        &[
            receive(vec![intact("1", 1), damaged("1", 1)]),
            inspect(vec![accepted("1", 1)]),
            inspect(vec![accepted("1", 1)]),
            receive(vec![damaged("1", 1)]),
            inspect(vec![rejected("1", 1)]),
        ],
    );
    assert_eq!(
        found,
        [
            vec![due("1", 1, None)],
            // It may have been the intact one, whose money is released already.
            vec![],
            vec![due("1", 1, None)],
            vec![],
            vec![],
        ]
    );
}

#[test]
fn on_inspection_only_accepted_units_are_due() {
    let found = run(
        asked(&released(Release::OnInspection), vec![item("1", 3)]),
        &[
            receive(vec![intact("1", 3)]),
            inspect(vec![accepted("1", 1), rejected("1", 1)]),
            inspect(vec![accepted("1", 1)]),
        ],
    );
    assert_eq!(
        found,
        [vec![], vec![due("1", 1, None)], vec![due("1", 1, None)]]
    );
}

#[test]
fn a_claim_is_split_over_units_to_the_last_minor_unit() {
    let step = |units| inspect(vec![accepted("1", units)]);
    let found = run(
        asked(
            &released(Release::OnInspection),
            vec![claiming("1", 3, 1000)],
        ),
        &[receive(vec![intact("1", 3)]), step(1), step(1), step(1)],
    );
    assert_eq!(
        found,
        [
            vec![],
            vec![due("1", 1, Some(333))],
            vec![due("1", 1, Some(334))],
            vec![due("1", 1, Some(333))]
        ]
    );
}

#[test]
fn items_of_one_line_are_filled_in_the_order_asked() {
    let items = vec![claiming("2", 2, 101), item("1", 1), item("2", 2)];
    let step = |units| inspect(vec![accepted("2", units)]);
    let found = run(
        asked(&released(Release::OnInspection), items),
        &[receive(vec![intact("2", 4)]), step(1), step(2), step(1)],
    );
    assert_eq!(
        found,
        [
            vec![],
            vec![due("2", 1, Some(51))],
            vec![due("2", 1, Some(50)), due("2", 1, None)],
            vec![due("2", 1, None)]
        ]
    );
}

#[test]
fn releases_are_numbered_within_their_return() {
    let history = asked(&released(Release::OnInspection), vec![item("1", 2)])
        .and(&receive(vec![intact("1", 2)]), &now())
        .and(&inspect(vec![accepted("1", 1)]), &now());
    let events = check(
        history,
        &inspect(vec![accepted("1", 1)]),
        &["UnitsInspected", "RefundReleased"],
    );
    assert_eq!(
        releases(&events),
        [(2, Release::OnInspection, vec![due("1", 1, None)])]
    );
}

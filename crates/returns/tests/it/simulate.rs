//! What recorded requests would have led to under a draft.

use backhaul_events::returns::{Fees, PolicySet, Release, ReturnRequested, Rule};
use backhaul_returns::{
    Command, Event, PolicySnapshot, RecordedRequest, Returns, Simulation, State, Summary, Under,
};
use backhaul_testkit::{OrderSample, given, money, order, text};

use crate::{claiming, content, facts, item, now, policy, request};

/// Asked for nine days after the order and five after delivery; in a country without a floor.
fn sold(country: &str) -> OrderSample {
    order("536365")
        .destination(country, "UTC")
        .line("1", 3, 3000)
        .line("2", 4, 1000)
        .delivered("1", 3, "2026-03-05T10:00:00Z")
        .delivered("2", 4, "2026-03-05T10:00:00Z")
}

/// Three units of the first line, and one of the second for 2.00 of its 2.50.
fn recorded(order: &OrderSample, policy: &PolicySnapshot) -> (ReturnRequested, Vec<Event>) {
    let items = vec![item("1", 3), claiming("2", 1, 200)];
    let command = Command::Request(request(order, policy, items));
    let events = given::<Returns>([]).when(&command, &now()).events();
    let Event::ReturnRequested(request) = &events[0] else {
        panic!("{events:?}");
    };
    (request.clone(), events)
}

fn simulated(order: &OrderSample, recorded_under: &PolicySnapshot, under: Under) -> Summary {
    let (request, answer) = recorded(order, recorded_under);
    let mut simulation = Simulation::new(under);
    simulation.take(RecordedRequest {
        facts: &facts(order),
        state: &State::default(),
        request: &request,
        answer: &answer,
    });
    simulation.finish()
}

fn days(default_window_days: u32) -> PolicySnapshot {
    policy(PolicySet {
        default_window_days,
        ..content()
    })
}

#[test]
fn a_bare_window_counts_whole_days_from_the_purchase_and_knows_no_law() {
    // Ordered on the 1st at 09:00 and asked for on the 10th at 12:00: nine days and three hours.
    for (window_days, accepted) in [(0, 0), (9, 0), (10, 2), (3_650, 2)] {
        let found = simulated(&sold("DE"), &days(14), Under::WindowDays(window_days));
        assert_eq!(found.allocations_accepted, accepted, "{window_days}");
        assert_eq!((found.returns, found.allocations), (1, 2));
        let refused = u64::from(accepted == 0);
        assert_eq!(
            (found.returns_refused, found.recorded_refused),
            (refused, 0)
        );
    }
}

#[test]
fn a_day_on_which_the_buyers_clock_moves_counts_like_any_other() {
    // New York's clocks go forward on 2026-03-08: what is half an hour less than fourteen days
    // elsewhere is half an hour more on its walls.
    for (zone, accepted) in [("UTC", 2), ("America/New_York", 0)] {
        let sold = sold("US").destination("US", zone);
        let sold = sold.ordered_at("2026-02-24T12:30:00Z");
        let found = simulated(&sold, &days(14), Under::WindowDays(14));
        assert_eq!(found.allocations, 2, "{zone}");
        assert_eq!(found.allocations_accepted, accepted, "{zone}");
    }
}

#[test]
fn a_draft_is_held_to_the_law_and_its_money_is_compared_with_the_record() {
    let strict = Under::Policy(days(3));
    let american = simulated(&sold("US"), &days(14), strict.clone());
    assert_eq!(
        (american.returns_refused, american.recorded_accepted),
        (1, 1)
    );
    let [sums] = &american.money[..] else {
        panic!("{:?}", american.money);
    };
    assert_eq!((sums.asked, sums.granted, sums.recorded), (3200, 0, 3200));
    let [difference] = &american.differences[..] else {
        panic!("{:?}", american.differences);
    };
    assert_eq!(difference.r#return.as_str(), "536365-R1");
    assert_eq!(difference.recorded, money(3200, "EUR"));

    let german = simulated(&sold("DE"), &days(14), strict);
    assert_eq!(
        (german.returns_accepted, german.allocations_accepted),
        (1, 2)
    );
    assert!(german.differences.is_empty());
}

#[test]
fn fees_and_people_show() {
    let draft = policy(PolicySet {
        release: Release::OnRequest,
        rules: vec![Rule {
            id: text("fees"),
            fees: Some(Fees {
                restocking_basis_points: 5_000,
                return_postage: Vec::new(),
                ..Fees::default()
            }),
            signal: text("look twice"),
            ..Rule::default()
        }],
        ..content()
    });
    let found = simulated(&sold("US"), &days(2), Under::Policy(draft));
    assert_eq!((found.returns_accepted, found.returns_referred), (1, 1));
    assert_eq!(found.recorded_refused, 1);
    assert_eq!(found.differences[0].granted, money(1600, "EUR"));
}

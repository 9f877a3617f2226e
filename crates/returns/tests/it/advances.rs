//! New goods that go first: what becomes of the old ones.

use backhaul_events::returns::Release;
use backhaul_kernel::Context;
use backhaul_returns::{Command, Event, ExchangeCommand, RequestExchange, Returns};
use backhaul_testkit::{Given, at, given, money, time};

use crate::claims::paid;
use crate::exchanges::{advance, asks, back, deliver, exchange, of, send, swapped};
use crate::{
    accepted, check, check_refused, content, inspect, intact, item, names, now, policy, receive,
    request, sample,
};

/// Two units of line 1, worth 20.00, for goods of that price, which go first.
fn advanced(price: i64) -> Given<Returns> {
    let command = Command::Exchange(ExchangeCommand::Request(RequestExchange {
        advance_days: Some(20),
        ..asks(&sample(), vec![item("1", 2)], &[("B", 1, price)])
    }));
    given::<Returns>([])
        .and(&command, &now())
        .and(&advance(), &now())
}

/// The moment at which the old goods of an advance are due.
const DUE: &str = "2026-03-30T12:00:00Z";

fn due() -> (Command, Context) {
    let charge = Command::Exchange(ExchangeCommand::ChargeAdvance {
        exchange: exchange(1),
        due: time(DUE),
    });
    (charge, at(DUE))
}

#[test]
fn an_advance_needs_a_person_and_an_offer() {
    check_refused(swapped(1000), &advance(), "STATE");
    check(advanced(2000), &advance(), &[]);
    let events = check(advanced(2000), &send(of(1)), &["ReplacementSent"]);
    let [Event::ReplacementSent(sent)] = events.as_slice() else {
        panic!("{events:?}");
    };
    assert_eq!(sent.goods_due_at, Some(time(DUE)));
    assert_eq!(
        events.iter().find_map(backhaul_returns::deadline),
        Some(backhaul_kernel::deadline::DeadlineChange::Set {
            key: "536365-X1".to_owned(),
            at: time(DUE),
        })
    );
}

#[test]
fn old_goods_that_come_release_the_advance() {
    let sent = || advanced(2000).and(&send(of(1)), &now());
    let arrived = sent().and(&receive(vec![intact("1", 2)]), &now());
    check(
        arrived,
        &inspect(vec![accepted("1", 2)]),
        &[
            "UnitsInspected",
            "AdvanceReleased",
            "ExchangeCompleted",
            "ReturnClosed",
        ],
    );
    let (charge, moment) = due();
    let events = back(sent(), 2).when(&charge, &moment).events();
    assert_eq!(events, []);
}

#[test]
fn old_goods_that_never_come_are_charged_once_and_belong_to_the_buyer() {
    let sent = || advanced(2000).and(&send(of(1)), &now());
    let (charge, moment) = due();
    check(sent(), &charge, &[]);
    let events = sent().when(&charge, &moment).events();
    assert_eq!(
        names(&events),
        ["AdvanceCharged", "ExchangeCompleted", "ReturnExpired"]
    );
    let [Event::AdvanceCharged(charged), ..] = events.as_slice() else {
        panic!("{events:?}");
    };
    assert_eq!(charged.amount, money(2000, "EUR"));
    let after = || sent().and(&charge, &moment);
    assert_eq!(after().when(&charge, &moment).events(), []);
    // The buyer paid for both: the old units can be returned, and so can the new ones, whose money
    // is the platform's to give back.
    let mut automatic = content();
    automatic.release = Release::OnRequest;
    let both = request(
        &sample(),
        &policy(automatic),
        vec![item("1", 3), item("X1-1", 1)],
    );
    let events = after()
        .and(&deliver(of(1)), &now())
        .when(&Command::Request(both), &now())
        .events();
    assert_eq!(
        names(&events),
        [
            "ReturnRequested",
            "ReturnAuthorized",
            "DifferenceReleased",
            "RefundReleased"
        ]
    );
    assert_eq!(
        paid(&events),
        [
            ("1".to_owned(), 3, None, vec![]),
            ("X1-1".to_owned(), 1, Some(0), vec![])
        ]
    );
}

#[test]
fn of_an_advance_only_what_did_not_come_is_charged() {
    let (charge, moment) = due();
    let sent = advanced(2000).and(&send(of(1)), &now());
    let events = back(sent, 1).when(&charge, &moment).events();
    assert_eq!(
        names(&events),
        ["AdvanceCharged", "ExchangeCompleted", "ReturnClosed"]
    );
    let [Event::AdvanceCharged(charged), ..] = events.as_slice() else {
        panic!("{events:?}");
    };
    assert_eq!(charged.amount, money(1000, "EUR"));
    // Goods for 8.00: the one unit that came is worth more, and the rest is paid back.
    let sent = advanced(800).and(&send(of(1)), &now());
    let events = back(sent, 1).when(&charge, &moment).events();
    assert_eq!(
        names(&events),
        [
            "AdvanceReleased",
            "RemedyReleased",
            "ExchangeCompleted",
            "ReturnClosed"
        ]
    );
    assert_eq!(
        paid(&events),
        [("1".to_owned(), 1, Some(200), vec![("1".to_owned(), 200)])]
    );
}

//! Exchanges: one ledger, both ways of paying, goods before or after.

use backhaul_events::returns::{Postage, RemedyOf, RequestedItem};
use backhaul_returns::{
    AskedReplacement, Cancel, Close, Command, Event, ExchangeCommand, RequestExchange, Returns,
    SupplyCommand, order_total,
};
use backhaul_testkit::{Given, OrderSample, at, given, id, money, text, time};

use crate::claims::paid;
use crate::{
    ASKED, accepted, check, check_field, check_refused, content, facts, first, inspect, intact,
    item, names, now, policy, receive, request, sample,
};

pub(crate) fn asks(
    order: &OrderSample,
    items: Vec<RequestedItem>,
    goods: &[(&str, u32, i64)],
) -> RequestExchange {
    let goods = goods.iter().map(|(sku, quantity, price)| AskedReplacement {
        sku: text(sku),
        category: None,
        quantity: *quantity,
        unit_price: money(*price, "EUR"),
    });
    RequestExchange {
        order: order.id(),
        items,
        replacements: goods.collect(),
        shipping: None,
        return_shipping: None,
        advance_days: None,
        requested_at: time(ASKED),
        facts: facts(order),
        policy: policy(content()),
    }
}

pub(crate) fn swap(
    order: &OrderSample,
    items: Vec<RequestedItem>,
    goods: &[(&str, u32, i64)],
) -> Command {
    Command::Exchange(ExchangeCommand::Request(asks(order, items, goods)))
}

pub(crate) fn exchange(number: u32) -> backhaul_kernel::ExchangeId {
    id(&format!("536365-X{number}"))
}

pub(crate) fn of(number: u32) -> RemedyOf {
    RemedyOf::Exchange {
        exchange: exchange(number),
    }
}

pub(crate) fn send(of: RemedyOf) -> Command {
    Command::Supply(SupplyCommand::Send {
        of,
        reference: text("JD1"),
        sent_at: time(ASKED),
    })
}

pub(crate) fn deliver(of: RemedyOf) -> Command {
    Command::Supply(SupplyCommand::Deliver {
        of,
        delivered_at: time(ASKED),
    })
}

fn unavailable(number: u32) -> Command {
    Command::Supply(SupplyCommand::Unavailable {
        of: of(number),
        note: text("sold out"),
    })
}

fn collect(number: u32, minor: i64) -> Command {
    Command::Exchange(ExchangeCommand::CollectDifference {
        exchange: exchange(number),
        amount: money(minor, "EUR"),
        payment: text("pay_1"),
        collected_at: time(ASKED),
    })
}

fn unwind() -> Command {
    Command::Exchange(ExchangeCommand::Unwind {
        exchange: exchange(1),
        note: text(""),
    })
}

fn cancel() -> Command {
    Command::Exchange(ExchangeCommand::Cancel {
        exchange: exchange(1),
        note: text(""),
    })
}

pub(crate) fn advance() -> Command {
    Command::Exchange(ExchangeCommand::AuthorizeAdvance {
        exchange: exchange(1),
        payment: text("hold_1"),
    })
}

const REQUESTED: [&str; 4] = [
    "ReturnRequested",
    "ExchangeRequested",
    "DifferenceQuoted",
    "ReturnAuthorized",
];

/// One unit of line 1, worth 10.00, for goods of that price.
pub(crate) fn swapped(price: i64) -> Given<Returns> {
    given::<Returns>([]).and(
        &swap(&sample(), vec![item("1", 1)], &[("B", 1, price)]),
        &now(),
    )
}

pub(crate) fn back(history: Given<Returns>, units: u32) -> Given<Returns> {
    history
        .and(&receive(vec![intact("1", units)]), &now())
        .and(&inspect(vec![accepted("1", units)]), &now())
}

/// Case T69: 270; one unit of 20 for 50, shipping 5, the way back 7.50: 312.50, and 42.50 more.
/// Others: exchange totals inconsistent.
#[test]
fn every_total_is_derived_from_one_ledger() {
    let order = crate::order("536365")
        .line("1", 1, 2000)
        .line("2", 1, 25_000)
        .delivered("1", 1, crate::DELIVERED);
    let command = Command::Exchange(ExchangeCommand::Request(RequestExchange {
        shipping: Some(money(500, "EUR")),
        return_shipping: Some(money(750, "EUR")),
        ..asks(&order, vec![item("1", 1)], &[("B", 1, 5000)])
    }));
    let events = check(given::<Returns>([]), &command, &REQUESTED);
    let quoted = events.iter().find_map(|event| match event {
        Event::DifferenceQuoted(event) => Some(event),
        _ => None,
    });
    assert_eq!(quoted.unwrap().difference, money(4250, "EUR"));
    let state = given::<Returns>(events).state();
    let facts = facts(&order);
    assert_eq!(
        order_total(facts.known().unwrap(), &state),
        money(31_250, "EUR")
    );
    let cancelled = given::<Returns>([])
        .and(&command, &now())
        .and(&cancel(), &now())
        .state();
    assert_eq!(
        order_total(facts.known().unwrap(), &cancelled),
        money(27_000, "EUR")
    );
}

#[test]
fn new_goods_leave_when_the_old_ones_are_in_and_the_difference_is_paid() {
    let send = send(of(1));
    check_refused(swapped(1500), &send, "DIFFERENCE_UNPAID");
    let paid_for = || swapped(1500).and(&collect(1, 500), &now());
    check(paid_for(), &collect(1, 500), &[]);
    check_field(swapped(1500), &collect(1, 499), "amount");
    check_refused(swapped(1000), &collect(1, 1), "STATE");
    check_refused(paid_for(), &send, "GOODS_OUTSTANDING");
    let arrived = paid_for().and(&receive(vec![intact("1", 1)]), &now());
    check_refused(arrived, &send, "GOODS_OUTSTANDING");
    check(
        back(paid_for(), 1),
        &send,
        &["ReplacementSent", "ExchangeCompleted", "ReturnClosed"],
    );
}

/// Others: exchange totals inconsistent.
#[test]
fn the_return_of_an_exchange_pays_nothing_but_the_difference() {
    let inspected = inspect(vec![accepted("1", 1)]);
    let arrived = |price| swapped(price).and(&receive(vec![intact("1", 1)]), &now());
    for price in [1000, 700] {
        check(arrived(price), &inspected, &["UnitsInspected"]);
    }
    check(
        back(swapped(1000), 1),
        &send(of(1)),
        &["ReplacementSent", "ExchangeCompleted", "ReturnClosed"],
    );
    let events = check(
        back(swapped(700), 1),
        &send(of(1)),
        &[
            "ReplacementSent",
            "RemedyReleased",
            "ExchangeCompleted",
            "ReturnClosed",
        ],
    );
    assert_eq!(
        paid(&events),
        [("1".to_owned(), 1, Some(300), vec![("1".to_owned(), 300)])]
    );
}

/// Until the new goods have left, the exchange may still become a refund of everything: whatever
/// was paid before of the difference would be paid twice.
#[test]
fn an_exchange_that_ends_after_the_old_goods_came_pays_for_them_once() {
    let events = check(
        back(swapped(700), 1),
        &unavailable(1),
        &[
            "ReplacementUnavailable",
            "ExchangeUnwound",
            "RefundReleased",
        ],
    );
    let [(_, _, items)] = &crate::releases(&events)[..] else {
        panic!("{events:?}");
    };
    assert_eq!(items, &[("1".to_owned(), 1, None)]);
}

#[test]
fn without_goods_it_is_a_return_with_its_refund_and_what_was_collected_goes_back() {
    let ended = [
        "ReplacementUnavailable",
        "ExchangeUnwound",
        "DifferenceReleased",
    ];
    let paid_for = || swapped(1500).and(&collect(1, 500), &now());
    check(paid_for(), &unavailable(1), &ended);
    check(
        paid_for().and(&unavailable(1), &now()),
        &unavailable(1),
        &[],
    );
    let events = back(paid_for(), 1).when(&unavailable(1), &now()).events();
    assert_eq!(names(&events), [&ended[..], &["RefundReleased"]].concat());
    assert_eq!(paid(&events), [("1".to_owned(), 1, None, vec![])]);
    // What comes later is paid then.
    let later = paid_for()
        .and(&unwind(), &now())
        .and(&receive(vec![intact("1", 1)]), &now());
    check(
        later,
        &inspect(vec![accepted("1", 1)]),
        &["UnitsInspected", "RefundReleased"],
    );
}

#[test]
fn it_is_called_off_with_its_return_until_goods_move() {
    let ended = ["ExchangeCancelled", "ReturnCancelled"];
    check(swapped(1000), &cancel(), &ended);
    check(swapped(1000).and(&cancel(), &now()), &cancel(), &[]);
    let arrived = swapped(1000).and(&receive(vec![intact("1", 1)]), &now());
    check_refused(arrived, &cancel(), "STATE");
    let sent = back(swapped(1000), 1).and(&send(of(1)), &now());
    check_refused(sent, &unwind(), "STATE");
    // Calling off the return calls off the exchange.
    let return_cancelled = Command::Cancel(Cancel {
        r#return: first(),
        note: text(""),
    });
    check(
        swapped(1000),
        &return_cancelled,
        &["ReturnCancelled", "ExchangeCancelled"],
    );
    let close = Command::Close(Close { r#return: first() });
    check_refused(swapped(1000), &close, "STATE");
}

#[test]
fn what_the_policy_does_not_take_back_cannot_be_exchanged() {
    let late = Command::Exchange(ExchangeCommand::Request(RequestExchange {
        requested_at: time("2026-05-01T00:00:00Z"),
        ..asks(&sample(), vec![item("1", 1)], &[("B", 1, 100)])
    }));
    let refusal = given::<Returns>([])
        .when(&late, &at("2026-05-01T00:00:00Z"))
        .refusal();
    let reason = backhaul_kernel::Refused::reason(&refusal);
    assert_eq!(reason, "RETURN_WINDOW_CLOSED");
    let all = Command::Request(request(&sample(), &policy(content()), vec![item("1", 3)]));
    check_refused(swapped(1000), &all, "UNITS_EXCEED");
    let command = swap(&sample(), vec![item("1", 4)], &[("B", 1, 100)]);
    check_refused(given::<Returns>([]), &command, "UNITS_EXCEED");
}

#[test]
fn wrong_requests_name_their_field() {
    let base = || asks(&sample(), vec![item("1", 1)], &[("B", 1, 100)]);
    let pounds = |minor| Some(money(minor, "GBP"));
    for (command, field) in [
        (
            RequestExchange {
                shipping: pounds(1),
                ..base()
            },
            "shipping.currency_code",
        ),
        (
            RequestExchange {
                return_shipping: Some(money(-1, "EUR")),
                ..base()
            },
            "return_shipping.minor_units",
        ),
        (
            RequestExchange {
                advance_days: Some(91),
                ..base()
            },
            "advance_days",
        ),
        (
            RequestExchange {
                replacements: Vec::new(),
                ..base()
            },
            "replacements",
        ),
        (
            asks(&sample(), vec![item("1", 1)], &[("", 1, 100)]),
            "replacements[0].sku",
        ),
        (
            asks(&sample(), vec![item("1", 1)], &[("B", 2, i64::MAX)]),
            "replacements[0].unit_price.minor_units",
        ),
        (
            asks(
                &sample(),
                vec![crate::claiming("1", 1, 5)],
                &[("B", 1, 100)],
            ),
            "items[0].claim",
        ),
    ] {
        let command = Command::Exchange(ExchangeCommand::Request(command));
        check_field(given::<Returns>([]), &command, field);
    }
}

/// An exchange of an exchange: money is only moved.
#[test]
fn what_came_in_place_of_goods_can_be_exchanged_and_returned_for_what_was_paid() {
    let had = || {
        back(swapped(1500).and(&collect(1, 500), &now()), 1)
            .and(&send(of(1)), &now())
            .and(&deliver(of(1)), &now())
    };
    // 15.00 for goods of 4.00: 10.00 were paid for line 1, 5.00 collected for X1.
    let again = swap(&sample(), vec![item("X1-1", 1)], &[("C", 1, 400)]);
    let history = had().and(&again, &now());
    let received = Command::RecordReceipt(backhaul_returns::RecordReceipt {
        r#return: id("536365-R2"),
        ..crate::receipt(vec![intact("X1-1", 1)])
    });
    let inspected = Command::Inspect(backhaul_returns::Inspect {
        r#return: id("536365-R2"),
        units: vec![accepted("X1-1", 1)],
        lost_value: Vec::new(),
        dispositions: Vec::new(),
        inspected_at: time(ASKED),
        facts: backhaul_returns::OrderFacts::Unknown,
    });
    let arrived = history.and(&received, &now()).and(&inspected, &now());
    let events = check(
        arrived,
        &send(of(2)),
        &[
            "ReplacementSent",
            "RemedyReleased",
            "DifferenceReleased",
            "ExchangeCompleted",
            "ReturnClosed",
        ],
    );
    assert_eq!(
        paid(&events),
        [("1".to_owned(), 1, Some(600), vec![("1".to_owned(), 600)])]
    );
    let given_back = events.iter().find_map(|event| match event {
        Event::DifferenceReleased(event) => Some((event.exchange.clone(), event.amount)),
        _ => None,
    });
    assert_eq!(given_back, Some((exchange(1), money(500, "EUR"))));
}

#[test]
fn fees_of_the_policy_lower_the_credit() {
    let mut strict = content();
    strict.postage = Postage::Buyer;
    strict.rules = vec![backhaul_events::returns::Rule {
        id: text("fee"),
        fees: Some(backhaul_events::returns::Fees {
            restocking_basis_points: 1000,
            return_postage: Vec::new(),
            ..backhaul_events::returns::Fees::default()
        }),
        ..backhaul_events::returns::Rule::default()
    }];
    let order = sample().destination("US", "UTC");
    let command = Command::Exchange(ExchangeCommand::Request(RequestExchange {
        policy: policy(strict),
        ..asks(&order, vec![item("1", 1)], &[("B", 1, 1000)])
    }));
    let events = check(given::<Returns>([]), &command, &REQUESTED);
    let quoted = events.iter().find_map(|event| match event {
        Event::DifferenceQuoted(event) => Some((event.credit, event.difference)),
        _ => None,
    });
    assert_eq!(quoted, Some((money(900, "EUR"), money(100, "EUR"))));
}

//! What happens to an order afterwards: amendments, dispatches, deliveries.

use backhaul_events::LineUnits;
use backhaul_events::orders::{Destination, LinesDelivered, OrderAmended};
use backhaul_kernel::Refused;
use backhaul_orders::{
    AmendOrder, Command, Event, LineProgress, Movement, Orders, RecordDelivery, RecordDispatch,
    Refusal,
};
use backhaul_testkit::{at, fold, given, id, order, sample::units, text, time};

use crate::{check, check_field, now, sample};

const FIRST: &str = "2026-03-03T10:00:00Z";
const LAST: &str = "2026-03-05T10:00:00Z";

fn delivery(lines: Vec<LineUnits>, at: &str) -> Command {
    Command::RecordDelivery(RecordDelivery {
        order: sample().id(),
        movement: Movement {
            lines,
            at: time(at),
        },
    })
}

#[test]
fn no_more_units_arrive_than_were_bought() {
    let delivered = |lines: Vec<LineUnits>| {
        Event::LinesDelivered(LinesDelivered {
            order: sample().id(),
            lines,
            delivered_at: time(LAST),
        })
    };
    let refused = |field: &str, asked, recorded| Refusal::Quantity {
        order: sample().id(),
        field: field.to_owned(),
        asked,
        recorded,
        bought: 6,
    };
    for (before, lines, expected) in [
        (0, vec![units("1", 6)], Ok(())),
        (4, vec![units("1", 2), units("2", 2)], Ok(())),
        (0, vec![units("1", 3), units("1", 3)], Ok(())),
        (
            0,
            vec![units("1", 7)],
            Err(refused("lines[0].quantity", 7, 0)),
        ),
        (
            4,
            vec![units("2", 1), units("1", 3)],
            Err(refused("lines[1].quantity", 3, 4)),
        ),
        // The same line twice in one report is counted as one.
        (
            0,
            vec![units("1", 4), units("1", 3)],
            Err(refused("lines[1].quantity", 7, 0)),
        ),
    ] {
        let mut history = sample().events();
        if before > 0 {
            history.push(delivered(vec![units("1", before)]));
        }
        let expected = expected.map(|()| vec![delivered(lines.clone())]);
        check(history, delivery(lines, LAST), expected);
    }
    assert_eq!(refused("", 1, 1).reason(), "QUANTITY");
}

#[test]
fn dispatch_is_bounded_by_itself_and_not_needed_for_delivery() {
    let dispatch = |quantity| {
        Command::RecordDispatch(RecordDispatch {
            order: sample().id(),
            movement: Movement {
                lines: vec![units("2", quantity)],
                at: time(FIRST),
            },
        })
    };
    let delivered = sample().delivered("2", 2, LAST);
    let events = given::<Orders>(delivered.events())
        .when(&dispatch(2), &now())
        .events();
    assert!(matches!(events[..], [Event::LinesDispatched(_)]));
    let refusal = given::<Orders>(delivered.events())
        .when(&dispatch(3), &now())
        .refusal();
    assert!(matches!(refusal, Refusal::Quantity { recorded: 0, .. }));
}

#[test]
fn reports_that_make_no_sense_are_refused() {
    for (lines, at, field) in [
        (vec![units("9", 1)], LAST, "lines[0].line"),
        (vec![units("1", 0)], LAST, "lines[0].quantity"),
        (vec![units("1", 1)], "2026-03-10T12:06:00Z", "delivered_at"),
        (vec![units("1", 1)], "1970-01-01T00:00:00Z", "delivered_at"),
    ] {
        check_field(sample().events(), delivery(lines, at), field);
    }
    check(
        vec![],
        delivery(vec![units("1", 1)], LAST),
        Err(Refusal::OrderNotFound {
            order: sample().id(),
        }),
    );
}

#[test]
fn first_and_last_delivery_are_known_whatever_the_order_of_reports() {
    let forwards = sample().delivered("1", 1, FIRST).delivered("1", 2, LAST);
    let backwards = sample().delivered("1", 2, LAST).delivered("1", 1, FIRST);
    for told in [forwards, backwards] {
        let state = fold::<Orders>(&told.events());
        let order = state.order().expect("it was recorded");
        assert_eq!(
            order.progress_of(&id("1")),
            LineProgress {
                delivered: 3,
                first_delivered_at: Some(time(FIRST)),
                last_delivered_at: Some(time(LAST)),
                ..LineProgress::default()
            }
        );
        assert_eq!(order.progress_of(&id("2")), LineProgress::default());
    }
}

#[test]
fn only_what_changed_is_amended() {
    let told = sample();
    let mut buyer = told.recorded.buyer.clone();
    buyer.email = Some(text("new@example.test"));
    let destination = Destination {
        country: Some(id("FR")),
        time_zone: Some("Europe/Paris".to_owned()),
    };
    let amend = |buyer, destination| {
        Command::AmendOrder(AmendOrder {
            order: told.id(),
            buyer,
            destination,
        })
    };
    let amended = |buyer, destination| {
        Ok(vec![Event::OrderAmended(OrderAmended {
            order: told.id(),
            buyer,
            destination,
        })])
    };
    let same_destination = Some(told.recorded.destination.clone());
    check(
        told.events(),
        amend(Some(buyer.clone()), same_destination.clone()),
        amended(Some(buyer.clone()), None),
    );
    check(
        told.events(),
        amend(None, Some(destination.clone())),
        amended(None, Some(destination.clone())),
    );
    check(told.events(), amend(None, same_destination), Ok(vec![]));
    check(told.events(), amend(None, None), Ok(vec![]));

    let after = given::<Orders>(told.events()).and(
        &amend(Some(buyer.clone()), Some(destination.clone())),
        &now(),
    );
    let state = after.state();
    let order = state.order().expect("it was recorded");
    assert_eq!((&*order.buyer, &order.destination), (&buyer, &destination));
    assert_eq!(*order.recorded, told.recorded);

    let nowhere = Destination {
        country: None,
        time_zone: Some("Mars/Olympus".to_owned()),
    };
    check_field(
        told.events(),
        amend(None, Some(nowhere)),
        "destination.time_zone",
    );
}

#[test]
fn a_delivery_of_no_named_lines_is_one_of_the_rest() {
    let order = order("o-1").line("1", 3, 300).line("2", 1, 100);
    let (now, all) = (
        at("2026-03-10T10:00:00Z"),
        delivery(vec![], "2026-03-09T10:00:00Z"),
    );
    let given = || given::<Orders>(order.events());
    let first = given().and(&delivery(vec![units("1", 2)], "2026-03-08T10:00:00Z"), &now);
    let rest = first.when(&all, &now).events();
    let Event::LinesDelivered(rest) = &rest[0] else {
        panic!("{rest:?}")
    };
    assert_eq!(rest.lines, [units("1", 1), units("2", 1)]);
    given().and(&all, &now).when(&all, &now).then(Ok(vec![]));
}

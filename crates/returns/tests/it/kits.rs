//! Goods sold as one that come back in parts; returns opened again; gifts.

use backhaul_events::orders::KitPart;
use backhaul_events::returns::{Condition, Event, ReceivedParts, ReceivedUnits};
use backhaul_kernel::{Context, Tier};
use backhaul_returns::{Cancel, Close, Command, RecordReceipt, Reopen, Request, Returns, Status};
use backhaul_testkit::{Given, OrderSample, given, id, order, text};

use crate::{
    accepted, asked, check, check_field, check_refused, content, facts, first, inspect, intact,
    item, names, now, policy, receipt, receive, releases, request, sample,
};

/// Four kits of two A and four B.
fn kits() -> OrderSample {
    let mut order = order("536365").line("1", 4, 4_000);
    order.recorded.lines[0].parts = [("A", 2), ("B", 4)]
        .map(|(sku, quantity)| KitPart {
            sku: text(sku),
            quantity,
        })
        .into();
    order.delivered("1", 4, crate::DELIVERED)
}

fn parts(sku: &str, quantity: u32) -> ReceivedParts {
    ReceivedParts {
        line: id("1"),
        sku: text(sku),
        quantity,
        condition: Condition::Intact,
    }
}

fn broken(sku: &str, quantity: u32) -> ReceivedParts {
    ReceivedParts {
        condition: Condition::Damaged,
        ..parts(sku, quantity)
    }
}

fn arrive(parts: Vec<ReceivedParts>) -> Command {
    Command::RecordReceipt(RecordReceipt {
        parts,
        ..receipt(Vec::new())
    })
}

fn expecting(quantity: u32) -> Given<Returns> {
    let policy = policy(content());
    let command = Command::Request(request(&kits(), &policy, vec![item("1", quantity)]));
    given::<Returns>([]).and(&command, &now())
}

fn units(events: &[Event]) -> Vec<ReceivedUnits> {
    let received = events.iter().filter_map(|event| match event {
        Event::UnitsReceived(event) => Some(event.units.clone()),
        _ => None,
    });
    received.flatten().collect()
}

/// domain.md, T87: OCA rma_sale_mrp tests. Eight A and sixteen B are expected, and money is due only
/// when all parts of a kit are in.
#[test]
fn a_kit_has_arrived_when_all_of_its_parts_have() {
    let expected = expecting(4).state();
    let kit = &expected.returns[0].kits[&id("1")];
    let in_all: Vec<u32> = kit.parts.values().map(|part| part.in_unit * 4).collect();
    assert_eq!(in_all, [8, 16]);

    check(
        expecting(4),
        &arrive(vec![parts("A", 8)]),
        &["PartsReceived"],
    );
    let all_a = expecting(4).and(&arrive(vec![parts("A", 8)]), &now());
    check(
        all_a.clone(),
        &arrive(vec![parts("B", 3)]),
        &["PartsReceived"],
    );
    let events = check(
        all_a.clone(),
        &arrive(vec![parts("B", 7)]),
        &["PartsReceived", "UnitsReceived"],
    );
    assert_eq!(units(&events), [intact("1", 1)]);
    let some = all_a.and(&arrive(vec![parts("B", 7)]), &now());
    check_refused(some.clone(), &inspect(vec![accepted("1", 2)]), "QUANTITY");
    let events = check(
        some.clone(),
        &inspect(vec![accepted("1", 1)]),
        &["UnitsInspected", "RefundReleased"],
    );
    assert_eq!(releases(&events)[0].2, [("1".to_owned(), 1, None)]);
    let rest = some.when(&arrive(vec![parts("B", 9)]), &now()).events();
    assert_eq!(units(&rest), [intact("1", 3)]);
}

#[test]
fn a_kit_is_damaged_when_a_part_is() {
    let events = expecting(4)
        .when(
            &arrive(vec![parts("A", 4), parts("B", 4), broken("B", 4)]),
            &now(),
        )
        .events();
    let damaged = ReceivedUnits {
        condition: Condition::Damaged,
        ..intact("1", 1)
    };
    assert_eq!(units(&events), [intact("1", 1), damaged]);
}

#[test]
fn no_more_parts_arrive_than_units_are_expected() {
    check_refused(expecting(2), &arrive(vec![parts("A", 5)]), "QUANTITY");
    check_refused(
        expecting(2),
        &arrive(vec![parts("A", 3), parts("A", 2)]),
        "QUANTITY",
    );
    check_field(expecting(2), &arrive(vec![parts("C", 1)]), "parts[0].sku");
    check_field(
        expecting(2),
        &arrive(vec![parts("A", 0)]),
        "parts[0].quantity",
    );
    // What came whole needs no parts.
    let whole = expecting(2).and(&receive(vec![intact("1", 1)]), &now());
    check_refused(whole.clone(), &arrive(vec![parts("A", 3)]), "QUANTITY");
    let events = whole
        .when(&arrive(vec![parts("A", 2), parts("B", 4)]), &now())
        .events();
    assert_eq!(units(&events), [intact("1", 1)]);
    let plain = asked(&policy(content()), vec![item("1", 1)]);
    check_field(plain, &arrive(vec![parts("A", 1)]), "parts[0].sku");
}

#[test]
fn parts_keep_a_return_from_being_called_off() {
    let some = expecting(4).and(&arrive(vec![parts("A", 1)]), &now());
    let cancel = Command::Cancel(Cancel {
        r#return: first(),
        note: text(""),
    });
    check_refused(some, &cancel, "STATE");
}

fn agent() -> Context {
    let mut context = now();
    context.actor.tier = Tier::Agent;
    context
}

fn reopen() -> Command {
    Command::Reopen(Reopen {
        r#return: first(),
        note: text("the rest was found"),
        facts: facts(&sample()),
    })
}

#[test]
fn a_return_that_was_closed_too_early_is_opened_again() {
    let close = Command::Close(Close { r#return: first() });
    let closed = asked(&policy(content()), vec![item("1", 3)])
        .and(&receive(vec![intact("1", 1)]), &now())
        .and(&inspect(vec![accepted("1", 1)]), &now())
        .and(&close, &agent());
    let platform = {
        let mut context = now();
        context.actor.tier = Tier::Platform;
        context
    };
    let refusal = closed.clone().when(&reopen(), &platform).refusal();
    assert_eq!(backhaul_kernel::Refused::reason(&refusal), "TIER");
    let events = closed.clone().when(&reopen(), &agent()).events();
    assert_eq!(names(&events), ["ReturnReopened"]);
    let open = closed.clone().and(&reopen(), &agent());
    let state = open.clone().state();
    assert_eq!(state.returns[0].status(), Status::Authorized);
    assert_eq!(
        state.returns[0].terms().and_then(|terms| terms.expires_at),
        None
    );
    assert_eq!(state.held(&id("1")), 3);
    let again = open.clone().when(&reopen(), &agent()).events();
    assert_eq!(names(&again), Vec::<&str>::new());
    check(open, &receive(vec![intact("1", 2)]), &["UnitsReceived"]);

    // Somebody else asked for the units meanwhile.
    let taken = Command::Request(request(&sample(), &policy(content()), vec![item("1", 2)]));
    let refusal = closed
        .and(&taken, &now())
        .when(&reopen(), &agent())
        .refusal();
    assert_eq!(backhaul_kernel::Refused::reason(&refusal), "UNITS_EXCEED");
}

#[test]
fn a_return_of_which_nothing_is_missing_stays_closed() {
    let whole = asked(&policy(content()), vec![item("1", 1)])
        .and(&receive(vec![intact("1", 1)]), &now())
        .and(&inspect(vec![accepted("1", 1)]), &now())
        .and(&Command::Close(Close { r#return: first() }), &agent());
    let refusal = whole.when(&reopen(), &agent()).refusal();
    assert_eq!(backhaul_kernel::Refused::reason(&refusal), "STATE");
}

#[test]
fn the_money_of_a_gift_is_for_the_person_who_had_it() {
    let command = Command::Request(Request {
        gift_recipient: Some(text("person-9")),
        ..request(&sample(), &policy(content()), vec![item("1", 1)])
    });
    let events = given::<Returns>([])
        .and(&command, &now())
        .and(&receive(vec![intact("1", 1)]), &now())
        .when(&inspect(vec![accepted("1", 1)]), &now())
        .events();
    let Some(Event::RefundReleased(released)) = events.last() else {
        panic!("{:?}", names(&events));
    };
    assert_eq!(released.terms.credit_to, Some(text("person-9")));
}

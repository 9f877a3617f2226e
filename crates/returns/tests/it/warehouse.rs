//! Receipt, inspection, disposition.

use backhaul_events::returns::{Disposition, Grade, InspectedUnits, Release};
use backhaul_returns::{
    AssignDisposition, Close, Command, Inspect, RecordReceipt, RecordUnexpected, RecordWrongItem,
    Refusal, Returns, WrongItem,
};
use backhaul_testkit::{Given, given, id, sample::units, text, time};

use crate::{
    accepted, asked, check, check_field, check_refused, content, damaged, first, inspect, intact,
    item, manual, now, policy, receipt, receive, rejected, released,
};

fn authorised() -> Given<Returns> {
    asked(&policy(content()), vec![item("1", 2), item("2", 4)])
}

fn wrong_item(line: &str, quantity: u32) -> WrongItem {
    WrongItem {
        line: id(line),
        quantity,
        found: text("a brick"),
    }
}

fn dispose(quantity: u32, disposition: Disposition) -> Command {
    Command::AssignDisposition(AssignDisposition {
        r#return: first(),
        units: units("1", quantity),
        disposition,
        site: text(""),
    })
}

#[test]
fn units_arrive_over_several_parcels_and_never_more_than_were_asked_for() {
    let one = receive(vec![intact("1", 1), damaged("2", 2)]);
    check(authorised(), &one, &["UnitsReceived"]);
    let rest = receive(vec![intact("1", 1), intact("2", 1), damaged("2", 1)]);
    check(authorised().and(&one, &now()), &rest, &["UnitsReceived"]);
    for (units, counted, field) in [
        (vec![intact("1", 3)], 3, "units[0].quantity"),
        (
            vec![intact("1", 1), damaged("1", 2)],
            3,
            "units[1].quantity",
        ),
    ] {
        let refusal = check_refused(authorised(), &receive(units), "QUANTITY");
        assert_eq!(
            refusal,
            Refusal::Quantity {
                id: first(),
                field: field.to_owned(),
                line: id("1"),
                action: "received",
                counted,
                of: 2,
            }
        );
    }
    check_refused(
        authorised().and(&one, &now()),
        &receive(vec![intact("1", 2)]),
        "QUANTITY",
    );
}

#[test]
fn one_report_tells_what_came_what_did_not_and_what_came_instead() {
    let report = |missing| {
        Command::RecordReceipt(RecordReceipt {
            missing: vec![units("1", missing)],
            wrong_items: vec![wrong_item("2", 1)],
            parcel: Some(id("536365-P1")),
            ..receipt(vec![intact("1", 1)])
        })
    };
    let names = ["UnitsReceived", "UnitsMissing", "WrongItemReceived"];
    check(authorised(), &report(1), &names);
    check_refused(authorised(), &report(2), "QUANTITY");
    let state = authorised().and(&report(1), &now()).state();
    let count = &state.returns[0].lines[&id("1")];
    assert_eq!((count.received(), count.missing), (1, 1));
    assert_eq!(state.returns[0].wrong_items, 1);
    assert_eq!(state.returns[0].lines[&id("2")].received(), 0);
}

#[test]
fn reports_that_make_no_sense_are_refused() {
    let at = |received_at: &str| RecordReceipt {
        received_at: time(received_at),
        ..receipt(vec![intact("1", 1)])
    };
    let nothing = receipt(vec![]);
    let foreign_parcel = RecordReceipt {
        parcel: Some(id("1-P1")),
        ..receipt(vec![intact("1", 1)])
    };
    let strange = RecordReceipt {
        wrong_items: vec![wrong_item("9", 1)],
        ..receipt(vec![])
    };
    for (command, field) in [
        (receipt(vec![intact("9", 1)]), "units[0].line"),
        (receipt(vec![intact("1", 0)]), "units[0].quantity"),
        (nothing, "units"),
        (foreign_parcel, "parcel"),
        (strange, "wrong_items[0].line"),
        (at("9999-12-30T00:00:00Z"), "received_at"),
        (at("1999-12-31T23:59:59Z"), "received_at"),
    ] {
        check_field(authorised(), &Command::RecordReceipt(command), field);
    }
}

#[test]
fn only_an_authorised_return_expects_goods() {
    let command = receive(vec![intact("1", 1)]);
    check_refused(asked(&manual(), vec![item("1", 1)]), &command, "STATE");
    check_refused(given::<Returns>([]), &command, "RETURN_NOT_FOUND");
    let close = Command::Close(Close { r#return: first() });
    check_refused(authorised().and(&close, &now()), &command, "STATE");
}

#[test]
fn what_nobody_announced_is_recorded_and_never_counted() {
    let unexpected = Command::RecordUnexpected(RecordUnexpected {
        order: id("536365"),
        found: text("a teapot"),
        quantity: 2,
        received_at: time("2026-03-09T00:00:00Z"),
    });
    check(
        given::<Returns>([]),
        &unexpected,
        &["UnexpectedUnitsReceived"],
    );
    let wrong = Command::RecordWrongItem(RecordWrongItem {
        r#return: first(),
        item: wrong_item("1", 1),
        received_at: time("2026-03-09T00:00:00Z"),
    });
    check(authorised(), &wrong, &["WrongItemReceived"]);
    let state = authorised()
        .and(&unexpected, &now())
        .and(&wrong, &now())
        .state();
    assert_eq!(state.unexpected.len(), 1);
    assert_eq!(state.returns[0].lines[&id("1")].received(), 0);
}

#[test]
fn a_unit_is_inspected_once_after_it_was_received() {
    let received = || authorised().and(&receive(vec![intact("1", 2)]), &now());
    check_refused(authorised(), &inspect(vec![accepted("1", 1)]), "QUANTITY");
    check(
        received(),
        &inspect(vec![rejected("1", 2)]),
        &["UnitsInspected"],
    );
    check_refused(
        received(),
        &inspect(vec![accepted("1", 1), rejected("1", 2)]),
        "QUANTITY",
    );
    let once = received().and(&inspect(vec![accepted("1", 1)]), &now());
    check_refused(once, &inspect(vec![accepted("1", 2)]), "QUANTITY");
    check_field(received(), &inspect(vec![]), "units");
    check_field(
        received(),
        &inspect(vec![accepted("1", 0)]),
        "units[0].quantity",
    );
    check_field(
        received(),
        &inspect(vec![accepted("9", 1)]),
        "units[0].line",
    );
}

/// Others: restock wrong or never.
#[test]
fn damaged_and_broken_units_never_go_back_on_the_shelf() {
    let house = |units, inspected| {
        authorised()
            .and(&receive(units), &now())
            .and(&inspect(inspected), &now())
    };
    let restock = Disposition::Restock;
    let intact_ones = || house(vec![intact("1", 2)], vec![accepted("1", 2)]);
    check(
        intact_ones(),
        &dispose(2, restock),
        &["DispositionAssigned"],
    );
    let damaged_one = || {
        house(
            vec![intact("1", 1), damaged("1", 1)],
            vec![accepted("1", 2)],
        )
    };
    check_refused(damaged_one(), &dispose(2, restock), "NOT_RESTOCKABLE");
    check_refused(
        damaged_one().and(&dispose(1, restock), &now()),
        &dispose(1, restock),
        "NOT_RESTOCKABLE",
    );
    check(
        damaged_one().and(&dispose(1, restock), &now()),
        &dispose(1, Disposition::Refurbish),
        &["DispositionAssigned"],
    );
    let broken = || {
        let broken = InspectedUnits {
            grade: Grade::D,
            ..accepted("1", 1)
        };
        house(vec![intact("1", 1)], vec![broken])
    };
    check_refused(broken(), &dispose(1, restock), "NOT_RESTOCKABLE");
    check(
        broken(),
        &dispose(1, Disposition::Recycle),
        &["DispositionAssigned"],
    );
}

#[test]
fn no_unit_has_two_fates_and_none_before_inspection() {
    let received = || authorised().and(&receive(vec![intact("1", 2)]), &now());
    check_refused(received(), &dispose(1, Disposition::Donate), "QUANTITY");
    let inspected = || received().and(&inspect(vec![accepted("1", 1)]), &now());
    check_refused(inspected(), &dispose(2, Disposition::Donate), "QUANTITY");
    let with_fates = |fates: Vec<Disposition>| {
        Command::Inspect(Inspect {
            r#return: first(),
            units: vec![accepted("1", 2)],
            dispositions: fates
                .into_iter()
                .map(|disposition| (units("1", 1), disposition))
                .collect(),
            lost_value: Vec::new(),
            inspected_at: time("2026-03-10T00:00:00Z"),
            facts: crate::facts(&crate::sample()),
        })
    };
    check(
        received(),
        &with_fates(vec![Disposition::Restock, Disposition::Resell]),
        &[
            "UnitsInspected",
            "DispositionAssigned",
            "DispositionAssigned",
            "RefundReleased",
        ],
    );
    check_refused(
        received(),
        &with_fates(vec![Disposition::Donate; 3]),
        "QUANTITY",
    );
}

/// Others: restock wrong or never.
#[test]
fn a_closed_return_still_learns_what_became_of_its_goods() {
    let closed = asked(&released(Release::OnRequest), vec![item("1", 2)])
        .and(&receive(vec![intact("1", 2)]), &now())
        .and(&inspect(vec![accepted("1", 2)]), &now())
        .and(&Command::Close(Close { r#return: first() }), &now());
    check(
        closed,
        &dispose(2, Disposition::Liquidate),
        &["DispositionAssigned"],
    );
}

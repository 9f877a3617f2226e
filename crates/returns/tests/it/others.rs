//! What other systems get wrong of goods on their way back, told as what happens here. The tidy test
//! of others' failures says which test catches which.

use backhaul_events::returns::{Disposition, Release};
use backhaul_kernel::{Decider, ParcelId};
use backhaul_returns::{
    AssignDisposition, Authorize, Cancel, Close, Command, Decline, Event, RecordHandover,
    RecordMissing, RecordUnexpected, Returns, State,
};
use backhaul_testkit::{given, id, sample::units, text, time};

use crate::{
    ASKED, accepted, asked, check, check_refused, damaged, facts, first, inspect, intact, item,
    manual, names, now, receive, rejected, released, releases, request, sample,
};

/// Does it, and says what happened.
fn then(state: &mut State, command: &Command) -> Vec<Event> {
    let events = Returns::decide(state, command, &now()).expect("this is accepted");
    for event in &events {
        Returns::evolve(state, event);
    }
    events
}

/// Does all of it, one after the other; the units that were paid for.
fn paid(mut state: State, commands: &[Command]) -> u32 {
    let events = commands
        .iter()
        .flat_map(|command| then(&mut state, command));
    let events: Vec<Event> = events.collect();
    let items = releases(&events)
        .into_iter()
        .flat_map(|(_, _, items)| items);
    items.map(|(_, units, _)| units).sum()
}

fn missing(quantity: u32) -> Command {
    Command::RecordMissing(RecordMissing {
        r#return: first(),
        units: vec![units("1", quantity)],
    })
}

fn scanned() -> Command {
    Command::RecordHandover(RecordHandover {
        r#return: first(),
        parcel: ParcelId::numbered(&first().order(), 1),
        handed_over_at: time(ASKED),
    })
}

/// Others: same unit listed twice in one request.
#[test]
fn a_request_is_counted_as_a_whole() {
    let ask = |items| Command::Request(request(&sample(), &released(Release::OnRequest), items));
    let none = || given::<Returns>([]);
    check_refused(
        none(),
        &ask(vec![item("1", 2), item("1", 2)]),
        "UNITS_EXCEED",
    );
    check_refused(
        none(),
        &ask(vec![item("1", 3), item("1", 1)]),
        "UNITS_EXCEED",
    );
    let fits = ask(vec![item("1", 2), item("1", 1)]);
    let expected = ["ReturnRequested", "ReturnAuthorized", "RefundReleased"];
    let events = check(none(), &fits, &expected);
    let items = &releases(&events)[0].2;
    assert_eq!(items.iter().map(|(_, units, _)| units).sum::<u32>(), 3);
}

/// Others: refund paid for units that never arrived.
#[test]
fn what_never_arrives_is_never_paid_for() {
    for release in [Release::OnReceipt, Release::OnInspection] {
        let history = || asked(&released(release), vec![item("1", 3)]).state();
        // Two of three come, one of them is refused, and the third is reported missing or forgotten.
        let come = vec![
            receive(vec![intact("1", 1)]),
            receive(vec![damaged("1", 1)]),
            inspect(vec![accepted("1", 1)]),
            inspect(vec![rejected("1", 1)]),
        ];
        let with_missing = [come.clone(), vec![missing(1)]].concat();
        assert_eq!(paid(history(), &come), 1, "{release:?}");
        assert_eq!(paid(history(), &with_missing), 1, "{release:?}");
        assert_eq!(paid(history(), &[missing(3)]), 0, "{release:?}");
    }
}

/// Others: cannot receive without refunding.
#[test]
fn goods_are_received_and_dealt_with_although_no_money_goes() {
    let received = receive(vec![intact("1", 2)]);
    let refused = inspect(vec![rejected("1", 2)]);
    let back = Command::AssignDisposition(AssignDisposition {
        r#return: first(),
        units: units("1", 2),
        disposition: Disposition::SendBack,
        site: text(""),
    });
    let mut state = asked(&released(Release::OnInspection), vec![item("1", 2)]).state();
    for (command, expected) in [
        (received, &["UnitsReceived"][..]),
        (refused, &["UnitsInspected"]),
        (back, &["DispositionAssigned", "ReturnClosed"]),
    ] {
        assert_eq!(names(&then(&mut state, &command)), expected);
    }
}

/// Others: returned quantity miscounted on multi-step routes.
#[test]
fn a_unit_counts_once_however_many_stations_it_passes() {
    let mut state = asked(&released(Release::OnInspection), vec![item("1", 2)]).state();
    let restock = Command::AssignDisposition(AssignDisposition {
        r#return: first(),
        units: units("1", 2),
        disposition: Disposition::Restock,
        site: text(""),
    });
    for (command, received) in [
        (scanned(), 0),
        (scanned(), 0),
        (receive(vec![intact("1", 1)]), 1),
        (scanned(), 1),
        (receive(vec![intact("1", 1)]), 2),
        (inspect(vec![accepted("1", 2)]), 2),
        (restock, 2),
    ] {
        then(&mut state, &command);
        let count = &state.returns[0].lines[&id("1")];
        assert_eq!(count.received(), received, "{command:?}");
        assert_eq!(state.held(&id("1")), 2, "{command:?}");
    }
    let more = Returns::decide(&state, &receive(vec![intact("1", 1)]), &now());
    assert_eq!(
        backhaul_kernel::Refused::reason(&more.unwrap_err()),
        "QUANTITY"
    );
}

/// Others: stuck after an ineligible receipt.
#[test]
fn goods_that_came_although_nobody_wanted_them_leave_every_way_open() {
    // Declined, and they come all the same: written down, and a person may still take them back.
    let decline = Command::Decline(Decline {
        r#return: first(),
        note: text(""),
    });
    let declined = || asked(&manual(), vec![item("1", 1)]).and(&decline, &now());
    check_refused(declined(), &receive(vec![intact("1", 1)]), "STATE");
    let came = Command::RecordUnexpected(RecordUnexpected {
        order: id("536365"),
        found: text("what was declined"),
        quantity: 1,
        received_at: time(ASKED),
    });
    check(declined(), &came, &["UnexpectedUnitsReceived"]);
    let authorize = Command::Authorize(Authorize {
        r#return: first(),
        facts: facts(&sample()),
        policy: manual(),
    });
    let taken = declined().and(&came, &now()).and(&authorize, &now());
    check(taken, &receive(vec![intact("1", 1)]), &["UnitsReceived"]);

    // Received and refused by inspection: sent back, inspected again by nobody, closed; and the
    // buyer can ask for the unit once more.
    let refused = || {
        asked(&released(Release::OnInspection), vec![item("1", 1)])
            .and(&receive(vec![intact("1", 1)]), &now())
            .and(&inspect(vec![rejected("1", 1)]), &now())
    };
    let cancel = Command::Cancel(Cancel {
        r#return: first(),
        note: text(""),
    });
    check_refused(refused(), &cancel, "STATE");
    let back = Command::AssignDisposition(AssignDisposition {
        r#return: first(),
        units: units("1", 1),
        disposition: Disposition::SendBack,
        site: text(""),
    });
    let close = Command::Close(Close { r#return: first() });
    check(refused(), &close, &["ReturnClosed"]);
    let over = refused().and(&back, &now()).and(&close, &now());
    let again = Command::Request(request(&sample(), &manual(), vec![item("1", 3)]));
    check(over, &again, &["ReturnRequested", "ReturnReferred"]);
}

//! Units are conserved over all returns of an order.

use backhaul_events::LineUnits;
use backhaul_events::returns::{Disposition, Release};
use backhaul_returns::{
    AssignDisposition, Authorize, Cancel, Close, Command, Decline, Expire, RecordMissing, Refusal,
    Returns,
};
use backhaul_testkit::{Given, at, id, sample::units, text, time};

use crate::{
    accepted, asked, check, check_refused, content, facts, first, inspect, intact, item, manual,
    now, policy, receive, rejected, released, request, sample,
};

/// How many units of line 1 can still be asked for.
#[track_caller]
fn check_left(history: Given<Returns>, left: u32) {
    let ask = |quantity| Command::Request(request(&sample(), &manual(), vec![item("1", quantity)]));
    let refusal = history.when(&ask(3), &now()).answer();
    let found = match refusal {
        Ok(_) => 3,
        Err(Refusal::UnitsExceed { left, .. }) => left,
        Err(other) => panic!("refused otherwise: {other}"),
    };
    assert_eq!(found, u64::from(left));
}

fn cancel() -> Command {
    Command::Cancel(Cancel {
        r#return: first(),
        note: text(""),
    })
}

fn close() -> Command {
    Command::Close(Close { r#return: first() })
}

fn expire() -> Command {
    Command::Expire(Expire {
        r#return: first(),
        due: time("2026-04-09T12:00:00Z"),
    })
}

#[test]
fn open_returns_hold_what_they_ask_for() {
    check_left(asked(&policy(content()), vec![item("2", 4)]), 3);
    check_left(asked(&policy(content()), vec![item("1", 2)]), 1);
    check_left(asked(&manual(), vec![item("1", 1), item("1", 2)]), 0);
}

#[test]
fn what_was_called_off_declined_or_expired_is_free_again() {
    let authorised = || asked(&policy(content()), vec![item("1", 2)]);
    check_left(authorised().and(&cancel(), &now()), 3);
    check_left(authorised().and(&expire(), &at("2026-04-09T12:00:00Z")), 3);
    let decline = Command::Decline(Decline {
        r#return: first(),
        note: text("worn"),
    });
    check_left(
        asked(&manual(), vec![item("1", 2)]).and(&decline, &now()),
        3,
    );
}

#[test]
fn a_received_unit_never_becomes_returnable_again_unless_it_is_sent_back() {
    let received = |outcome| {
        asked(&policy(content()), vec![item("1", 2)])
            .and(&receive(vec![intact("1", 1)]), &now())
            .and(&inspect(vec![outcome]), &now())
    };
    check_left(received(accepted("1", 1)), 1);
    check_left(received(accepted("1", 1)).and(&close(), &now()), 2);
    check_left(received(rejected("1", 1)).and(&close(), &now()), 2);
    let send_back = Command::AssignDisposition(AssignDisposition {
        r#return: first(),
        units: units("1", 1),
        disposition: Disposition::SendBack,
        site: text(""),
    });
    let sent_back = received(rejected("1", 1)).and(&send_back, &now());
    check_left(sent_back.and(&close(), &now()), 3);
    // Its money was released, so it stays spent even when the goods go back.
    let paid = received(accepted("1", 1)).and(&send_back, &now());
    check_left(paid.and(&close(), &now()), 2);
}

#[test]
fn what_was_paid_for_without_coming_stays_spent() {
    let paid = || asked(&released(Release::OnRequest), vec![item("1", 2)]);
    check_left(paid().and(&expire(), &at("2026-04-09T12:00:00Z")), 1);
    let missing = Command::RecordMissing(RecordMissing {
        r#return: first(),
        units: vec![units("1", 2)],
    });
    check_left(paid().and(&missing, &now()).and(&close(), &now()), 1);
}

#[test]
fn a_person_cannot_authorise_units_that_are_gone() {
    let order = sample();
    let decline = Command::Decline(Decline {
        r#return: first(),
        note: text(""),
    });
    let authorize = Command::Authorize(Authorize {
        r#return: first(),
        facts: facts(&order),
        policy: manual(),
    });
    let declined = || asked(&manual(), vec![item("1", 2)]).and(&decline, &now());
    check(declined(), &authorize, &["ReturnAuthorized"]);
    let second = Command::Request(request(&order, &manual(), vec![item("1", 2)]));
    let refusal = check_refused(declined().and(&second, &now()), &authorize, "UNITS_EXCEED");
    assert_eq!(
        refusal,
        Refusal::UnitsTaken {
            id: first(),
            line: id("1"),
            asked: 2,
            left: 1,
        }
    );
}

#[test]
fn units_reported_missing_may_still_arrive() {
    let missing = |quantity| {
        Command::RecordMissing(RecordMissing {
            r#return: first(),
            units: vec![LineUnits {
                line: id("1"),
                quantity,
            }],
        })
    };
    let lost = || asked(&policy(content()), vec![item("1", 2)]).and(&missing(2), &now());
    check_refused(lost(), &missing(1), "QUANTITY");
    let found = lost().and(&receive(vec![intact("1", 1)]), &now());
    let state = found.state();
    let count = &state.returns[0].lines[&id("1")];
    assert_eq!((count.received(), count.missing), (1, 1));
}

/// Others: requesting more than bought.
#[test]
fn no_more_comes_back_than_was_delivered() {
    // T70 and T71 (medusa actions/returns.ts).
    let ask = |delivered, units| {
        let order = backhaul_testkit::order("536365")
            .line("1", 5, 5000)
            .delivered("1", delivered, crate::DELIVERED);
        Command::Request(request(&order, &policy(content()), vec![item("1", units)]))
    };
    let none = backhaul_testkit::given::<Returns>;
    check_refused(none([]), &ask(1, 2), "UNITS_EXCEED");
    check_refused(none([]).and(&ask(3, 2), &now()), &ask(3, 2), "UNITS_EXCEED");
    let two = none([]).and(&ask(3, 2), &now());
    check_refused(two, &receive(vec![intact("1", 3)]), "QUANTITY");
}

#[test]
fn a_unit_sent_back_unpaid_is_returnable_again_while_its_return_is_open() {
    // T86 and T88 (OCA rma): of three received, one goes back to the buyer, then the others.
    let sent_back = |quantity| {
        Command::AssignDisposition(AssignDisposition {
            r#return: first(),
            units: units("1", quantity),
            disposition: Disposition::SendBack,
            site: text(""),
        })
    };
    let refused = || {
        asked(&released(Release::OnInspection), vec![item("1", 3)])
            .and(&receive(vec![intact("1", 3)]), &now())
            .and(&inspect(vec![rejected("1", 3)]), &now())
    };
    check_left(refused(), 0);
    check_left(refused().and(&sent_back(1), &now()), 1);
    let all = || {
        refused()
            .and(&sent_back(1), &now())
            .and(&sent_back(2), &now())
    };
    check_left(all(), 3);
    check_refused(all(), &sent_back(1), "QUANTITY");
    check_left(all().and(&close(), &now()), 3);
    // What was paid for stays spent, wherever the goods are.
    let paid = asked(&released(Release::OnInspection), vec![item("1", 3)])
        .and(&receive(vec![intact("1", 3)]), &now())
        .and(&inspect(vec![accepted("1", 3)]), &now());
    check_left(paid.and(&sent_back(1), &now()), 0);
}

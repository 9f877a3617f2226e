//! What people and deadlines decide: authorise, decline, cancel, expire, close.

use backhaul_events::returns::{DecidedBy, Release, Verdict};
use backhaul_kernel::{RefusalKind, Refused, Tier};
use backhaul_returns::{
    Authorize, Cancel, Close, Command, Decline, Expire, NoteRefundSettled, RecordMissing, Refusal,
    Request, Returns, Status,
};
use backhaul_testkit::{Given, at, by, given, id, sample::units, text, time};

use crate::{
    ASKED, accepted, asked, check, check_refused, content, decision, facts, first, inspect, intact,
    item, manual, now, policy, receive, released, request, sample,
};

fn authorize() -> Command {
    Command::Authorize(Authorize {
        r#return: first(),
        facts: facts(&sample()),
        policy: manual(),
    })
}

fn decline() -> Command {
    Command::Decline(Decline {
        r#return: first(),
        note: text("the photos show wear"),
    })
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

fn expire(due: &str) -> Command {
    Command::Expire(Expire {
        r#return: first(),
        due: time(due),
    })
}

fn settled(release: u32) -> Command {
    Command::NoteRefundSettled(NoteRefundSettled {
        r#return: first(),
        release,
    })
}

fn referred() -> Given<Returns> {
    asked(&manual(), vec![item("1", 2)])
}

fn authorised() -> Given<Returns> {
    asked(&policy(content()), vec![item("1", 2)])
}

const DUE: &str = "2026-04-09T12:00:00Z";

#[test]
fn every_command_does_what_its_stage_allows() {
    let declined = || referred().and(&decline(), &now());
    let cancelled = || referred().and(&cancel(), &now());
    let expired = || authorised().and(&expire(DUE), &at(DUE));
    let closed = || authorised().and(&close(), &now());
    let yes = |name: &'static str| Ok(vec![name]);
    let nothing = || Ok(vec![]);
    let no = || Err("STATE");

    let stages: [(Status, &dyn Fn() -> Given<Returns>); 6] = [
        (Status::Referred, &referred),
        (Status::Authorized, &authorised),
        (Status::Declined, &declined),
        (Status::Cancelled, &cancelled),
        (Status::Expired, &expired),
        (Status::Closed, &closed),
    ];
    // One column a stage, in the order above.
    let table = [
        (
            authorize(),
            [
                yes("ReturnAuthorized"),
                nothing(),
                yes("ReturnAuthorized"),
                no(),
                yes("ReturnAuthorized"),
                no(),
            ],
        ),
        (
            decline(),
            [yes("ReturnDeclined"), no(), nothing(), no(), no(), no()],
        ),
        (
            cancel(),
            [
                yes("ReturnCancelled"),
                yes("ReturnCancelled"),
                no(),
                nothing(),
                no(),
                no(),
            ],
        ),
        (
            close(),
            [no(), yes("ReturnClosed"), no(), no(), no(), nothing()],
        ),
    ];
    for (command, answers) in &table {
        for ((status, history), expected) in stages.iter().zip(answers) {
            let history = history();
            let answer = history.when(command, &now()).answer();
            let found = answer.as_deref().map(crate::names).map_err(Refused::reason);
            assert_eq!(&found, expected, "{status:?} {command:?}");
        }
    }
    for (status, history) in stages {
        assert_eq!(history().state().returns[0].status(), status);
    }
}

#[test]
fn a_refusal_says_what_stands_in_the_way() {
    let refusal = check_refused(referred().and(&cancel(), &now()), &authorize(), "STATE");
    assert_eq!(
        refusal.to_string(),
        "return 536365-R1 is cancelled and cannot be authorised"
    );
    assert_eq!(refusal.facts(), [("status", "cancelled".to_owned())]);
    let subject = "returns/536365-R1".to_owned();
    assert_eq!(refusal.kind(), RefusalKind::Precondition { subject });
}

#[test]
fn an_override_shows_what_the_policy_found() {
    let order = sample().destination("US", "UTC");
    let late = Command::Request(Request {
        requested_at: time("2026-05-01T00:00:00Z"),
        ..request(&order, &policy(content()), vec![item("1", 1)])
    });
    let later = at("2026-05-02T00:00:00Z");
    let authorize = Command::Authorize(Authorize {
        r#return: first(),
        facts: facts(&order),
        policy: policy(content()),
    });
    let events = given::<Returns>([])
        .and(&late, &later)
        .when(&authorize, &later)
        .events();
    let decision = decision(&events).expect("it was authorised");
    assert_eq!(decision.by, DecidedBy::Person);
    assert_eq!(decision.findings[0].verdict, Verdict::WindowClosed);
}

#[test]
fn a_declined_return_keeps_the_inputs_of_its_referral() {
    let events = check(referred(), &decline(), &["ReturnDeclined"]);
    let decision = decision(&events).expect("it was declined");
    assert_eq!(
        (decision.by, decision.policy_version),
        (DecidedBy::Person, 3)
    );
    let finding = &decision.findings[0];
    assert_eq!(finding.verdict, Verdict::DeclinedByPerson);
    assert_eq!(finding.clause, text("default-window"));
    assert!(finding.window_ends_at.is_some());
}

#[test]
fn platforms_and_warehouses_do_not_decide() {
    for command in [authorize(), decline()] {
        for (tier, allowed) in [
            (Tier::Platform, false),
            (Tier::Warehouse, false),
            (Tier::Agent, true),
            (Tier::Admin, true),
        ] {
            let answer = referred().when(&command, &by(tier, ASKED)).answer();
            match answer {
                Ok(_) => assert!(allowed, "{tier:?}"),
                Err(refusal) => {
                    assert!(!allowed, "{tier:?}");
                    assert_eq!(refusal.kind(), RefusalKind::Forbidden);
                }
            }
        }
    }
}

#[test]
fn nothing_is_called_off_after_goods_arrived_or_money_was_released() {
    let received = authorised().and(&receive(vec![intact("1", 1)]), &now());
    let refusal = check_refused(received, &cancel(), "STATE");
    assert_eq!(refusal, Refusal::AlreadyReceived { id: first() });
    let paid = asked(&released(Release::OnRequest), vec![item("1", 1)]);
    let refusal = check_refused(paid, &cancel(), "STATE");
    assert_eq!(refusal, Refusal::AlreadyReleased { id: first() });
}

#[test]
fn only_the_deadline_of_an_unused_authorisation_expires_it() {
    let history = authorised;
    let expired = history().when(&expire(DUE), &at(DUE)).events();
    assert_eq!(crate::names(&expired), ["ReturnExpired"]);
    let received = history().and(&receive(vec![intact("1", 1)]), &now());
    let earlier = "2026-04-09T11:59:59Z";
    for (history, command, now) in [
        (received, expire(DUE), DUE),
        (history(), expire(earlier), DUE),
        (history(), expire(DUE), earlier),
        (referred(), expire(DUE), DUE),
        (history().and(&expire(DUE), &at(DUE)), expire(DUE), DUE),
    ] {
        assert_eq!(history.when(&command, &at(now)).events(), []);
    }
}

#[test]
fn a_return_ends_when_its_last_release_is_paid_and_all_units_are_accounted_for() {
    let received = || authorised().and(&receive(vec![intact("1", 1)]), &now());
    let inspected = || received().and(&inspect(vec![accepted("1", 1)]), &now());
    let missing = Command::RecordMissing(RecordMissing {
        r#return: first(),
        units: vec![units("1", 1)],
    });
    check(received(), &settled(1), &[]);
    check(inspected(), &settled(1), &[]);
    check(
        inspected().and(&missing, &now()),
        &settled(1),
        &["ReturnClosed"],
    );
    let both = || {
        inspected()
            .and(&receive(vec![intact("1", 1)]), &now())
            .and(&inspect(vec![accepted("1", 1)]), &now())
    };
    check(both(), &settled(1), &[]);
    check(both(), &settled(2), &["ReturnClosed"]);
    check(both().and(&settled(2), &now()), &settled(2), &[]);
}

#[test]
fn a_person_cannot_end_a_return_whose_money_hangs_on_inspection() {
    let received = |release| {
        asked(&released(release), vec![item("1", 2)]).and(&receive(vec![intact("1", 1)]), &now())
    };
    let refusal = check_refused(
        received(Release::OnInspection),
        &close(),
        "AWAITING_INSPECTION",
    );
    assert_eq!(
        refusal,
        Refusal::AwaitingInspection {
            id: first(),
            line: id("1")
        }
    );
    check(received(Release::OnReceipt), &close(), &["ReturnClosed"]);
    check(received(Release::OnRequest), &close(), &["ReturnClosed"]);
}

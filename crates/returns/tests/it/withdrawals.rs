//! The withdrawal function: two steps, an acknowledgement, and refusals that say why.

use backhaul_events::returns::{
    Authorization, DecidedBy, Exemption, Fees, Handling, OutboundShipping, PolicySet, Release,
    Rule, Statement,
};
use backhaul_kernel::{Decider, Refused};
use backhaul_returns::{
    Authorize, Cancel, Command, ConfirmWithdrawal, DeclareWithdrawal, Event, PolicySnapshot,
    Refusal, Returns, State,
};
use backhaul_testkit::{Given, OrderSample, at, given, money, order, sample::units, text, time};

use crate::{
    ASKED, check, check_refused, content, facts, first, item, names, now, policy, request, sample,
};

fn statement() -> Statement {
    Statement {
        name: text("Ada Lovelace"),
        contact: text("ada@example.com"),
    }
}

/// A merchant who leaves everything to people and keeps as much back as possible.
fn harsh() -> PolicySnapshot {
    policy(PolicySet {
        authorization: Authorization::Manual,
        default_window_days: 0,
        release: Release::OnRequest,
        rules: vec![Rule {
            id: text("harsh"),
            fees: Some(Fees {
                restocking_basis_points: 5_000,
                return_postage: vec![money(499, "EUR")],
                ..Fees::default()
            }),
            signal: text("many returns"),
            ..Rule::default()
        }],
        ..content()
    })
}

fn declare(order: &OrderSample, lines: &[(&str, u32)], when: &str) -> Command {
    Command::DeclareWithdrawal(DeclareWithdrawal {
        order: order.id(),
        units: lines
            .iter()
            .map(|(line, quantity)| units(line, *quantity))
            .collect(),
        statement: statement(),
        declared_at: time(when),
        facts: facts(order),
        policy: harsh(),
    })
}

fn confirm(order: &OrderSample, when: &str) -> Command {
    Command::ConfirmWithdrawal(ConfirmWithdrawal {
        r#return: first(),
        confirmed_at: time(when),
        facts: facts(order),
        policy: harsh(),
    })
}

fn declared(lines: &[(&str, u32)]) -> Given<Returns> {
    given::<Returns>([]).and(&declare(&sample(), lines, ASKED), &now())
}

const CONFIRMED: [&str; 5] = [
    "WithdrawalConfirmed",
    "ReturnRequested",
    "ReturnAuthorized",
    "WithdrawalAcknowledged",
    "RefundReleased",
];

#[test]
fn a_confirmed_withdrawal_is_a_return_on_the_laws_terms_whatever_the_merchant_says() {
    let events = check(
        declared(&[("1", 2)]),
        &confirm(&sample(), ASKED),
        &CONFIRMED,
    );
    let [
        Event::WithdrawalConfirmed(confirmed),
        Event::ReturnRequested(requested),
        Event::ReturnAuthorized(authorized),
        Event::WithdrawalAcknowledged(acknowledged),
        Event::RefundReleased(released),
    ] = events.as_slice()
    else {
        panic!("{:?}", names(&events));
    };
    assert_eq!(confirmed.rights[0].clause, text("eu.2011-83.art-9"));
    assert!(confirmed.rights[0].ends_at > Some(time(ASKED)));
    assert_eq!(requested.requested_at, time(ASKED));
    assert_eq!(authorized.decision.by, DecidedBy::Policy);
    assert_eq!(acknowledged.units, [units("1", 2)]);
    assert_eq!(acknowledged.statement, statement());
    assert_eq!(acknowledged.confirmed_at, time(ASKED));
    // No restocking; the way back is the buyer's, as the law says.
    let kept: Vec<i64> = released
        .terms
        .deductions
        .iter()
        .map(|each| each.amount.minor)
        .collect();
    assert_eq!(kept, [499]);
    let shipping = released.terms.shipping.as_ref().map(|owed| owed.extent);
    assert_eq!(shipping, Some(OutboundShipping::WithWholeOrder));
    let due = released.terms.due.as_ref().map(|due| due.at);
    assert_eq!(due, Some(time("2026-03-24T22:59:59.999999999Z")));
}

#[test]
fn the_first_step_holds_nothing_and_the_second_takes_effect_once() {
    let history = || declared(&[("1", 2)]);
    assert_eq!(history().state().held(&"1".parse().unwrap()), 0);
    let twice = history().and(&confirm(&sample(), ASKED), &now());
    check(twice, &confirm(&sample(), ASKED), &[]);
    let cancel = Command::Cancel(Cancel {
        r#return: first(),
        note: text(""),
    });
    let called_off = history().and(&cancel, &now());
    check_refused(called_off, &confirm(&sample(), ASKED), "STATE");
    let authorize = Command::Authorize(Authorize {
        r#return: first(),
        facts: facts(&sample()),
        policy: harsh(),
    });
    check_refused(history(), &authorize, "STATE");
    let other = asked_for_all();
    check_refused(other, &confirm(&sample(), ASKED), "UNITS_EXCEED");
    let not_one = given::<Returns>([]).and(
        &Command::Request(request(&sample(), &harsh(), vec![item("1", 1)])),
        &now(),
    );
    check_refused(not_one, &confirm(&sample(), ASKED), "STATE");
}

/// Somebody asks for all units between the two steps.
fn asked_for_all() -> Given<Returns> {
    let all = Command::Request(request(&sample(), &harsh(), vec![item("1", 3)]));
    declared(&[("1", 2)]).and(&all, &now())
}

#[test]
fn a_withdrawal_without_lines_is_from_all_that_is_left() {
    let taken = Command::Request(request(&sample(), &harsh(), vec![item("1", 1)]));
    let history = given::<Returns>([]).and(&taken, &now());
    let events = check(
        history,
        &declare(&sample(), &[], ASKED),
        &["WithdrawalDeclared"],
    );
    let Some(Event::WithdrawalDeclared(declared)) = events.first() else {
        panic!("{events:?}");
    };
    assert_eq!(declared.units, [units("1", 2), units("2", 4)]);
}

#[test]
fn outside_its_time_or_without_a_right_it_is_refused_with_the_reason() {
    let delivered = |country: &str| {
        order("536365")
            .destination(country, "UTC")
            .line("1", 3, 3000)
            .delivered("1", 3, "2026-03-05T10:00:00Z")
    };
    for (order, when, why, clause, ended) in [
        (
            delivered("DE"),
            "2026-03-20T00:00:00Z",
            "its time is over",
            Some("eu.2011-83.art-9"),
            true,
        ),
        (delivered("US"), ASKED, "another", None, false),
        (
            delivered("AE"),
            ASKED,
            "no law of the buyer's country gives one",
            None,
            false,
        ),
    ] {
        let command = declare(&order, &[("1", 1)], when);
        let answer = Returns::decide(&State::default(), &command, &at("2026-04-01T00:00:00Z"));
        let refusal = answer.unwrap_err();
        assert_eq!(refusal.reason(), "NO_WITHDRAWAL", "{refusal}");
        let Refusal::NoWithdrawal {
            why: found,
            clause: by,
            ended_at,
            ..
        } = &refusal
        else {
            panic!("{refusal}");
        };
        if why != "another" {
            assert_eq!(*found, why);
            assert_eq!(
                by.as_ref().map(|by| by.as_str()),
                clause.filter(|_| by.is_some()).or(clause)
            );
            assert_eq!(ended_at.is_some(), ended);
        }
    }
    // The second step is the one that counts.
    let late = at("2026-03-25T00:00:00Z");
    let refused = declared(&[("1", 1)])
        .when(&confirm(&sample(), "2026-03-25T00:00:00Z"), &late)
        .refusal();
    assert_eq!(refused.reason(), "NO_WITHDRAWAL");
}

/// The right to withdraw is there from the contract on (Directive 2011/83/EU, Art. 9(1)): nobody has
/// to wait for the goods. What never left is paid for at once, without a way back; what is on its
/// way is waited for.
#[test]
fn nobody_has_to_wait_for_the_goods_to_withdraw() {
    let to_come = || order("536365").destination("DE", "UTC").line("1", 3, 3000);
    let on_its_way = to_come().dispatched("1", 3, "2026-03-09T10:00:00Z");
    for (order, is_sent) in [(to_come(), false), (on_its_way, true)] {
        let history = given::<Returns>([]).and(&declare(&order, &[("1", 3)], ASKED), &now());
        let events = history
            .clone()
            .when(&confirm(&order, ASKED), &now())
            .events();
        let first = [
            "WithdrawalConfirmed",
            "ReturnRequested",
            "ReturnAuthorized",
            "WithdrawalAcknowledged",
            "RefundReleased",
        ];
        assert_eq!(names(&events), first);
        let Event::WithdrawalConfirmed(confirmed) = &events[0] else {
            panic!("{:?}", names(&events));
        };
        assert_eq!(confirmed.rights[0].ends_at, None);
        let Event::ReturnAuthorized(authorized) = &events[2] else {
            panic!("{:?}", names(&events));
        };
        assert_eq!(authorized.handling != Handling::NothingSent, is_sent);
        let Some(Event::RefundReleased(released)) = events.last() else {
            panic!("{:?}", names(&events));
        };
        assert_eq!(released.terms.deductions.is_empty(), !is_sent);
        if !is_sent {
            let due = released.terms.due.as_ref().map(|due| due.at);
            assert_eq!(due, Some(time("2026-03-24T23:59:59.999999999Z")));
            assert!(released.terms.shipping.is_some());
            let done = history.and(&confirm(&order, ASKED), &now());
            let arrived = crate::receive(vec![crate::intact("1", 1)]);
            check_refused(done.clone(), &arrived, "STATE");
            let settled = Command::NoteRefundSettled(backhaul_returns::NoteRefundSettled {
                r#return: crate::first(),
                release: 1,
            });
            check(done, &settled, &["ReturnClosed"]);
        }
    }
}

#[test]
fn what_the_law_exempts_cannot_be_withdrawn_from() {
    let bespoke = policy(PolicySet {
        rules: vec![Rule {
            id: text("bespoke"),
            exemption: Some(Exemption::Bespoke),
            ..Rule::default()
        }],
        ..content()
    });
    let command = Command::DeclareWithdrawal(DeclareWithdrawal {
        order: sample().id(),
        units: vec![units("1", 1)],
        statement: statement(),
        declared_at: time(ASKED),
        facts: facts(&sample()),
        policy: bespoke,
    });
    let refusal = check_refused(given::<Returns>([]), &command, "NO_WITHDRAWAL");
    assert!(
        refusal.to_string().ends_with("the goods are exempt"),
        "{refusal}"
    );
}

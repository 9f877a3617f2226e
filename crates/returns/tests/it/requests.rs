//! What a request must be, and how the policy answers it.

use backhaul_events::returns::{DecidedBy, Handling, PolicySet, ReturnCentre, Verdict};
use backhaul_kernel::Refused;
use backhaul_returns::{
    Command, Event, ITEMS_MAX, NotReturnable, PolicySnapshot, Refusal, Request, Returns,
};
use backhaul_testkit::{Outcome, given, id, money, order, text, time};

use crate::{
    ASKED, DELIVERED, asked, check, check_field, check_refused, claiming, content, decision, facts,
    item, manual, now, policy, request, sample,
};

fn ask(policy: &PolicySnapshot, items: Vec<backhaul_events::returns::RequestedItem>) -> Command {
    Command::Request(request(&sample(), policy, items))
}

#[test]
fn the_policy_authorises_or_refers_what_is_returnable() {
    let items = vec![item("1", 2), item("2", 1)];
    let events = check(
        given::<Returns>([]),
        &ask(&policy(content()), items.clone()),
        &["ReturnRequested", "ReturnAuthorized"],
    );
    let decision = decision(&events).expect("it was authorised");
    assert_eq!(
        (
            decision.policy.as_str(),
            decision.policy_version,
            decision.by
        ),
        ("default", 3, DecidedBy::Policy)
    );
    assert_eq!(decision.findings.len(), 2);
    let [_, Event::ReturnAuthorized(authorized)] = &events[..] else {
        panic!("not authorised")
    };
    assert_eq!(authorized.expires_at, Some(time("2026-04-09T12:00:00Z")));

    check(
        given::<Returns>([]),
        &ask(&manual(), items.clone()),
        &["ReturnRequested", "ReturnReferred"],
    );
    check(
        given::<Returns>([]),
        &ask(&PolicySnapshot::built_in(id("default")), items),
        &["ReturnRequested", "ReturnReferred"],
    );
}

#[test]
fn returns_are_numbered_within_their_order() {
    let history = asked(&policy(content()), vec![item("1", 1)]);
    let events = check(
        history,
        &ask(&manual(), vec![item("1", 1)]),
        &["ReturnRequested", "ReturnReferred"],
    );
    let Event::ReturnRequested(requested) = &events[0] else {
        panic!("not requested")
    };
    assert_eq!(requested.r#return, id("536365-R2"));
}

#[test]
fn goods_go_to_the_buyers_country_or_else_to_the_first_centre() {
    let centre = |name: &str, country: &str| ReturnCentre {
        id: text(name),
        country: id(country),
        name: text(name),
    };
    for (country, expected) in [("DE", "berlin"), ("US", "leicester")] {
        let policy = policy(PolicySet {
            return_centres: vec![centre("leicester", "GB"), centre("berlin", "DE")],
            ..content()
        });
        let order = sample().destination(country, "UTC");
        let command = Command::Request(request(&order, &policy, vec![item("1", 1)]));
        let events = check(
            given::<Returns>([]),
            &command,
            &["ReturnRequested", "ReturnAuthorized"],
        );
        let Event::ReturnAuthorized(authorized) = &events[1] else {
            panic!("not authorised")
        };
        let Handling::SendBack { to, .. } = &authorized.handling else {
            panic!("kept")
        };
        assert_eq!(to.id.as_str(), expected);
    }
}

#[test]
fn every_wrong_field_is_named() {
    let gbp = backhaul_events::returns::RequestedItem {
        claim: Some(money(1, "GBP")),
        ..item("1", 1)
    };
    for (items, field) in [
        (vec![], "items"),
        (vec![item("1", 1); ITEMS_MAX + 1], "items"),
        (vec![item("1", 1), item("9", 1)], "items[1].line"),
        (vec![item("1", 0)], "items[0].quantity"),
        (vec![item("1", u32::MAX)], "items[0].quantity"),
        (vec![item("1", 4)], "items[0].quantity"),
        (vec![item("1", 2), item("1", 2)], "items[1].quantity"),
        (vec![claiming("1", 1, 0)], "items[0].claim.minor_units"),
        (vec![claiming("1", 1, -1)], "items[0].claim.minor_units"),
        (vec![gbp], "items[0].claim.currency_code"),
    ] {
        check_field(given::<Returns>([]), &ask(&manual(), items), field);
    }
    for requested_at in [
        "2026-03-01T08:59:59Z",
        "1999-01-01T00:00:00Z",
        "2026-03-10T12:05:01Z",
    ] {
        let command = Command::Request(Request {
            requested_at: time(requested_at),
            ..request(&sample(), &manual(), vec![item("1", 1)])
        });
        check_field(given::<Returns>([]), &command, "requested_at");
    }
}

#[test]
fn an_order_that_is_not_known_has_no_returns() {
    let unknown = Request {
        facts: backhaul_returns::OrderFacts::Unknown,
        ..request(&sample(), &manual(), vec![item("1", 1)])
    };
    let other = Request {
        order: id("536366"),
        ..request(&sample(), &manual(), vec![item("1", 1)])
    };
    for command in [unknown, other] {
        let command = Command::Request(command);
        check_refused(given::<Returns>([]), &command, "ORDER_NOT_FOUND");
    }
}

#[test]
fn nothing_can_be_asked_for_before_it_is_delivered() {
    let undelivered = order("536365").line("1", 3, 3000).line("2", 4, 1000);
    let half = undelivered.clone().delivered("1", 3, DELIVERED);
    for on_not_returnable in [NotReturnable::Decline, NotReturnable::Refuse] {
        for (order, items) in [
            (&undelivered, vec![item("1", 1)]),
            (&half, vec![item("1", 1), item("2", 1)]),
        ] {
            let command = Command::Request(Request {
                on_not_returnable,
                ..request(order, &manual(), items)
            });
            check_refused(given::<Returns>([]), &command, "NOT_DELIVERED");
        }
    }
}

/// The order stands in the United States, where no statute helps.
fn late(on_not_returnable: NotReturnable, requested_at: &str) -> Outcome<Returns> {
    let order = sample().destination("US", "UTC");
    let command = Command::Request(Request {
        requested_at: time(requested_at),
        on_not_returnable,
        ..request(&order, &policy(content()), vec![item("1", 1)])
    });
    given::<Returns>([]).when(&command, &backhaul_testkit::at("2026-06-01T00:00:00Z"))
}

#[test]
fn what_is_too_late_is_declined_with_its_reason_or_refused() {
    let last_moment = "2026-03-19T23:59:59.999999999Z";
    let too_late = "2026-03-20T00:00:00Z";

    let events = late(NotReturnable::Decline, last_moment).events();
    assert_eq!(
        crate::names(&events),
        ["ReturnRequested", "ReturnAuthorized"]
    );

    let events = late(NotReturnable::Decline, too_late).events();
    assert_eq!(crate::names(&events), ["ReturnRequested", "ReturnDeclined"]);
    let finding = &decision(&events).expect("it was declined").findings[0];
    assert_eq!(
        (
            finding.verdict,
            finding.clause.as_str(),
            finding.window_ends_at
        ),
        (
            Verdict::WindowClosed,
            "default-window",
            Some(time(last_moment))
        )
    );

    let refusal = late(NotReturnable::Refuse, too_late).refusal();
    assert_eq!(refusal.reason(), "RETURN_WINDOW_CLOSED");
    assert_eq!(
        refusal,
        Refusal::WindowClosed {
            order: id("536365"),
            line: id("1"),
            clause: text("default-window"),
            ended_at: Some(time(last_moment)),
        }
    );
}

#[test]
fn one_line_that_is_not_returnable_declines_the_whole_and_the_findings_say_which() {
    let order = order("536365")
        .destination("US", "UTC")
        .line("1", 1, 100)
        .line("2", 1, 100)
        .final_sale()
        .delivered("1", 1, DELIVERED)
        .delivered("2", 1, DELIVERED);
    let command = |on_not_returnable| {
        Command::Request(Request {
            on_not_returnable,
            requested_at: time(ASKED),
            facts: facts(&order),
            ..request(&order, &policy(content()), vec![item("1", 1), item("2", 1)])
        })
    };
    let events = check(
        given::<Returns>([]),
        &command(NotReturnable::Decline),
        &["ReturnRequested", "ReturnDeclined"],
    );
    let findings = &decision(&events).expect("it was declined").findings;
    let verdicts: Vec<_> = findings.iter().map(|finding| finding.verdict).collect();
    assert_eq!(verdicts, [Verdict::Returnable, Verdict::FinalSale]);
    let refusal = given::<Returns>([])
        .when(&command(NotReturnable::Refuse), &now())
        .refusal();
    assert_eq!(refusal.reason(), "FINAL_SALE");
}

//! Money in place of a return: offered, declined, offered again, accepted.

use backhaul_events::returns::{
    Authorization, DeductionKind, Event, Handling, PartialRefund, Reason, RequestedItem, Rule,
};
use backhaul_kernel::{Context, ParcelId, Tier};
use backhaul_returns::{
    AcceptOffer, Authorize, Command, DeclineOffer, OFFERS_MAX, OfferPartialRefund, PolicySnapshot,
    RecordHandover, Returns,
};
use backhaul_testkit::{Given, OrderSample, given, id, money, order, text, time};

use crate::{
    ASKED, asked, check, check_field, check_refused, content, facts, first, intact, item, names,
    now, policy, receive, releases, request, sample,
};

fn offering(basis_points: u32, rule: Rule) -> PolicySnapshot {
    let offer = Rule {
        id: text("keep-it-for-less"),
        partial_refund: Some(PartialRefund { basis_points }),
        ..Rule::default()
    };
    policy(backhaul_events::returns::PolicySet {
        rules: vec![offer, rule],
        ..content()
    })
}

fn agent() -> Context {
    let mut context = now();
    context.actor.tier = Tier::Agent;
    context
}

fn offered() -> Given<Returns> {
    asked(&offering(2_500, plain()), vec![item("1", 2)])
}

fn plain() -> Rule {
    Rule {
        authorization: Some(Authorization::Automatic),
        id: text("plain"),
        ..Rule::default()
    }
}

fn accept(offer: u32) -> Command {
    Command::AcceptOffer(AcceptOffer {
        r#return: first(),
        offer,
    })
}

fn decline(offer: u32) -> Command {
    Command::DeclineOffer(DeclineOffer {
        r#return: first(),
        offer,
        note: text("does not fit at all"),
    })
}

fn offer(minor: i64) -> Command {
    Command::OfferPartialRefund(OfferPartialRefund {
        r#return: first(),
        amount: money(minor, "EUR"),
        facts: facts(&sample()),
    })
}

fn shares(events: &[Event]) -> Vec<(u32, i64, Vec<i64>)> {
    let brief = |event: &Event| match event {
        Event::PartialRefundOffered(event) => Some((
            event.offer,
            event.amount.minor,
            event.shares.iter().map(|share| share.minor).collect(),
        )),
        _ => None,
    };
    events.iter().filter_map(brief).collect()
}

#[test]
fn a_rule_offers_beside_the_authorisation_and_the_buyer_may_keep_the_goods_for_it() {
    let command = Command::Request(request(
        &sample(),
        &offering(2_500, plain()),
        vec![item("1", 2), item("2", 1), item("1", 1)],
    ));
    let asked = given::<Returns>([]);
    let events = check(
        asked,
        &command,
        &[
            "ReturnRequested",
            "ReturnAuthorized",
            "PartialRefundOffered",
        ],
    );
    // A quarter of 30.00 and of 2.50; what a line is offered is spread over its items.
    assert_eq!(shares(&events), [(1, 812, vec![500, 62, 250])]);
    let Some(Event::PartialRefundOffered(event)) = events.last() else {
        panic!("{:?}", names(&events));
    };
    assert_eq!(event.clauses, [text("keep-it-for-less")]);

    let settled = [
        "PartialRefundAccepted",
        "ReturnAuthorized",
        "RefundReleased",
    ];
    let events = check(offered(), &accept(1), &settled);
    let Event::ReturnAuthorized(authorized) = &events[1] else {
        panic!("{:?}", names(&events));
    };
    assert_eq!(authorized.handling, Handling::KeepItem);
    assert_eq!(authorized.expires_at, None);
    let due = vec![("1".to_owned(), 2, Some(500))];
    assert_eq!(
        releases(&events),
        [(1, backhaul_events::returns::Release::OnRequest, due)]
    );
    check(offered().and(&accept(1), &now()), &accept(1), &[]);
    check_refused(offered().and(&accept(1), &now()), &decline(1), "NO_OFFER");
    let again = Command::Request(request(&sample(), &policy(content()), vec![item("1", 2)]));
    check_refused(offered().and(&accept(1), &now()), &again, "UNITS_EXCEED");
}

#[test]
fn who_declined_may_be_offered_more() {
    let declined = || offered().and(&decline(1), &now());
    check(offered(), &decline(1), &["PartialRefundDeclined"]);
    check(declined(), &decline(1), &[]);
    check_refused(declined(), &accept(1), "NO_OFFER");
    check(
        declined(),
        &receive(vec![intact("1", 2)]),
        &["UnitsReceived"],
    );

    let events = declined().when(&offer(1_201), &agent()).events();
    assert_eq!(shares(&events), [(2, 1_201, vec![1_201])]);
    let better = || declined().and(&offer(1_201), &agent());
    check_refused(better(), &accept(1), "NO_OFFER");
    let events = better().when(&accept(2), &now()).events();
    let due = vec![("1".to_owned(), 2, Some(1_201))];
    assert_eq!(releases(&events)[0].2, due);
}

#[test]
fn only_people_of_the_merchant_offer_and_never_more_than_was_paid() {
    let platform = {
        let mut context = now();
        context.actor.tier = Tier::Platform;
        context
    };
    let refusal = offered().when(&offer(100), &platform).refusal();
    assert_eq!(backhaul_kernel::Refused::reason(&refusal), "TIER");
    for (amount, field) in [
        (offer(0), "amount.minor_units"),
        (offer(2_001), "amount.minor_units"),
        (
            Command::OfferPartialRefund(OfferPartialRefund {
                r#return: first(),
                amount: money(100, "GBP"),
                facts: facts(&sample()),
            }),
            "amount.currency_code",
        ),
    ] {
        let refusal = offered().when(&amount, &agent()).refusal();
        let kind = backhaul_kernel::Refused::kind(&refusal);
        let field = field.to_owned();
        assert_eq!(kind, backhaul_kernel::RefusalKind::Invalid { field });
    }
    let mut history = offered();
    for _ in 1..OFFERS_MAX {
        history = history.and(&offer(100), &agent());
    }
    let refusal = history.when(&offer(100), &agent()).refusal();
    assert_eq!(backhaul_kernel::Refused::reason(&refusal), "TOO_MANY");
}

#[test]
fn an_offer_lapses_when_the_goods_leave_the_buyer() {
    let handover = Command::RecordHandover(RecordHandover {
        r#return: first(),
        parcel: id::<ParcelId>("536365-P1"),
        handed_over_at: time(ASKED),
    });
    check_refused(offered().and(&handover, &now()), &accept(1), "STATE");
    let arrived = offered().and(&receive(vec![intact("1", 1)]), &now());
    check_refused(arrived, &accept(1), "STATE");
    let cancelled = Command::Cancel(backhaul_returns::Cancel {
        r#return: first(),
        note: text(""),
    });
    check_refused(offered().and(&cancelled, &now()), &accept(1), "STATE");
    check_refused(offered(), &accept(2), "NO_OFFER");
    check_refused(offered(), &accept(0), "NO_OFFER");
}

#[test]
fn a_rule_offers_nothing_to_whom_a_person_has_to_look_at_nor_where_the_money_has_gone() {
    let cases = [
        Rule {
            signal: text("three accounts, one address"),
            ..plain()
        },
        Rule {
            release: Some(backhaul_events::returns::Release::OnRequest),
            ..plain()
        },
    ];
    for rule in cases {
        let command = Command::Request(request(
            &sample(),
            &offering(2_500, rule),
            vec![item("1", 1)],
        ));
        let events = given::<Returns>([]).when(&command, &now()).events();
        assert_eq!(shares(&events), []);
    }
    // A person may offer nonetheless, and then nobody needs to authorise.
    let signalled = Rule {
        signal: text("three accounts, one address"),
        ..plain()
    };
    let referred = asked(&offering(2_500, signalled), vec![item("1", 1)]);
    let events = referred
        .and(&offer(300), &agent())
        .when(&accept(1), &now())
        .events();
    let settled = [
        "PartialRefundAccepted",
        "ReturnAuthorized",
        "RefundReleased",
    ];
    assert_eq!(names(&events), settled);
}

/// Who keeps the goods for part of their price is not paid the outbound shipping of a withdrawal,
/// nor charged for a way back that nobody goes.
#[test]
fn an_accepted_offer_is_all_the_money_there_is() {
    let german: OrderSample = order("536365")
        .destination("DE", "Europe/Berlin")
        .line("1", 2, 2_000)
        .delivered("1", 2, "2026-03-05T10:00:00Z");
    let fees = Rule {
        fees: Some(backhaul_events::returns::Fees {
            return_postage: vec![money(499, "EUR")],
            ..backhaul_events::returns::Fees::default()
        }),
        ..plain()
    };
    let items = vec![RequestedItem {
        reason: Reason::ChangedMind,
        ..item("1", 2)
    }];
    let command = Command::Request(request(&german, &offering(5_000, fees), items));
    let asked = given::<Returns>([]).and(&command, &now());
    let events = asked.when(&accept(1), &now()).events();
    let Some(Event::RefundReleased(released)) = events.last() else {
        panic!("{:?}", names(&events));
    };
    assert_eq!(released.terms.shipping, None);
    let postage =
        |each: &backhaul_events::returns::Deduction| each.kind == DeductionKind::ReturnPostage;
    assert!(!released.terms.deductions.iter().any(postage));
    assert!(released.terms.due.is_some());
}

#[test]
fn an_authorised_return_is_not_authorised_twice_by_a_person() {
    let authorize = Command::Authorize(Authorize {
        r#return: first(),
        facts: facts(&sample()),
        policy: policy(content()),
    });
    check(offered().and(&accept(1), &now()), &authorize, &[]);
    check_field(
        given::<Returns>([]),
        &Command::Request(request(&sample(), &policy(content()), vec![item("1", 0)])),
        "items[0].quantity",
    );
}

//! Goods that are not worth the way back.

use backhaul_events::returns::{Handling, PolicySet, RequestedItem};
use backhaul_kernel::{Currency, Money};
use backhaul_returns::{
    Cancel, Command, Event, NoteRefundSettled, PolicySnapshot, RecordMissing, Refusal, Returns,
};
use backhaul_testkit::{given, money, order, sample::units, text};

use crate::{
    DELIVERED, asked, check, check_refused, claiming, content, first, intact, item, now, policy,
    receive, releases, request, sample,
};

fn keeps(limits: Vec<Money>) -> PolicySnapshot {
    policy(PolicySet {
        keep_item_up_to: limits,
        ..content()
    })
}

fn is_kept(policy: &PolicySnapshot, items: Vec<RequestedItem>) -> bool {
    let command = Command::Request(request(&sample(), policy, items));
    let events = given::<Returns>([]).when(&command, &now()).events();
    match &events[..] {
        [
            _,
            Event::ReturnAuthorized(authorized),
            Event::RefundReleased(_),
        ] => authorized.handling == Handling::KeepItem,
        [_, Event::ReturnAuthorized(authorized)] => {
            assert_ne!(authorized.handling, Handling::KeepItem);
            false
        }
        other => panic!("unexpected: {other:?}"),
    }
}

#[test]
fn goods_worth_no_more_than_the_limit_in_their_currency_are_kept() {
    let eur = |minor| keeps(vec![money(100_000, "GBP"), money(minor, "EUR")]);
    for (limit, items, kept) in [
        (1000, vec![item("1", 1)], true),
        (999, vec![item("1", 1)], false),
        (1250, vec![item("1", 1), item("2", 1)], true),
        (1249, vec![item("1", 1), item("2", 1)], false),
        (700, vec![claiming("1", 1, 700)], true),
        (699, vec![claiming("1", 1, 700)], false),
        // A claim above what was paid is worth what was paid.
        (1000, vec![claiming("1", 1, 5000)], true),
    ] {
        assert_eq!(
            is_kept(&eur(limit), items.clone()),
            kept,
            "{limit} {items:?}"
        );
    }
    assert!(!is_kept(
        &keeps(vec![money(9_999, "GBP")]),
        vec![item("1", 1)]
    ));
    assert!(!is_kept(&keeps(vec![]), vec![item("1", 1)]));
}

#[test]
fn taxes_count_to_what_was_paid() {
    let currency: Currency = "EUR".parse().expect("a currency");
    let order = order("536365")
        .line("1", 1, 1000)
        .tax("DE", 1900, 190)
        .delivered("1", 1, DELIVERED);
    for (limit, name) in [(1190, "RefundReleased"), (1189, "ReturnAuthorized")] {
        let policy = keeps(vec![Money::new(limit, currency)]);
        let command = Command::Request(request(&order, &policy, vec![item("1", 1)]));
        let events = given::<Returns>([]).when(&command, &now()).events();
        assert_eq!(crate::names(&events).last(), Some(&name));
    }
}

#[test]
fn what_is_kept_is_paid_at_once_and_never_comes_back() {
    let policy = keeps(vec![money(5000, "EUR")]);
    let kept = || asked(&policy, vec![item("1", 3), claiming("2", 1, 200)]);
    let command = Command::Request(request(
        &sample(),
        &policy,
        vec![item("1", 3), claiming("2", 1, 200)],
    ));
    let events = check(
        given::<Returns>([]),
        &command,
        &["ReturnRequested", "ReturnAuthorized", "RefundReleased"],
    );
    let Event::ReturnAuthorized(authorized) = &events[1] else {
        panic!("not authorised")
    };
    assert_eq!(authorized.expires_at, None);
    assert_eq!(releases(&events)[0].2.len(), 2);

    let refusal = check_refused(kept(), &receive(vec![intact("1", 1)]), "STATE");
    assert_eq!(refusal, Refusal::KeptByBuyer { id: first() });
    let missing = Command::RecordMissing(RecordMissing {
        r#return: first(),
        units: vec![units("1", 1)],
    });
    check_refused(kept(), &missing, "STATE");
    let cancel = Command::Cancel(Cancel {
        r#return: first(),
        note: text(""),
    });
    check_refused(kept(), &cancel, "STATE");

    let settled = Command::NoteRefundSettled(NoteRefundSettled {
        r#return: first(),
        release: 1,
    });
    check(kept(), &settled, &["ReturnClosed"]);
    let again = Command::Request(request(&sample(), &policy, vec![item("1", 1)]));
    check_refused(kept(), &again, "UNITS_EXCEED");
    check_refused(kept().and(&settled, &now()), &again, "UNITS_EXCEED");
}

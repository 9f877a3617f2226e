//! Where the rules meet the outside: doing it twice, what is not known, and what is stored.

use crate::given::{at, by, order, reason, sample, text};
use backhaul_kernel::{RefusalKind, Refused, Tier};
use backhaul_refunds::{Command, OrderFacts, Refusal, State};

/// Others: double click or one click pays twice.
#[test]
fn the_same_release_again_changes_nothing() {
    let mut book = sample().line(2, 200, &[]).book();
    let command = book.release_command(1, &[("A", 1, None)]);
    let at = at("2026-03-01T10:00:00Z");
    assert_eq!(book.run(&command, &at).unwrap().len(), 4);
    assert_eq!(book.run(&command, &at), Ok(vec![]));
    let next = book.release_command(2, &[("A", 1, None)]);
    assert_eq!(book.run(&next, &at).unwrap().len(), 4);
}

#[test]
fn what_is_not_known_is_not_refunded() {
    let mut book = sample().line(1, 100, &[]).book();
    let unknown = reason(book.release(&[("Z", 1, None)]));
    assert_eq!(unknown, "LINE_UNKNOWN");
    assert_eq!(reason(book.release(&[("A", 2, None)])), "UNITS_REFUNDED");
    book.grounds.facts = OrderFacts::default();
    assert_eq!(reason(book.release(&[("A", 1, None)])), "ORDER_UNKNOWN");
    let cancel = Command::Cancel {
        refund: crate::given::refund(9),
        note: text(""),
    };
    let refusal = book.run(&cancel, &by("lin", Tier::Agent)).unwrap_err();
    let resource = "refunds/536365-F9".to_owned();
    assert_eq!(refusal.kind(), RefusalKind::NotFound { resource });
}

#[test]
fn a_refusal_names_the_field_and_the_facts() {
    let mut book = sample().line(1, 100, &[]).book();
    let refusal = book.release(&[("A", 1, None), ("A", 0, None)]).unwrap_err();
    let field = "items[1].quantity".to_owned();
    assert_eq!(refusal.kind(), RefusalKind::Invalid { field });

    let refusal = book.goodwill(101).unwrap_err();
    let subject = format!("orders/{}", order());
    assert_eq!(refusal.kind(), RefusalKind::Precondition { subject });
    let facts = [
        ("asked", "EUR 1.01".to_owned()),
        ("left", "EUR 1.00".to_owned()),
    ];
    assert_eq!(refusal.facts(), facts);
    assert_eq!(
        refusal.to_string(),
        "EUR 1.01 is to be refunded, EUR 1.00 is left"
    );
    assert!(matches!(refusal, Refusal::ExceedsPaid { .. }));
}

#[test]
fn a_snapshot_is_the_state() {
    let mut book = sample()
        .line(2, 200, &[(1900, 38)])
        .shipping(50, &[])
        .book();
    book.release(&[("A", 1, Some(60))]).unwrap();
    book.goodwill(7).unwrap();
    let json = serde_json::to_string(&book.state).unwrap();
    assert_eq!(serde_json::from_str::<State>(&json).unwrap(), book.state);
    let facts = &book.grounds.facts;
    let json = serde_json::to_string(facts).unwrap();
    assert_eq!(serde_json::from_str::<OrderFacts>(&json).unwrap(), *facts);
}

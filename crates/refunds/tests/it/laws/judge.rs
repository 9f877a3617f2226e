//! The invariants, judged after every history.

use std::collections::BTreeSet;

use backhaul_events::refunds::{Approver, Event};
use backhaul_kernel::{Decider, Money, PaymentId, Tier};
use backhaul_refunds::{Refunds, State};

use crate::given::Book;

/// The payment that a new attempt takes money of.
fn taken_of(event: &Event) -> Option<&PaymentId> {
    match event {
        Event::RefundSubmitted(event) => Some(&event.payment),
        Event::StoreCreditSubmitted(event) => Some(&event.payment),
        Event::ManualPayoutRequested(event) => Some(&event.payment),
        _ => None,
    }
}

/// I4 and I15, for the attempts that the step made: no disputed payment, and none beyond what the
/// bank left of it.
pub(super) fn new_attempts_hold(book: &Book, before: usize) {
    for payment in book.history[before..].iter().filter_map(taken_of) {
        let captures = &book.grounds.facts.captures;
        let capture = captures
            .iter()
            .find(|known| known.payment == *payment)
            .unwrap();
        assert!(!capture.is_disputed(), "I15: {capture:?}");
        let reserved = book.state.reserved(payment);
        assert!(reserved <= capture.kept(), "I4: {reserved} of {capture:?}");
    }
}

/// Keys are never shared by two attempts, and credit notes have no gaps and add up.
pub(super) fn names_hold(book: &Book) {
    let (mut keys, mut notes) = (BTreeSet::new(), Vec::new());
    for event in &book.history {
        if let Event::RefundSubmitted(event) = event {
            assert!(keys.insert(event.key.clone()), "I9: a key twice");
        }
        if let Event::CreditNoteIssued(note) = event {
            let taxes: i64 = note.taxes.iter().map(|tax| tax.tax.minor).sum();
            assert_eq!(note.net.minor + taxes - note.fee.minor, note.amount.minor);
            notes.push(note.credit_note.number());
        }
    }
    let numbered: Vec<u32> = (1..).take(notes.len()).collect();
    assert_eq!(notes, numbered, "credit notes have no gaps");
}

/// I14: what nobody approved is not paid; a second person is one who did not propose it; and a policy
/// approves within its limit, under its own version (I12).
fn approval_holds(book: &Book, event: &Event) {
    let approval = &book.grounds.approval;
    match event {
        Event::RefundApproved(event) => {
            let grant = book.state.grant(&event.refund).unwrap();
            match &event.by {
                Approver::Policy { version, limit } => {
                    assert_eq!(*version, approval.version, "I12");
                    assert!(grant.amount.minor <= limit.minor, "I14: {grant:?}");
                }
                Approver::Tier { .. } => panic!("no tier has a limit of its own here"),
                Approver::Person { actor } => {
                    let proposer = grant.proposed_by.as_ref().unwrap();
                    assert_ne!(actor.name, proposer.name, "I14");
                    assert!(matches!(actor.tier, Tier::Expert | Tier::Admin), "I14");
                }
            }
        }
        Event::ApprovalRequested(event) => {
            let grant = book.state.grant(&event.refund).unwrap();
            let limit = approval.limit(grant.amount.currency).unwrap();
            assert!(grant.amount.minor > limit.minor, "I14: {grant:?}");
        }
        _ => {}
    }
}

/// I8: every amount is in the one currency of the order.
fn currency_holds(book: &Book, event: &Event) {
    let currency = book.money(0).currency;
    let amounts: Vec<Money> = match event {
        Event::RefundProposed(event) => {
            let parts = event.parts.iter().map(|part| part.amount);
            parts.chain([event.amount]).collect()
        }
        Event::TendersAllocated(event) => event.allocations.iter().map(|to| to.amount).collect(),
        Event::RefundSubmitted(event) => vec![event.amount],
        Event::StoreCreditSubmitted(event) => vec![event.amount],
        Event::ManualPayoutRequested(event) => vec![event.amount],
        _ => Vec::new(),
    };
    assert!(
        amounts.iter().all(|amount| amount.currency == currency),
        "I8"
    );
}

/// I3, I4, I5, I8, I10, I11 and I14, from the events alone as far as they tell.
pub(super) fn holds(book: &Book) {
    let sold = book.grounds.facts.sold.as_ref().unwrap();
    for (component, paid) in sold.components() {
        let granted = book.state.granted(component);
        assert!(
            granted <= *paid,
            "I3: {granted} of {paid} for {component:?}"
        );
    }
    for capture in &book.grounds.facts.captures {
        let reserved = book.state.reserved(&capture.payment);
        assert!(
            reserved <= capture.amount.minor,
            "I4: {reserved} of {capture:?}"
        );
    }
    let mut approved = BTreeSet::new();
    for event in &book.history {
        currency_holds(book, event);
        approval_holds(book, event);
        match event {
            Event::RefundApproved(event) => drop(approved.insert(&event.refund)),
            Event::RefundProposed(event) => {
                let parts: i64 = event.parts.iter().map(|part| part.amount.minor).sum();
                assert_eq!(parts, event.amount.minor, "I5: parts");
                assert!(event.amount.minor >= 0, "I11");
            }
            Event::TendersAllocated(event) => {
                let to: i64 = event.allocations.iter().map(|to| to.amount.minor).sum();
                let grant = book.state.grant(&event.refund).unwrap();
                assert_eq!(to, grant.amount.minor, "I5: allocations");
            }
            Event::RefundSubmitted(event) => {
                assert!(event.amount.is_positive(), "I10");
                assert!(approved.contains(&event.refund), "I14");
            }
            _ => {}
        }
    }
}

pub(super) fn replayed(history: &[Event]) -> State {
    let mut state = State::default();
    for event in history {
        Refunds::evolve(&mut state, event);
    }
    state
}

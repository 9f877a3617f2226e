//! Disputed payments: nothing new goes to them, and what the bank took cannot be refunded.

use backhaul_events::orders::{DisputeLost, DisputeOpened, DisputeWon, Tender};
use backhaul_events::refunds::{Event, Hold};
use backhaul_kernel::Tier;
use backhaul_refunds::{Command, Refusal};

use crate::given::{
    Book, at, by, eur, failed, names, order, reason, refund, sample, succeeded, text,
};

fn opened(book: &mut Book, payment: &str) {
    book.told(DisputeOpened {
        order: order(),
        payment: payment.parse().unwrap(),
        dispute: text("dp_1"),
        amount: eur(100),
        reason: text(""),
        opened_at: "2026-03-01T10:00:00Z".parse().unwrap(),
    });
}

fn won(book: &mut Book, payment: &str) {
    book.told(DisputeWon {
        order: order(),
        payment: payment.parse().unwrap(),
        dispute: text("dp_1"),
        decided_at: "2026-03-01T10:00:00Z".parse().unwrap(),
    });
}

fn lost(book: &mut Book, payment: &str, minor: i64) {
    book.told(DisputeLost {
        order: order(),
        payment: payment.parse().unwrap(),
        dispute: text("dp_1"),
        amount: eur(minor),
        decided_at: "2026-03-01T10:00:00Z".parse().unwrap(),
    });
}

fn resume(book: &mut Book) -> Result<Vec<Event>, Refusal> {
    let command = Command::Resume {
        refund: refund(1),
        grounds: book.grounds.clone(),
    };
    book.run(&command, &at("2026-03-02T10:00:00Z"))
}

fn one_payment() -> Book {
    let mut book = sample().line(1, 100, &[]).book();
    opened(&mut book, "p1");
    book
}

#[test]
fn what_a_return_is_owed_waits_for_the_bank() {
    let mut book = one_payment();
    book.release(&[("A", 1, None)]).unwrap();
    let expected = ["RefundProposed", "RefundApproved", "RefundHeld"];
    assert_eq!(names(&book.history), expected);
    assert_eq!(resume(&mut book), Ok(vec![]), "still open");
    assert_eq!(book.left().amount.minor, 0, "it keeps its money");
    assert_eq!(reason(book.release(&[("A", 1, None)])), "UNITS_REFUNDED");

    let mut back = book.clone();
    won(&mut back, "p1");
    let paid = resume(&mut back).unwrap();
    assert_eq!(names(&paid), ["TendersAllocated", "RefundSubmitted"]);
    assert_eq!(resume(&mut back), Ok(vec![]), "twice is once");

    // The bank gave the buyer the money: a person withdraws the grant.
    lost(&mut book, "p1", 100);
    let held = resume(&mut book).unwrap();
    assert!(
        matches!(&held[..], [Event::RefundHeld(held)] if held.hold == Hold::Funds { left: eur(0) })
    );
    assert_eq!(resume(&mut book), Ok(vec![]));
    let cancel = Command::Cancel {
        refund: refund(1),
        note: text("charged back"),
    };
    assert_eq!(
        names(&book.run(&cancel, &by("mia", Tier::Expert)).unwrap()),
        ["RefundCancelled"]
    );
    assert_eq!(resume(&mut book), Ok(vec![]));
}

#[test]
fn by_hand_a_dispute_is_told_at_once() {
    let mut book = one_payment();
    assert_eq!(reason(book.goodwill(1)), "PAYMENT_DISPUTED");
    assert_eq!(reason(book.goodwill(101)), "REFUND_EXCEEDS_PAID");
    won(&mut book, "p1");
    assert_eq!(book.goodwill(1), Ok(1));

    // A retry is by hand as well.
    book.outcome(1, 1, failed()).unwrap();
    opened(&mut book, "p1");
    assert_eq!(reason(book.retry(1)), "PAYMENT_DISPUTED");
}

#[test]
fn other_payments_are_used_while_one_is_disputed() {
    let order = sample().line(1, 100, &[]);
    let order = order
        .captured(Tender::Card, 60)
        .captured(Tender::Wallet, 40);
    let mut book = order.book();
    opened(&mut book, "p1");
    assert_eq!(book.goodwill(40), Ok(40));
    let grant = book.state.grant(&refund(1)).unwrap();
    assert_eq!(grant.attempts[0].payment.as_str(), "p2");
    assert_eq!(reason(book.goodwill(1)), "PAYMENT_DISPUTED");
}

#[test]
fn what_the_bank_took_cannot_be_refunded() {
    for (taken, left) in [(30, 70), (100, 0)] {
        let mut book = sample().line(1, 100, &[]).book();
        lost(&mut book, "p1", taken);
        assert_eq!(book.left().amount.minor, left);
        assert_eq!(reason(book.goodwill(left + 1)), "REFUND_EXCEEDS_PAID");
    }
    // Taken after it was refunded: the buyer has it twice, and nothing hides it.
    let mut book = sample().line(1, 100, &[]).book();
    book.goodwill(80).unwrap();
    book.outcome(1, 1, succeeded()).unwrap();
    lost(&mut book, "p1", 100);
    assert_eq!(book.left().amount.minor, 0);
    assert_eq!(reason(book.goodwill(1)), "REFUND_EXCEEDS_PAID");
}

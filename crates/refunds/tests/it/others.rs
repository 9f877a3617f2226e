//! What other systems get wrong of money on its way back, told as what happens here. The tidy test of
//! others' failures says which test catches which.

use backhaul_events::refunds::Event;
use backhaul_kernel::Tier;
use backhaul_refunds::{Command, Outcome, Progress, Stage};

use crate::given::{Book, by, failed, pending, reason, refund, reversed, sample_in, succeeded};

fn one(limit: i64) -> Book {
    let mut book = sample_in("EUR").line(1, 100, &[]).book().limit(limit);
    book.release(&[("A", 1, None)]).unwrap();
    book
}

fn progress(book: &Book) -> Vec<Progress> {
    let grant = book.state.grant(&refund(1)).unwrap();
    let attempts = grant.attempts.iter();
    attempts.map(|attempt| attempt.progress.clone()).collect()
}

fn stage(book: &Book) -> Stage {
    book.state.grant(&refund(1)).unwrap().stage.clone()
}

/// Others: refund shown pending though no call was made.
#[test]
fn only_the_provider_makes_a_refund_pending() {
    // Nobody approved: nothing was created that could be sent.
    let mut book = one(0);
    assert_eq!(progress(&book), []);
    let digest = book.state.grant(&refund(1)).unwrap().digest.clone();
    let approve = Command::Approve {
        refund: refund(1),
        digest,
        grounds: book.grounds.clone(),
    };
    book.run(&approve, &by("mia", Tier::Expert)).unwrap();
    // About to be sent, sent without an answer, and accepted are three things.
    assert_eq!(progress(&book), [Progress::Submitted]);
    book.outcome(1, 1, Outcome::Unknown).unwrap();
    assert!(matches!(progress(&book)[..], [Progress::Unknown { .. }]));
    book.outcome(1, 1, pending()).unwrap();
    assert!(matches!(progress(&book)[..], [Progress::Pending { .. }]));
}

/// Others: pending treated as done, or as failed.
#[test]
fn a_pending_refund_is_neither_done_nor_failed() {
    let mut book = one(100);
    book.outcome(1, 1, pending()).unwrap();
    assert_eq!(stage(&book), Stage::Approved, "not settled");
    let told = |name: fn(&Event) -> bool| book.history.iter().any(name);
    assert!(!told(|event| matches!(event, Event::RefundSettled(_))));
    assert!(!told(|event| matches!(event, Event::CreditNoteIssued(_))));
    // Its money is not free, and nobody can send it again.
    assert_eq!(book.left().amount.minor, 0);
    assert_eq!(reason(book.retry(1)), "REFUND_NOT_FAILED");
    for (then, settled) in [(succeeded(), true), (failed(), false)] {
        let mut book = book.clone();
        book.outcome(1, 1, then).unwrap();
        assert_eq!(stage(&book) == Stage::Settled, settled);
        assert_eq!(book.retry(1).is_ok(), !settled);
    }
}

/// Others: failed refund still counts as refunded.
#[test]
fn what_failed_leaves_everything_as_it_was() {
    for outcomes in [
        vec![failed()],
        vec![pending(), failed()],
        vec![succeeded(), reversed()],
    ] {
        let mut book = sample_in("EUR").line(2, 200, &[]).book();
        let before = book.left();
        book.release(&[("A", 1, None)]).unwrap();
        assert_ne!(book.left(), before);
        for outcome in outcomes {
            book.outcome(1, 1, outcome).unwrap();
        }
        assert_eq!(book.left(), before, "units and money are free again");
        assert_eq!(book.total(), 0);
        assert_eq!(book.release(&[("A", 2, None)]), Ok(200));
    }
}

/// Others: tolerance used to hide it.
#[test]
fn not_one_minor_unit_is_forgiven() {
    for currency in ["JPY", "EUR", "KWD", "CLF"] {
        // Each of the many parts would be off by a fraction: the last one is not, nor the whole.
        for quantity in [3, 7, 30] {
            let mut book = sample_in(currency)
                .line(quantity, 1000, &[(1900, 190)])
                .book();
            for _ in 1..quantity {
                book.release(&[("A", 1, None)]).unwrap();
            }
            let left = book.left().amount.minor;
            assert_eq!(book.total() + left, 1190, "{currency}");
            assert_eq!(reason(book.goodwill(left + 1)), "REFUND_EXCEEDS_PAID");
            let portion = book.portion(Some("A"), Some(left + 1));
            assert_eq!(reason(portion), "REFUND_EXCEEDS_PAID", "{currency}");
            assert_eq!(book.release(&[("A", 1, None)]), Ok(left), "{currency}");
            assert_eq!(reason(book.goodwill(1)), "REFUND_EXCEEDS_PAID");
        }
    }
}

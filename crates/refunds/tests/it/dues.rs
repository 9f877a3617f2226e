//! The law's day: noted once, at its end, while any of the money is not back; also where it went
//! and came back.

use backhaul_kernel::deadline::DeadlineChange;
use backhaul_refunds::{Command, due_deadline};

use crate::given::{
    Book, at, by, failed, names, pending, refund, reversed, sample, succeeded, text,
};
use backhaul_kernel::Tier;

/// The last moment of the day on which the law wants the money, in Berlin.
const DUE: &str = "2026-03-14T22:59:59.999999999Z";
/// Clocks may differ by so little: what falls due at the end of a minute is due then.
const LAST: &str = "2026-03-14T22:59:00Z";
const NEXT: &str = "2026-03-14T23:00:00Z";

/// One refund of 1.00, owed by that day.
fn owed(limit: i64) -> Book {
    let mut book = sample().line(1, 100, &[]).book().limit(limit);
    book.terms.due_at = Some(DUE.parse().unwrap());
    book.release(&[("A", 1, None)]).unwrap();
    book
}

/// The timer of the law's day, as the events of a history leave it.
fn timer(book: &Book) -> Option<String> {
    let changes = book.history.iter().filter_map(due_deadline);
    changes.fold(None, |_, change| match change {
        DeadlineChange::Set { key, at } => {
            assert_eq!(key, "536365-F1");
            Some(at.to_string())
        }
        DeadlineChange::Clear { key } => {
            assert_eq!(key, "536365-F1");
            None
        }
    })
}

/// The breach, asked for at that moment.
fn note(book: &mut Book, now: &str) -> Vec<&'static str> {
    let breach = Command::NoteBreach { refund: refund(1) };
    let events = book.run(&breach, &at(now)).unwrap();
    names(&events)
}

#[test]
fn the_day_is_noted_once_while_money_is_owed() {
    let told = ["RefundDeadlineBreached"];
    let nothing: [&str; 0] = [];
    // How far the refund came before the day was over, and whether the law was broken.
    type Before = fn(&mut Book);
    let cases: [(&str, i64, Before, bool); 9] = [
        ("was sent to the provider", 100, |_| {}, true),
        ("waits for approval", 0, |_| {}, true),
        (
            "is pending",
            100,
            |book| drop(book.outcome(1, 1, pending())),
            true,
        ),
        (
            "failed",
            100,
            |book| drop(book.outcome(1, 1, failed())),
            true,
        ),
        (
            "is paid",
            100,
            |book| drop(book.outcome(1, 1, succeeded())),
            false,
        ),
        (
            "was paid and bounced",
            100,
            |book| {
                book.outcome(1, 1, succeeded()).unwrap();
                book.outcome(1, 1, reversed()).unwrap();
            },
            true,
        ),
        (
            "bounced and was paid again",
            100,
            |book| {
                book.outcome(1, 1, succeeded()).unwrap();
                book.outcome(1, 1, reversed()).unwrap();
                book.retry(1).unwrap();
                book.outcome(1, 2, succeeded()).unwrap();
            },
            false,
        ),
        (
            "was rejected",
            0,
            |book| {
                let (refund, note) = (refund(1), text(""));
                let reject = Command::Reject { refund, note };
                book.run(&reject, &by("mia", Tier::Expert)).unwrap();
            },
            false,
        ),
        (
            "was cancelled",
            0,
            |book| {
                let (refund, note) = (refund(1), text(""));
                let cancel = Command::Cancel { refund, note };
                book.run(&cancel, &by("mia", Tier::Expert)).unwrap();
            },
            false,
        ),
    ];
    for (case, limit, before, is_breach) in cases {
        let mut book = owed(limit);
        before(&mut book);
        assert_eq!(timer(&book), is_breach.then(|| DUE.to_owned()), "{case}");
        assert_eq!(
            note(&mut book, LAST),
            nothing,
            "{case}: the day is not over"
        );
        let expected = if is_breach { &told[..] } else { &nothing[..] };
        assert_eq!(note(&mut book, NEXT), expected, "{case}");
        assert_eq!(note(&mut book, NEXT), nothing, "{case}: twice is once");
        assert_eq!(timer(&book), None, "{case}: nothing is left to wait for");
    }
}

/// Money that was back in time and bounces after the day is late from then on; a day that was noted
/// is not noted again.
/// Others: refund succeeds, later bounces.
#[test]
fn money_that_bounces_after_the_day_is_late_at_once() {
    let mut book = owed(100);
    book.outcome(1, 1, succeeded()).unwrap();
    assert_eq!(timer(&book), None);
    book.outcome(1, 1, reversed()).unwrap();
    assert_eq!(timer(&book), Some(DUE.to_owned()));
    assert_eq!(
        note(&mut book, "2026-04-02T10:00:00Z"),
        ["RefundDeadlineBreached"]
    );
    book.retry(1).unwrap();
    book.outcome(1, 2, succeeded()).unwrap();
    book.outcome(1, 2, reversed()).unwrap();
    assert_eq!(timer(&book), None);
}

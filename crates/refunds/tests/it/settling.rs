//! Credit notes, and settlement files.

use backhaul_events::refunds::{CreditNoteIssued, Discrepancy, Event};
use backhaul_kernel::Tier;
use backhaul_refunds::{Command, Outcome, SettlementEntry, ShippingTerms};

use crate::given::{
    Book, by, eur, failed, names, pending, reason, refund, reversed, sample, succeeded, text,
};

fn note(book: &Book) -> CreditNoteIssued {
    let last = book.state.grants().last().unwrap();
    last.credit_note.clone().unwrap()
}

#[test]
fn a_credit_note_adds_up_by_rate() {
    // T43 (Sylius credit memo): 10 %, 20 % and 15 % included, less a fee.
    let order = sample()
        .line(1, 1000, &[(1000, 100)])
        .line(1, 2000, &[(2000, 400)])
        .shipping(1000, &[(1500, 150)])
        .duty("duty", Some("B"), 70, &[(2000, 14)]);
    let mut book = order.book().terms(ShippingTerms::WithWholeOrder, &[34]);
    book.release(&[("A", 1, None), ("B", 1, None)]).unwrap();
    book.outcome(1, 1, succeeded()).unwrap();
    let note = note(&book);
    assert_eq!(note.credit_note.as_str(), "536365-C1");
    assert_eq!(
        (note.amount, note.net, note.fee),
        (eur(4700), eur(4070), eur(34))
    );
    let rates: Vec<_> = note
        .taxes
        .iter()
        .map(|tax| (tax.rate_basis_points, tax.base.minor, tax.tax.minor))
        .collect();
    assert_eq!(
        rates,
        [(1000, 1000, 100), (1500, 1000, 150), (2000, 2070, 414)]
    );
    let taxes: i64 = note.taxes.iter().map(|tax| tax.tax.minor).sum();
    assert_eq!(note.net.minor + taxes - note.fee.minor, note.amount.minor);
}

#[test]
fn notes_are_numbered_without_gaps_one_a_settled_refund() {
    let mut book = sample().line(4, 400, &[]).book();
    for _ in 0..3 {
        book.release(&[("A", 1, None)]).unwrap();
    }
    // The second settles first, the first never does, goodwill has none.
    book.goodwill(10).unwrap();
    book.outcome(4, 1, succeeded()).unwrap();
    book.outcome(2, 1, succeeded()).unwrap();
    book.outcome(1, 1, failed()).unwrap();
    book.outcome(3, 1, succeeded()).unwrap();
    let numbers: Vec<_> = book
        .state
        .grants()
        .map(|grant| {
            grant
                .credit_note
                .as_ref()
                .map(|note| note.credit_note.number())
        })
        .collect();
    assert_eq!(numbers, [None, Some(1), Some(2), None]);
    // It bounces and settles once more: the note stands.
    book.outcome(3, 1, reversed()).unwrap();
    book.retry(3).unwrap();
    let done = book.outcome(3, 2, succeeded()).unwrap();
    assert_eq!(names(&done), ["RefundSucceeded", "RefundSettled"]);
}

fn entry(settlement: &str, attempt: u32, minor: i64) -> Command {
    Command::Reconcile {
        refund: refund(1),
        entry: SettlementEntry {
            settlement: text(settlement),
            attempt,
            provider_refund: text("re_1"),
            amount: eur(minor),
            settled_at: "2026-03-03T00:00:00Z".parse().unwrap(),
        },
    }
}

#[test]
fn a_settlement_file_agrees_or_tells_what_differs() {
    let agrees = "RefundReconciled";
    for (before, attempt, minor, events) in [
        (vec![succeeded()], 1, 100, &[agrees][..]),
        // Money that was settled went, whatever we were told so far.
        (
            vec![],
            1,
            100,
            &[
                "RefundSucceeded",
                "RefundSettled",
                "CreditNoteIssued",
                agrees,
            ],
        ),
        (
            vec![pending()],
            1,
            100,
            &[
                "RefundSucceeded",
                "RefundSettled",
                "CreditNoteIssued",
                agrees,
            ],
        ),
        (
            vec![Outcome::Unknown],
            1,
            100,
            &[
                "RefundSucceeded",
                "RefundSettled",
                "CreditNoteIssued",
                agrees,
            ],
        ),
        (vec![succeeded()], 1, 99, &["DiscrepancyFound"]),
        (vec![failed()], 1, 100, &["DiscrepancyFound"]),
        (vec![succeeded(), reversed()], 1, 100, &["DiscrepancyFound"]),
        (vec![succeeded()], 2, 100, &["DiscrepancyFound"]),
    ] {
        let mut book = sample().line(1, 100, &[]).book();
        book.release(&[("A", 1, None)]).unwrap();
        for outcome in before.clone() {
            book.outcome(1, 1, outcome).unwrap();
        }
        let (command, who) = (entry("2026-03", attempt, minor), by("shop", Tier::Platform));
        let answer = book.run(&command, &who).unwrap();
        assert_eq!(names(&answer), events, "{before:?} {attempt} {minor}");
        assert_eq!(book.run(&command, &who), Ok(vec![]), "twice is once");
    }
}

#[test]
fn an_attempt_is_settled_once() {
    let mut book = sample().line(1, 100, &[]).book();
    book.release(&[("A", 1, None)]).unwrap();
    let who = by("shop", Tier::Platform);
    book.run(&entry("first", 1, 100), &who).unwrap();
    let answer = book.run(&entry("second", 1, 100), &who).unwrap();
    let earlier = text("first");
    assert!(matches!(
        &answer[..],
        [Event::DiscrepancyFound(found)] if found.discrepancy == Discrepancy::Twice { earlier }
    ));
    let warehouse = by("leicester", Tier::Warehouse);
    assert_eq!(
        reason(book.run(&entry("third", 1, 100), &warehouse)),
        "TIER_TOO_LOW"
    );
}

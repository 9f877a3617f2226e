//! Money for claims and exchanges: out of what was paid for lines, and never twice.

use backhaul_events::returns::{LineAmount, ReleasedItem, RemedyOf};
use backhaul_refunds::Command;

use crate::given::{Book, at, eur, reason, sample};

const NOW: &str = "2026-03-01T10:00:00Z";

/// What is released of a claim: line, units, what is asked back, and out of which lines.
type Item<'a> = (&'a str, u32, Option<i64>, &'a [(&'a str, i64)]);

fn of_claim(book: &Book, release: u32, items: &[Item<'_>]) -> Command {
    let item = |(line, quantity, claim, out_of): &Item<'_>| ReleasedItem {
        line: line.parse().unwrap(),
        quantity: *quantity,
        claim: claim.map(eur),
        out_of: out_of
            .iter()
            .map(|(line, minor)| LineAmount {
                line: line.parse().unwrap(),
                amount: eur(*minor),
            })
            .collect(),
    };
    Command::ReleaseRemedy {
        of: RemedyOf::Claim {
            claim: "536365-K1".parse().unwrap(),
        },
        release,
        items: items.iter().map(item).collect(),
        due_at: Some(DUE.parse().unwrap()),
        grounds: book.grounds.clone(),
    }
}

/// When the law wants the money of these claims back.
const DUE: &str = "2026-03-24T22:59:59Z";

#[test]
fn the_laws_day_of_a_claim_is_that_of_its_refund() {
    let mut book = book();
    let command = of_claim(&book, 1, &[("A", 1, None, &[])]);
    book.run(&command, &at("2026-03-10T12:00:00Z")).unwrap();
    let grant = book.state.grants().next().unwrap();
    assert_eq!(grant.due_at, Some(DUE.parse().unwrap()));
}

/// Two units for 119.00 and one for 30.00.
fn book() -> Book {
    sample()
        .line(2, 10_000, &[(1900, 1900)])
        .line(1, 3000, &[])
        .book()
}

fn paid(book: &mut Book, release: u32, items: &[Item<'_>]) -> i64 {
    let command = of_claim(book, release, items);
    book.run(&command, &at(NOW)).unwrap();
    book.last_amount()
}

#[test]
fn units_refunded_without_a_return_are_paid_for_once() {
    let mut book = book();
    assert_eq!(paid(&mut book, 1, &[("A", 1, None, &[])]), 5950);
    let again = of_claim(&book, 1, &[("A", 1, None, &[])]);
    assert_eq!(book.run(&again, &at(NOW)).unwrap(), []);
    assert_eq!(book.release(&[("A", 1, None)]).unwrap(), 5950);
    assert_eq!(reason(book.release(&[("A", 1, None)])), "UNITS_REFUNDED");
}

#[test]
fn an_amount_of_a_line_leaves_its_units_and_is_never_above_what_is_left() {
    let mut book = book();
    assert_eq!(
        paid(&mut book, 1, &[("A", 1, Some(1000), &[("A", 1000)])]),
        1000
    );
    // Net and tax share it, and the units can still be returned.
    assert_eq!(book.release(&[("A", 2, Some(10_900))]).unwrap(), 10_900);
    assert_eq!(paid(&mut book, 2, &[("A", 1, Some(500), &[("A", 500)])]), 0);
}

#[test]
fn what_came_in_place_of_goods_is_paid_out_of_their_lines_or_not_by_us() {
    let mut book = book();
    let items: &[Item<'_>] = &[
        ("X1-1", 1, Some(4000), &[("A", 1000), ("B", 3000)]),
        ("X1-2", 1, Some(0), &[]),
    ];
    assert_eq!(paid(&mut book, 1, items), 4000);
    let unknown = of_claim(&book, 2, &[("X1-1", 1, None, &[])]);
    assert_eq!(reason(book.run(&unknown, &at(NOW))), "LINE_UNKNOWN");
}

//! Worked cases of splitting amounts and of reading payments, as the field's own tests have them.
//! A row names its source; where ours differs on purpose, the row says why.

use backhaul_events::orders::{DisputeLost, Tender};
use backhaul_kernel::Money;
use backhaul_kernel::apportion::{SplitError, split};

use crate::given::{Book, eur, failed, order, pending, reason, sample, succeeded, text};

#[test]
fn amounts_are_split_as_the_field_splits_them() {
    for (case, source, amount, weights, parts) in [
        (
            "T6",
            "vendure prorate.spec.ts",
            300,
            &[4000, 2000, 2000][..],
            &[150, 75, 75][..],
        ),
        (
            "T7",
            "vendure prorate.spec.ts",
            -300,
            &[4000, 2000, 2000],
            &[-150, -75, -75],
        ),
        (
            "T8",
            "vendure prorate.spec.ts",
            299,
            &[1, 1, 1],
            &[100, 100, 99],
        ),
        (
            "T9",
            "vendure prorate.spec.ts",
            95,
            &[10, 20, 10, 30, 50, 20, 10, 40],
            &[5, 10, 5, 15, 25, 10, 5, 20],
        ),
        ("T10", "vendure prorate.spec.ts", 40, &[10, 0], &[40, 0]),
        ("T11", "vendure prorate.spec.ts", 300, &[7], &[300]),
        ("T11", "vendure prorate.spec.ts", 0, &[0, 0], &[0, 0]),
        (
            "T12",
            "moneyphp MoneyTest.php",
            100,
            &[1, 1, 1],
            &[34, 33, 33],
        ),
        ("T13", "moneyphp MoneyTest.php", 5, &[3, 7], &[2, 3]),
        ("T13", "moneyphp MoneyTest.php", 5, &[7, 3], &[4, 1]),
        ("T14", "moneyphp MoneyTest.php", 5, &[7, 3, 0], &[4, 1, 0]),
        ("T14", "moneyphp MoneyTest.php", 5, &[0, 7, 3], &[0, 4, 1]),
        ("T15", "moneyphp MoneyTest.php", 5, &[0, 0, 1], &[0, 0, 5]),
        ("T15", "moneyphp MoneyTest.php", 0, &[0, 0, 1], &[0, 0, 0]),
        ("T16", "moneyphp MoneyTest.php", 1, &[1, 1], &[1, 0]),
        ("T16", "moneyphp MoneyTest.php", 101, &[7, 3], &[71, 30]),
        ("T17", "moneyphp MoneyTest.php", 15, &[1, 1], &[8, 7]),
        ("T17", "moneyphp MoneyTest.php", 10, &[1, 1, 1], &[4, 3, 3]),
        ("T17", "moneyphp MoneyTest.php", 15, &[1, 1, 1], &[5, 5, 5]),
        // T94: moneyphp refuses weights that are all zero; ours goes with T93, because an amount
        // that is owed must go somewhere.
        ("T93", "vendure prorate.spec.ts", 10, &[0, 0], &[5, 5]),
    ] {
        assert_eq!(split(amount, weights).unwrap(), parts, "{case} {source}");
    }
    for (case, source, weights, error) in [
        (
            "T94",
            "moneyphp MoneyTest.php",
            &[1, -1][..],
            SplitError::NegativeWeight,
        ),
        ("T94", "moneyphp MoneyTest.php", &[], SplitError::NoWeights),
    ] {
        assert_eq!(split(1, weights), Err(error), "{case} {source}");
    }
}

/// What is left of all payments, and what has gone back and stayed.
fn standing(book: &Book) -> (i64, i64) {
    let gone = book.state.grants().map(backhaul_refunds::Grant::succeeded);
    (book.left().amount.minor, gone.sum())
}

#[test]
fn payments_are_read_as_the_field_reads_them() {
    const SALEOR: &str = "saleor test_transaction_item_calculations.py";
    type Step = fn(&mut Book);
    let request: Step = |book| assert_eq!(book.goodwill(11), Ok(11));
    let success: Step = |book| drop(book.outcome(1, 1, succeeded()).unwrap());
    let failure: Step = |book| drop(book.outcome(1, 1, failed()).unwrap());
    let small: Step = |book| assert_eq!(book.goodwill(3), Ok(3));
    let chargeback: Step = |book| {
        book.told(DisputeLost {
            order: order(),
            payment: "p1".parse().unwrap(),
            dispute: text("dp_1"),
            amount: eur(10),
            decided_at: "2026-03-01T10:00:00Z".parse().unwrap(),
        });
    };
    for (case, captured, steps, left, gone) in [
        ("T52", &[11, 12][..], &[chargeback][..], 13, 0),
        ("T54", &[22], &[request], 11, 0),
        ("T55", &[11], &[request, failure], 11, 0),
        ("T56", &[11], &[request, failure, success], 0, 11),
        // The newer word is a failure: the money came back.
        ("T56", &[11], &[request, success, failure], 11, 0),
        ("T58", &[250], &[request, success, small], 236, 11),
    ] {
        let order = sample().line(1, captured.iter().sum(), &[]);
        let paid = |order: crate::given::Sample, minor: &i64| order.captured(Tender::Card, *minor);
        let mut book = captured.iter().fold(order, paid).book();
        for step in steps {
            step(&mut book);
        }
        assert_eq!(standing(&book), (left, gone), "{case} {SALEOR}");
    }

    // T57: what is only authorised, or whose capture is pending, is no capture yet.
    let mut book = sample()
        .line(1, 250, &[])
        .captured(Tender::Card, 200)
        .book();
    book.goodwill(30).unwrap();
    book.outcome(1, 1, succeeded()).unwrap();
    book.goodwill(15).unwrap();
    book.outcome(2, 1, pending()).unwrap();
    assert_eq!(standing(&book), (155, 30), "T57 {SALEOR}");
}

#[test]
fn nothing_is_granted_that_was_not_captured() {
    // T53: saleor tolerates a refund without a charge; ours knows captures first, and refuses.
    // T59: saleor lets grants stand beside charges and calls the order paid; ours keeps a grant
    // within what was captured, so 10.40 on nothing and 88.40 on 10.00 are refused.
    const SALEOR: &str = "saleor order/tests/test_order.py";
    for (case, granted, captured, left) in [
        ("T53", 11, 0, None),
        ("T59", 1040, 0, None),
        ("T59", 0, 0, Some(0)),
        ("T59", 0, 1100, Some(1100)),
        ("T59", 8840, 1000, None),
        ("T59", 0, 9840, Some(9840)),
    ] {
        let order = sample().line(1, 9840, &[]);
        let mut book = order.captured(Tender::Card, captured).book();
        match left {
            Some(left) => assert_eq!(book.left().amount.minor, left, "{case} {SALEOR}"),
            None => assert_eq!(
                reason(book.goodwill(granted)),
                "REFUND_EXCEEDS_PAID",
                "{case} {SALEOR}"
            ),
        }
    }
}

#[test]
fn t63_t64_a_shared_payment_is_counted_order_by_order() {
    // spree create_grouped_spec.rb: one payment of 100 for orders of 40 and 60. Each order holds
    // its own share as its own capture, so a refund that names no order cannot be asked for.
    for (share, refund, accepted) in [(4000, 4000, true), (6000, 4000, true), (4000, 4001, false)] {
        let order = sample().line(1, share, &[]);
        let mut book = order.captured(Tender::Card, share).book();
        assert_eq!(
            book.goodwill(refund).is_ok(),
            accepted,
            "{refund} of {share}"
        );
    }
    let mut unknown = sample().line(1, 1, &[]).book();
    unknown.grounds.facts = backhaul_refunds::OrderFacts::default();
    assert_eq!(reason(unknown.issue_goodwill(1)), "ORDER_UNKNOWN");
}

/// solidus reimbursement_spec.rb and store_credit_spec.rb compute with 10.003 and 10.0076, and
/// round once at the end. Ours knows whole minor units only: anything finer is refused where it
/// comes in, so nothing is left to be rounded.
#[test]
fn t21_t99_amounts_finer_than_a_minor_unit_are_refused() {
    for minor in ["1000.3", "1000.76", "1000.23", "1e-1", "\"1000.3\""] {
        let amount = format!(r#"{{"minor":{minor},"currency":"USD"}}"#);
        assert!(serde_json::from_str::<Money>(&amount).is_err(), "{amount}");
    }
    let whole = r#"{"minor":1000,"currency":"USD"}"#;
    assert!(serde_json::from_str::<Money>(whole).is_ok());
}

/// spree create_grouped_spec.rb: a payment of 100 for orders of 40 and 60. Ours keeps what was
/// captured for each order apart, so one order's refund never takes the other's money.
#[test]
fn t63_a_payment_shared_by_two_orders_pays_each_its_own() {
    let shared = |minor| {
        let order = sample().line(1, minor, &[]);
        order.captured(Tender::Card, minor).book()
    };
    let (mut first, mut second) = (shared(4000), shared(6000));
    assert_eq!(first.goodwill(4000), Ok(4000));
    assert_eq!(reason(first.goodwill(1)), "REFUND_EXCEEDS_PAID");
    assert_eq!(second.goodwill(6000), Ok(6000));
    let grant = first.state.grants().last().unwrap();
    assert_eq!(grant.refund.order(), order());
}

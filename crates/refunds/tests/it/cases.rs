//! Worked cases from the field, under the numbers by which this project knows them (T…). Amounts
//! in minor units.

use crate::given::{Book, Sample, by, eur, names, reason, sample, sample_in};
use backhaul_events::orders::Tender;
use backhaul_kernel::Tier;
use backhaul_refunds::Issued;

/// Steps of whole units of line `A` with what each must grant, and with what is granted at last.
fn units(case: &str, sample: Sample, steps: &[(u32, i64)]) {
    let mut book = sample.book();
    for (quantity, expected) in steps {
        let granted = book.release(&[("A", *quantity, None)]).unwrap();
        assert_eq!(granted, *expected, "{case}: {quantity} units");
    }
}

#[test]
fn units_are_worth_what_was_paid_for_them() {
    for (case, order, steps) in [
        (
            "T18",
            sample().line(3, 29_000, &[]),
            &[(1, 9667), (1, 9666), (1, 9667)][..],
        ),
        ("T19", sample().line(1, 0, &[]), &[(1, 0)]),
        (
            "T20",
            sample().line(1, 10_000, &[]).shipping(0, &[]),
            &[(1, 10_000)],
        ),
        ("T26", sample().line(2, 3000, &[(3333, 1000)]), &[(2, 4000)]),
        (
            "T30",
            sample().line(2, 2000, &[(1000, 200)]),
            &[(1, 1100), (1, 1100)],
        ),
        ("T31", sample().line(2, 1800, &[]), &[(1, 900), (1, 900)]),
        (
            "T72",
            sample().line(2, 18_000, &[(1000, 1800)]),
            &[(1, 9900), (1, 9900)],
        ),
        (
            "T75",
            sample().line(3, 27_000, &[]),
            &[(2, 18_000), (1, 9000)],
        ),
        ("T76", sample().line(2, 9000, &[]), &[(1, 4500)]),
        ("T78", sample().line(3, 1000, &[]), &[(1, 333), (2, 667)]),
        (
            "T78 two",
            sample().line(3, 1000, &[]),
            &[(2, 667), (1, 333)],
        ),
        (
            "T79",
            sample().line(3, 3000, &[(1667, 500)]),
            &[(1, 1167), (1, 1166), (1, 1167)],
        ),
        ("T80", sample().line(3, 1, &[]), &[(1, 0), (1, 1), (1, 0)]),
        (
            "T80 two",
            sample().line(3, 2, &[]),
            &[(1, 1), (1, 0), (1, 1)],
        ),
        (
            "T81",
            sample_in("JPY").line(3, 1000, &[]),
            &[(1, 333), (1, 334), (1, 333)],
        ),
        ("T81 two", sample_in("JPY").line(3, 1000, &[]), &[(2, 667)]),
        ("T82", sample_in("KWD").line(3, 10_000, &[]), &[(1, 3333)]),
        (
            "T82 four",
            sample_in("KWD").line(4, 10_700, &[]),
            &[(1, 2675)],
        ),
        (
            "T83",
            sample().line(3, 1000, &[]),
            &[(1, 333), (1, 334), (1, 333)],
        ),
        ("T84", sample().line(7, 777, &[(2000, 154)]), &[(7, 931)]),
        (
            "T84 twenty",
            sample().line(20, 11_700, &[]),
            &[(20, 11_700)],
        ),
        (
            "T85",
            sample().line(2, 0, &[(1000, 200)]),
            &[(1, 100), (1, 100)],
        ),
        (
            "T96",
            sample().line(4, 1070, &[]),
            &[(1, 268), (1, 267), (1, 268), (1, 267)],
        ),
        ("T98", sample().line(1, 88, &[(1300, 12)]), &[(1, 100)]),
    ] {
        units(case, order, steps);
    }
}

/// Others: order discount ignored or fully deducted.
#[test]
fn t77_a_discount_share_stays_with_its_line() {
    let mut book = sample().line(1, 540, &[]).line(1, 360, &[]).book();
    assert_eq!(book.release(&[("A", 1, None)]), Ok(540));
    assert_eq!(book.release(&[("B", 1, None)]), Ok(360));
}

/// Others: tax counted twice or dropped.
#[test]
fn t97_each_tax_is_apportioned_by_itself() {
    let taxes = [(1000, 1000), (500, 500), (400, 400), (300, 300), (301, 300)];
    let mut book = sample().line(4, 10_000, &taxes).book();
    book.release(&[("A", 1, None)]).unwrap();
    assert_eq!(book.last_parts(), [2500, 250, 125, 100, 75, 75]);
}

#[test]
fn t47_t48_t49_the_parts_add_up_to_the_whole() {
    let mut book = sample().line(30, 20_000, &[(2500, 5000)]).book();
    assert_eq!(book.release(&[("A", 29, None)]), Ok(24_166));
    assert_eq!(book.last_parts(), [19_333, 4833]);

    let mut book = sample().line(1, 8, &[(2500, 2)]).book();
    assert_eq!(book.release(&[("A", 1, None)]), Ok(10));
}

#[test]
fn no_more_goes_back_than_was_captured() {
    for (case, captured, steps, refused) in [
        ("T1", 100, &[100][..], None),
        ("T2", 100, &[], Some(101)),
        ("T3", 100, &[70, 30], None),
        ("T4", 100, &[70], Some(31)),
        ("T22", 10_000, &[8000, 2000], Some(1)),
        ("T23", 10_000, &[5000, 5000], Some(1)),
        ("T28", 20_000, &[10_000], None),
        ("T28 ten", 1000, &[], Some(2000)),
        ("T50", 100, &[99], Some(10)),
        ("T51", 100, &[50], Some(150)),
        ("T61", 123, &[], Some(124)),
        ("T62", 4575, &[1000], Some(5575)),
        ("T67", 100, &[25, 25], None),
        ("T68", 100, &[25], Some(1000)),
        ("T100", 100, &[99], Some(100)),
    ] {
        let mut book = sample().line(1, captured, &[]).book();
        for step in steps {
            assert_eq!(book.goodwill(*step), Ok(*step), "{case}");
        }
        if let Some(refused) = refused {
            assert_eq!(
                reason(book.goodwill(refused)),
                "REFUND_EXCEEDS_PAID",
                "{case}"
            );
        }
        assert_eq!(
            book.left().amount.minor,
            captured - steps.iter().sum::<i64>(),
            "{case}"
        );
    }
}

#[test]
fn t5_of_two_refunds_at_once_one_is_accepted() {
    let mut book = sample().line(1, 100, &[]).book();
    let command = book.issue_command(Issued::Goodwill { amount: eur(60) });
    let mut second = book.clone();
    let at = by("lin", Tier::Agent);
    // Both are decided on the same state; the log takes the first, and the second is decided again.
    assert!(second.run(&command, &at).is_ok());
    assert!(book.run(&command, &at).is_ok());
    assert_eq!(reason(book.run(&command, &at)), "REFUND_EXCEEDS_PAID");
}

#[test]
fn t27_a_sum_of_grants_is_exact() {
    let mut book = sample().line(2, 19_998, &[]).book();
    book.release(&[("A", 1, None)]).unwrap();
    book.release(&[("A", 1, None)]).unwrap();
    assert_eq!(book.total(), 19_998);
}

fn two_units_and_shipping() -> Book {
    let order = sample().line(2, 2000, &[(2300, 460)]);
    order.shipping(2000, &[]).book()
}

#[test]
fn t32_t33_t34_parts_of_a_unit() {
    let mut book = two_units_and_shipping();
    assert_eq!(book.portion(Some("A"), Some(800)), Ok(800));

    let mut book = two_units_and_shipping();
    book.portion(Some("A"), Some(500)).unwrap();
    assert_eq!(book.portion(Some("A"), Some(730)), Ok(730));
    assert_eq!(book.total(), 1230);

    let mut book = two_units_and_shipping();
    book.portion(Some("A"), Some(500)).unwrap();
    assert_eq!(book.everything(), Ok(3960));
    assert_eq!(book.total(), 4460);
    assert_eq!(reason(book.everything()), "NOTHING_TO_REFUND");
}

/// Others: amounts of nothing refund everything.
#[test]
fn t35_t91_nothing_and_less_than_nothing_are_refused() {
    let mut book = two_units_and_shipping();
    for amount in [0, -800] {
        assert_eq!(reason(book.goodwill(amount)), "AMOUNT");
        assert_eq!(reason(book.portion(Some("A"), Some(amount))), "AMOUNT");
    }
    assert_eq!(reason(book.release(&[("A", 0, None)])), "QUANTITY");
    assert_eq!(reason(book.release(&[("A", 1, Some(-1))])), "AMOUNT");
    assert_eq!(book.total(), 0);

    // T91: goods and shipping fully discounted: nothing, and never less.
    let mut book = sample().line(1, 0, &[]).shipping(0, &[]).book();
    assert_eq!(reason(book.portion(None, None)), "NOTHING_TO_REFUND");
    assert_eq!(book.release(&[("A", 1, None)]), Ok(0));
    assert_eq!(names(&book.history), ["RefundProposed", "RefundSettled"]);
}

/// Others: shipping cannot be refunded, or blocks the rest.
#[test]
fn everything_goes_back_once() {
    for (case, order, total) in [
        ("T36", sample().line(3, 3000, &[]).shipping(1000, &[]), 4000),
        ("T37", sample().shipping(1000, &[(2300, 230)]), 1230),
        ("T38", sample().shipping(3000, &[(2300, 230)]), 3230),
        ("T39", sample().line(1, 1000, &[]).shipping(2000, &[]), 3000),
        ("T40", sample().line(1, 0, &[]).shipping(1000, &[]), 1000),
        (
            "T74",
            sample()
                .line(1, 1000, &[(2100, 210)])
                .shipping(500, &[(2100, 105)]),
            1815,
        ),
    ] {
        let mut book = order.book();
        assert_eq!(book.everything(), Ok(total), "{case}");
        assert_eq!(reason(book.everything()), "NOTHING_TO_REFUND", "{case}");
        let left = book.left();
        assert_eq!(left.amount.minor, 0, "{case}");
        assert!(
            left.components.iter().all(|part| part.amount.is_zero()),
            "{case}"
        );
    }
}

/// Others: partial amount above fee or line accepted.
#[test]
fn t41_t42_parts_of_shipping() {
    let mut book = sample().line(1, 1000, &[]).shipping(2000, &[]).book();
    assert_eq!(book.portion(None, Some(500)), Ok(500));
    assert_eq!(book.portion(None, None), Ok(1500));
    assert_eq!(reason(book.portion(None, None)), "NOTHING_TO_REFUND");

    let mut book = sample().line(1, 1000, &[]).shipping(2000, &[]).book();
    assert_eq!(book.portion(None, Some(800)), Ok(800));
    assert_eq!(
        reason(book.portion(None, Some(1201))),
        "REFUND_EXCEEDS_PAID"
    );

    let mut book = sample().line(1, 3000, &[]).shipping(0, &[]).book();
    assert_eq!(reason(book.portion(None, None)), "NOTHING_TO_REFUND");
}

/// Others: tax counted twice or dropped.
#[test]
fn t43_t44_t45_t46_taxes_go_back_with_what_they_were_paid_on() {
    let order = || {
        sample()
            .line(1, 1000, &[(1000, 100)])
            .line(1, 2000, &[(2000, 400)])
            .shipping(1000, &[(1500, 150)])
    };
    let mut book = order().book();
    assert_eq!(book.everything(), Ok(4650));
    assert_eq!(book.granted(), (4000, 650));

    let mut book = order().book();
    book.portion(Some("A"), Some(550)).unwrap();
    assert_eq!(book.last_parts(), [500, 50]);
    book.portion(None, Some(575)).unwrap();
    assert_eq!(book.last_parts(), [500, 75]);

    let mut book = sample()
        .line(2, 2000, &[(1000, 200)])
        .shipping(3000, &[(2300, 230)])
        .book();
    assert_eq!(book.everything(), Ok(5430));
    assert_eq!(book.granted(), (5000, 430));
}

/// Others: same unit listed twice in one request.
#[test]
fn t60_t95_a_unit_is_paid_for_once() {
    let mut book = sample().line(1, 1230, &[]).book();
    book.release(&[("A", 1, None)]).unwrap();
    assert_eq!(reason(book.release(&[("A", 1, None)])), "UNITS_REFUNDED");

    let mut book = sample().line(2, 2460, &[]).book();
    book.release(&[("A", 1, None)]).unwrap();
    assert_eq!(book.release(&[("A", 1, None)]), Ok(1230));

    // T95: the same unit twice in one request is refused as a whole.
    let mut book = sample().line(1, 1230, &[]).book();
    let twice = [("A", 1, None), ("A", 1, None)];
    assert_eq!(reason(book.release(&twice)), "UNITS_REFUNDED");
    assert_eq!(book.total(), 0);

    // By hand as well: what the first portion takes, the second finds gone.
    let mut both = |minor: Option<i64>| {
        let portion = book.portion_of(Some("A"), minor);
        let portions = vec![portion.clone(), portion];
        let fee = None;
        book.issue(Issued::Portions { portions, fee })
    };
    assert_eq!(reason(both(Some(700))), "REFUND_EXCEEDS_PAID");
    assert_eq!(both(None), Ok(1230));
}

/// Others: partial amount above fee or line accepted.
#[test]
fn t73_t101_a_fee_never_pushes_a_refund_below_nothing() {
    let issue = |fee: i64| {
        let mut book = sample().line(1, 5099, &[]).book();
        let portions = vec![book.portion_of(Some("A"), None)];
        let fee = Some(book.money(fee));
        let granted = book.issue(Issued::Portions { portions, fee });
        (granted, book)
    };
    let (granted, book) = issue(500);
    assert_eq!(granted, Ok(4599));
    assert_eq!(book.last_parts(), [5099, -500]);
    assert_eq!(reason(issue(6000).0), "NOTHING_TO_REFUND");
    assert_eq!(reason(issue(-1).0), "AMOUNT");

    // T101: no more goes back of a charge than was paid for it, whatever else was paid.
    let mut book = sample().line(1, 5000, &[]).shipping(1000, &[]).book();
    assert_eq!(
        reason(book.portion(None, Some(2000))),
        "REFUND_EXCEEDS_PAID"
    );
}

/// Others: refund in the wrong currency.
#[test]
fn t89_money_goes_back_in_the_currency_it_came_in() {
    for (paid, minor, other) in [("INR", 9_863_300, "GBP"), ("HUF", 400_000, "EUR")] {
        let mut book = sample_in(paid).line(1, minor, &[]).book();
        let amount = backhaul_kernel::Money::new(100, other.parse().unwrap());
        assert_eq!(
            reason(book.issue(Issued::Goodwill { amount })),
            "CURRENCY_DIFFERS"
        );
    }
}

/// Others: split tender unsupported.
#[test]
fn t24_t25_payments_are_filled_up_in_the_order_of_capture() {
    let paid = |first, second| {
        let order = sample().line(1, 1000, &[]);
        order.captured(first, 500).captured(second, 500).book()
    };
    let to = |book: &Book| {
        let last = book.state.grants().last().unwrap();
        let to = last.attempts.iter();
        to.map(|attempt| (attempt.payment.to_string(), attempt.amount.minor))
            .collect::<Vec<_>>()
    };
    let mut book = paid(Tender::Card, Tender::BankTransfer);
    book.goodwill(1000).unwrap();
    assert_eq!(to(&book), [("p1".to_owned(), 500), ("p2".to_owned(), 500)]);

    let mut book = paid(Tender::BankTransfer, Tender::Card);
    book.goodwill(400).unwrap();
    assert_eq!(to(&book), [("p1".to_owned(), 400)]);
    book.goodwill(200).unwrap();
    assert_eq!(to(&book), [("p1".to_owned(), 100), ("p2".to_owned(), 100)]);

    // T25: what the payments do not hold is refused, never cut silently.
    let mut book = sample()
        .line(1, 1000, &[])
        .captured(Tender::Card, 500)
        .book();
    assert_eq!(
        reason(book.release(&[("A", 1, None)])),
        "REFUND_EXCEEDS_PAID"
    );
}

#[test]
fn a_claim_caps_the_worth_and_splits_over_its_components() {
    for (claim, granted, parts) in [
        (None, 1190, &[1000, 190][..]),
        (Some(1190), 1190, &[1000, 190]),
        (Some(5000), 1190, &[1000, 190]),
        (Some(600), 600, &[504, 96]),
        (Some(0), 0, &[]),
    ] {
        let mut book = sample().line(2, 2000, &[(1900, 380)]).book();
        assert_eq!(book.release(&[("A", 1, claim)]), Ok(granted), "{claim:?}");
        assert_eq!(book.last_parts(), parts, "{claim:?}");
        assert_eq!(book.left().units[0].quantity, 1);
    }
}

#[test]
fn a_line_of_many_units_is_counted_in_ranges() {
    let mut book = sample().line(u32::MAX, i64::from(u32::MAX), &[]).book();
    assert_eq!(book.release(&[("A", 1, None)]), Ok(1));
    let most = u32::MAX - 1;
    assert_eq!(book.release(&[("A", most, None)]), Ok(i64::from(most)));
    assert_eq!(book.left().units, []);
}

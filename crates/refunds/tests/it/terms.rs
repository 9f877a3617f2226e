//! What goes back beside the goods: shipping, duties, charges; and what is kept back.

use backhaul_events::refunds::{Event, Owner};
use backhaul_kernel::{Money, Text};
use backhaul_refunds::{Issued, Portion, PortionOf, ShippingTerms};

use crate::given::{Book, Sample, reason, sample, sample_in};

/// Two lines of two and one units, and express shipping of 9.00 where standard costs 5.00.
fn shipped() -> Sample {
    let order = sample().line(2, 6000, &[(1900, 1140)]).line(1, 3000, &[]);
    order.shipping(900, &[(1900, 171)]).standard(500)
}

fn releases(book: &mut Book, steps: &[(&str, u32)]) -> Vec<i64> {
    let release = |(line, units): &(&str, u32)| book.release(&[(line, *units, None)]).unwrap();
    steps.iter().map(release).collect()
}

/// Others: shipping cannot be refunded, or blocks the rest.
#[test]
fn shipping_goes_back_by_the_rule_and_never_above_standard_delivery() {
    // Standard delivery: 5.00 and 19 % on it, 0.95.
    for (terms, steps, granted) in [
        (
            ShippingTerms::Kept,
            &[("A", 2), ("B", 1)][..],
            &[7140, 3000][..],
        ),
        (ShippingTerms::WithWholeOrder, &[("A", 2)], &[7140]),
        (
            ShippingTerms::WithWholeOrder,
            &[("A", 2), ("B", 1)],
            &[7140, 3595],
        ),
        (
            ShippingTerms::WithWholeOrder,
            &[("B", 1), ("A", 1), ("A", 1)],
            &[3000, 3570, 4165],
        ),
        // 500 over 6000 and 3000 is 333 and 167; 95 is 63 and 32; halves go up with the first unit.
        (ShippingTerms::ProRata, &[("B", 1)], &[3199]),
        (
            ShippingTerms::ProRata,
            &[("A", 1), ("A", 1), ("B", 1)],
            &[3769, 3767, 3199],
        ),
        (ShippingTerms::ProRata, &[("A", 2), ("B", 1)], &[7536, 3199]),
    ] {
        let mut book = shipped().book().terms(terms, &[]);
        assert_eq!(releases(&mut book, steps), granted, "{terms:?} {steps:?}");
    }
}

#[test]
fn the_rest_of_express_delivery_goes_back_by_hand_only() {
    let mut book = shipped().book().terms(ShippingTerms::WithWholeOrder, &[]);
    book.release(&[("A", 2, None), ("B", 1, None)]).unwrap();
    assert_eq!(book.portion(None, None), Ok(400 + 76));
    assert_eq!(reason(book.portion(None, None)), "NOTHING_TO_REFUND");
    assert_eq!(book.total(), 6000 + 1140 + 3000 + 900 + 171);
}

#[test]
fn a_failed_last_return_gives_shipping_back_with_the_one_that_replaces_it() {
    let mut book = shipped().book().terms(ShippingTerms::WithWholeOrder, &[]);
    releases(&mut book, &[("A", 2), ("B", 1)]);
    book.outcome(2, 1, crate::given::failed()).unwrap();
    assert_eq!(book.release(&[("B", 1, None)]), Ok(3595));
    assert_eq!(book.total(), 7140 + 3595);
}

#[test]
fn duties_go_back_with_the_units_that_carried_them() {
    let order = || {
        sample()
            .line(3, 3000, &[])
            .duty("duty-a", Some("A"), 100, &[(2000, 20)])
            .duty("entry", None, 50, &[])
    };
    // 100 over three units: 33, 34, 33; its tax 7, 6, 7.
    let mut book = order().book();
    assert_eq!(
        releases(&mut book, &[("A", 1), ("A", 1), ("A", 1)]),
        [1040, 1040, 1040]
    );
    assert_eq!(book.total(), 3120, "a charge of the whole order stays");

    let mut book = order().book().terms(ShippingTerms::WithWholeOrder, &[]);
    assert_eq!(releases(&mut book, &[("A", 2), ("A", 1)]), [2080, 1090]);
    assert_eq!(
        book.left()
            .components
            .iter()
            .filter(|part| part.amount.minor > 0)
            .count(),
        0
    );
}

/// Others: partial amount above fee or line accepted.
#[test]
fn a_charge_by_hand_is_capped_by_itself() {
    let order = sample().line(1, 5000, &[]);
    let mut book = order
        .duty("duty", Some("A"), 100, &[(2000, 20)])
        .duty("fee", None, 1000, &[])
        .book();
    let mut portion = |charge: &str, minor: Option<i64>| {
        let amount = minor.map(|minor| Money::new(minor, "EUR".parse().unwrap()));
        let of = PortionOf::Charge(charge.parse().unwrap());
        let portions = vec![Portion { of, amount }];
        book.issue(Issued::Portions {
            portions,
            fee: None,
        })
    };
    assert_eq!(portion("duty", Some(60)), Ok(60));
    assert_eq!(portion("duty", None), Ok(60));
    assert_eq!(reason(portion("duty", None)), "NOTHING_TO_REFUND");
    // T101 (woocommerce #25248): a fee of 10, refund 20 of it.
    assert_eq!(reason(portion("fee", Some(2000))), "REFUND_EXCEEDS_PAID");
    assert_eq!(portion("fee", None), Ok(1000));
    assert_eq!(reason(portion("other", None)), "CHARGE_UNKNOWN");
}

#[test]
fn a_restocking_fee_never_pushes_a_return_below_nothing() {
    // T73 (Shopify changelog 2024-07): 50.99 less 5.00, and a fee above the goods.
    for (fee, granted, parts) in [
        (500, 4599, &[5099, -500][..]),
        (6000, 0, &[5099, -5099]),
        (0, 5099, &[5099]),
    ] {
        let mut book = sample().line(1, 5099, &[]).book();
        book = book.terms(ShippingTerms::Kept, &[fee]);
        assert_eq!(book.release(&[("A", 1, None)]), Ok(granted), "{fee}");
        assert_eq!(book.last_parts(), parts, "{fee}");
    }
    let book = sample().line(1, 5099, &[]).book();
    let mut below = book.terms(ShippingTerms::Kept, &[-1]);
    assert_eq!(reason(below.release(&[("A", 1, None)])), "AMOUNT");
}

/// Others: return postage not deducted, or deducted wrong.
#[test]
fn every_deduction_is_taken_as_far_as_anything_is_left_and_told() {
    for (fees, granted, taken) in [
        (&[500, 99][..], 4500, &[500, 99][..]),
        (&[5000, 500, 10], 0, &[5000, 99]),
        (&[0, 7], 5092, &[7]),
    ] {
        let mut book = sample().line(1, 5099, &[]).book();
        book = book.terms(ShippingTerms::Kept, fees);
        assert_eq!(book.release(&[("A", 1, None)]), Ok(granted), "{fees:?}");
        let grant = book.state.grants().next().unwrap();
        let told: Vec<i64> = grant
            .deductions
            .iter()
            .map(|each| each.amount.minor)
            .collect();
        assert_eq!(told, taken, "{fees:?}");
    }
}

#[test]
fn the_terms_of_a_release_are_the_terms_of_its_refund() {
    use backhaul_events::returns::{LegalDue, OutboundShipping, ReleaseTerms, ShippingOwed};
    let released = ReleaseTerms {
        due: Some(LegalDue {
            at: "2026-03-24T22:59:59Z".parse().unwrap(),
            clause: Text::new("eu.2011-83.art-9").unwrap(),
        }),
        shipping: Some(ShippingOwed {
            extent: OutboundShipping::WithWholeOrder,
            clause: Text::new("eu.2011-83.art-9").unwrap(),
        }),
        deductions: Vec::new(),
        credit_to: None,
    };
    let mut book = shipped().book();
    book.terms = (&released).into();
    assert_eq!(
        book.release(&[("A", 2, None), ("B", 1, None)]),
        Ok(7140 + 3000 + 595)
    );
    let grant = book.state.grants().next().unwrap();
    assert_eq!(grant.due_at, released.due.map(|due| due.at));
}

#[test]
fn currencies_of_every_exponent_add_up() {
    for code in ["JPY", "EUR", "KWD", "CLF"] {
        let order = sample_in(code)
            .line(7, 100_003, &[(1900, 19_001)])
            .shipping(1009, &[(700, 71)]);
        let mut book = order.book().terms(ShippingTerms::ProRata, &[]);
        for _ in 0..7 {
            book.release(&[("A", 1, None)]).unwrap();
        }
        assert_eq!(book.total(), 100_003 + 19_001 + 1009 + 71, "{code}");
    }
}

/// The buyer paid, and the person who had the goods as a gift is credited; the payments bear it.
#[test]
fn the_money_of_a_gift_is_credited_to_who_had_it_and_counts_against_the_payments() {
    let mut book = sample().line(2, 6000, &[]).book();
    book.terms.credit_to = Some(Text::new("person-9").unwrap());
    book.release(&[("A", 1, None)]).unwrap();
    let credited = book.history.iter().find_map(|event| match event {
        Event::StoreCreditSubmitted(event) => Some((event.owner.clone(), event.amount.minor)),
        _ => None,
    });
    let owner = Owner::Buyer {
        reference: Text::new("person-9").unwrap(),
    };
    assert_eq!(credited, Some((owner, 3000)));
    let submitted = |event: &Event| matches!(event, Event::RefundSubmitted(_));
    assert!(!book.history.iter().any(submitted));
    book.terms.credit_to = None;
    book.release(&[("A", 1, None)]).unwrap();
    assert_eq!(reason(book.goodwill(1)), "REFUND_EXCEEDS_PAID");
}

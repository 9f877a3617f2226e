//! Captures: no more than the order costs.

use backhaul_events::orders::Tender;
use backhaul_kernel::Refused;
use backhaul_orders::{Command, Event, RecordCapture, Refusal};
use backhaul_testkit::{id, money, order};

use crate::{capture, check, check_field, record, sample};

#[test]
fn captures_add_up_to_at_most_what_the_order_costs() {
    let told = order("o")
        .line("1", 1, 100)
        .tax("DE", 1900, 19)
        .shipping(31);
    for (amounts, accepted) in [
        (&[150][..], true),
        (&[100, 50], true),
        (&[0], true),
        (&[], true),
        (&[151], false),
        (&[100, 51], false),
        (&[150, 1], false),
    ] {
        let paid = amounts
            .iter()
            .enumerate()
            .fold(told.clone(), |told, (index, amount)| {
                told.paid(&format!("p{index}"), Tender::Card, *amount)
            });
        let refusal = Refusal::CaptureExceedsTotal {
            order: told.id(),
            captured: money(amounts.iter().sum(), "EUR"),
            total: money(150, "EUR"),
        };
        assert_eq!(refusal.reason(), "CAPTURE_EXCEEDS_TOTAL");
        let expected = if accepted {
            Ok(paid.events())
        } else {
            Err(refusal)
        };
        check(vec![], Command::RecordOrder(record(&paid)), expected);
    }
}

#[test]
fn a_later_capture_counts_with_the_earlier_ones() {
    let unpaid = order("o").line("1", 1, 100);
    let half = unpaid.clone().paid("p1", Tender::Card, 60);
    let both = half.clone().paid("p2", Tender::GiftCard, 40);
    let over = half.clone().paid("p2", Tender::GiftCard, 41);
    let second = |told: &backhaul_testkit::OrderSample| {
        Command::RecordCapture(RecordCapture {
            order: told.id(),
            capture: capture(&told.payments[1]),
        })
    };
    let captured = Event::PaymentCaptured(both.payments[1].clone());
    check(half.events(), second(&both), Ok(vec![captured]));
    check(
        half.events(),
        second(&over),
        Err(Refusal::CaptureExceedsTotal {
            order: half.id(),
            captured: money(101, "EUR"),
            total: money(100, "EUR"),
        }),
    );
    check(both.events(), second(&both), Ok(vec![]));
    let mut other = both.clone();
    other.payments[1].tender = Tender::Card;
    check(
        both.events(),
        second(&other),
        Err(Refusal::PaymentExists {
            order: both.id(),
            payment: id("p2"),
        }),
    );
}

#[test]
fn a_capture_needs_its_order_and_its_currency() {
    let mut told = sample();
    let command = Command::RecordCapture(RecordCapture {
        order: told.id(),
        capture: capture(&told.payments[0]),
    });
    check(
        vec![],
        command,
        Err(Refusal::OrderNotFound { order: told.id() }),
    );
    told.payments[0].amount = money(1, "GBP");
    let foreign = Command::RecordCapture(RecordCapture {
        order: told.id(),
        capture: capture(&told.payments[0]),
    });
    let unpaid = order("536365").line("1", 1, 100);
    check_field(unpaid.events(), foreign, "amount.currency_code");
}

//! Telling of an order, once and again, rightly and wrongly.

use backhaul_events::orders::Tender;
use backhaul_kernel::{RefusalKind, Refused};
use backhaul_orders::{
    CLOCK_SKEW_MINUTES, Command, LABELS_MAX, LINES_MAX, Orders, QUANTITY_MAX, Refusal,
};
use backhaul_testkit::{OrderSample, given, money, order, time};

use crate::{check, check_field, now, record, sample};

#[test]
fn an_order_is_recorded_with_everything_that_already_happened() {
    let told = sample()
        .dispatched("1", 6, "2026-03-02T10:00:00Z")
        .delivered("1", 4, "2026-03-04T10:00:00Z");
    check(
        vec![],
        Command::RecordOrder(record(&told)),
        Ok(told.events()),
    );
}

#[test]
fn telling_the_same_again_changes_nothing() {
    let told = sample().delivered("1", 4, "2026-03-04T10:00:00Z");
    check(
        told.events(),
        Command::RecordOrder(record(&told)),
        Ok(vec![]),
    );
    let since = told
        .clone()
        .delivered("1", 2, "2026-03-05T10:00:00Z")
        .delivered("2", 1, "2026-03-05T10:00:00Z");
    check(
        since.events(),
        Command::RecordOrder(record(&told)),
        Ok(vec![]),
    );
}

#[test]
fn telling_it_differently_is_refused() {
    let told = sample();
    let mut other_line = told.clone();
    other_line.recorded.lines[0].quantity = 5;
    let mut other_payment = told.clone();
    other_payment.payments[0].amount = money(5000, "EUR");
    let unknown_delivery = told.clone().delivered("1", 1, "2026-03-04T10:00:00Z");
    for other in [other_line, other_payment, unknown_delivery] {
        let refusal = given::<Orders>(told.events())
            .when(&Command::RecordOrder(record(&other)), &now())
            .refusal();
        assert_eq!(refusal, Refusal::OrderExists { order: told.id() });
        assert_eq!(refusal.reason(), "ORDER_EXISTS");
        let resource = "orders/536365".to_owned();
        assert_eq!(refusal.kind(), RefusalKind::AlreadyExists { resource });
    }
}

type Change = fn(&mut OrderSample);

#[test]
fn every_wrong_field_is_named() {
    let cases: &[(&str, Change)] = &[
        ("lines", |told| told.recorded.lines.clear()),
        ("lines[1].line", |told| {
            told.recorded.lines[1].line = told.recorded.lines[0].line.clone();
        }),
        ("lines[0].quantity", |told| {
            told.recorded.lines[0].quantity = 0;
        }),
        ("lines[1].quantity", |told| {
            told.recorded.lines[1].quantity = QUANTITY_MAX + 1;
        }),
        ("lines[1].quantity", |told| {
            told.recorded.lines[1].quantity = u32::MAX;
        }),
        ("lines[1].unit_price.currency_code", |told| {
            told.recorded.lines[1].unit_price = money(500, "GBP");
        }),
        ("lines[0].unit_price.minor_units", |told| {
            told.recorded.lines[0].unit_price = money(i64::MIN, "EUR");
        }),
        ("lines[0].discount.minor_units", |told| {
            told.recorded.lines[0].discount = money(-1, "EUR");
        }),
        ("lines[0].net.minor_units", |told| {
            told.recorded.lines[0].net = money(-1, "EUR");
        }),
        ("lines[0].taxes[0].amount.currency_code", |told| {
            told.recorded.lines[0].taxes[0].amount = money(1, "USD");
        }),
        ("lines[0].taxes[1]", |told| {
            let tax = told.recorded.lines[0].taxes[0].clone();
            told.recorded.lines[0].taxes.push(tax);
        }),
        ("lines", |told| {
            told.recorded.lines[0].net = money(i64::MAX, "EUR");
        }),
        ("shipping.net.currency_code", |told| {
            *told = told.clone().shipping(1);
            if let Some(shipping) = &mut told.recorded.shipping {
                shipping.net = money(1, "JPY");
            }
        }),
        ("destination.time_zone", |told| {
            *told = told.clone().destination("DE", "Europe/Atlantis");
        }),
        ("ordered_at", |told| {
            told.recorded.ordered_at = time("1999-12-31T23:59:59Z");
        }),
        ("ordered_at", |told| {
            told.recorded.ordered_at = time("2026-03-10T12:05:01Z");
        }),
        ("ordered_at", |told| {
            told.recorded.ordered_at = time("9999-12-30T00:00:00Z");
        }),
        ("labels", |told| {
            let label = |number| (format!("label-{number}"), String::new());
            told.recorded.labels = (0..=LABELS_MAX).map(label).collect();
        }),
        ("labels", |told| {
            told.recorded.labels = [("k".repeat(65), String::new())].into();
        }),
        ("labels[channel]", |told| {
            told.recorded.labels = [("channel".to_owned(), "v".repeat(257))].into();
        }),
        ("payments[0].amount.currency_code", |told| {
            told.payments[0].amount = money(1, "GBP");
        }),
        ("payments[0].amount.minor_units", |told| {
            told.payments[0].amount = money(-1, "EUR");
        }),
        ("payments[1].payment", |told| {
            *told = told.clone().paid("p1", Tender::Card, 0);
        }),
        ("payments[0].captured_at", |told| {
            told.payments[0].captured_at = time("2026-03-11T00:00:00Z");
        }),
        ("deliveries[0].lines[0].line", |told| {
            *told = told.clone().delivered("3", 1, "2026-03-02T00:00:00Z");
        }),
        ("deliveries[0].lines[0].quantity", |told| {
            *told = told.clone().delivered("1", 0, "2026-03-02T00:00:00Z");
        }),
        ("dispatches[0].dispatched_at", |told| {
            *told = told.clone().dispatched("1", 1, "2026-03-12T00:00:00Z");
        }),
    ];
    for (field, change) in cases {
        let mut told = sample();
        change(&mut told);
        check_field(vec![], Command::RecordOrder(record(&told)), field);
    }
}

#[test]
fn a_platforms_clock_may_run_a_little_ahead() {
    assert_eq!(CLOCK_SKEW_MINUTES, 5);
    let told = sample().ordered_at("2026-03-10T12:05:00Z");
    check(
        vec![],
        Command::RecordOrder(record(&told)),
        Ok(told.events()),
    );
}

#[test]
fn an_order_has_a_bounded_number_of_lines() {
    let with_lines = |count: usize| {
        let start = order("big");
        (1..=count).fold(start, |told, line| told.line(&line.to_string(), 1, 1))
    };
    let fits = with_lines(LINES_MAX);
    check(
        vec![],
        Command::RecordOrder(record(&fits)),
        Ok(fits.events()),
    );
    let too_many = with_lines(LINES_MAX + 1);
    check_field(vec![], Command::RecordOrder(record(&too_many)), "lines");
}

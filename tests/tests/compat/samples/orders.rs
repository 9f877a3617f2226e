//! Samples of orders.

use std::collections::BTreeMap;

use backhaul_events::orders::*;
use backhaul_testkit::{id, money, text, time, units};

use super::{Sample, minimal, variant, whole};

pub(super) fn samples() -> Vec<Sample> {
    let mut samples = vec![
        whole(Event::OrderRecorded(order_recorded())),
        minimal(Event::OrderRecorded(order_recorded_minimal())),
        variant("charges", Event::OrderRecorded(order_recorded_charges())),
        variant("kit", Event::OrderRecorded(order_recorded_kit())),
        whole(Event::DisputeOpened(DisputeOpened {
            order: id("A-1001"),
            payment: id("pay-1"),
            dispute: text("dp-9"),
            amount: money(8_491, "EUR"),
            reason: text("goods not received"),
            opened_at: time("2026-04-01T08:00:00Z"),
        })),
        minimal(Event::DisputeOpened(DisputeOpened {
            order: id("A-1001"),
            payment: id("pay-1"),
            dispute: text("dp-9"),
            amount: money(8_491, "EUR"),
            reason: text(""),
            opened_at: time("2026-04-01T08:00:00Z"),
        })),
        whole(Event::DisputeWon(DisputeWon {
            order: id("A-1001"),
            payment: id("pay-1"),
            dispute: text("dp-9"),
            decided_at: time("2026-05-01T08:00:00Z"),
        })),
        whole(Event::DisputeLost(DisputeLost {
            order: id("A-1001"),
            payment: id("pay-1"),
            dispute: text("dp-9"),
            amount: money(8_491, "EUR"),
            decided_at: time("2026-05-01T08:00:00Z"),
        })),
        whole(Event::OrderAmended(OrderAmended {
            order: id("A-1001"),
            buyer: Some(buyer()),
            destination: Some(destination()),
        })),
        minimal(Event::OrderAmended(OrderAmended {
            order: id("A-1001"),
            buyer: None,
            destination: None,
        })),
        whole(Event::LinesDispatched(LinesDispatched {
            order: id("A-1001"),
            lines: vec![units("1", 2), units("2", 1)],
            dispatched_at: time("2026-03-02T06:30:00Z"),
        })),
        whole(Event::LinesDelivered(LinesDelivered {
            order: id("A-1001"),
            lines: vec![units("1", 2)],
            delivered_at: time("2026-03-05T14:05:09.123456789Z"),
        })),
        whole(captured(Tender::Card)),
    ];
    samples.extend([
        variant("wallet", captured(Tender::Wallet)),
        variant("bank-transfer", captured(Tender::BankTransfer)),
        variant("gift-card", captured(Tender::GiftCard)),
        variant("store-credit", captured(Tender::StoreCredit)),
    ]);
    samples
}

fn order_recorded() -> OrderRecorded {
    OrderRecorded {
        order: id("A-1001"),
        ordered_at: time("2026-03-01T09:00:00Z"),
        currency: id("EUR"),
        buyer: buyer(),
        destination: destination(),
        lines: vec![
            Line {
                line: id("1"),
                sku: text("85123A"),
                title: text("hanging heart t-light holder – weiß"),
                category: Some(text("lighting")),
                quantity: 3,
                unit_price: money(1_999, "EUR"),
                discount: money(500, "EUR"),
                net: money(4_620, "EUR"),
                taxes: vec![german_tax(877)],
                sale: Sale::Regular,
                parts: Vec::new(),
            },
            Line {
                line: id("2"),
                sku: text("GIFT-1"),
                title: text("engraved plate"),
                category: Some(text("personalised")),
                quantity: 1,
                unit_price: money(2_500, "EUR"),
                discount: money(0, "EUR"),
                net: money(2_101, "EUR"),
                taxes: vec![german_tax(399)],
                sale: Sale::Final,
                parts: Vec::new(),
            },
        ],
        shipping: Some(Charge {
            net: money(415, "EUR"),
            taxes: vec![german_tax(79)],
            standard_net: None,
        }),
        charges: Vec::new(),
        labels: BTreeMap::from([
            ("channel".to_owned(), "web".to_owned()),
            ("season".to_owned(), "spring \"26\"".to_owned()),
        ]),
    }
}

fn order_recorded_minimal() -> OrderRecorded {
    OrderRecorded {
        order: id("536365"),
        ordered_at: time("1969-12-31T23:59:59.5Z"),
        currency: id("JPY"),
        buyer: Buyer {
            reference: text("17850"),
            email: None,
            name: None,
            language: id("ja"),
        },
        destination: Destination {
            country: None,
            time_zone: None,
        },
        lines: vec![Line {
            line: id("1"),
            sku: text("71053"),
            title: text("白い金属の提灯"),
            category: None,
            quantity: 1,
            unit_price: money(500, "JPY"),
            discount: money(0, "JPY"),
            net: money(500, "JPY"),
            taxes: Vec::new(),
            sale: Sale::Regular,
            parts: Vec::new(),
        }],
        shipping: None,
        charges: Vec::new(),
        labels: BTreeMap::new(),
    }
}

/// A line that is a kit.
fn order_recorded_kit() -> OrderRecorded {
    let mut order = order_recorded_minimal();
    order.lines[0].parts = vec![
        KitPart {
            sku: text("71053-A"),
            quantity: 2,
        },
        KitPart {
            sku: text("71053-B"),
            quantity: 4,
        },
    ];
    order
}

/// Express delivery, a duty of a line and a fee of the whole order.
fn order_recorded_charges() -> OrderRecorded {
    let charge = |charge: &str, kind, line: Option<&str>, taxes| ExtraCharge {
        charge: id(charge),
        kind,
        line: line.map(id),
        net: money(250, "EUR"),
        taxes,
    };
    OrderRecorded {
        shipping: Some(Charge {
            net: money(1_490, "EUR"),
            taxes: vec![german_tax(283)],
            standard_net: Some(money(415, "EUR")),
        }),
        charges: vec![
            charge("duty-1", ChargeKind::Duty, Some("1"), Vec::new()),
            charge("vat-1", ChargeKind::ImportTax, Some("1"), Vec::new()),
            charge("wrap", ChargeKind::Fee, None, vec![german_tax(47)]),
            charge("crate", ChargeKind::Deposit, None, Vec::new()),
        ],
        ..order_recorded_minimal()
    }
}

fn captured(tender: Tender) -> Event {
    Event::PaymentCaptured(PaymentCaptured {
        order: id("A-1001"),
        payment: id("pay-1"),
        tender,
        provider_payment: text("psp-4711"),
        amount: money(8_491, "EUR"),
        captured_at: time("2026-03-01T09:01:00Z"),
    })
}

fn buyer() -> Buyer {
    Buyer {
        reference: text("buyer-17850"),
        email: Some(text("buyer@example.test")),
        name: Some(text("Ada Example")),
        language: id("zh-Hans"),
    }
}

fn destination() -> Destination {
    Destination {
        country: Some(id("DE")),
        time_zone: Some("Europe/Berlin".to_owned()),
    }
}

fn german_tax(minor: i64) -> TaxLine {
    TaxLine {
        jurisdiction: text("DE"),
        rate_basis_points: 1_900,
        amount: money(minor, "EUR"),
    }
}

use super::*;
use crate::proto::types::v1 as types;

fn euros(minor_units: i64) -> Option<types::Money> {
    Some(types::Money {
        minor_units,
        currency_code: "EUR".to_owned(),
    })
}

fn at(seconds: i64) -> Option<prost_types::Timestamp> {
    Some(prost_types::Timestamp { seconds, nanos: 0 })
}

fn tax(amount: i64) -> proto::TaxLine {
    proto::TaxLine {
        jurisdiction: "DE".to_owned(),
        rate_basis_points: 1_900,
        amount: euros(amount),
    }
}

fn order() -> proto::Order {
    let line = |line: &str| proto::Line {
        line: line.to_owned(),
        sku: "85123A".to_owned(),
        title: "lantern".to_owned(),
        category: "home".to_owned(),
        quantity: 6,
        unit_price: euros(255),
        discount: euros(30),
        net_amount: euros(1_500),
        taxes: vec![tax(285)],
        final_sale: true,
        ..Default::default()
    };
    proto::Order {
        name: "orders/536365".to_owned(),
        order_time: at(1_700_000_000),
        currency_code: "EUR".to_owned(),
        buyer: Some(proto::Buyer {
            reference: "b-1".to_owned(),
            email: "a@example.com".to_owned(),
            display_name: "A".to_owned(),
            language_code: "de".to_owned(),
        }),
        ship_to: Some(proto::Destination {
            region_code: "DE".to_owned(),
            time_zone: "Europe/Berlin".to_owned(),
        }),
        lines: vec![line("1"), line("2")],
        shipping: Some(proto::Charge {
            net_amount: euros(490),
            taxes: vec![tax(93)],
            standard_net_amount: euros(390),
        }),
        payments: vec![proto::Payment {
            payment: "p1".to_owned(),
            tender: proto::Tender::Card.into(),
            provider_payment: "pi_1".to_owned(),
            amount: euros(4_153),
            capture_time: at(1_700_000_100),
        }],
        labels: [("channel".to_owned(), "web".to_owned())].into(),
        version: 0,
        charges: vec![proto::ExtraCharge {
            charge: "duty-1".to_owned(),
            kind: proto::extra_charge::Kind::Duty.into(),
            line: "1".to_owned(),
            net_amount: euros(120),
            taxes: vec![tax(23)],
        }],
        disputes: Vec::new(),
    }
}

fn record(change: impl FnOnce(&mut proto::Order)) -> Result<RecordOrder, InvalidRequest> {
    let mut order = order();
    change(&mut order);
    RecordOrder::from_proto(proto::RecordOrderRequest {
        request_id: "r".to_owned(),
        order: Some(order),
    })
}

fn fields<T>(answer: Result<T, InvalidRequest>) -> Vec<String> {
    let mistakes = answer.err().map_or(vec![], |error| error.mistakes);
    mistakes.into_iter().map(|mistake| mistake.field).collect()
}

#[test]
fn an_order_reads_back_as_it_was_told() {
    let recorded = record(|_| {}).unwrap();
    let untouched = |_: &LineId| LineMovement::default();
    let message = order_to_proto(&recorded.order, &recorded.payments, &[], untouched, 0);
    assert_eq!(message, order());
}

#[test]
fn movements_stand_with_their_lines() {
    let recorded = record(|_| {}).unwrap();
    let moved = LineMovement {
        dispatched: 6,
        delivered: 5,
        last_delivered_at: Some(recorded.order.ordered_at),
    };
    let message = order_to_proto(&recorded.order, &[], &[], |_| moved, 3);
    let line = &message.lines[1];
    assert_eq!((line.dispatched_quantity, line.delivered_quantity), (6, 5));
    assert_eq!(
        (line.last_delivery_time, message.version),
        (message.order_time, 3)
    );
}

#[test]
fn what_is_left_out_has_its_default() {
    let recorded = record(|order| {
        order.ship_to = None;
        order.shipping = None;
        order.buyer.as_mut().unwrap().language_code.clear();
        order.buyer.as_mut().unwrap().email.clear();
        order.payments[0].capture_time = None;
        order.lines[0].net_amount = None;
        order.lines[1].net_amount = None;
        order.lines[1].discount = None;
    })
    .unwrap();
    let order = &recorded.order;
    assert_eq!(
        order.destination,
        Destination {
            country: None,
            time_zone: None
        }
    );
    assert_eq!(
        (order.buyer.language.tag(), &order.buyer.email),
        ("en", &None)
    );
    assert_eq!(order.lines[0].net.minor, 6 * 255 - 30);
    assert_eq!(
        (order.lines[1].net.minor, order.lines[1].discount.minor),
        (6 * 255, 0)
    );
    assert_eq!(recorded.payments[0].captured_at, order.ordered_at);
}

#[test]
fn what_is_wrong_is_named() {
    type Change = fn(&mut proto::Order);
    fn buyer(order: &mut proto::Order) -> &mut proto::Buyer {
        order.buyer.as_mut().unwrap()
    }
    let cases: [(Change, &[&str]); 40] = [
        (|_| {}, &[]),
        (|o| o.name.clear(), &["order.name"]),
        (|o| o.name = "orders/a.b".to_owned(), &["order.name"]),
        (
            |o| o.name = format!("orders/{}", "x".repeat(65)),
            &["order.name"],
        ),
        (|o| o.order_time = None, &["order.order_time"]),
        (
            |o| o.order_time = at(253_402_300_799),
            &["order.order_time"],
        ),
        (
            |o| o.currency_code = "EURO".to_owned(),
            &["order.currency_code"],
        ),
        (|o| o.buyer = None, &["order.buyer"]),
        (|o| buyer(o).reference.clear(), &["order.buyer.reference"]),
        (
            |o| buyer(o).email = "nobody".to_owned(),
            &["order.buyer.email"],
        ),
        (
            |o| buyer(o).email = "a@b\r\nBcc: c@d".to_owned(),
            &["order.buyer.email"],
        ),
        (
            |o| buyer(o).email = "a b@example.com".to_owned(),
            &["order.buyer.email"],
        ),
        (
            |o| buyer(o).email = "a@example..com".to_owned(),
            &["order.buyer.email"],
        ),
        (
            |o| buyer(o).language_code = "en_US".to_owned(),
            &["order.buyer.language_code"],
        ),
        (
            |o| buyer(o).display_name = "\u{1b}[31m".to_owned(),
            &["order.buyer.display_name"],
        ),
        (
            |o| o.ship_to.as_mut().unwrap().region_code = "UK".to_owned(),
            &["order.ship_to.region_code"],
        ),
        (
            |o| o.ship_to.as_mut().unwrap().time_zone = "Mars/Base".to_owned(),
            &["order.ship_to.time_zone"],
        ),
        (|o| o.lines.clear(), &["order.lines"]),
        (
            |o| o.lines = vec![o.lines[0].clone(); 2_001],
            &["order.lines"],
        ),
        (
            |o| o.lines[1].line = "1".to_owned(),
            &["order.lines[1].line"],
        ),
        (|o| o.lines[1].line.clear(), &["order.lines[1].line"]),
        (|o| o.lines[0].quantity = 0, &["order.lines[0].quantity"]),
        (
            |o| o.lines[0].quantity = u32::MAX,
            &["order.lines[0].quantity"],
        ),
        (
            |o| o.lines[0].unit_price = None,
            &["order.lines[0].unit_price"],
        ),
        (
            |o| o.lines[0].unit_price = euros(-1),
            &["order.lines[0].unit_price.minor_units"],
        ),
        (
            |o| o.lines[0].unit_price = euros(i64::MIN),
            &["order.lines[0].unit_price.minor_units"],
        ),
        (
            |o| o.lines[1].unit_price.as_mut().unwrap().currency_code = "GBP".to_owned(),
            &["order.lines[1].unit_price.currency_code"],
        ),
        (
            |o| {
                o.lines[0].net_amount = None;
                o.lines[0].quantity = 1_000_000;
                o.lines[0].unit_price = euros(1_000_000_000_000_000);
            },
            &["order.lines[0].unit_price"],
        ),
        (
            |o| {
                o.lines[0].net_amount = None;
                o.lines[0].discount = euros(1_531);
            },
            &["order.lines[0].discount"],
        ),
        (
            |o| o.lines[0].discount = euros(-1),
            &["order.lines[0].discount.minor_units"],
        ),
        (
            |o| o.lines[0].taxes[0].jurisdiction.clear(),
            &["order.lines[0].taxes[0].jurisdiction"],
        ),
        (
            |o| o.lines[0].taxes.push(tax(1)),
            &["order.lines[0].taxes[1]"],
        ),
        (
            |o| o.lines[0].taxes[0].rate_basis_points = 100_001,
            &["order.lines[0].taxes[0].rate_basis_points"],
        ),
        (
            |o| o.shipping.as_mut().unwrap().net_amount = None,
            &["order.shipping.net_amount"],
        ),
        (|o| o.payments[0].tender = 0, &["order.payments[0].tender"]),
        (
            |o| o.payments[0].tender = 999,
            &["order.payments[0].tender"],
        ),
        (
            |o| o.payments[0].amount = euros(0),
            &["order.payments[0].amount.minor_units"],
        ),
        (
            |o| o.payments.push(o.payments[0].clone()),
            &["order.payments[1].payment"],
        ),
        (
            |o| {
                o.labels.insert("a\nb".to_owned(), String::new());
            },
            &["order.labels"],
        ),
        (
            |o| {
                o.name.clear();
                o.currency_code.clear();
                o.lines[1].quantity = 0;
                o.payments[0].tender = 0;
            },
            &[
                "order.name",
                "order.currency_code",
                "order.lines[1].quantity",
                "order.payments[0].tender",
            ],
        ),
    ];
    for (index, (change, expected)) in cases.into_iter().enumerate() {
        assert_eq!(fields(record(change)), expected, "case {index}");
    }
    let empty = proto::RecordOrderRequest::default();
    assert_eq!(fields(RecordOrder::from_proto(empty)), ["order"]);
}

#[test]
fn an_address_is_never_quoted() {
    let error = record(|o| o.buyer.as_mut().unwrap().email = "secret".to_owned()).unwrap_err();
    assert!(!error.to_string().contains("secret"));
}

#[test]
fn captures_movements_and_amendments_are_read() {
    let capture = RecordCapture::from_proto(proto::RecordCaptureRequest {
        request_id: "r".to_owned(),
        name: "orders/1".to_owned(),
        payment: Some(proto::Payment {
            capture_time: None,
            ..order().payments.remove(0)
        }),
    });
    assert_eq!(capture.unwrap().captured_at, None);

    let units = |quantity| types::LineUnits {
        line: "1".to_owned(),
        quantity,
    };
    let dispatch = |lines| {
        Movement::dispatch_from_proto(proto::RecordDispatchRequest {
            request_id: "r".to_owned(),
            name: "orders/1".to_owned(),
            lines,
            dispatch_time: at(1_700_000_000),
        })
    };
    assert_eq!(fields(dispatch(vec![units(2)])), [""; 0]);
    assert_eq!(fields(dispatch(vec![])), ["lines"]);
    assert_eq!(
        fields(dispatch(vec![units(1), units(0)])),
        ["lines[1].quantity"]
    );

    let delivery = |name: &str, delivery_time| {
        Movement::delivery_from_proto(proto::RecordDeliveryRequest {
            request_id: "r".to_owned(),
            name: name.to_owned(),
            lines: vec![],
            delivery_time,
        })
    };
    assert_eq!(delivery("orders/1", None).unwrap().at, None);
    assert_eq!(fields(delivery("1", at(0))), ["name", "delivery_time"]);

    let amend = |buyer, ship_to| {
        amend_order_from_proto(proto::AmendOrderRequest {
            request_id: "r".to_owned(),
            name: "orders/1".to_owned(),
            buyer,
            ship_to,
        })
    };
    let amended = amend(None, order().ship_to).unwrap();
    assert_eq!(
        (amended.buyer.is_none(), amended.destination.is_some()),
        (true, true)
    );
    assert_eq!(fields(amend(None, None)), ["buyer"]);
    assert_eq!(
        fields(amend(Some(proto::Buyer::default()), None)),
        ["buyer.reference"]
    );
}

#[test]
fn every_tender_has_its_number() {
    for number in 1..=5 {
        let word = convert(|wrong| tender(number, &Path::of("tender"), wrong)).unwrap();
        assert_eq!(i32::from(tender_to_proto(word)), number);
    }
}

#[test]
fn orders_are_listed_by_country_and_buyer() {
    let filter = OrderFilter::from_proto(r#"ship_to.region_code = "DE" AND buyer.reference = b-1"#);
    let expected = OrderFilter {
        country: Some("DE".parse().unwrap()),
        buyer: Some("b-1".to_owned()),
    };
    assert_eq!(filter, Ok(expected));
    assert_eq!(
        fields(OrderFilter::from_proto("ship_to.region_code = UK")),
        ["filter"]
    );
}

#[test]
fn a_dispute_is_read_and_shown() {
    let told = |change: fn(&mut proto::Dispute)| {
        let mut dispute = proto::Dispute {
            payment: "p1".to_owned(),
            dispute: "dp_1".to_owned(),
            amount: Some(money_to_proto(Money::new(100, "EUR".parse().unwrap()))),
            state: proto::dispute::State::Lost.into(),
            reason: "not received".to_owned(),
        };
        change(&mut dispute);
        let request = proto::RecordDisputeRequest {
            request_id: "r".to_owned(),
            name: "orders/536365".to_owned(),
            dispute: Some(dispute.clone()),
            event_time: None,
        };
        (dispute, RecordDispute::from_proto(request))
    };
    let (message, read) = told(|_| {});
    let read = read.unwrap();
    let shown = DisputeShown {
        payment: &read.payment,
        dispute: &read.dispute,
        amount: read.amount,
        reason: &read.reason,
        state: read.state,
    };
    let order = record(|_| {}).unwrap().order;
    let untouched = |_: &LineId| LineMovement::default();
    let order = order_to_proto(&order, &[], &[shown], untouched, 0);
    assert_eq!(order.disputes, [message]);
    for (change, field) in [
        (
            (|dispute| dispute.state = 0) as fn(&mut proto::Dispute),
            "dispute.state",
        ),
        (|dispute| dispute.payment.clear(), "dispute.payment"),
        (|dispute| dispute.dispute.clear(), "dispute.dispute"),
        (|dispute| dispute.amount = None, "dispute.amount"),
    ] {
        assert_eq!(fields(told(change).1), [field]);
    }
}

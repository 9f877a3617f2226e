//! Every mistake of a request is named.

use super::*;

#[test]
fn an_empty_exchange_is_wrong_in_every_field_that_must_be_given() {
    let below = types::Money {
        minor_units: -1,
        currency_code: "EUR".to_owned(),
    };
    let request = proto::RequestExchangeRequest {
        items: vec![proto::Item::default()],
        replacements: vec![proto::AskedReplacement::default()],
        shipping: Some(below),
        ..proto::RequestExchangeRequest::default()
    };
    let error = RequestExchange::from_proto(request).unwrap_err();
    let fields: Vec<&str> = error
        .mistakes
        .iter()
        .map(|mistake| mistake.field.as_str())
        .collect();
    assert_eq!(
        fields,
        [
            "order",
            "items[0].line",
            "items[0].quantity",
            "items[0].reason",
            "replacements[0].sku",
            "replacements[0].quantity",
            "replacements[0].unit_price",
            "shipping.minor_units",
        ]
    );
}

#[test]
fn a_difference_is_more_than_nothing_and_names_its_payment() {
    let collect = |minor_units: i64, payment: &str| {
        CollectDifference::from_proto(proto::CollectDifferenceRequest {
            name: "exchanges/7-X1".to_owned(),
            amount: Some(types::Money {
                minor_units,
                currency_code: "EUR".to_owned(),
            }),
            payment: payment.to_owned(),
            ..proto::CollectDifferenceRequest::default()
        })
    };
    assert_eq!(collect(5, "pay_1").unwrap().exchange.as_str(), "7-X1");
    for (minor, payment, field) in [(0, "pay_1", "amount.minor_units"), (5, "", "payment")] {
        let error = collect(minor, payment).unwrap_err();
        assert_eq!(error.mistakes[0].field, field);
    }
}

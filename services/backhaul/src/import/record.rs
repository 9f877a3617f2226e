//! Records orders: paid and delivered at their invoice's time.

use std::collections::HashMap;

use anyhow::Context as _;
use backhaul_api::proto::orders::v1::{
    Buyer, Destination, Line, Order, Payment, RecordDeliveryRequest, RecordOrderRequest, Tender,
};
use backhaul_kernel::Timestamp;

use super::answers::{LineAnswer, OrderAnswer};
use super::countries::region_code;
use super::plan::PlannedOrder;
use super::{CURRENCY, SHOP_ZONE, shop_time};
use crate::call::send;
use crate::connect::Deployment;
use crate::wire;

/// The label that holds the country's name in the file.
const COUNTRY_LABEL: &str = "country";

/// Records the order and its delivery, and answers what was recorded.
pub async fn record(
    deployment: &Deployment,
    planned: &PlannedOrder,
) -> anyhow::Result<OrderAnswer> {
    let named = || format!("order {}", planned.invoice);
    let at = shop_time(planned.at).with_context(named)?;
    let orders = deployment.orders();
    let request = RecordOrderRequest {
        request_id: format!("import:{}:record", planned.invoice),
        order: Some(order(planned, at).with_context(named)?),
    };
    let recorded = send!(orders, record_order, request);
    let recorded = recorded
        .await
        .with_context(named)?
        .order
        .with_context(named)?;

    let request = RecordDeliveryRequest {
        request_id: format!("import:{}:delivery", planned.invoice),
        name: recorded.name.clone(),
        lines: recorded
            .lines
            .iter()
            .map(|line| wire::units(&line.line, line.quantity))
            .collect(),
        delivery_time: wire::timestamp(at),
    };
    let delivered = send!(orders, record_delivery, request);
    delivered.await.with_context(named)?;
    Ok(answer(&recorded))
}

fn order(planned: &PlannedOrder, at: Timestamp) -> anyhow::Result<Order> {
    let lines = (1..).zip(&planned.lines).map(|(number, planned)| {
        let title = planned.description.trim();
        let paid = planned.price.times(planned.quantity);
        Ok(Line {
            line: usize::to_string(&number),
            sku: planned.code.clone(),
            title: if title.is_empty() {
                &planned.code
            } else {
                title
            }
            .to_owned(),
            quantity: planned.quantity,
            unit_price: wire::money(planned.price.times(1).context("price too large")?, CURRENCY),
            net_amount: wire::money(paid.context("line too large")?, CURRENCY),
            ..Line::default()
        })
    });
    let lines: Vec<Line> = lines.collect::<anyhow::Result<_>>()?;
    let total = lines
        .iter()
        .filter_map(|line| line.net_amount.as_ref())
        .map(|net| net.minor_units);
    let customer = format!("customer-{}", planned.customer);
    Ok(Order {
        name: wire::name("orders", &planned.invoice),
        order_time: wire::timestamp(at),
        currency_code: CURRENCY.to_owned(),
        buyer: Some(Buyer {
            email: format!("{customer}@example.invalid"),
            reference: customer,
            display_name: String::new(),
            language_code: "en".to_owned(),
        }),
        ship_to: Some(Destination {
            region_code: region_code(&planned.country).to_owned(),
            // The data has one clock, the shop's.
            time_zone: SHOP_ZONE.to_owned(),
        }),
        payments: payment(&planned.invoice, total.sum()),
        lines,
        labels: HashMap::from([(COUNTRY_LABEL.to_owned(), planned.country.clone())]),
        ..Order::default()
    })
}

/// One card payment of the whole; none for an order that costs less than half a penny.
fn payment(invoice: &str, total: i64) -> Vec<Payment> {
    if total == 0 {
        return Vec::new();
    }
    vec![Payment {
        payment: "p1".to_owned(),
        tender: Tender::Card.into(),
        provider_payment: format!("sandbox-{invoice}"),
        amount: wire::money(total, CURRENCY),
        capture_time: None,
    }]
}

fn answer(order: &Order) -> OrderAnswer {
    let lines = order.lines.iter().map(|line| LineAnswer {
        quantity: line.quantity,
        paid: line.net_amount.as_ref().map_or(0, |net| net.minor_units),
    });
    OrderAnswer {
        order: wire::id(&order.name).to_owned(),
        country: order.labels.get(COUNTRY_LABEL).cloned().unwrap_or_default(),
        lines: lines.collect(),
        ..OrderAnswer::default()
    }
}

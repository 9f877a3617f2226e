//! What is sold in these tests, and how it is asked for.

use std::sync::atomic::{AtomicU64, Ordering};

use backhaul_api::proto::orders::v1::{
    Buyer, Destination, Line, Order, Payment, RecordOrderRequest, TaxLine, Tender,
};
use backhaul_api::proto::returns::v1::{
    Condition, Grade, InspectUnitsRequest, InspectedUnits, Item, Policy, Reason, ReceivedUnits,
    RecordReceiptRequest, Release, RequestReturnRequest, ReturnCentre,
};
use backhaul_api::proto::returns::v1::{Disposition, PublishPolicyRequest};
use backhaul_api::proto::types::v1::Money;
use backhaul_engine::{Clock as _, SystemClock};
use jiff::SignedDuration;

/// Where goods go back to.
pub const CENTRE: &str = "venlo";
/// What one unit costs, net and with its tax, in cents.
pub const NET: i64 = 1_000;
pub const GROSS: i64 = 1_190;

/// A request id that no other call of this run has.
pub fn request_id() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("e2e-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

pub fn eur(minor_units: i64) -> Money {
    Money {
        minor_units,
        currency_code: "EUR".to_owned(),
    }
}

/// So many days before now.
pub fn days_ago(days: i64) -> prost_types::Timestamp {
    let at = SystemClock.now() - SignedDuration::from_hours(24 * days);
    prost_types::Timestamp {
        seconds: at.as_second(),
        nanos: 0,
    }
}

/// An order of one line of so many units, placed ten days ago in Germany and paid by one card.
pub fn order(id: &str, quantity: u32) -> Order {
    let units = i64::from(quantity);
    Order {
        name: format!("orders/{id}"),
        order_time: Some(days_ago(10)),
        currency_code: "EUR".to_owned(),
        buyer: Some(Buyer {
            reference: format!("buyer-{id}"),
            email: format!("{id}@example.invalid"),
            display_name: String::new(),
            language_code: "en".to_owned(),
        }),
        ship_to: Some(Destination {
            region_code: "DE".to_owned(),
            time_zone: String::new(),
        }),
        lines: vec![Line {
            line: "1".to_owned(),
            sku: "SKU-1".to_owned(),
            title: "a lamp".to_owned(),
            quantity,
            unit_price: Some(eur(NET)),
            taxes: vec![TaxLine {
                jurisdiction: "DE".to_owned(),
                rate_basis_points: 1_900,
                amount: Some(eur(units * (GROSS - NET))),
            }],
            ..Line::default()
        }],
        payments: vec![payment(&format!("sandbox-{id}"), units * GROSS)],
        ..Order::default()
    }
}

pub fn payment(provider_payment: &str, minor_units: i64) -> Payment {
    Payment {
        payment: "p1".to_owned(),
        tender: Tender::Card.into(),
        provider_payment: provider_payment.to_owned(),
        amount: Some(eur(minor_units)),
        capture_time: None,
    }
}

/// The same order, with how the sandbox provider is to treat its payment.
pub fn paid_by(provider_payment: &str, mut order: Order) -> Order {
    for payment in &mut order.payments {
        payment.provider_payment = provider_payment.to_owned();
    }
    order
}

/// The same order, of a buyer who reads that language.
pub fn read_in(language: &str, mut order: Order) -> Order {
    if let Some(buyer) = &mut order.buyer {
        buyer.language_code = language.to_owned();
    }
    order
}

pub fn record(order: &Order) -> RecordOrderRequest {
    RecordOrderRequest {
        request_id: request_id(),
        order: Some(order.clone()),
    }
}

/// Thirty days, authorised by the policy, paid back after inspection.
pub fn policy() -> Policy {
    Policy {
        name: "policies/default".to_owned(),
        default_window_days: 30,
        automatic_authorization: true,
        release: Release::OnInspection.into(),
        return_centres: vec![ReturnCentre {
            id: CENTRE.to_owned(),
            region_code: "NL".to_owned(),
            display_name: "Returns, Venlo".to_owned(),
        }],
        ..Policy::default()
    }
}

pub fn publish(policy: Policy) -> PublishPolicyRequest {
    PublishPolicyRequest {
        request_id: request_id(),
        policy: Some(policy),
        validate_only: false,
    }
}

/// A request to send so many units of the first line back.
pub fn ask(order: &str, quantity: u32) -> RequestReturnRequest {
    RequestReturnRequest {
        request_id: request_id(),
        order: order.to_owned(),
        items: vec![item("1", quantity)],
        request_time: None,
        refuse_if_not_returnable: false,
        ..RequestReturnRequest::default()
    }
}

pub fn item(line: &str, quantity: u32) -> Item {
    Item {
        line: line.to_owned(),
        quantity,
        reason: Reason::ChangedMind.into(),
        note: String::new(),
        claim: None,
        fault_found_time: None,
    }
}

/// So many units of the first line arrived as they should be.
pub fn receive(name: &str, parcel: &str, quantity: u32) -> RecordReceiptRequest {
    RecordReceiptRequest {
        request_id: request_id(),
        name: name.to_owned(),
        parcel: parcel.to_owned(),
        site: CENTRE.to_owned(),
        units: vec![ReceivedUnits {
            line: "1".to_owned(),
            quantity,
            condition: Condition::Intact.into(),
        }],
        ..RecordReceiptRequest::default()
    }
}

/// So many units of the first line are as new.
pub fn inspect(name: &str, quantity: u32) -> InspectUnitsRequest {
    InspectUnitsRequest {
        request_id: request_id(),
        name: name.to_owned(),
        units: vec![InspectedUnits {
            line: "1".to_owned(),
            quantity,
            grade: Grade::A.into(),
            rejected: false,
            disposition: Disposition::Restock.into(),
            ..InspectedUnits::default()
        }],
        inspect_time: None,
    }
}

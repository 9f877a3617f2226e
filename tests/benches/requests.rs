//! The requests of one small order and its return: one line of two units, one of which comes back.

use std::time::Duration;

use backhaul_api::proto::orders::v1::{
    Buyer, Destination, Line, Order, Payment, RecordDeliveryRequest, RecordOrderRequest, Tender,
};
use backhaul_api::proto::refunds::v1::{ApprovalPolicy, PublishApprovalPolicyRequest};
use backhaul_api::proto::returns::v1::{
    Condition, Disposition, Grade, InspectUnitsRequest, InspectedUnits, Item, Policy,
    PublishPolicyRequest, Reason, ReceivedUnits, RecordReceiptRequest, Release,
    RequestReturnRequest, ReturnCentre,
};
use backhaul_api::proto::types::v1::Money;
use backhaul_engine::{Clock as _, SystemClock};
use jiff::SignedDuration;

const CURRENCY: &str = "GBP";
const UNIT_PRICE_MINOR: i64 = 1_250;
const RETURN_CENTRE: &str = "leicester";
const LINE: &str = "1";
/// More than any refund of these orders, so that no person has to approve one.
const AUTOMATIC_UP_TO_MINOR: i64 = 100_000;
const WINDOW_DAYS: u32 = 30;

/// The order's id, which nobody else uses.
pub(crate) fn id(number: u64) -> String {
    format!("B{number}")
}

pub(crate) fn order(number: u64) -> RecordOrderRequest {
    let id = id(number);
    RecordOrderRequest {
        request_id: format!("bench:{id}:record"),
        order: Some(Order {
            name: format!("orders/{id}"),
            order_time: ago(Duration::from_secs(3 * DAY_SECONDS)),
            currency_code: CURRENCY.to_owned(),
            buyer: Some(Buyer {
                reference: format!("customer-{id}"),
                email: format!("customer-{id}@example.invalid"),
                display_name: String::new(),
                language_code: "en".to_owned(),
            }),
            ship_to: Some(Destination {
                region_code: "GB".to_owned(),
                time_zone: String::new(),
            }),
            lines: vec![Line {
                line: LINE.to_owned(),
                sku: "22423".to_owned(),
                title: "regency cakestand 3 tier".to_owned(),
                quantity: 2,
                unit_price: money(UNIT_PRICE_MINOR),
                ..Line::default()
            }],
            payments: vec![Payment {
                payment: "p1".to_owned(),
                tender: Tender::Card.into(),
                provider_payment: format!("sandbox-{id}"),
                amount: money(2 * UNIT_PRICE_MINOR),
                capture_time: None,
            }],
            ..Order::default()
        }),
    }
}

pub(crate) fn delivery(number: u64) -> RecordDeliveryRequest {
    let id = id(number);
    RecordDeliveryRequest {
        request_id: format!("bench:{id}:delivery"),
        name: format!("orders/{id}"),
        lines: Vec::new(),
        delivery_time: ago(Duration::from_secs(DAY_SECONDS)),
    }
}

pub(crate) fn r#return(number: u64) -> RequestReturnRequest {
    let id = id(number);
    RequestReturnRequest {
        request_id: format!("bench:{id}:return"),
        order: format!("orders/{id}"),
        items: vec![Item {
            line: LINE.to_owned(),
            quantity: 1,
            reason: Reason::ChangedMind.into(),
            note: "does not suit the room".to_owned(),
            claim: None,
            fault_found_time: None,
        }],
        request_time: None,
        refuse_if_not_returnable: true,
        ..RequestReturnRequest::default()
    }
}

pub(crate) fn receipt(name: &str) -> RecordReceiptRequest {
    RecordReceiptRequest {
        request_id: format!("bench:{name}:receipt"),
        name: name.to_owned(),
        site: RETURN_CENTRE.to_owned(),
        units: vec![ReceivedUnits {
            line: LINE.to_owned(),
            quantity: 1,
            condition: Condition::Intact.into(),
        }],
        ..RecordReceiptRequest::default()
    }
}

pub(crate) fn inspection(name: &str) -> InspectUnitsRequest {
    InspectUnitsRequest {
        request_id: format!("bench:{name}:inspection"),
        name: name.to_owned(),
        units: vec![InspectedUnits {
            line: LINE.to_owned(),
            quantity: 1,
            grade: Grade::A.into(),
            rejected: false,
            disposition: Disposition::Restock.into(),
            ..InspectedUnits::default()
        }],
        inspect_time: None,
    }
}

pub(crate) fn policy() -> PublishPolicyRequest {
    PublishPolicyRequest {
        request_id: "bench:policy".to_owned(),
        policy: Some(Policy {
            name: "policies/default".to_owned(),
            default_window_days: WINDOW_DAYS,
            automatic_authorization: true,
            release: Release::OnInspection.into(),
            return_centres: vec![ReturnCentre {
                id: RETURN_CENTRE.to_owned(),
                region_code: "GB".to_owned(),
                display_name: "Returns, Leicester".to_owned(),
            }],
            ..Policy::default()
        }),
        validate_only: false,
    }
}

pub(crate) fn approval() -> PublishApprovalPolicyRequest {
    PublishApprovalPolicyRequest {
        request_id: "bench:approval-policy".to_owned(),
        policy: Some(ApprovalPolicy {
            automatic_up_to: money(AUTOMATIC_UP_TO_MINOR).into_iter().collect(),
            ..ApprovalPolicy::default()
        }),
    }
}

const DAY_SECONDS: u64 = 24 * 60 * 60;

fn money(minor_units: i64) -> Option<Money> {
    Some(Money {
        minor_units,
        currency_code: CURRENCY.to_owned(),
    })
}

fn ago(time: Duration) -> Option<prost_types::Timestamp> {
    let time = SignedDuration::try_from(time).unwrap_or(SignedDuration::ZERO);
    let at = SystemClock.now() - time;
    Some(prost_types::Timestamp {
        seconds: at.as_second(),
        nanos: 0,
    })
}

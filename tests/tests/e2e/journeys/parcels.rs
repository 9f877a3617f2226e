//! Parcels on their way back: to a centre near the buyer, with something else in them, and over a
//! border.

use backhaul::connect::Deployment;
use backhaul_api::proto::orders::v1::{Charge, ExtraCharge, Order, extra_charge};
use backhaul_api::proto::refunds::v1::{
    ApproveRefundRequest, Component, Refund, component, refund::State as RefundState,
};
use backhaul_api::proto::returns::v1::{
    Item, Payer, Policy, Reason, RecordReceiptRequest, RequestReturnRequest, ReturnCentre, Rule,
    Scope, WayBack, WrongItem, r#return::State,
};
use backhaul_api::proto::tracking::v1::{GetLabelRequest, Status};
use backhaul_api::proto::types::v1::LineUnits;
use backhaul_kernel::Tier;

use super::journey::{Journey, goods, priced, sent_to};
use crate::orders::{GROSS, ask, eur, inspect, item, payment, policy, receive, request_id};

/// A person with higher limits approves what they saw.
async fn approve(person: &Deployment, refund: &Refund) {
    let request = ApproveRefundRequest {
        request_id: request_id(),
        name: refund.name.clone(),
        approval_digest: refund.approval_digest.clone(),
    };
    person.refunds().approve_refund(request).await.unwrap();
}

/// Buyers pay the way back to Venlo, but for dear goods in France, which go to Lyon for nothing.
fn local_centre() -> Policy {
    let centre = ReturnCentre {
        id: "lyon".to_owned(),
        region_code: "FR".to_owned(),
        display_name: "Returns, Lyon".to_owned(),
    };
    let dear = Rule {
        id: "dear-goods-stay-in-france".to_owned(),
        scope: Some(Scope {
            region_codes: vec!["FR".to_owned()],
            worth_at_least: vec![eur(50_000)],
            ..Scope::default()
        }),
        postage: Payer::Merchant.into(),
        return_centre: Some(centre),
        way_back: WayBack::LocalCentre.into(),
        ..Rule::default()
    };
    Policy {
        buyer_pays_postage: true,
        rules: vec![dear],
        ..policy()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dear_article_goes_to_the_centre_in_the_buyers_country_for_nothing() {
    let journey = Journey::begin("local-return-centre", local_centre()).await;
    let shop = &journey.shop;
    let (order, paid) = priced(64_900, goods("camera", "a camera", 1));
    let order = sent_to("FR", "Europe/Paris", order);
    journey.sell(&order).await;
    journey.turn_to("2026-09-09T17:45:00Z").await;
    let asked = journey.ask(ask(&order.name, 1)).await;
    let handling = asked.handling.unwrap();
    assert_eq!(handling.ship_to.unwrap().id, "lyon");
    assert!(!handling.buyer_pays_postage);
    let parcel = shop.labelled_parcel(&asked.name).await;
    assert!(parcel.tracking_number.ends_with("FR"), "{parcel:?}");
    let label = GetLabelRequest {
        name: parcel.name.clone(),
    };
    let label = journey.platform.tracking().get_label(label).await.unwrap();
    let label = String::from_utf8(label.into_inner().content).unwrap();
    assert!(label.contains("Returns, Lyon"), "{label}");

    journey.turn_to("2026-09-10T11:20:00Z").await;
    journey.scan(&parcel, Status::HandedOver, "FR").await;
    journey.turn_to("2026-09-11T08:30:00Z").await;
    journey.scan(&parcel, Status::Delivered, "FR").await;
    journey.turn_to("2026-09-11T09:10:00Z").await;
    let lyon = shop.caller("warehouse-lyon", Tier::Warehouse).await;
    let receipt = RecordReceiptRequest {
        site: "lyon".to_owned(),
        ..receive(&asked.name, &parcel.name, 1)
    };
    lyon.returns().record_receipt(receipt).await.unwrap();
    journey.turn_to("2026-09-11T15:00:00Z").await;
    let inspection = inspect(&asked.name, 1);
    lyon.returns().inspect_units(inspection).await.unwrap();

    let refund = shop.refunds_of(&order.name, 1).await.remove(0);
    assert_eq!(refund.amount, Some(eur(paid)));
    assert_eq!(refund.state(), RefundState::AwaitingApproval);
    journey.turn_to("2026-09-12T09:00:00Z").await;
    let expert = shop.caller("eve", Tier::Expert).await;
    approve(&expert, &shop.get_refund(&refund.name).await).await;
    shop.refund_in(&refund.name, RefundState::Settled).await;
    shop.return_in(&asked.name, State::Closed).await;
    journey.end(&order.name).await;
}

/// No money for a brick. The buyer's own units may still come, and are paid for then; once it is
/// known that no more will come, it is over.
#[tokio::test(flavor = "multi_thread")]
async fn something_else_in_the_parcel_is_not_paid_for() {
    let journey = Journey::begin("wrong-item", policy()).await;
    let shop = &journey.shop;
    let order = goods("brick", "a lamp", 2);
    journey.sell(&order).await;
    journey.turn_to("2026-09-08T12:00:00Z").await;
    let asked = journey.ask(ask(&order.name, 2)).await;
    let parcel = shop.labelled_parcel(&asked.name).await;
    journey.turn_to("2026-09-10T09:00:00Z").await;
    journey.scan(&parcel, Status::InTransit, "DE").await;
    journey.turn_to("2026-09-12T10:10:00Z").await;
    let mut warehouse = journey.warehouse.returns();
    let receipt = RecordReceiptRequest {
        units: Vec::new(),
        wrong_items: vec![WrongItem {
            line: "1".to_owned(),
            quantity: 2,
            found: "brick".to_owned(),
        }],
        ..receive(&asked.name, &parcel.name, 2)
    };
    let received = warehouse.record_receipt(receipt).await.unwrap();
    let received = received.into_inner().r#return.unwrap();
    assert_eq!(received.state(), State::Authorized);
    assert_eq!(received.progress[0].received, 0);
    shop.quiet().await;
    assert!(shop.ledger().is_empty());

    // One lamp comes after all.
    journey.turn_to("2026-09-18T10:10:00Z").await;
    let receipt = receive(&asked.name, "", 1);
    warehouse.record_receipt(receipt).await.unwrap();
    warehouse
        .inspect_units(inspect(&asked.name, 1))
        .await
        .unwrap();
    let refunds = shop.refunds_of(&order.name, 1).await;
    assert_eq!(refunds[0].amount, Some(eur(GROSS)));
    // The other never will.
    journey.turn_to("2026-10-15T09:00:00Z").await;
    let missing = RecordReceiptRequest {
        units: Vec::new(),
        missing: vec![LineUnits {
            line: "1".to_owned(),
            quantity: 1,
        }],
        ..receive(&asked.name, "", 1)
    };
    warehouse.record_receipt(missing).await.unwrap();
    shop.return_in(&asked.name, State::Closed).await;
    shop.quiet().await;
    assert_eq!(shop.refunds_of(&order.name, 1).await.len(), 1);
    assert_eq!(shop.ledger().len(), 1);
    journey.end(&order.name).await;
}

/// Duty and import tax of one of two coats, and a fee of the whole order.
const DUTY: i64 = 1_200;
const IMPORT_TAX: i64 = 2_640;
const CLEARANCE: i64 = 900;

fn charge(id: &str, kind: extra_charge::Kind, line: &str, minor_units: i64) -> ExtraCharge {
    ExtraCharge {
        charge: id.to_owned(),
        kind: kind.into(),
        line: line.to_owned(),
        net_amount: Some(eur(minor_units)),
        taxes: Vec::new(),
    }
}

/// Two coats to Great Britain, duties paid.
fn abroad() -> Order {
    let (mut order, _) = priced(6_000, goods("duty", "a coat", 2));
    order.lines[0].taxes.clear();
    order.shipping = Some(Charge {
        net_amount: Some(eur(1_500)),
        ..Charge::default()
    });
    order.charges = vec![
        charge("duty", extra_charge::Kind::Duty, "1", 2 * DUTY),
        charge(
            "import-tax",
            extra_charge::Kind::ImportTax,
            "1",
            2 * IMPORT_TAX,
        ),
        charge("clearance", extra_charge::Kind::Fee, "", CLEARANCE),
    ];
    let paid = 2 * (6_000 + DUTY + IMPORT_TAX) + 1_500 + CLEARANCE;
    order.payments = vec![payment("sandbox-duty", paid)];
    sent_to("GB", "Europe/London", order)
}

/// Duty and import tax go back with the goods they were paid for, unit by unit.
#[tokio::test(flavor = "multi_thread")]
async fn a_return_from_abroad_gives_back_duty_and_import_tax() {
    let journey = Journey::begin("customs", policy()).await;
    let shop = &journey.shop;
    let order = abroad();
    journey.sell(&order).await;
    journey.turn_to("2026-09-10T19:00:00Z").await;
    let request = RequestReturnRequest {
        items: vec![Item {
            reason: Reason::WrongSize.into(),
            note: "too wide".to_owned(),
            ..item("1", 1)
        }],
        ..ask(&order.name, 1)
    };
    let asked = journey.ask(request).await;
    let parcel = shop.labelled_parcel(&asked.name).await;
    for (at, status, country) in [
        ("2026-09-11T12:00:00Z", Status::HandedOver, "GB"),
        ("2026-09-14T06:30:00Z", Status::CustomsHeld, "NL"),
        ("2026-09-16T08:00:00Z", Status::InTransit, "NL"),
        ("2026-09-17T10:00:00Z", Status::Delivered, "NL"),
    ] {
        journey.turn_to(at).await;
        journey.scan(&parcel, status, country).await;
    }
    journey.turn_to("2026-09-17T10:30:00Z").await;
    let mut warehouse = journey.warehouse.returns();
    let receipt = receive(&asked.name, &parcel.name, 1);
    warehouse.record_receipt(receipt).await.unwrap();
    journey.turn_to("2026-09-17T14:00:00Z").await;
    warehouse
        .inspect_units(inspect(&asked.name, 1))
        .await
        .unwrap();

    let refund = shop.refunds_of(&order.name, 1).await.remove(0);
    let refund = shop.refund_in(&refund.name, RefundState::Settled).await;
    let part = |charge: &str| {
        let of = |component: &Component| {
            component.kind() == component::Kind::ChargeNet && component.charge == charge
        };
        let mut parts = refund.parts.iter();
        let part = parts.find(|part| part.component.as_ref().is_some_and(of));
        part.and_then(|part| part.amount.clone())
    };
    assert_eq!(part("duty"), Some(eur(DUTY)));
    assert_eq!(part("import-tax"), Some(eur(IMPORT_TAX)));
    assert_eq!(refund.amount, Some(eur(6_000 + DUTY + IMPORT_TAX)));
    shop.return_in(&asked.name, State::Closed).await;
    journey.end(&order.name).await;
}

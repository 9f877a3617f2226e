//! Money in place of a return, what inspection keeps back, kits in parts, and gifts.

use backhaul_api::proto::orders::v1::{KitPart, Order};
use backhaul_api::proto::refunds::v1::{PreviewRefundRequest, Refund, Route, refund};
use backhaul_api::proto::returns::v1::partial_refund_offer::State as OfferState;
use backhaul_api::proto::returns::v1::r#return::State;
use backhaul_api::proto::returns::v1::{
    AcceptPartialRefundRequest, AssignDispositionRequest, Condition, DeclinePartialRefundRequest,
    Disposition, DryRunReturnRequest, Evidence, EvidenceKind, Grade, InspectUnitsRequest,
    InspectedUnits, OfferPartialRefundRequest, Policy, ReceivedParts, RecordReceiptRequest,
    RecordRecoveryRequest, ReopenReturnRequest, RequestReturnRequest, Rule,
};
use backhaul_api::proto::types::v1::{DeductionKind, LineUnits};
use tonic::Code;

use super::journey::{Journey, goods};
use super::told;
use crate::bad_inputs::reason_of;
use crate::orders::{GROSS, ask, eur, inspect, item, order, policy, receive, request_id};
use crate::shop::Shop;

fn offering() -> Policy {
    Policy {
        rules: vec![Rule {
            id: "keep-it-for-less".to_owned(),
            partial_refund_basis_points: Some(2_500),
            ..Rule::default()
        }],
        ..policy()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partial_refund_is_declined_and_a_better_one_accepted() {
    let journey = Journey::begin("partial-refund-instead", offering()).await;
    let shop = &journey.shop;
    let order = goods("scratched", "a table with a scratch", 2);
    journey.sell(&order).await;
    journey.turn_to("2026-09-08T18:20:00Z").await;
    let asked = journey.ask(ask(&order.name, 2)).await;
    let offer = asked.offer.unwrap();
    assert_eq!(offer.amount, Some(eur(GROSS / 2)));
    assert_eq!(offer.state(), OfferState::Open);

    journey.turn_to("2026-09-08T18:25:00Z").await;
    let mut returns = journey.platform.returns();
    let decline = DeclinePartialRefundRequest {
        request_id: request_id(),
        name: asked.name.clone(),
        offer: 1,
        note: "half of it would be fair".to_owned(),
    };
    let declined = returns.decline_partial_refund(decline).await.unwrap();
    let declined = declined.into_inner().r#return.unwrap();
    assert_eq!(declined.offer.unwrap().state(), OfferState::Declined);
    let accept = |offer| AcceptPartialRefundRequest {
        request_id: request_id(),
        name: asked.name.clone(),
        offer,
    };
    let refused = returns.accept_partial_refund(accept(1)).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert_eq!(reason_of(&refused), "NO_OFFER");

    journey.turn_to("2026-09-09T08:05:00Z").await;
    let better = OfferPartialRefundRequest {
        request_id: request_id(),
        name: asked.name.clone(),
        amount: Some(eur(GROSS)),
    };
    let mut agent = journey.agent.returns();
    agent.offer_partial_refund(better).await.unwrap();
    journey.turn_to("2026-09-09T19:40:00Z").await;
    let accepted = returns.accept_partial_refund(accept(2)).await.unwrap();
    let accepted = accepted.into_inner().r#return.unwrap();
    assert!(accepted.handling.unwrap().keep_item);

    let refunds = shop.refunds_of(&order.name, 1).await;
    let paid = shop
        .refund_in(&refunds[0].name, refund::State::Settled)
        .await;
    assert_eq!(paid.amount, Some(eur(GROSS)));
    shop.return_in(&asked.name, State::Closed).await;
    let again = returns.request_return(ask(&order.name, 1)).await;
    assert_eq!(reason_of(&again.unwrap_err()), "UNITS_EXCEED");
    journey.end(&order.name).await;
}

/// Two units at once: one worn, with a photo and what it lost; one as new.
fn worn(name: &str, lost: i64) -> InspectUnitsRequest {
    let units = |grade: Grade, serial: &str| InspectedUnits {
        line: "1".to_owned(),
        quantity: 1,
        grade: grade.into(),
        serials: vec![serial.to_owned()],
        ..InspectedUnits::default()
    };
    let worn = InspectedUnits {
        evidence: vec![Evidence {
            kind: EvidenceKind::Photo.into(),
            reference: "scan/4711.jpg".to_owned(),
            note: "the sole is worn".to_owned(),
        }],
        missing_parts: vec!["laces".to_owned()],
        lost_value: Some(eur(lost)),
        ..units(Grade::C, "SN-1")
    };
    InspectUnitsRequest {
        request_id: request_id(),
        name: name.to_owned(),
        units: vec![worn, units(Grade::A, "SN-2")],
        inspect_time: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_value_is_kept_back_with_evidence_and_goods_bring_in_money() {
    const LOST: i64 = 400;
    let shop = Shop::start().await;
    let order = order("worn", 2);
    shop.sell(&order).await;
    let asked = shop.ask(ask(&order.name, 2)).await;
    let mut returns = shop.admin().returns();
    returns
        .record_receipt(receive(&asked.name, "", 2))
        .await
        .unwrap();
    let mut bare = worn(&asked.name, LOST);
    bare.units[0].evidence.clear();
    let refused = returns.inspect_units(bare).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    let inspected = returns
        .inspect_units(worn(&asked.name, LOST))
        .await
        .unwrap();
    let inspected = inspected.into_inner().r#return.unwrap();
    assert_eq!(inspected.serials, ["SN-1", "SN-2"]);

    let refunds = shop.refunds_of(&order.name, 1).await;
    let paid = shop
        .refund_in(&refunds[0].name, refund::State::Settled)
        .await;
    assert_eq!(paid.amount, Some(eur(2 * GROSS - LOST)));
    let [deduction] = paid.deductions.as_slice() else {
        panic!("{:?}", paid.deductions);
    };
    assert_eq!(deduction.kind(), DeductionKind::DiminishedValue);
    assert_eq!(deduction.clause, "eu.2011-83.art-9");

    let units = Some(LineUnits {
        line: "1".to_owned(),
        quantity: 1,
    });
    let liquidate = AssignDispositionRequest {
        request_id: request_id(),
        name: asked.name.clone(),
        units: units.clone(),
        disposition: Disposition::Liquidate.into(),
        site: "venlo-b".to_owned(),
    };
    returns.assign_disposition(liquidate).await.unwrap();
    let sold = RecordRecoveryRequest {
        request_id: request_id(),
        name: asked.name.clone(),
        units,
        amount: Some(eur(250)),
        recover_time: None,
        reference: "lot-17".to_owned(),
    };
    let sold = returns.record_recovery(sold).await.unwrap().into_inner();
    assert_eq!(sold.r#return.unwrap().recovered, [eur(250)]);
    shop.check().await;
}

fn kit(id: &str) -> Order {
    let mut order = order(id, 1);
    order.lines[0].parts = ["lamp", "shade"]
        .map(|sku| KitPart {
            sku: sku.to_owned(),
            quantity: 1,
        })
        .into();
    order
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kit_is_paid_for_when_its_last_part_is_in() {
    let shop = Shop::start().await;
    let order = kit("kit");
    shop.sell(&order).await;
    let asked = shop.ask(ask(&order.name, 1)).await;
    let part = |sku: &str| RecordReceiptRequest {
        request_id: request_id(),
        name: asked.name.clone(),
        parts: vec![ReceivedParts {
            line: "1".to_owned(),
            sku: sku.to_owned(),
            quantity: 1,
            condition: Condition::Intact.into(),
        }],
        ..RecordReceiptRequest::default()
    };
    let mut returns = shop.admin().returns();
    let some = returns.record_receipt(part("lamp")).await.unwrap();
    let some = some.into_inner().r#return.unwrap();
    let counts: Vec<(u32, u32)> = some
        .parts
        .iter()
        .map(|part| (part.received, part.expected))
        .collect();
    assert_eq!(counts, [(1, 1), (0, 1)]);
    let early = returns.inspect_units(inspect(&asked.name, 1)).await;
    assert_eq!(reason_of(&early.unwrap_err()), "QUANTITY");

    // Given up too soon, opened again, and then all of it is there.
    let close = backhaul_api::proto::returns::v1::CloseReturnRequest {
        request_id: request_id(),
        name: asked.name.clone(),
    };
    returns.close_return(close).await.unwrap();
    let reopen = ReopenReturnRequest {
        request_id: request_id(),
        name: asked.name.clone(),
        note: "the shade was found".to_owned(),
    };
    returns.reopen_return(reopen).await.unwrap();
    returns.record_receipt(part("shade")).await.unwrap();
    returns
        .inspect_units(inspect(&asked.name, 1))
        .await
        .unwrap();
    let refunds = shop.refunds_of(&order.name, 1).await;
    shop.refund_in(&refunds[0].name, refund::State::Settled)
        .await;
    shop.return_in(&asked.name, State::Closed).await;
    shop.check().await;
}

/// What the refund would be, as a platform shows it before the buyer confirms.
async fn previewed(shop: &Shop, order: &str, quantity: u32) -> Refund {
    let dry_run = DryRunReturnRequest {
        order: order.to_owned(),
        items: vec![item("1", quantity)],
        request_time: None,
        draft: None,
    };
    let answer = shop.admin().returns().dry_run_return(dry_run).await;
    let preview = PreviewRefundRequest {
        money_due: answer.unwrap().into_inner().money_due,
    };
    let answer = shop.admin().refunds().preview_refund(preview).await;
    answer.unwrap().into_inner().refund.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_money_of_a_gift_is_credited_to_who_had_it_and_shown_before() {
    let shop = Shop::start().await;
    let order = order("gift", 2);
    shop.sell(&order).await;
    let shown = previewed(&shop, &order.name, 1).await;
    assert_eq!(shown.amount, Some(eur(GROSS)));
    assert_eq!(shown.attempts[0].payment, "p1");
    assert_eq!(shop.refunds_of(&order.name, 0).await.len(), 0);

    let request = RequestReturnRequest {
        gift_recipient: "person-9".to_owned(),
        ..ask(&order.name, 1)
    };
    let asked = shop.ask(request).await;
    assert_eq!(asked.gift_recipient, "person-9");
    let mut returns = shop.admin().returns();
    returns
        .record_receipt(receive(&asked.name, "", 1))
        .await
        .unwrap();
    returns
        .inspect_units(inspect(&asked.name, 1))
        .await
        .unwrap();
    let refunds = shop.refunds_of(&order.name, 1).await;
    let paid = shop
        .refund_in(&refunds[0].name, refund::State::Settled)
        .await;
    assert_eq!(paid.amount, shown.amount);
    assert_eq!(paid.parts, shown.parts);
    let [attempt] = paid.attempts.as_slice() else {
        panic!("{:?}", paid.attempts);
    };
    assert_eq!(attempt.route(), Route::StoreCredit);
    assert!(shop.ledger().is_empty());
    assert_eq!(told(&shop, &order.name).await, Vec::<String>::new());
    shop.check().await;
}

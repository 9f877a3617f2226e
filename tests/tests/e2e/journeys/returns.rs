//! Returns: asked for, decided, received, inspected, closed.

use backhaul_api::proto::refunds::v1::refund;
use backhaul_api::proto::returns::v1::{
    AuthorizeReturnRequest, ClaimReason, ClaimedUnits, DeclineReturnRequest, KeepItem,
    OpenClaimRequest, Policy, RecordUnexpectedReceiptRequest, Rule, Verdict, r#return::State,
};
use backhaul_api::proto::tracking::v1::GetLabelRequest;

use tonic::Code;

use super::journey::{Journey, goods};
use super::{mail_to, told};
use crate::bad_inputs::reason_of;
use crate::orders::{self, GROSS, ask, eur, inspect, order, policy, read_in, receive, request_id};
use crate::shop::{Shop, long_ago};

/// Everything there is, for a buyer of each language.
#[tokio::test(flavor = "multi_thread")]
async fn from_an_order_to_money_back_and_four_mails() {
    let shop = Shop::start().await;
    for (id, language) in [("English", "en"), ("Chinese", "zh")] {
        let order = read_in(language, order(id, 2));
        shop.sell(&order).await;
        let asked = shop.ask(ask(&order.name, 2)).await;
        assert_eq!(asked.state(), State::Authorized, "{id}");
        let parcel = shop.labelled_parcel(&asked.name).await;
        let label = GetLabelRequest {
            name: parcel.name.clone(),
        };
        let label = shop.admin().tracking().get_label(label).await.unwrap();
        assert!(!label.into_inner().content.is_empty());

        let mut returns = shop.admin().returns();
        let receipt = receive(&asked.name, &parcel.name, 2);
        let received = returns.record_receipt(receipt).await.unwrap().into_inner();
        assert_eq!(received.r#return.unwrap().state(), State::Received);
        returns
            .inspect_units(inspect(&asked.name, 2))
            .await
            .unwrap();

        let closed = shop.return_in(&asked.name, State::Closed).await;
        assert_eq!(closed.progress[0].accepted, 2);
        let refunds = shop.refunds_of(&order.name, 1).await;
        assert_eq!(refunds.len(), 1);
        assert_eq!(refunds[0].state(), refund::State::Settled);
        assert_eq!(refunds[0].amount, Some(eur(2 * GROSS)));
        assert_eq!(
            told(&shop, &order.name).await,
            [
                "return_requested SENT",
                "return_authorized SENT",
                "units_received SENT",
                "refund_settled SENT"
            ]
        );

        let mails = mail_to(&shop, &format!("{id}@example.invalid"));
        assert_eq!(mails.len(), 4, "{mails:?}");
        let is_chinese = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
        for (tag, text) in mails {
            assert_eq!(tag, language);
            assert_eq!(is_chinese(&text), language == "zh", "{text}");
        }
    }
    assert_eq!(shop.outbox().len(), 8);
    assert_eq!(shop.ledger().len(), 2);
    shop.check().await;
}

/// What is kept is paid for at once, and is never returned, received or claimed again.
#[tokio::test(flavor = "multi_thread")]
async fn goods_of_little_worth_stay_with_the_buyer() {
    let cheap = Rule {
        id: "cheap-goods-stay".to_owned(),
        keep_item: Some(KeepItem {
            up_to: vec![eur(GROSS)],
            returns_max: Some(1),
            ..KeepItem::default()
        }),
        ..Rule::default()
    };
    let rules = Policy {
        rules: vec![cheap],
        ..policy()
    };
    let journey = Journey::begin("keep-the-item", rules).await;
    let shop = &journey.shop;
    let order = goods("keep", "a phone case", 2);
    journey.sell(&order).await;
    journey.turn_to("2026-09-07T18:05:00Z").await;
    let asked = journey.ask(ask(&order.name, 1)).await;
    assert!(asked.handling.unwrap().keep_item);
    shop.return_in(&asked.name, State::Closed).await;
    let refunds = shop.refunds_of(&order.name, 1).await;
    assert_eq!(refunds[0].amount, Some(eur(GROSS)));
    assert_eq!(
        told(shop, &order.name).await,
        [
            "return_requested SENT",
            "keep_item SENT",
            "refund_settled SENT"
        ]
    );

    journey.turn_to("2026-09-08T07:00:00Z").await;
    let mut returns = journey.platform.returns();
    let again = returns.request_return(ask(&order.name, 2)).await;
    assert_eq!(reason_of(&again.unwrap_err()), "UNITS_EXCEED");
    let mut receiving = journey.warehouse.returns();
    let sent_nonetheless = receiving.record_receipt(receive(&asked.name, "", 1)).await;
    let refused = sent_nonetheless.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition, "{refused}");
    // The other unit is like any other, but only one return of an order is kept.
    let other = journey.ask(ask(&order.name, 1)).await;
    assert!(!other.handling.unwrap().keep_item);
    let none_left = returns.request_return(ask(&order.name, 1)).await;
    assert_eq!(reason_of(&none_left.unwrap_err()), "UNITS_EXCEED");
    let mut claims = journey.platform.claims();
    let claim = claims.open_claim(OpenClaimRequest {
        request_id: request_id(),
        order: order.name.clone(),
        reason: ClaimReason::Defective.into(),
        units: vec![ClaimedUnits {
            line: "1".to_owned(),
            quantity: 1,
            fault_found_time: None,
        }],
        ..OpenClaimRequest::default()
    });
    assert_eq!(reason_of(&claim.await.unwrap_err()), "UNITS_EXCEED");
    journey.end(&order.name).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_window_a_return_is_declined_and_the_buyer_is_told_why() {
    let shop = Shop::start().await;
    let order = long_ago(order("late", 1));
    shop.sell(&order).await;
    let asked = shop.ask(ask(&order.name, 1)).await;
    assert_eq!(asked.state(), State::Declined);
    let decision = asked.decision.unwrap();
    let finding = &decision.findings[0];
    assert_eq!(finding.verdict(), Verdict::WindowClosed);
    assert_eq!(finding.window_days, Some(30));
    assert!(!finding.clause.is_empty() && finding.window_end_time.is_some());
    assert_eq!((decision.policy_version, decision.by_person), (1, false));
    assert_eq!(
        told(&shop, &order.name).await,
        ["return_requested SENT", "return_declined SENT"]
    );
    assert!(shop.ledger().is_empty());
    shop.check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_automatic_authorisation_people_decide() {
    let shop = Shop::start().await;
    shop.publish(Policy {
        automatic_authorization: false,
        ..policy()
    })
    .await;
    let agent = shop.caller("ann", backhaul_kernel::Tier::Agent).await;
    for (id, state) in [("yes", State::Authorized), ("no", State::Declined)] {
        let order = order(id, 1);
        shop.sell(&order).await;
        let asked = shop.ask(ask(&order.name, 1)).await;
        assert_eq!(asked.state(), State::UnderReview);
        let mut returns = agent.returns();
        let decided = match state {
            State::Authorized => {
                let request = AuthorizeReturnRequest {
                    request_id: request_id(),
                    name: asked.name.clone(),
                };
                let answer = returns.authorize_return(request).await.unwrap();
                answer.into_inner().r#return
            }
            _ => {
                let request = DeclineReturnRequest {
                    request_id: request_id(),
                    name: asked.name.clone(),
                    note: "worn in the picture".to_owned(),
                };
                let answer = returns.decline_return(request).await.unwrap();
                answer.into_inner().r#return
            }
        };
        let decided = decided.unwrap();
        assert_eq!(decided.state(), state);
        assert!(decided.decision.unwrap().by_person);
        let last = match state {
            State::Authorized => "return_authorized SENT",
            _ => "return_declined SENT",
        };
        if state == State::Authorized {
            shop.labelled_parcel(&asked.name).await;
        }
        assert_eq!(
            told(&shop, &order.name).await,
            ["return_requested SENT", last]
        );
    }
    shop.check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_parcels_are_paid_back_one_by_one() {
    let shop = Shop::start().await;
    let order = order("parts", 3);
    shop.sell(&order).await;
    let asked = shop.ask(ask(&order.name, 3)).await;
    let parcel = shop.labelled_parcel(&asked.name).await;
    let mut returns = shop.admin().returns();
    let steps = [
        (1, parcel.name.as_str(), State::PartlyReceived),
        (2, "", State::Received),
    ];
    for (number, (quantity, parcel, state)) in (1..).zip(steps) {
        let receipt = receive(&asked.name, parcel, quantity);
        let received = returns.record_receipt(receipt).await.unwrap().into_inner();
        assert_eq!(received.r#return.unwrap().state(), state);
        returns
            .inspect_units(inspect(&asked.name, quantity))
            .await
            .unwrap();
        let refunds = shop.refunds_of(&order.name, number).await;
        let amounts: i64 = refunds
            .iter()
            .map(|refund| refund.amount.as_ref().unwrap().minor_units)
            .sum();
        let units: u32 = [1, 3][number - 1];
        assert_eq!(amounts, i64::from(units) * GROSS);
    }
    shop.return_in(&asked.name, State::Closed).await;
    assert_eq!(shop.refunds_of(&order.name, 2).await.len(), 2);
    shop.check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn goods_that_nobody_announced_are_written_down() {
    let shop = Shop::start().await;
    let order = order("surprise", 1);
    shop.sell(&order).await;
    let request = RecordUnexpectedReceiptRequest {
        request_id: request_id(),
        order: order.name.clone(),
        found: "two umbrellas".to_owned(),
        quantity: 2,
        receive_time: None,
    };
    let mut returns = shop.admin().returns();
    for _ in 0..2 {
        let request = request.clone();
        returns.record_unexpected_receipt(request).await.unwrap();
    }
    let types: Vec<String> = shop
        .timeline(&order.name)
        .await
        .into_iter()
        .map(|event| event.r#type)
        .filter(|name| name.starts_with("returns."))
        .collect();
    assert_eq!(types, ["returns.UnexpectedUnitsReceived"]);
    assert!(shop.ledger().is_empty() && shop.outbox().is_empty());
    // The order can still be returned as if nothing had come.
    let asked = shop.ask(orders::ask(&order.name, 1)).await;
    assert_eq!(asked.state(), State::Authorized);
    shop.check().await;
}

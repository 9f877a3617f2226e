//! Withdrawals: two steps, an acknowledgement, and money on the law's terms.

use backhaul_api::proto::orders::v1::{Charge, Order};
use backhaul_api::proto::refunds::v1::refund;
use backhaul_api::proto::returns::v1::{
    ConfirmWithdrawalRequest, DeclareWithdrawalRequest, Fees, Policy, Release, Return, Rule,
    Statement, r#return::State,
};
use backhaul_api::proto::tracking::v1::Status;
use backhaul_api::proto::types::v1::DeductionKind;
use tonic::Code;

use super::journey::{Journey, goods, time};
use super::{mail_to, told};
use crate::bad_inputs::reason_of;
use crate::orders::{GROSS, eur, inspect, order, payment, policy, receive, record, request_id};
use crate::shop::{Shop, long_ago};

/// Express delivery, and what standard delivery would have cost.
const EXPRESS: i64 = 900;
const STANDARD: i64 = 500;
/// What the merchant keeps back for the way back.
const POSTAGE: i64 = 499;

fn shipped(id: &str) -> Order {
    Order {
        shipping: Some(Charge {
            net_amount: Some(eur(EXPRESS)),
            taxes: Vec::new(),
            standard_net_amount: Some(eur(STANDARD)),
        }),
        payments: vec![payment(&format!("sandbox-{id}"), 2 * GROSS + EXPRESS)],
        ..goods(id, "a lamp", 2)
    }
}

/// A person decides, half is kept back for restocking, and money waits for the first scan.
fn harsh() -> Policy {
    Policy {
        automatic_authorization: false,
        buyer_pays_postage: true,
        release: Release::OnFirstScan.into(),
        rules: vec![Rule {
            id: "fees".to_owned(),
            fees: Some(Fees {
                restocking_basis_points: 5_000,
                return_postage: vec![eur(POSTAGE)],
                ..Fees::default()
            }),
            ..Rule::default()
        }],
        ..policy()
    }
}

fn statement(order: &str) -> DeclareWithdrawalRequest {
    DeclareWithdrawalRequest {
        request_id: request_id(),
        order: order.to_owned(),
        items: Vec::new(),
        statement: Some(Statement {
            name: "Ada".to_owned(),
            contact: "ada@example.invalid".to_owned(),
        }),
        declare_time: None,
    }
}

async fn declare(shop: &Shop, order: &str) -> Result<Return, tonic::Status> {
    let mut returns = shop.admin().returns();
    let answer = returns.declare_withdrawal(statement(order)).await?;
    Ok(answer.into_inner().r#return.unwrap())
}

/// The law's own way back: no person is asked, though the policy wants one; nothing is kept back for
/// restocking; express delivery goes back as far as standard delivery would have cost.
#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawal_is_confirmed_acknowledged_and_paid_at_the_first_scan() {
    let journey = Journey::begin("withdrawal", harsh()).await;
    let shop = &journey.shop;
    let order = shipped("withdrawn");
    journey.sell(&order).await;

    journey.turn_to("2026-09-14T20:15:00Z").await;
    let mut returns = journey.platform.returns();
    let answer = returns.declare_withdrawal(statement(&order.name)).await;
    let declared = answer.unwrap().into_inner().r#return.unwrap();
    assert_eq!(declared.state(), State::Declared);
    journey.turn_to("2026-09-14T20:16:00Z").await;
    let confirm = ConfirmWithdrawalRequest {
        request_id: request_id(),
        name: declared.name.clone(),
        confirm_time: None,
    };
    let confirmed = returns.confirm_withdrawal(confirm).await.unwrap();
    let confirmed = confirmed.into_inner().r#return.unwrap();
    assert_eq!(confirmed.state(), State::Authorized);
    assert!(confirmed.withdrawal.unwrap().confirm_time.is_some());

    let parcel = shop.labelled_parcel(&declared.name).await;
    journey.turn_to("2026-09-16T10:40:00Z").await;
    journey.scan(&parcel, Status::InTransit, "DE").await;

    let refunds = shop.refunds_of(&order.name, 1).await;
    let refund = shop
        .refund_in(&refunds[0].name, refund::State::Settled)
        .await;
    assert_eq!(refund.amount, Some(eur(2 * GROSS + STANDARD - POSTAGE)));
    // The last moment of the fourteenth day after the declaration, where the buyer lives.
    assert_eq!(
        refund.due_time.unwrap().seconds,
        time("2026-09-28T21:59:59Z").seconds
    );
    let [deduction] = refund.deductions.as_slice() else {
        panic!("{:?}", refund.deductions);
    };
    assert_eq!(deduction.kind(), DeductionKind::ReturnPostage);
    assert_eq!(deduction.clause, "fees");
    let found = shop.get_return(&declared.name).await;
    assert!(found.hand_over_time.is_some());

    // The goods come after their money went: then it is over.
    journey.turn_to("2026-09-18T09:20:00Z").await;
    let mut warehouse = journey.warehouse.returns();
    let receipt = receive(&declared.name, &parcel.name, 2);
    warehouse.record_receipt(receipt).await.unwrap();
    journey.turn_to("2026-09-18T13:00:00Z").await;
    warehouse
        .inspect_units(inspect(&declared.name, 2))
        .await
        .unwrap();
    shop.return_in(&declared.name, State::Closed).await;
    assert_eq!(shop.refunds_of(&order.name, 1).await.len(), 1);

    let told = told(shop, &order.name).await;
    assert!(
        told.contains(&"withdrawal_acknowledged SENT".to_owned()),
        "{told:?}"
    );
    assert!(
        !told.iter().any(|each| each.starts_with("return_requested")),
        "{told:?}"
    );
    let mails = mail_to(shop, "ada@example.invalid");
    let acknowledged = mails.iter().find(|(_, text)| text.contains("2 x line 1"));
    assert!(
        acknowledged.is_some_and(|(_, text)| text.contains("UTC")),
        "{mails:?}"
    );
    journey.end(&order.name).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawal_after_its_time_is_refused_with_the_reason() {
    let shop = Shop::start().await;
    let order = long_ago(order("too-late", 1));
    shop.sell(&order).await;
    let refused = declare(&shop, &order.name).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert_eq!(reason_of(&refused), "NO_WITHDRAWAL");
    assert!(refused.message().contains("its time is over"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_withdraws_before_anything_left_is_paid_without_a_way_back() {
    let shop = Shop::start().await;
    shop.publish(harsh()).await;
    let order = order("never-sent", 2);
    let mut orders = shop.admin().orders();
    orders.record_order(record(&order)).await.unwrap();
    let declared = declare(&shop, &order.name).await.unwrap();
    let confirm = ConfirmWithdrawalRequest {
        request_id: request_id(),
        name: declared.name.clone(),
        confirm_time: None,
    };
    let mut returns = shop.admin().returns();
    let confirmed = returns.confirm_withdrawal(confirm).await.unwrap();
    let confirmed = confirmed.into_inner().r#return.unwrap();
    assert!(confirmed.handling.unwrap().nothing_sent);
    let refunds = shop.refunds_of(&order.name, 1).await;
    let paid = shop
        .refund_in(&refunds[0].name, refund::State::Settled)
        .await;
    assert_eq!(paid.amount, Some(eur(2 * GROSS)));
    shop.return_in(&declared.name, State::Closed).await;
    assert_eq!(
        told(&shop, &order.name).await,
        ["withdrawal_acknowledged SENT", "refund_settled SENT"]
    );
    shop.check().await;
}

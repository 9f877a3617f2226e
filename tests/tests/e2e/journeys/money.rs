//! Refunds: limits, people, and a provider that does not always pay.

use backhaul_api::proto::orders::v1::{Payment, Tender};
use backhaul_api::proto::refunds::v1::credit_owner::Owner;
use backhaul_api::proto::refunds::v1::{
    ApprovalPolicy, ApproveRefundRequest, CreditOwner, GetStoreCreditRequest, IssueRefundRequest,
    PublishApprovalPolicyRequest, RecordPayoutRequest, RedirectRefundRequest, Refund,
    ReportOutcomeRequest, RetryRefundRequest, Route, TenderPolicy, attempt, refund::State,
};
use backhaul_api::proto::returns::v1::r#return;
use backhaul_gateways::payment::sandbox::LedgerStatus;
use backhaul_kernel::Tier;
use tonic::Code;

use super::journey::{Journey, goods};
use super::told;
use crate::bad_inputs::reason_of;
use crate::orders::{
    GROSS, ask, eur, inspect, order, paid_by, payment, policy, receive, record, request_id,
};
use crate::shop::{AUTOMATIC_UP_TO, Shop, until};

/// What of a price was paid by gift card, in cents.
const GIFT: i64 = 800;

fn retry(name: &str) -> RetryRefundRequest {
    RetryRefundRequest {
        request_id: request_id(),
        name: name.to_owned(),
    }
}

fn approve(refund: &Refund, digest: &str) -> ApproveRefundRequest {
    ApproveRefundRequest {
        request_id: request_id(),
        name: refund.name.clone(),
        approval_digest: digest.to_owned(),
    }
}

fn outcome(name: &str, attempt: u32, state: attempt::State) -> ReportOutcomeRequest {
    ReportOutcomeRequest {
        request_id: request_id(),
        name: name.to_owned(),
        attempt,
        state: state.into(),
        provider_refund: "re_told_late".to_owned(),
        acquirer_reference: String::new(),
        code: "account_closed".to_owned(),
    }
}

async fn goodwill(shop: &Shop, order: &str, minor_units: i64) -> Refund {
    let request = IssueRefundRequest {
        request_id: request_id(),
        order: order.to_owned(),
        amount: Some(eur(minor_units)),
        note: "sorry".to_owned(),
        ..IssueRefundRequest::default()
    };
    let answer = shop.admin().refunds().issue_refund(request).await.unwrap();
    answer.into_inner().refund.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn above_the_limit_another_person_approves_what_they_saw() {
    let shop = Shop::start().await;
    let order = order("dear", 20);
    shop.sell(&order).await;
    let within = goodwill(&shop, &order.name, AUTOMATIC_UP_TO).await;
    shop.refund_in(&within.name, State::Settled).await;
    let above = goodwill(&shop, &order.name, AUTOMATIC_UP_TO + 1).await;
    assert_eq!(above.state(), State::AwaitingApproval);
    let digest = above.approval_digest.clone();
    assert!(!digest.is_empty());
    shop.quiet().await;
    assert_eq!(shop.ledger().len(), 1, "nothing leaves before the approval");

    let agent = shop.caller("ann", Tier::Agent).await;
    let expert = shop.caller("eve", Tier::Expert).await;
    for (caller, digest, code, reason) in [
        (
            &agent,
            digest.as_str(),
            Code::PermissionDenied,
            "TIER_TOO_LOW",
        ),
        (shop.admin(), &digest, Code::PermissionDenied, "FOUR_EYES"),
        (
            &expert,
            &within.approval_digest,
            Code::FailedPrecondition,
            "APPROVAL_STALE",
        ),
    ] {
        let refused = caller
            .refunds()
            .approve_refund(approve(&above, digest))
            .await;
        let refused = refused.unwrap_err();
        assert_eq!(refused.code(), code);
        assert_eq!(reason_of(&refused), reason);
    }
    let approved = expert
        .refunds()
        .approve_refund(approve(&above, &digest))
        .await;
    assert_eq!(
        approved.unwrap().into_inner().refund.unwrap().state(),
        State::Approved
    );
    shop.refund_in(&above.name, State::Settled).await;
    assert_eq!(shop.ledger().len(), 2);
    shop.check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_the_provider_declines_fails_and_is_sent_again_by_hand() {
    let shop = Shop::start().await;
    let order = paid_by("sandbox-decline-account_closed", order("declined", 1));
    shop.sell_and_take_back(&order).await;
    let refund = shop.refunds_of(&order.name, 1).await.remove(0);
    let failed = shop.refund_in(&refund.name, State::Failed).await;
    assert_eq!(failed.attempts.len(), 1);
    assert!(!failed.attempts[0].code.is_empty());
    assert_eq!(
        told(&shop, &order.name).await.last().unwrap(),
        "refund_failed SENT"
    );

    let mut refunds = shop.admin().refunds();
    refunds.retry_refund(retry(&refund.name)).await.unwrap();
    let failed = until("the second attempt to fail", async || {
        let found = shop.get_refund(&refund.name).await;
        (found.attempts.len() == 2 && found.state() == State::Failed).then_some(found)
    })
    .await;
    assert_eq!(failed.attempts[1].state(), attempt::State::Failed);
    // The provider finds out later that it did pay.
    let told_late = outcome(&refund.name, 2, attempt::State::Succeeded);
    refunds.report_outcome(told_late).await.unwrap();
    let settled = shop.refund_in(&refund.name, State::Settled).await;
    assert_eq!(settled.amount, Some(eur(GROSS)));
    assert_eq!(
        told(&shop, &order.name).await.last().unwrap(),
        "refund_settled SENT"
    );
    let ledger = shop.ledger();
    assert_eq!(ledger.len(), 2);
    let declined = |entry: &backhaul_gateways::payment::sandbox::LedgerEntry| {
        matches!(entry.status, LedgerStatus::Declined(_))
    };
    assert!(ledger.iter().all(declined));
}

/// The provider is asked again ten seconds later, and by then it says what it did.
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_is_looked_up_and_nothing_is_paid_twice() {
    let mut shop = Shop::start().await;
    let order = paid_by("sandbox-timeout-after-success", order("lost", 1));
    shop.sell_and_take_back(&order).await;
    let refund = shop.refunds_of(&order.name, 1).await.remove(0);
    let waiting = until("an unknown outcome", async || {
        let found = shop.get_refund(&refund.name).await;
        let unknown = attempt::State::Unknown;
        let first = found.attempts.first().map(|first| first.state());
        (first == Some(unknown)).then_some(found)
    })
    .await;
    assert_eq!(waiting.state(), State::Approved);
    // What is owed is remembered by the log, not by the process.
    shop.restart().await;
    let settled = shop.refund_in(&refund.name, State::Settled).await;
    assert_eq!(settled.attempts.len(), 1);
    let ledger = shop.ledger();
    assert_eq!(ledger.len(), 1);
    assert_eq!(ledger[0].status, LedgerStatus::Succeeded);
    assert_eq!(
        settled.attempts[0].provider_refund,
        ledger[0].provider_refund
    );
    shop.check().await;
}

/// Others: refund succeeds, later bounces.
#[tokio::test(flavor = "multi_thread")]
async fn money_that_came_back_is_sent_again() {
    let shop = Shop::start().await;
    let order = paid_by("sandbox-reversal", order("reversed", 1));
    shop.sell_and_take_back(&order).await;
    let refund = shop.refunds_of(&order.name, 1).await.remove(0);
    shop.refund_in(&refund.name, State::Settled).await;
    let mut refunds = shop.admin().refunds();
    let reversed = outcome(&refund.name, 1, attempt::State::Reversed);
    let answer = refunds.report_outcome(reversed).await.unwrap();
    let reversed = answer.into_inner().refund.unwrap();
    assert_eq!(reversed.state(), State::Reversed);
    refunds.retry_refund(retry(&refund.name)).await.unwrap();
    let paid = until("the second attempt to succeed", async || {
        let found = shop.get_refund(&refund.name).await;
        let second = found.attempts.get(1).map(|second| second.state());
        (second == Some(attempt::State::Succeeded)).then_some(found)
    })
    .await;
    assert_eq!(paid.attempts[0].state(), attempt::State::Reversed);
    assert_eq!(paid.state(), State::Settled);
    assert_eq!(shop.ledger().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_paid_is_all_that_goes_back() {
    let shop = Shop::start().await;
    let order = order("cap", 2);
    let mut orders = shop.admin().orders();
    orders.record_order(record(&order)).await.unwrap();
    for _ in 0..2 {
        let refund = goodwill(&shop, &order.name, GROSS).await;
        shop.refund_in(&refund.name, State::Settled).await;
    }
    let one_more = IssueRefundRequest {
        request_id: request_id(),
        order: order.name.clone(),
        amount: Some(eur(1)),
        note: "sorry".to_owned(),
        ..IssueRefundRequest::default()
    };
    let refused = shop.admin().refunds().issue_refund(one_more).await;
    assert_eq!(reason_of(&refused.unwrap_err()), "REFUND_EXCEEDS_PAID");
    shop.check().await;
}

/// What came off a gift card goes back onto it; what the card's provider refuses for good becomes
/// credit with the merchant, as the merchant chose.
#[tokio::test(flavor = "multi_thread")]
async fn a_gift_card_and_a_closed_card_are_paid_back_as_credit() {
    let journey = Journey::begin("split-tender", policy()).await;
    let shop = &journey.shop;
    let request = PublishApprovalPolicyRequest {
        request_id: request_id(),
        policy: Some(ApprovalPolicy {
            automatic_up_to: vec![eur(AUTOMATIC_UP_TO)],
            tenders: Some(TenderPolicy {
                fallback: vec![Route::StoreCredit.into(), Route::ManualPayout.into()],
                own_credit_books: true,
                ..TenderPolicy::default()
            }),
            ..ApprovalPolicy::default()
        }),
    };
    let mut refunds = shop.admin().refunds();
    refunds.publish_approval_policy(request).await.unwrap();
    let mut order = goods("split", "a lamp", 2);
    order.payments = vec![
        Payment {
            payment: "gift".to_owned(),
            tender: Tender::GiftCard.into(),
            ..payment("card-4711", GIFT)
        },
        Payment {
            payment: "card".to_owned(),
            ..payment("sandbox-decline-account_closed", 2 * GROSS - GIFT)
        },
    ];
    journey.sell(&order).await;
    journey.turn_to("2026-09-08T09:00:00Z").await;
    let asked = journey.ask(ask(&order.name, 2)).await;
    shop.labelled_parcel(&asked.name).await;
    journey.turn_to("2026-09-12T11:30:00Z").await;
    let mut warehouse = journey.warehouse.returns();
    let receipt = receive(&asked.name, "", 2);
    warehouse.record_receipt(receipt).await.unwrap();
    let inspection = inspect(&asked.name, 2);
    warehouse.inspect_units(inspection).await.unwrap();

    let refund = shop.refunds_of(&order.name, 1).await.remove(0);
    let refund = shop.refund_in(&refund.name, State::Settled).await;
    let ways: Vec<_> = refund
        .attempts
        .iter()
        .map(|attempt| (attempt.payment.as_str(), attempt.route(), attempt.state()))
        .collect();
    assert_eq!(
        ways,
        [
            ("gift", Route::StoreCredit, attempt::State::Succeeded),
            ("card", Route::Provider, attempt::State::Failed),
            ("card", Route::StoreCredit, attempt::State::Succeeded),
        ]
    );
    for (owner, balance) in [
        (Owner::GiftCard("card-4711".to_owned()), GIFT),
        (Owner::Buyer("buyer-split".to_owned()), 2 * GROSS - GIFT),
    ] {
        let request = GetStoreCreditRequest {
            owner: Some(CreditOwner { owner: Some(owner) }),
            currency_code: "EUR".to_owned(),
        };
        let account = refunds.get_store_credit(request).await.unwrap();
        let account = account.into_inner().store_credit.unwrap();
        assert_eq!(account.balance, Some(eur(balance)));
    }
    shop.return_in(&asked.name, r#return::State::Closed).await;
    journey.end(&order.name).await;
}

/// Settled is not for ever: the bank sent the money back, and a person pays it another way.
#[tokio::test(flavor = "multi_thread")]
async fn a_settled_refund_that_came_back_is_paid_by_hand() {
    let journey = Journey::begin("reversed-refund", policy()).await;
    let (shop, platform, agent) = (&journey.shop, &journey.platform, &journey.agent);
    let order = goods("returned-money", "a lamp", 1);
    let order = paid_by("sandbox-reversal", order);
    journey.sell(&order).await;
    journey.turn_to("2026-09-08T09:00:00Z").await;
    let asked = journey.ask(ask(&order.name, 1)).await;
    shop.labelled_parcel(&asked.name).await;
    journey.turn_to("2026-09-12T11:30:00Z").await;
    let mut warehouse = journey.warehouse.returns();
    let receipt = receive(&asked.name, "", 1);
    warehouse.record_receipt(receipt).await.unwrap();
    let inspection = inspect(&asked.name, 1);
    warehouse.inspect_units(inspection).await.unwrap();
    let refund = shop.refunds_of(&order.name, 1).await.remove(0);
    shop.refund_in(&refund.name, State::Settled).await;
    shop.return_in(&asked.name, r#return::State::Closed).await;

    journey.turn_to("2026-09-21T05:00:00Z").await;
    let reversed = outcome(&refund.name, 1, attempt::State::Reversed);
    let answer = platform.refunds().report_outcome(reversed).await.unwrap();
    let reversed = answer.into_inner().refund.unwrap();
    assert_eq!(reversed.state(), State::Reversed);
    journey.turn_to("2026-09-21T09:40:00Z").await;
    let redirect = RedirectRefundRequest {
        request_id: request_id(),
        name: refund.name.clone(),
        attempt: 1,
        route: Route::ManualPayout.into(),
    };
    agent.refunds().redirect_refund(redirect).await.unwrap();
    journey.turn_to("2026-09-22T13:00:00Z").await;
    let paid = RecordPayoutRequest {
        request_id: request_id(),
        name: refund.name.clone(),
        attempt: 2,
        reference: "SEPA-2026-0917".to_owned(),
    };
    let answer = agent.refunds().record_payout(paid).await.unwrap();
    let paid = answer.into_inner().refund.unwrap();
    assert_eq!(paid.state(), State::Settled);
    assert_eq!(paid.attempts[0].state(), attempt::State::Reversed);
    assert_eq!(paid.attempts[1].state(), attempt::State::Succeeded);
    journey.end(&order.name).await;
}

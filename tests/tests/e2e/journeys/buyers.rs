//! What a policy knows of a buyer over all orders, and the answer that is promised to who waits
//! for a person.

use backhaul_api::proto::orders::v1::Order;
use backhaul_api::proto::returns::v1::{
    BuyerBefore, DryRunReturnRequest, ExplainPolicyRequest, KeepItem, ListReturnsRequest, Policy,
    Return, ReviewWithin, Rule, Weekday, r#return,
};

use crate::orders::{GROSS, ask, eur, item, order, policy};
use crate::shop::Shop;

const SIGN: &str = "many returns";

/// The first small thing of a buyer in 90 days is kept; whoever returned half of everything on more
/// than one order is looked at.
fn wary() -> Policy {
    let keep = Rule {
        id: "small-things".to_owned(),
        keep_item: Some(KeepItem {
            up_to: vec![eur(GROSS)],
            returns_max: Some(1),
            within_days: Some(90),
        }),
        ..Rule::default()
    };
    let look = Rule {
        id: "serial".to_owned(),
        condition: "buyer_returns >= 2 && buyer_return_share >= 5000".to_owned(),
        signal: SIGN.to_owned(),
        ..Rule::default()
    };
    Policy {
        rules: vec![keep, look],
        ..policy()
    }
}

fn bought_by(buyer: &str, id: &str) -> Order {
    let mut order = order(id, 1);
    order.buyer.as_mut().unwrap().reference = buyer.to_owned();
    order
}

fn is_kept(asked: &Return) -> bool {
    asked.handling.as_ref().is_some_and(|way| way.keep_item)
}

fn known(asked: &Return) -> &BuyerBefore {
    let decision = asked.decision.as_ref().unwrap();
    decision.buyer.as_ref().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_counts_a_buyers_returns_over_all_orders_and_after_a_restart() {
    let mut shop = Shop::start().await;
    shop.publish(wary()).await;
    for (buyer, id) in [("jane", "a"), ("jane", "b"), ("jane", "c"), ("john", "d")] {
        shop.sell(&bought_by(buyer, id)).await;
    }
    let first = shop.ask(ask("orders/a", 1)).await;
    assert!(is_kept(&first));
    assert_eq!((known(&first).orders, known(&first).returns), (3, 0));

    let explained = ExplainPolicyRequest {
        order: "orders/b".to_owned(),
        ..ExplainPolicyRequest::default()
    };
    let explained = shop.admin().returns().explain_policy(explained).await;
    let told = explained.unwrap().into_inner().buyer.unwrap();
    assert_eq!((told.orders, told.bought, told.returns), (3, 3, 1));
    assert_eq!((told.kept, told.kept_worth), (1, Some(eur(GROSS))));

    let trial = DryRunReturnRequest {
        order: "orders/b".to_owned(),
        items: vec![item("1", 1)],
        ..DryRunReturnRequest::default()
    };
    let trial = shop.admin().returns().dry_run_return(trial).await;
    let trial = trial.unwrap().into_inner().r#return.unwrap();
    let second = shop.ask(ask("orders/b", 1)).await;
    assert_eq!(known(&trial), known(&second));
    assert!(!is_kept(&trial) && !is_kept(&second));
    assert_eq!(known(&second).share_basis_points, 3_333);
    assert!(is_kept(&shop.ask(ask("orders/d", 1)).await));

    shop.restart().await;
    let third = shop.ask(ask("orders/c", 1)).await;
    assert_eq!(third.state(), r#return::State::UnderReview);
    assert_eq!(third.decision.as_ref().unwrap().signals, [SIGN]);
    assert_eq!((known(&third).returns, known(&third).kept), (2, 1));
    assert_eq!(known(&third).share_basis_points, 6_666);
    assert_eq!(
        shop.get_return("returns/c-R1").await.decision,
        third.decision
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_for_a_person_is_promised_an_answer() {
    let shop = Shop::start().await;
    let promise = ReviewWithin {
        minutes: 60,
        days: vec![Weekday::Monday.into(), Weekday::Thursday.into()],
        opens: "09:00".to_owned(),
        closes: "17:00".to_owned(),
        time_zone: "Europe/London".to_owned(),
        holiday_region_code: "GB".to_owned(),
    };
    shop.publish(Policy {
        automatic_authorization: false,
        review_within: Some(promise),
        ..policy()
    })
    .await;
    shop.sell(&order("a", 1)).await;
    let asked = shop.ask(ask("orders/a", 1)).await;
    assert_eq!(asked.state(), r#return::State::UnderReview);
    let (decide_by, request) = (asked.decide_by_time.unwrap(), asked.request_time.unwrap());
    assert!(decide_by.seconds >= request.seconds + 60 * 60);
    assert!(!asked.review_overdue);
    for (filter, count) in [
        ("overdue = true", 0),
        ("overdue = false AND state = UNDER_REVIEW", 1),
    ] {
        let request = ListReturnsRequest {
            filter: filter.to_owned(),
            ..ListReturnsRequest::default()
        };
        shop.quiet().await;
        let answer = shop.admin().returns().list_returns(request).await.unwrap();
        assert_eq!(answer.into_inner().returns.len(), count, "{filter}");
    }
}

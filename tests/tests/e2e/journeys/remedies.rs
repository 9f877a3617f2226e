//! Claims, exchanges and repairs, and the money that follows.

use backhaul_api::proto::refunds::v1::refund;
use backhaul_api::proto::returns::v1::{
    AcceptClaimRequest, AskedReplacement, Claim, ClaimReason, ClaimedUnits, FailRepairRequest,
    GetClaimRequest, ListClaimsRequest, ListExchangesRequest, OpenClaimRequest, Remedy,
    ReplacementReport, ReplacementState, ReportExchangeReplacementRequest, RequestExchangeRequest,
    ResolveClaimRequest, claim, exchange,
};
use tonic::Code;

use crate::orders::{GROSS, eur, inspect, item, order, receive, request_id};
use crate::shop::Shop;

async fn accepted(shop: &Shop, order: &str) -> Claim {
    let mut claims = shop.admin().claims();
    let request = OpenClaimRequest {
        request_id: request_id(),
        order: order.to_owned(),
        reason: ClaimReason::Defective.into(),
        units: vec![ClaimedUnits {
            line: "1".to_owned(),
            quantity: 1,
            fault_found_time: None,
        }],
        ..OpenClaimRequest::default()
    };
    let opened = claims.open_claim(request.clone()).await.unwrap();
    let again = claims.open_claim(request).await.unwrap();
    let claim = opened.into_inner().claim.unwrap();
    assert_eq!(again.into_inner().claim.unwrap().name, claim.name);
    let request = AcceptClaimRequest {
        request_id: request_id(),
        name: claim.name,
        note: String::new(),
    };
    let accepted = claims.accept_claim(request).await.unwrap();
    accepted.into_inner().claim.unwrap()
}

fn resolve(claim: &Claim, remedy: Remedy) -> ResolveClaimRequest {
    ResolveClaimRequest {
        request_id: request_id(),
        name: claim.name.clone(),
        remedy: remedy.into(),
        reductions: Vec::new(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn money_follows_a_repair_that_failed() {
    let shop = Shop::start().await;
    let order = order("broken", 2);
    shop.sell(&order).await;
    let accepted = accepted(&shop, &order.name).await;
    assert_eq!(accepted.state(), claim::State::Accepted);

    let mut claims = shop.admin().claims();
    let refused = claims
        .resolve_claim(resolve(&accepted, Remedy::Refund))
        .await;
    assert_eq!(refused.unwrap_err().code(), Code::FailedPrecondition);
    let answer = claims
        .resolve_claim(resolve(&accepted, Remedy::Repair))
        .await;
    let repair = answer.unwrap().into_inner().claim.unwrap().repair;
    assert_eq!(repair, "repairs/broken-M1");
    let failed = FailRepairRequest {
        request_id: request_id(),
        name: repair,
        note: "no parts".to_owned(),
        fail_time: None,
    };
    claims.fail_repair(failed).await.unwrap();
    let answer = claims
        .resolve_claim(resolve(&accepted, Remedy::Refund))
        .await;
    let resolved = answer.unwrap().into_inner().claim.unwrap();
    assert_eq!(resolved.clauses, ["eu.2019-771.art-10"]);

    let refunds = shop.refunds_of(&order.name, 1).await;
    let refund = shop
        .refund_in(&refunds[0].name, refund::State::Settled)
        .await;
    assert_eq!(refund.amount, Some(eur(GROSS)));
    assert_eq!(refund.claim, accepted.name);
    let known = GetClaimRequest {
        name: accepted.name.clone(),
    };
    let known = claims.get_claim(known).await.unwrap().into_inner();
    assert_eq!(known.claim.unwrap().state(), claim::State::Resolved);
    shop.quiet().await;
    let list = ListClaimsRequest {
        filter: format!("order = \"{}\" AND state = RESOLVED", order.name),
        ..ListClaimsRequest::default()
    };
    let listed = claims.list_claims(list).await.unwrap().into_inner();
    assert_eq!(listed.claims.len(), 1);
    shop.check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exchange_for_cheaper_goods_pays_the_difference_and_no_more() {
    let shop = Shop::start().await;
    let order = order("smaller", 2);
    shop.sell(&order).await;
    let mut exchanges = shop.admin().exchanges();
    let request = RequestExchangeRequest {
        request_id: request_id(),
        order: order.name.clone(),
        items: vec![item("1", 1)],
        replacements: vec![AskedReplacement {
            sku: "SKU-2".to_owned(),
            category: String::new(),
            quantity: 1,
            unit_price: Some(eur(GROSS - 400)),
        }],
        ..RequestExchangeRequest::default()
    };
    let answer = exchanges
        .request_exchange(request)
        .await
        .unwrap()
        .into_inner();
    let (asked, back) = (answer.exchange.unwrap(), answer.r#return.unwrap());
    let ledger = asked.ledger.unwrap();
    assert_eq!(ledger.difference, Some(eur(-400)));
    assert_eq!(ledger.order_total, Some(eur(2 * GROSS - 400)));

    let send = ReportExchangeReplacementRequest {
        request_id: request_id(),
        name: asked.name.clone(),
        report: Some(ReplacementReport {
            state: ReplacementState::Sent.into(),
            ..ReplacementReport::default()
        }),
    };
    let early = exchanges.report_exchange_replacement(send.clone()).await;
    assert_eq!(early.unwrap_err().code(), Code::FailedPrecondition);
    let mut returns = shop.admin().returns();
    returns
        .record_receipt(receive(&back.name, "", 1))
        .await
        .unwrap();
    returns.inspect_units(inspect(&back.name, 1)).await.unwrap();
    let send = ReportExchangeReplacementRequest {
        request_id: request_id(),
        ..send
    };
    let sent = exchanges.report_exchange_replacement(send).await.unwrap();
    let sent = sent.into_inner().exchange.unwrap();
    assert_eq!(sent.state(), exchange::State::Completed);

    let refunds = shop.refunds_of(&order.name, 1).await;
    let refund = shop
        .refund_in(&refunds[0].name, refund::State::Settled)
        .await;
    assert_eq!(refund.amount, Some(eur(400)));
    assert_eq!(refund.exchange, asked.name);
    shop.quiet().await;
    assert_eq!(shop.refunds_of(&order.name, 1).await.len(), 1);
    let list = ListExchangesRequest {
        filter: "state = COMPLETED".to_owned(),
        ..ListExchangesRequest::default()
    };
    let listed = exchanges.list_exchanges(list).await.unwrap().into_inner();
    assert_eq!(listed.exchanges.len(), 1);
    shop.check().await;
}

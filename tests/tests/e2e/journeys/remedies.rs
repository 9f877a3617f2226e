//! Claims, exchanges and repairs, and the money that follows.

use backhaul::connect::Deployment;
use backhaul_api::proto::refunds::v1::{ApproveRefundRequest, refund};
use backhaul_api::proto::returns::v1::{
    AcceptClaimRequest, AskedReplacement, AuthorizeAdvanceRequest, Claim, ClaimReason,
    ClaimedUnits, CollectDifferenceRequest, CompleteRepairRequest, Evidence, EvidenceKind,
    FailRepairRequest, GetClaimRequest, GetExchangeRequest, ListClaimsRequest,
    ListExchangesRequest, OpenClaimRequest, Remedy, ReplacementReport, ReplacementState,
    ReportExchangeReplacementRequest, RequestExchangeRequest, RequestReturnRequest,
    ResolveClaimRequest, SendBackRepairRequest, claim, exchange, r#return,
};
use backhaul_kernel::Tier;
use tonic::Code;

use super::journey::{Journey, goods, priced, time};
use crate::bad_inputs::reason_of;
use crate::orders::{GROSS, ask, eur, inspect, item, order, policy, receive, request_id};
use crate::shop::{Shop, until};

async fn accepted(shop: &Shop, order: &str) -> Claim {
    let mut claims = shop.admin().claims();
    let request = opening(order, "", Vec::new());
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

fn opening(order: &str, note: &str, evidence: Vec<Evidence>) -> OpenClaimRequest {
    OpenClaimRequest {
        request_id: request_id(),
        order: order.to_owned(),
        reason: ClaimReason::Defective.into(),
        units: vec![ClaimedUnits {
            line: "1".to_owned(),
            quantity: 1,
            fault_found_time: None,
        }],
        note: note.to_owned(),
        evidence,
        open_time: None,
    }
}

async fn claim(by: &Deployment, order: &str, note: &str, evidence: Vec<Evidence>) -> Claim {
    let request = opening(order, note, evidence);
    let opened = by.claims().open_claim(request).await.unwrap();
    opened.into_inner().claim.unwrap()
}

async fn accept(by: &Deployment, claim: &Claim, note: &str) -> Claim {
    let request = AcceptClaimRequest {
        request_id: request_id(),
        name: claim.name.clone(),
        note: note.to_owned(),
    };
    let accepted = by.claims().accept_claim(request).await.unwrap();
    accepted.into_inner().claim.unwrap()
}

/// Money only after a cure was tried. The second fault comes after the two years of the law, and
/// within the third that the repair added.
#[tokio::test(flavor = "multi_thread")]
async fn a_repair_makes_the_guarantee_longer_and_the_next_fault_is_paid() {
    let journey = Journey::begin("faulty-within-the-guarantee", policy()).await;
    let (shop, platform, agent) = (&journey.shop, &journey.platform, &journey.agent);
    let (order, paid) = priced(24_000, goods("mill", "a coffee mill", 1));
    journey.sell(&order).await;

    journey.turn_to("2027-03-08T08:20:00Z").await;
    let film = Evidence {
        kind: EvidenceKind::Video.into(),
        reference: "film-1".to_owned(),
        note: String::new(),
    };
    let first = claim(platform, &order.name, "it stalls", vec![film]).await;
    journey.turn_to("2027-03-08T10:00:00Z").await;
    accept(agent, &first, "the film shows it").await;
    let mut claims = agent.claims();
    let money = claims.resolve_claim(resolve(&first, Remedy::Refund)).await;
    assert_eq!(reason_of(&money.unwrap_err()), "REMEDY_NOT_YET");
    let repair = claims.resolve_claim(resolve(&first, Remedy::Repair)).await;
    let repair = repair.unwrap().into_inner().claim.unwrap().repair;
    journey.turn_to("2027-03-15T16:00:00Z").await;
    let mended = CompleteRepairRequest {
        request_id: request_id(),
        name: repair.clone(),
        parts: vec!["motor".to_owned()],
        complete_time: None,
    };
    let mended = claims.complete_repair(mended).await.unwrap();
    let extensions = mended.into_inner().repair.unwrap().extensions;
    assert_eq!(extensions[0].months, 12);
    journey.turn_to("2027-03-16T09:00:00Z").await;
    let sent_back = SendBackRepairRequest {
        request_id: request_id(),
        name: repair,
        reference: "JJD000390".to_owned(),
        send_time: None,
    };
    claims.send_back_repair(sent_back).await.unwrap();

    journey.turn_to("2028-11-20T18:30:00Z").await;
    let second = claim(platform, &order.name, "it stalls again", Vec::new()).await;
    journey.turn_to("2028-11-21T09:15:00Z").await;
    accept(agent, &second, "").await;
    let resolved = claims.resolve_claim(resolve(&second, Remedy::Refund)).await;
    let resolved = resolved.unwrap().into_inner().claim.unwrap();
    assert_eq!(resolved.clauses, ["eu.2019-771.art-10"]);
    let refund = shop.refunds_of(&order.name, 1).await.remove(0);
    assert_eq!(refund.amount, Some(eur(paid)));
    journey.turn_to("2028-11-21T11:00:00Z").await;
    let expert = shop.caller("eve", Tier::Expert).await;
    let request = ApproveRefundRequest {
        request_id: request_id(),
        name: refund.name.clone(),
        approval_digest: refund.approval_digest,
    };
    expert.refunds().approve_refund(request).await.unwrap();
    shop.refund_in(&refund.name, refund::State::Settled).await;
    journey.end(&order.name).await;
}

async fn report(by: &Deployment, exchange: &str, state: ReplacementState, reference: &str) {
    let request = ReportExchangeReplacementRequest {
        request_id: request_id(),
        name: exchange.to_owned(),
        report: Some(ReplacementReport {
            state: state.into(),
            reference: reference.to_owned(),
            ..ReplacementReport::default()
        }),
    };
    let mut exchanges = by.exchanges();
    exchanges
        .report_exchange_replacement(request)
        .await
        .unwrap();
}

/// The new goods went first; the old ones never came, so the platform charges what they were to
/// pay for, and the buyer keeps both.
#[tokio::test(flavor = "multi_thread")]
async fn an_advance_whose_old_goods_never_come_is_charged() {
    let journey = Journey::begin("advance-never-sent-back", policy()).await;
    let (shop, platform, agent) = (&journey.shop, &journey.platform, &journey.agent);
    let order = goods("advance", "a small lamp", 1);
    journey.sell(&order).await;
    journey.turn_to("2026-09-08T13:00:00Z").await;
    let mut exchanges = platform.exchanges();
    let request = RequestExchangeRequest {
        request_id: request_id(),
        order: order.name.clone(),
        items: vec![item("1", 1)],
        replacements: vec![AskedReplacement {
            sku: "LAMP-L".to_owned(),
            category: String::new(),
            quantity: 1,
            unit_price: Some(eur(GROSS + 300)),
        }],
        advance_days: 14,
        ..RequestExchangeRequest::default()
    };
    let asked = exchanges.request_exchange(request).await.unwrap();
    let asked = asked.into_inner().exchange.unwrap();
    shop.labelled_parcel(&asked.r#return).await;
    let collect = CollectDifferenceRequest {
        request_id: request_id(),
        name: asked.name.clone(),
        amount: Some(eur(300)),
        payment: "card-difference".to_owned(),
        collect_time: None,
    };
    exchanges.collect_difference(collect).await.unwrap();
    journey.turn_to("2026-09-08T14:30:00Z").await;
    let advance = AuthorizeAdvanceRequest {
        request_id: request_id(),
        name: asked.name.clone(),
        payment: "card-on-file".to_owned(),
    };
    agent.exchanges().authorize_advance(advance).await.unwrap();
    report(platform, &asked.name, ReplacementState::Reserved, "SHELF-9").await;
    journey.turn_to("2026-09-09T07:00:00Z").await;
    report(platform, &asked.name, ReplacementState::Sent, "JJD000777").await;
    journey.turn_to("2026-09-11T16:00:00Z").await;
    report(platform, &asked.name, ReplacementState::Delivered, "").await;
    let get = GetExchangeRequest {
        name: asked.name.clone(),
    };
    let open = exchanges.get_exchange(get.clone()).await.unwrap();
    let due = open.into_inner().exchange.unwrap().goods_due_time.unwrap();
    assert_eq!(due, time("2026-09-23T07:00:00Z"));

    journey.turn_to("2026-09-23T06:59:59Z").await;
    shop.quiet().await;
    let waiting = exchanges.get_exchange(get.clone()).await.unwrap();
    let waiting = waiting.into_inner().exchange.unwrap();
    assert_eq!(waiting.advance(), exchange::Advance::Authorized);
    journey.turn_to("2026-09-23T07:00:00Z").await;
    let charged = until("the advance to be charged", async || {
        let found = exchanges.get_exchange(get.clone()).await.unwrap();
        let found = found.into_inner().exchange.unwrap();
        (found.advance() == exchange::Advance::Charged).then_some(found)
    })
    .await;
    assert_eq!(charged.state(), exchange::State::Completed);
    let back = shop.get_return(&asked.r#return).await;
    assert_eq!(back.state(), r#return::State::Expired);
    shop.quiet().await;
    // What was charged is the platform's to collect; nothing was refunded.
    assert!(shop.ledger().is_empty());
    // The buyer paid for both, and may return the new one like any other.
    let request = RequestReturnRequest {
        items: vec![item(&charged.replacements[0].line, 1)],
        ..ask(&order.name, 1)
    };
    let new_goods = journey.ask(request).await;
    assert_eq!(new_goods.state(), r#return::State::Authorized);
    journey.end(&order.name).await;
}

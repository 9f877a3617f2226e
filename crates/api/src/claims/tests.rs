//! Every mistake of a request is named.

use super::*;

fn fields(error: InvalidRequest) -> Vec<String> {
    error
        .mistakes
        .into_iter()
        .map(|mistake| mistake.field)
        .collect()
}

#[test]
fn an_empty_claim_is_wrong_in_every_field_that_must_be_given() {
    let request = proto::OpenClaimRequest {
        units: vec![proto::ClaimedUnits::default()],
        evidence: vec![proto::Evidence::default()],
        ..proto::OpenClaimRequest::default()
    };
    assert_eq!(
        fields(OpenClaim::from_proto(request).unwrap_err()),
        [
            "order",
            "reason",
            "units[0].line",
            "units[0].quantity",
            "evidence[0].kind",
            "evidence[0].reference",
        ]
    );
}

#[test]
fn a_price_reduction_names_amounts_and_a_refund_none() {
    let resolve = |remedy: proto::Remedy, amounts: &[i64]| {
        let reduction = |minor: &i64| proto::LineAmount {
            line: "1".to_owned(),
            amount: Some(crate::proto::types::v1::Money {
                minor_units: *minor,
                currency_code: "EUR".to_owned(),
            }),
        };
        let read = ResolveClaim::from_proto(proto::ResolveClaimRequest {
            name: "claims/7-K1".to_owned(),
            remedy: remedy.into(),
            reductions: amounts.iter().map(reduction).collect(),
            ..proto::ResolveClaimRequest::default()
        });
        read.map(|_| ()).map_err(fields)
    };
    let wrong = |field: &str| Err(vec![field.to_owned()]);
    assert_eq!(resolve(proto::Remedy::Refund, &[]), Ok(()));
    assert_eq!(resolve(proto::Remedy::Repair, &[5]), Ok(()));
    assert_eq!(resolve(proto::Remedy::Refund, &[5]), wrong("reductions"));
    assert_eq!(
        resolve(proto::Remedy::PriceReduction, &[]),
        wrong("reductions")
    );
    assert_eq!(
        resolve(proto::Remedy::PriceReduction, &[0]),
        wrong("reductions[0].amount.minor_units")
    );
    assert_eq!(resolve(proto::Remedy::StoreCredit, &[]), wrong("remedy"));
    assert_eq!(resolve(proto::Remedy::Unspecified, &[]), wrong("remedy"));
}

#[test]
fn goods_that_were_set_aside_can_be_found() {
    let report = |state: proto::ReplacementState| {
        let read = report_from_proto(proto::ReportReplacementRequest {
            name: "claims/7-K1".to_owned(),
            report: Some(proto::ReplacementReport {
                state: state.into(),
                ..proto::ReplacementReport::default()
            }),
            ..proto::ReportReplacementRequest::default()
        });
        read.map(|(_, report)| report).map_err(fields)
    };
    let wrong = |field: &str| Err(vec![field.to_owned()]);
    assert_eq!(
        report(proto::ReplacementState::Delivered),
        Ok(ReplacementReport::Delivered(None))
    );
    assert_eq!(
        report(proto::ReplacementState::Reserved),
        wrong("report.reference")
    );
    assert_eq!(
        report(proto::ReplacementState::Planned),
        wrong("report.state")
    );
}

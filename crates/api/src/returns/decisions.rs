//! The messages of decisions.

use backhaul_events::returns::{BuyerBefore, DecidedBy, Decision, Finding, Verdict};
use backhaul_kernel::Text;

use crate::names;
use crate::policies::terms_to_proto;
use crate::proto::returns::v1 as proto;
use crate::types::{money_to_proto, timestamp_to_proto};

/// The number of a verdict.
pub const fn verdict_to_proto(verdict: Verdict) -> proto::Verdict {
    match verdict {
        Verdict::Returnable => proto::Verdict::Returnable,
        Verdict::WindowClosed => proto::Verdict::WindowClosed,
        Verdict::FinalSale => proto::Verdict::FinalSale,
        Verdict::NotDelivered => proto::Verdict::NotDelivered,
        Verdict::DeclinedByPerson => proto::Verdict::DeclinedByPerson,
        Verdict::Exempt => proto::Verdict::Exempt,
    }
}

/// The message of a decision.
pub fn decision_to_proto(decision: &Decision) -> proto::Decision {
    // A finding without terms has those of the finding before it.
    let findings = decision.findings.iter().scan(None, |last, finding| {
        *last = finding.terms.as_deref().or(*last);
        Some(proto::Finding {
            terms: last.map(|terms| terms_to_proto(terms, finding.offer)),
            ..finding_to_proto(finding)
        })
    });
    proto::Decision {
        policy: names::policy_name(&decision.policy),
        policy_version: decision.policy_version,
        by_person: decision.by == DecidedBy::Person,
        findings: findings.collect(),
        inputs_digest: decision.inputs_digest.to_string(),
        buyer: decision.buyer.as_deref().map(buyer_before_to_proto),
        signals: decision.signals.iter().map(Text::to_string).collect(),
    }
}

/// The message of what a policy was told of the buyer.
pub fn buyer_before_to_proto(buyer: &BuyerBefore) -> proto::BuyerBefore {
    let kept_at = buyer.kept_at.iter().copied();
    proto::BuyerBefore {
        days: buyer.days,
        orders: buyer.orders,
        bought: buyer.bought,
        returns: buyer.returns,
        returned: buyer.returned,
        kept: buyer.kept,
        kept_worth: Some(money_to_proto(buyer.kept_worth)),
        share_basis_points: buyer.share_basis_points,
        kept_times: kept_at.map(timestamp_to_proto).collect(),
    }
}

/// The message of a finding.
pub fn finding_to_proto(finding: &Finding) -> proto::Finding {
    proto::Finding {
        line: finding.line.to_string(),
        quantity: finding.quantity,
        verdict: verdict_to_proto(finding.verdict).into(),
        clause: finding.clause.to_string(),
        clock_start_time: finding.clock_started_at.map(timestamp_to_proto),
        window_days: finding.window_days,
        window_end_time: finding.window_ends_at.map(timestamp_to_proto),
        region_code: finding
            .country
            .map(|country| country.to_string())
            .unwrap_or_default(),
        category: finding
            .category
            .as_ref()
            .map(Text::to_string)
            .unwrap_or_default(),
        terms: finding
            .terms
            .as_deref()
            .map(|terms| terms_to_proto(terms, finding.offer)),
    }
}

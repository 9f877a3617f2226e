//! The merchant's limits, both ways.

use backhaul_events::refunds::{CreditBooks, TenderCost, TenderPolicy, TierLimits};
use backhaul_kernel::{Money, Tier};

use super::ways;
use crate::invalid::{InvalidRequest, Path, Wrong, convert};
use crate::orders::{tender, tender_to_proto};
use crate::policies::limits;
use crate::proto::refunds::v1 as proto;
use crate::types::money_to_proto;

/// Most entries of a list that has one entry a tier, tender or way.
const ENTRIES_MAX: usize = 16;
/// The highest cost of a refund: all of it.
const BASIS_POINTS_MAX: u32 = 10_000;

/// The merchant's limits.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ApprovalPolicy {
    /// Up to this much no person is needed.
    pub automatic_up_to: Vec<Money>,
    /// What actors of a tier may approve alone.
    pub tiers: Vec<TierLimits>,
    /// At most this much for one buyer within 30 days.
    pub per_buyer: Vec<Money>,
    /// At most this much goodwill for one order.
    pub goodwill_per_order: Vec<Money>,
    /// How tenders are chosen.
    pub tenders: TenderPolicy,
}

/// New limits, at most one per currency in each list.
pub fn publish_approval_policy_from_proto(
    request: proto::PublishApprovalPolicyRequest,
) -> Result<ApprovalPolicy, InvalidRequest> {
    convert(|wrong| {
        let at = Path::of("policy");
        let message = wrong.required(request.policy, &at)?;
        let automatic = limits(message.automatic_up_to, &at.field("automatic_up_to"), wrong);
        let tiers = wrong.each(
            message.tiers,
            0..=ENTRIES_MAX,
            &at.field("tiers"),
            tier_limits,
        );
        let per_buyer = limits(message.per_buyer, &at.field("per_buyer"), wrong);
        let goodwill = at.field("goodwill_per_order");
        let goodwill = limits(message.goodwill_per_order, &goodwill, wrong);
        let tenders = match message.tenders {
            None => Some(TenderPolicy::default()),
            Some(message) => tenders(message, &at.field("tenders"), wrong),
        };
        Some(ApprovalPolicy {
            automatic_up_to: automatic?,
            tiers: tiers?,
            per_buyer: per_buyer?,
            goodwill_per_order: goodwill?,
            tenders: tenders?,
        })
    })
}

fn tier_limits(message: proto::TierLimits, at: &Path<'_>, wrong: &mut Wrong) -> Option<TierLimits> {
    let tier = match message.tier.as_str() {
        "agent" => Some(Tier::Agent),
        "expert" => Some(Tier::Expert),
        "admin" => Some(Tier::Admin),
        _ => wrong.note(&at.field("tier"), "must be agent, expert or admin"),
    };
    let per_refund = limits(message.per_refund, &at.field("per_refund"), wrong);
    let per_day = limits(message.per_day, &at.field("per_day"), wrong);
    Some(TierLimits {
        tier: tier?,
        per_refund: per_refund?,
        per_day: per_day?,
    })
}

fn tenders(message: proto::TenderPolicy, at: &Path<'_>, wrong: &mut Wrong) -> Option<TenderPolicy> {
    let strategy = ways::strategy_if_any(message.strategy, &at.field("strategy"), wrong);
    let costs = wrong.each(message.costs, 0..=ENTRIES_MAX, &at.field("costs"), cost);
    let fallback = at.field("fallback");
    let fallback = wrong.each(message.fallback, 0..=ENTRIES_MAX, &fallback, ways::route);
    Some(TenderPolicy {
        strategy: strategy?.unwrap_or_default(),
        costs: costs?,
        fallback: fallback?,
        credit_books: match message.own_credit_books {
            true => CreditBooks::Here,
            false => CreditBooks::Provider,
        },
    })
}

fn cost(message: proto::TenderCost, at: &Path<'_>, wrong: &mut Wrong) -> Option<TenderCost> {
    let tender = tender(message.tender, &at.field("tender"), wrong);
    let basis_points = match message.basis_points {
        points @ ..=BASIS_POINTS_MAX => Some(points),
        _ => wrong.note(
            &at.field("basis_points"),
            format_args!("must be at most {BASIS_POINTS_MAX}"),
        ),
    };
    Some(TenderCost {
        tender: tender?,
        basis_points: basis_points?,
    })
}

/// The message of the limits.
pub fn approval_policy_to_proto(version: u32, policy: &ApprovalPolicy) -> proto::ApprovalPolicy {
    let amounts = |limits: &[Money]| limits.iter().copied().map(money_to_proto).collect();
    let tier = |limits: &TierLimits| proto::TierLimits {
        tier: limits.tier.name().to_owned(),
        per_refund: amounts(&limits.per_refund),
        per_day: amounts(&limits.per_day),
    };
    proto::ApprovalPolicy {
        version,
        automatic_up_to: amounts(&policy.automatic_up_to),
        tiers: policy.tiers.iter().map(tier).collect(),
        per_buyer: amounts(&policy.per_buyer),
        goodwill_per_order: amounts(&policy.goodwill_per_order),
        tenders: (policy.tenders != TenderPolicy::default())
            .then(|| tenders_to_proto(&policy.tenders)),
    }
}

fn tenders_to_proto(policy: &TenderPolicy) -> proto::TenderPolicy {
    let cost = |cost: &TenderCost| proto::TenderCost {
        tender: tender_to_proto(cost.tender).into(),
        basis_points: cost.basis_points,
    };
    proto::TenderPolicy {
        strategy: ways::strategy_to_proto(policy.strategy).into(),
        costs: policy.costs.iter().map(cost).collect(),
        fallback: policy
            .fallback
            .iter()
            .map(|route| ways::route_to_proto(*route).into())
            .collect(),
        own_credit_books: policy.credit_books == CreditBooks::Here,
    }
}

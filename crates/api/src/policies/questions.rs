//! Questions about policies, and their answers.

use backhaul_events::returns::{Aspect, Authority, GradeFee, LineTerms, PolicySet, RequestedItem};
use backhaul_kernel::{Money, OrderId, PolicyId, Timestamp};

use super::rules::{
    exemption_to_proto, fees_to_proto, payer_to_proto, remedies_to_proto, span_to_proto,
    way_back_to_proto,
};
use crate::invalid::{InvalidRequest, Path, Wrong, convert};
use crate::money_due::outbound_shipping_to_proto;
use crate::names;
use crate::proto::returns::v1 as proto;
use crate::returns::{grade_to_proto, item};
use crate::types::{LINES_MAX, money_to_proto, timestamp_if_any};

/// Most versions of one page, and how many when nobody says.
const PAGE_MAX: i32 = 500;
const PAGE: i32 = 50;

/// A question for versions of a policy.
#[derive(Debug, Clone, PartialEq)]
pub struct ListPolicyVersions {
    /// The policy set.
    pub policy: PolicyId,
    /// At most this many.
    pub page_size: usize,
    /// Only versions before this one.
    pub before: Option<u32>,
}

impl ListPolicyVersions {
    /// Reads the question.
    pub fn from_proto(request: proto::ListPolicyVersionsRequest) -> Result<Self, InvalidRequest> {
        convert(|wrong| {
            let policy = names::policy(&request.name, &Path::of("name"), wrong);
            let page_size = match request.page_size {
                0 => Some(PAGE),
                size if size > 0 => Some(size.min(PAGE_MAX)),
                _ => wrong.note(&Path::of("page_size"), "must not be negative"),
            };
            Some(Self {
                policy: policy?,
                page_size: usize::try_from(page_size?).unwrap_or(0),
                before: Some(request.before_version).filter(|version| *version > 0),
            })
        })
    }
}

/// A question what differs between two versions.
#[derive(Debug, Clone, PartialEq)]
pub struct DiffPolicies {
    /// The policy set.
    pub policy: PolicyId,
    /// The older version.
    pub from: u32,
    /// The newer one; none is the last.
    pub to: Option<u32>,
}

impl DiffPolicies {
    /// Reads the question.
    pub fn from_proto(request: proto::DiffPoliciesRequest) -> Result<Self, InvalidRequest> {
        convert(|wrong| {
            Some(Self {
                policy: names::policy(&request.name, &Path::of("name"), wrong)?,
                from: request.from_version,
                to: request.to_version,
            })
        })
    }
}

/// The policy to retire.
pub fn retire_policy_from_proto(
    request: proto::RetirePolicyRequest,
) -> Result<PolicyId, InvalidRequest> {
    convert(|wrong| names::policy(&request.name, &Path::of("name"), wrong))
}

/// A question what a policy says of units of an order.
#[derive(Debug, Clone, PartialEq)]
pub struct AskPolicy {
    /// The order.
    pub order: OrderId,
    /// What is asked for.
    pub items: Vec<RequestedItem>,
    /// When; none means now.
    pub asked_at: Option<Timestamp>,
    /// Under which draft; none is under the policy that decides.
    pub draft: Option<(PolicyId, PolicySet)>,
}

impl AskPolicy {
    /// Reads a question for an explanation.
    pub fn explain_from_proto(
        request: proto::ExplainPolicyRequest,
    ) -> Result<Self, InvalidRequest> {
        let parts = (
            request.order,
            request.items,
            request.request_time,
            request.draft,
        );
        convert(|wrong| ask(parts, 0, wrong))
    }

    /// Reads a question for a dry run.
    pub fn dry_run_from_proto(request: proto::DryRunReturnRequest) -> Result<Self, InvalidRequest> {
        let parts = (
            request.order,
            request.items,
            request.request_time,
            request.draft,
        );
        convert(|wrong| ask(parts, 1, wrong))
    }
}

type Parts = (
    String,
    Vec<proto::Item>,
    Option<prost_types::Timestamp>,
    Option<proto::Policy>,
);

fn ask(
    (order, items, request_time, draft): Parts,
    items_min: usize,
    wrong: &mut Wrong,
) -> Option<AskPolicy> {
    let order = names::order(&order, &Path::of("order"), wrong);
    let items = wrong.each(items, items_min..=LINES_MAX, &Path::of("items"), item);
    let asked_at = timestamp_if_any(request_time, &Path::of("request_time"), wrong);
    let draft = draft_if_any(draft, wrong);
    Some(AskPolicy {
        order: order?,
        items: items?,
        asked_at: asked_at?,
        draft: draft?,
    })
}

fn draft_if_any(
    draft: Option<proto::Policy>,
    wrong: &mut Wrong,
) -> Option<Option<(PolicyId, PolicySet)>> {
    match draft {
        None => Some(None),
        Some(draft) => super::policy(draft, &Path::of("draft"), wrong).map(Some),
    }
}

/// A question what a draft would have decided.
#[derive(Debug, Clone, PartialEq)]
pub struct SimulatePolicy {
    /// Under what.
    pub under: Under,
    /// Requests made at this time or later.
    pub from: Option<Timestamp>,
    /// Requests made before this time.
    pub until: Option<Timestamp>,
}

/// What recorded requests are decided under.
#[derive(Debug, Clone, PartialEq)]
pub enum Under {
    /// A draft, and the law.
    Draft(PolicyId, Box<PolicySet>),
    /// Nothing but this many times 24 hours after the purchase.
    WindowDays(u32),
}

impl SimulatePolicy {
    /// Reads the question.
    pub fn from_proto(request: proto::SimulatePolicyRequest) -> Result<Self, InvalidRequest> {
        convert(|wrong| {
            let from = timestamp_if_any(request.from_time, &Path::of("from_time"), wrong);
            let until = timestamp_if_any(request.until_time, &Path::of("until_time"), wrong);
            let under = match (request.draft, request.window_days) {
                (Some(draft), None) => super::policy(draft, &Path::of("draft"), wrong)
                    .map(|(policy, content)| Under::Draft(policy, Box::new(content))),
                (None, Some(days)) => {
                    super::days(days, &Path::of("window_days"), wrong).map(Under::WindowDays)
                }
                _ => wrong.note(
                    &Path::of("draft"),
                    "exactly one of draft and window_days is given",
                ),
            };
            Some(Self {
                under: under?,
                from: from?,
                until: until?,
            })
        })
    }
}

/// The message of what holds for a line.
pub(crate) fn terms_to_proto(terms: &LineTerms, offer: Option<Money>) -> proto::LineTerms {
    let clauses = terms.clauses.iter().map(|applied| proto::AppliedClause {
        aspect: aspect_to_proto(applied.aspect).into(),
        clause: applied.clause.to_string(),
        statutory: applied.by == Authority::Statute,
    });
    proto::LineTerms {
        window: terms.window.as_ref().map(span_to_proto),
        exemption: terms
            .exemption
            .map_or(0, |word| exemption_to_proto(word).into()),
        postage: payer_to_proto(terms.postage).into(),
        fees: terms.fees.as_ref().map(fees_to_proto),
        refund_within: terms.refund_within.as_ref().map(span_to_proto),
        remedies: remedies_to_proto(&terms.remedies),
        offer: offer.map(money_to_proto),
        way_back: terms
            .way_back
            .map_or(0, |word| way_back_to_proto(word).into()),
        clauses: clauses.collect(),
        outbound_shipping: outbound_shipping_to_proto(terms.outbound_shipping).into(),
        diminished_value_clause: terms
            .diminished_value
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        grade_fees: terms.grade_fees.iter().map(grade_fee_to_proto).collect(),
    }
}

fn grade_fee_to_proto(fee: &GradeFee) -> proto::GradeFee {
    proto::GradeFee {
        grade: grade_to_proto(fee.grade).into(),
        basis_points: fee.basis_points,
        clause: fee.clause.to_string(),
    }
}

/// The numbers of aspects.
pub fn aspects_to_proto(aspects: &[Aspect]) -> Vec<i32> {
    let aspects = aspects.iter();
    aspects.map(|word| aspect_to_proto(*word).into()).collect()
}

const fn aspect_to_proto(aspect: Aspect) -> proto::Aspect {
    match aspect {
        Aspect::Window => proto::Aspect::Window,
        Aspect::Exemption => proto::Aspect::Exemption,
        Aspect::Postage => proto::Aspect::Postage,
        Aspect::Fees => proto::Aspect::Fees,
        Aspect::RefundWithin => proto::Aspect::RefundWithin,
        Aspect::Remedies => proto::Aspect::Remedies,
        Aspect::Release => proto::Aspect::Release,
        Aspect::Authorization => proto::Aspect::Authorization,
        Aspect::Signal => proto::Aspect::Signal,
        Aspect::KeepItem => proto::Aspect::KeepItem,
        Aspect::Offer => proto::Aspect::Offer,
        Aspect::WayBack => proto::Aspect::WayBack,
        Aspect::OutboundShipping => proto::Aspect::OutboundShipping,
    }
}

//! How a return looks to a caller.

use backhaul_api::names::{order_name, return_name};
use backhaul_api::proto::returns::v1 as proto;
use backhaul_api::returns::{
    decision_to_proto, handling_to_proto, item_to_proto, release_to_proto, statement_to_proto,
};
use backhaul_api::types::{deduction_to_proto, timestamp_to_proto, version_to_proto};
use backhaul_returns::{Return, Status};
use proto::r#return::State;

/// The return.
pub(crate) fn r#return(known: &Return, version: u64) -> proto::Return {
    let terms = known.terms();
    let review = known.review.as_ref();
    proto::Return {
        name: return_name(&known.id),
        order: order_name(&known.id.order()),
        state: state(known).into(),
        items: known.items.iter().map(item_to_proto).collect(),
        request_time: Some(timestamp_to_proto(known.requested_at)),
        decision: known.decision().map(decision_to_proto),
        handling: terms.map(|terms| handling_to_proto(&terms.handling)),
        release: terms.map_or(0, |terms| release_to_proto(terms.release).into()),
        expire_time: terms
            .and_then(|terms| terms.expires_at)
            .map(timestamp_to_proto),
        progress: known.lines.iter().map(progress).collect(),
        version: version_to_proto(version),
        fees: terms
            .into_iter()
            .flat_map(|terms| &terms.fees)
            .map(|fee| deduction_to_proto(&fee.deduction))
            .collect(),
        hand_over_time: known.handed_over_at.map(timestamp_to_proto),
        inspect_by_time: known.inspect_by().map(timestamp_to_proto),
        withdrawal: known.withdrawal.as_ref().map(withdrawal),
        decide_by_time: review.map(|review| timestamp_to_proto(review.decide_by)),
        review_overdue: review.is_some_and(|review| review.is_overdue),
    }
}

fn withdrawal(withdrawal: &backhaul_returns::Withdrawal) -> proto::Withdrawal {
    proto::Withdrawal {
        statement: Some(statement_to_proto(&withdrawal.statement)),
        declare_time: Some(timestamp_to_proto(withdrawal.declared_at)),
        confirm_time: withdrawal.confirmed_at.map(timestamp_to_proto),
    }
}

/// Where the return stands: its stage, and while it is authorised how far its units got.
pub(crate) fn state(known: &Return) -> State {
    match known.status() {
        Status::Declared => State::Declared,
        Status::Requested | Status::Referred => State::UnderReview,
        Status::Declined => State::Declined,
        Status::Cancelled => State::Cancelled,
        Status::Expired => State::Expired,
        Status::Closed => State::Closed,
        Status::Authorized => authorized(known),
    }
}

fn authorized(known: &Return) -> State {
    let arrived = |line: &backhaul_returns::LineCount| {
        line.received().saturating_add(line.missing) >= line.requested
    };
    let anything = known
        .lines
        .values()
        .any(|line| line.received() > 0 || line.missing > 0);
    if !anything {
        return State::Authorized;
    }
    if !known.lines.values().all(arrived) {
        return State::PartlyReceived;
    }
    if known
        .lines
        .values()
        .all(backhaul_returns::LineCount::is_accounted_for)
    {
        return State::Inspected;
    }
    State::Received
}

fn progress(
    (line, count): (&backhaul_kernel::LineId, &backhaul_returns::LineCount),
) -> proto::LineProgress {
    proto::LineProgress {
        line: line.to_string(),
        requested: count.requested,
        received: count.received(),
        missing: count.missing,
        accepted: count.accepted,
        rejected: count.rejected,
        released: count.released,
        overdue: count.overdue,
    }
}

//! How a return looks to a caller.

use backhaul_api::names::{order_name, return_name};
use backhaul_api::proto::returns::v1 as proto;
use backhaul_api::returns::{
    decision_to_proto, handling_to_proto, item_to_proto, release_to_proto, statement_to_proto,
};
use backhaul_api::types::{
    deduction_to_proto, money_to_proto, timestamp_to_proto, version_to_proto,
};
use backhaul_kernel::LineId;
use backhaul_returns::{KitCount, Offer, OfferStanding, Return, Status};
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
        offer: known.offer.as_ref().map(|offered| offer(known, offered)),
        recovered: known
            .recovered
            .iter()
            .copied()
            .map(money_to_proto)
            .collect(),
        gift_recipient: known
            .gift_recipient
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        parts: known
            .kits
            .iter()
            .flat_map(|kit| parts(known, kit))
            .collect(),
        serials: known.serials.iter().map(ToString::to_string).collect(),
        decide_by_time: review.map(|review| timestamp_to_proto(review.decide_by)),
        review_overdue: review.is_some_and(|review| review.is_overdue),
    }
}

/// An open offer lapses without a word when the goods leave the buyer, or the return is over.
fn offer(known: &Return, offer: &Offer) -> proto::PartialRefundOffer {
    use proto::partial_refund_offer::State;
    let is_with_buyer = known.handed_over_at.is_none() && !known.has_arrivals();
    let is_open = matches!(known.status(), Status::Referred | Status::Authorized);
    let state = match offer.standing {
        OfferStanding::Accepted => State::Accepted,
        OfferStanding::Declined => State::Declined,
        OfferStanding::Open if is_open && is_with_buyer => State::Open,
        OfferStanding::Open => State::Lapsed,
    };
    proto::PartialRefundOffer {
        number: offer.number,
        amount: offer.amount().map(money_to_proto),
        state: state.into(),
    }
}

fn parts(known: &Return, (line, kit): (&LineId, &KitCount)) -> Vec<proto::PartProgress> {
    let units = known.lines.get(line).map_or(0, |count| count.requested);
    let parts = kit.parts.iter().map(|(sku, part)| proto::PartProgress {
        line: line.to_string(),
        sku: sku.to_string(),
        expected: part.in_unit.saturating_mul(units),
        received: part.received(),
    });
    parts.collect()
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

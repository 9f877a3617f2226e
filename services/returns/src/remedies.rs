//! How claims, exchanges and repairs look to a caller.

use backhaul_api::claims::{
    claim_reason_to_proto, claimed_to_proto, denial_to_proto, evidence_to_proto,
    line_amount_to_proto, replacement_to_proto,
};
use backhaul_api::exchanges::ledger_to_proto;
use backhaul_api::names::{claim_name, exchange_name, order_name, repair_name, return_name};
use backhaul_api::policies::remedy_to_proto;
use backhaul_api::proto::returns::v1 as proto;
use backhaul_api::types::{
    line_units_to_proto, money_to_proto, timestamp_to_proto, version_to_proto,
};
use backhaul_events::returns::{ClaimRemedy, Coverage, LineAmount, Remedy};
use backhaul_kernel::Money;
use backhaul_returns::{
    Advance, Claim, ClaimStage, Exchange, ExchangeStage, Repair, RepairStage, Supply,
};

/// The claim.
pub(crate) fn claim_to_proto(known: &Claim, version: u64) -> proto::Claim {
    let (remedy, grounds) = match &known.stage {
        ClaimStage::Resolved { remedy, grounds } => (Some(remedy), Some(grounds)),
        _ => (None, None),
    };
    let (lines, repair) = match remedy {
        Some(ClaimRemedy::Replacement { lines, .. }) => (lines.as_slice(), String::new()),
        Some(ClaimRemedy::Repair { repair, .. }) => (&[][..], repair_name(repair)),
        Some(ClaimRemedy::Refund | ClaimRemedy::PriceReduction { .. }) | None => {
            (&[][..], String::new())
        }
    };
    let is_replaced = !lines.is_empty();
    proto::Claim {
        name: claim_name(&known.id),
        order: order_name(&known.id.order()),
        state: state(&known.stage).into(),
        reason: claim_reason_to_proto(known.reason).into(),
        units: known.units.iter().map(claimed_to_proto).collect(),
        note: known.note.to_string(),
        evidence: known.evidence.iter().map(evidence_to_proto).collect(),
        open_time: Some(timestamp_to_proto(known.opened_at)),
        evidence_wanted: match &known.stage {
            ClaimStage::EvidenceRequested(note) => note.to_string(),
            _ => String::new(),
        },
        denial_reason: match known.stage {
            ClaimStage::Denied(reason) => denial_to_proto(reason).into(),
            _ => 0,
        },
        remedy: remedy.map_or(0, |remedy| remedy_to_proto(kind(remedy)).into()),
        allowed_remedies: grounds.map_or_else(Vec::new, |grounds| {
            let allowed = grounds.allowed.iter();
            allowed.map(|each| remedy_to_proto(*each).into()).collect()
        }),
        clauses: grounds.map_or_else(Vec::new, |grounds| {
            grounds.clauses.iter().map(ToString::to_string).collect()
        }),
        reductions: remedy
            .map_or(&[][..], reductions)
            .iter()
            .map(line_amount_to_proto)
            .collect(),
        replacements: lines.iter().map(replacement_to_proto).collect(),
        replacement_state: match is_replaced {
            true => supply(&known.supply).into(),
            false => 0,
        },
        repair,
        version: version_to_proto(version),
    }
}

fn state(stage: &ClaimStage) -> proto::claim::State {
    use proto::claim::State;
    match stage {
        ClaimStage::Opened => State::Opened,
        ClaimStage::EvidenceRequested(_) => State::EvidenceRequested,
        ClaimStage::Accepted => State::Accepted,
        ClaimStage::Denied(_) => State::Denied,
        ClaimStage::Withdrawn => State::Withdrawn,
        ClaimStage::Resolved { .. } => State::Resolved,
    }
}

fn kind(remedy: &ClaimRemedy) -> Remedy {
    match remedy {
        ClaimRemedy::Refund => Remedy::Refund,
        ClaimRemedy::PriceReduction { .. } => Remedy::PriceReduction,
        ClaimRemedy::Replacement { .. } => Remedy::Replacement,
        ClaimRemedy::Repair { .. } => Remedy::Repair,
    }
}

fn reductions(remedy: &ClaimRemedy) -> &[LineAmount] {
    match remedy {
        ClaimRemedy::Refund => &[],
        ClaimRemedy::PriceReduction { reductions }
        | ClaimRemedy::Replacement { reductions, .. }
        | ClaimRemedy::Repair { reductions, .. } => reductions,
    }
}

fn supply(supply: &Supply) -> proto::ReplacementState {
    match supply {
        Supply::Planned => proto::ReplacementState::Planned,
        Supply::Reserved(_) => proto::ReplacementState::Reserved,
        Supply::Sent(_) => proto::ReplacementState::Sent,
        Supply::Delivered(_) => proto::ReplacementState::Delivered,
        Supply::Unavailable => proto::ReplacementState::Unavailable,
    }
}

/// The exchange; `total` is what the whole order comes to.
pub(crate) fn exchange_to_proto(
    known: &Exchange,
    total: Option<Money>,
    version: u64,
) -> proto::Exchange {
    use proto::exchange::State;
    let payment = known
        .collected
        .as_ref()
        .map(|(_, payment)| payment.to_string());
    proto::Exchange {
        name: exchange_name(&known.id),
        order: order_name(&known.id.order()),
        r#return: return_name(&known.r#return),
        state: match known.stage {
            ExchangeStage::Open => State::Open,
            ExchangeStage::Completed => State::Completed,
            ExchangeStage::Unwound => State::Unwound,
            ExchangeStage::Cancelled => State::Cancelled,
        }
        .into(),
        replacements: known.lines.iter().map(replacement_to_proto).collect(),
        replacement_state: supply(&known.supply).into(),
        ledger: known
            .quote
            .as_ref()
            .map(|quote| ledger_to_proto(quote, total)),
        difference_settled: known.difference() <= 0 || known.collected.is_some(),
        payment: payment.unwrap_or_default(),
        advance: advance(&known.advance).into(),
        goods_due_time: known.goods_due_at.map(timestamp_to_proto),
        request_time: Some(timestamp_to_proto(known.requested_at)),
        version: version_to_proto(version),
    }
}

fn advance(advance: &Advance) -> proto::exchange::Advance {
    match advance {
        Advance::None => proto::exchange::Advance::Unspecified,
        Advance::Offered(_) => proto::exchange::Advance::Offered,
        Advance::Authorized { .. } => proto::exchange::Advance::Authorized,
        Advance::Released => proto::exchange::Advance::Released,
        Advance::Charged { .. } => proto::exchange::Advance::Charged,
    }
}

/// The repair.
pub(crate) fn repair_to_proto(known: &Repair, version: u64) -> proto::Repair {
    use proto::repair::State;
    let clause = match &known.coverage {
        Coverage::Guarantee { clause, .. } => clause.to_string(),
        Coverage::Claim | Coverage::Buyer => String::new(),
    };
    let extension = |(line, months): &(backhaul_kernel::LineId, u32)| proto::GuaranteeExtension {
        line: line.to_string(),
        months: *months,
    };
    proto::Repair {
        name: repair_name(&known.id),
        order: order_name(&known.id.order()),
        claim: known.claim.as_ref().map(claim_name).unwrap_or_default(),
        state: match known.stage {
            RepairStage::Started => State::Started,
            RepairStage::Quoted => State::Quoted,
            RepairStage::QuoteAccepted => State::QuoteAccepted,
            RepairStage::QuoteDeclined => State::QuoteDeclined,
            RepairStage::Completed => State::Completed,
            RepairStage::Failed(_) => State::Failed,
            RepairStage::SentBack(_) => State::SentBack,
        }
        .into(),
        units: known.units.iter().map(line_units_to_proto).collect(),
        at_buyers_cost: known.coverage == Coverage::Buyer,
        clause,
        note: known.note.to_string(),
        price: known.price.map(money_to_proto),
        parts: known.parts.iter().map(ToString::to_string).collect(),
        start_time: Some(timestamp_to_proto(known.started_at)),
        extensions: known.extended.iter().map(extension).collect(),
        version: version_to_proto(version),
    }
}

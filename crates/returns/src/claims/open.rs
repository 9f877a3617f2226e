//! What can be claimed, and what shows it.

use std::collections::BTreeSet;

use backhaul_events::returns::{
    ClaimEvidenceAdded, ClaimEvidenceRequested, ClaimOpened, ClaimReason, ClaimRemedy, Event,
    Evidence,
};
use backhaul_kernel::{ClaimId, Context, LineId, Text};

use super::{CLAIMS_MAX, Claim, ClaimStage, EVIDENCE_MAX, OpenClaim};
use crate::authorization::check_tier;
use crate::order_facts::Facts;
use crate::refusal::Refusal;
use crate::remedy_refusal::RemedyRefusal;
use crate::request::{ITEMS_MAX, known};
use crate::state::State;
use crate::units;

/// A claim for units that reached the buyer, or, where it says that they did not, for units that
/// left for the buyer.
pub(super) fn open(
    state: &State,
    command: &OpenClaim,
    at: &Context,
) -> Result<Vec<Event>, Refusal> {
    let facts = known(&command.facts, &command.order)?;
    units::check_time("open_time", command.opened_at, at)?;
    if command.opened_at < facts.ordered_at {
        return Err(Refusal::invalid(
            "open_time",
            "the time is before the order was placed",
        ));
    }
    check_units(facts, state, command)?;
    check_evidence(command.evidence.len())?;
    if state.claims.len() >= CLAIMS_MAX {
        return Err(Refusal::TooMany {
            order: command.order.clone(),
            what: "claims",
            max: CLAIMS_MAX,
        });
    }
    let number = state.claims.last().map_or(1, |last| last.id.number() + 1);
    let opened = ClaimOpened {
        claim: ClaimId::numbered(&command.order, number),
        reason: command.reason,
        units: command.units.clone(),
        note: command.note.clone(),
        evidence: command.evidence.clone(),
        opened_at: command.opened_at,
    };
    Ok(vec![opened.into()])
}

fn check_units(facts: &Facts, state: &State, command: &OpenClaim) -> Result<(), Refusal> {
    if command.units.is_empty() || command.units.len() > ITEMS_MAX {
        return Err(Refusal::invalid("units", format!("1 to {ITEMS_MAX} lines")));
    }
    let mut named = BTreeSet::new();
    for (index, claimed) in command.units.iter().enumerate() {
        let field = |name: &str| format!("units[{index}].{name}");
        if !facts.lines.contains_key(&claimed.line) {
            let problem = format!("order {} has no line {}", facts.order, claimed.line);
            return Err(Refusal::invalid(field("line"), problem));
        }
        if !named.insert(&claimed.line) {
            return Err(Refusal::invalid(field("line"), "the line is named twice"));
        }
        units::check_quantity(&field("quantity"), claimed.quantity)?;
        let left = claimable(facts, state, &claimed.line, command.reason);
        let asked = u64::from(claimed.quantity);
        if asked > left {
            return Err(RemedyRefusal::UnitsUnclaimable {
                field: field("quantity"),
                line: claimed.line.clone(),
                asked,
                left,
            }
            .into());
        }
    }
    Ok(())
}

/// Units of the line that can be claimed. What never came is counted against what was dispatched,
/// all else against what was delivered; lost units that are claimed already were not among these.
pub(crate) fn claimable(facts: &Facts, state: &State, line: &LineId, reason: ClaimReason) -> u64 {
    let Some(known) = facts.lines.get(line) else {
        return 0;
    };
    let held = state.held(line);
    let bought = u64::from(known.quantity).saturating_sub(held);
    let sent = u64::from(known.sent());
    let delivered = u64::from(known.delivered);
    let of_basis = match reason {
        ClaimReason::NotDelivered => sent.saturating_sub(held),
        ClaimReason::Defective
        | ClaimReason::NotAsDescribed
        | ClaimReason::Damaged
        | ClaimReason::MissingParts
        | ClaimReason::Late => {
            let lost = lost(state, line).min(sent.saturating_sub(delivered));
            delivered.saturating_sub(held.saturating_sub(lost))
        }
    };
    of_basis.min(bought)
}

fn lost(state: &State, line: &LineId) -> u64 {
    let claims = state.claims.iter();
    let lost = claims.filter(|claim| claim.reason == ClaimReason::NotDelivered);
    lost.map(|claim| u64::from(claim.held(line))).sum()
}

fn check_evidence(count: usize) -> Result<(), Refusal> {
    if count > EVIDENCE_MAX {
        let problem = format!("a claim has at most {EVIDENCE_MAX} pieces of evidence");
        return Err(Refusal::invalid("evidence", problem));
    }
    Ok(())
}

/// A person asks to be shown more. The same again changes nothing.
pub(super) fn request_evidence(
    claim: &Claim,
    note: &Text,
    at: &Context,
) -> Result<Vec<Event>, Refusal> {
    match &claim.stage {
        ClaimStage::EvidenceRequested(known) if known == note => return Ok(Vec::new()),
        ClaimStage::Opened | ClaimStage::EvidenceRequested(_) => {}
        ClaimStage::Accepted
        | ClaimStage::Denied(_)
        | ClaimStage::Withdrawn
        | ClaimStage::Resolved { .. } => return Err(claim.refuse("asked for evidence")),
    }
    check_tier(at, "asked for evidence")?;
    let requested = ClaimEvidenceRequested {
        claim: claim.id.clone(),
        note: note.clone(),
    };
    Ok(vec![requested.into()])
}

/// Evidence can be added until the claim is decided. What is known already is left out.
pub(super) fn add_evidence(claim: &Claim, evidence: &[Evidence]) -> Result<Vec<Event>, Refusal> {
    match claim.stage {
        ClaimStage::Opened | ClaimStage::EvidenceRequested(_) => {}
        ClaimStage::Accepted
        | ClaimStage::Denied(_)
        | ClaimStage::Withdrawn
        | ClaimStage::Resolved { .. } => return Err(claim.refuse("given evidence")),
    }
    let mut new: Vec<Evidence> = Vec::new();
    for each in evidence {
        if !claim.evidence.contains(each) && !new.contains(each) {
            new.push(each.clone());
        }
    }
    if new.is_empty() {
        return Ok(Vec::new());
    }
    check_evidence(claim.evidence.len() + new.len())?;
    let added = ClaimEvidenceAdded {
        claim: claim.id.clone(),
        evidence: new,
    };
    Ok(vec![added.into()])
}

/// Whether the claim has that very remedy already, so that choosing it again changes nothing.
pub(super) fn is_kind(remedy: &ClaimRemedy, asked: &super::AskedRemedy) -> bool {
    use super::AskedRemedy;
    match (remedy, asked) {
        (ClaimRemedy::Refund, AskedRemedy::Refund) => true,
        (ClaimRemedy::PriceReduction { reductions }, AskedRemedy::PriceReduction(asked))
        | (ClaimRemedy::Replacement { reductions, .. }, AskedRemedy::Replacement(asked))
        | (ClaimRemedy::Repair { reductions, .. }, AskedRemedy::Repair(asked)) => {
            reductions == asked
        }
        _ => false,
    }
}

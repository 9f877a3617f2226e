//! Claims: something is wrong with units that the buyer keeps, or that never came.
//!
//! Read `open` (what can be claimed), `ladder` (which remedy goes first), then `settle`.

mod ladder;
mod open;
mod settle;

use std::sync::Arc;

use backhaul_events::returns::{
    ClaimReason, ClaimRemedy, ClaimedUnits, DenialReason, Event, Evidence, LineAmount,
    RemedyGrounds, RemedyOf,
};
use backhaul_kernel::{ClaimId, Context, LineId, OrderId, Text, Timestamp};
pub(crate) use open::claimable;
use serde::{Deserialize, Serialize};

use crate::order_facts::OrderFacts;
use crate::policy::PolicySnapshot;
use crate::refusal::Refusal;
use crate::remedy_refusal::RemedyRefusal;
use crate::replacements::Supply;
use crate::state::State;

/// The most claims of one order.
pub const CLAIMS_MAX: usize = 1_000;
/// The most pieces of evidence of one claim.
pub const EVIDENCE_MAX: usize = 100;

/// What can be asked of claims.
#[derive(Debug, Clone, PartialEq)]
pub enum ClaimCommand {
    /// See [`OpenClaim`].
    Open(OpenClaim),
    /// The merchant asks the buyer to show more.
    RequestEvidence {
        /// The claim.
        claim: ClaimId,
        /// What is asked for.
        note: Text,
    },
    /// The buyer shows more.
    AddEvidence {
        /// The claim.
        claim: ClaimId,
        /// What is shown.
        evidence: Vec<Evidence>,
    },
    /// The claim is right.
    Accept {
        /// The claim.
        claim: ClaimId,
        /// In words.
        note: Text,
    },
    /// The claim is not right.
    Deny {
        /// The claim.
        claim: ClaimId,
        /// Why not.
        reason: DenialReason,
        /// In words.
        note: Text,
    },
    /// The buyer claims no more.
    Withdraw {
        /// The claim.
        claim: ClaimId,
        /// Why, in words.
        note: Text,
    },
    /// See [`ResolveClaim`].
    Resolve(ResolveClaim),
}

/// The buyer claims.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenClaim {
    /// The order.
    pub order: OrderId,
    /// What is wrong.
    pub reason: ClaimReason,
    /// With which units; each line once.
    pub units: Vec<ClaimedUnits>,
    /// The buyer's own words.
    pub note: Text,
    /// What the buyer shows.
    pub evidence: Vec<Evidence>,
    /// When the buyer claimed.
    pub opened_at: Timestamp,
    /// What is known of the order.
    pub facts: OrderFacts,
}

/// A person chooses the remedy of an accepted claim.
#[derive(Debug, Clone, PartialEq)]
pub struct ResolveClaim {
    /// The claim.
    pub claim: ClaimId,
    /// The remedy.
    pub remedy: AskedRemedy,
    /// What is known of the order.
    pub facts: OrderFacts,
    /// The merchant's policy as it stands.
    pub policy: PolicySnapshot,
}

/// A remedy to choose.
#[derive(Debug, Clone, PartialEq)]
pub enum AskedRemedy {
    /// All the money.
    Refund,
    /// Part of the money, and the goods.
    PriceReduction(Vec<LineAmount>),
    /// The same again, and part of the money if any is named.
    Replacement(Vec<LineAmount>),
    /// The goods mended, and part of the money if any is named.
    Repair(Vec<LineAmount>),
}

/// One claim.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Claim {
    /// Its id.
    pub id: ClaimId,
    /// What is wrong.
    pub reason: ClaimReason,
    /// With which units; each line once.
    pub units: Vec<ClaimedUnits>,
    /// The buyer's own words.
    pub note: Text,
    /// What the buyer showed.
    pub evidence: Vec<Evidence>,
    /// When the buyer claimed.
    pub opened_at: Timestamp,
    /// How far it got.
    pub stage: ClaimStage,
    /// How far replacement goods got, where they are the remedy.
    pub supply: Supply,
    /// Remedies of this claim that failed.
    pub failed: u32,
    /// By how much prices were reduced: the line, the units, and minor units.
    pub reductions: Vec<(LineId, u32, i64)>,
    /// How many releases of money there were.
    pub releases: u32,
}

/// How far a claim got.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ClaimStage {
    /// Waits for the merchant.
    Opened,
    /// Waits for the buyer to show this.
    EvidenceRequested(Text),
    /// Is right; waits for a remedy.
    Accepted,
    /// Is not right.
    Denied(DenialReason),
    /// The buyer claims no more.
    Withdrawn,
    /// Has a remedy.
    Resolved {
        /// Which.
        remedy: ClaimRemedy,
        /// Why that one.
        grounds: RemedyGrounds,
    },
}

impl ClaimStage {
    /// Its name.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::EvidenceRequested(_) => "waiting for evidence",
            Self::Accepted => "accepted",
            Self::Denied(_) => "denied",
            Self::Withdrawn => "withdrawn",
            Self::Resolved { .. } => "resolved",
        }
    }
}

impl Claim {
    /// Units of the line that nothing else may have: all of them while the claim is open, and
    /// for ever once they were refunded or replaced without coming back.
    pub fn held(&self, line: &LineId) -> u32 {
        let holds = match &self.stage {
            ClaimStage::Opened | ClaimStage::EvidenceRequested(_) | ClaimStage::Accepted => true,
            ClaimStage::Denied(_) | ClaimStage::Withdrawn => false,
            ClaimStage::Resolved { remedy, .. } => match remedy {
                ClaimRemedy::Refund | ClaimRemedy::Replacement { .. } => true,
                // A repair holds them itself, until they are back.
                ClaimRemedy::PriceReduction { .. } | ClaimRemedy::Repair { .. } => false,
            },
        };
        let units = self.units.iter().filter(|units| units.line == *line);
        if holds {
            units.map(|units| units.quantity).sum()
        } else {
            0
        }
    }

    pub(crate) fn refuse(&self, action: &'static str) -> Refusal {
        let refusal = RemedyRefusal::Stage {
            subject: format!("claims/{}", self.id),
            status: self.stage.as_str(),
            action,
        };
        refusal.into()
    }
}

pub(crate) fn decide(
    state: &State,
    command: &ClaimCommand,
    at: &Context,
) -> Result<Vec<Event>, Refusal> {
    match command {
        ClaimCommand::Open(command) => open::open(state, command, at),
        ClaimCommand::RequestEvidence { claim, note } => {
            open::request_evidence(state.claim(claim)?, note, at)
        }
        ClaimCommand::AddEvidence { claim, evidence } => {
            open::add_evidence(state.claim(claim)?, evidence)
        }
        ClaimCommand::Accept { claim, note } => settle::accept(state.claim(claim)?, note, at),
        ClaimCommand::Deny {
            claim,
            reason,
            note,
        } => settle::deny(state.claim(claim)?, *reason, note, at),
        ClaimCommand::Withdraw { claim, note } => settle::withdraw(state.claim(claim)?, note),
        ClaimCommand::Resolve(command) => settle::resolve(state, command, at),
    }
}

impl State {
    /// The claim of that id, or the refusal that there is none.
    pub fn claim(&self, id: &ClaimId) -> Result<&Claim, Refusal> {
        let mut claims = self.claims.iter().map(Arc::as_ref);
        claims
            .find(|claim| claim.id == *id)
            .ok_or_else(|| RemedyRefusal::ClaimNotFound(id.clone()).into())
    }
}

/// How far the replacement goods of a claim got.
pub(crate) fn supply<'a>(state: &'a State, id: &ClaimId) -> Result<&'a Supply, Refusal> {
    let claim = state.claim(id)?;
    match &claim.stage {
        ClaimStage::Resolved {
            remedy: ClaimRemedy::Replacement { .. },
            ..
        } => Ok(&claim.supply),
        // Told twice that there are none.
        ClaimStage::Accepted if claim.supply == Supply::Unavailable => Ok(&claim.supply),
        _ => Err(claim.refuse("supplied with replacement goods")),
    }
}

pub(crate) fn evolve(state: &mut State, event: &Event) {
    match event {
        Event::ClaimOpened(event) => state.claims.push(Arc::new(Claim {
            id: event.claim.clone(),
            reason: event.reason,
            units: event.units.clone(),
            note: event.note.clone(),
            evidence: event.evidence.clone(),
            opened_at: event.opened_at,
            stage: ClaimStage::Opened,
            supply: Supply::Planned,
            failed: 0,
            reductions: Vec::new(),
            releases: 0,
        })),
        Event::ClaimEvidenceRequested(event) => change(state, &event.claim, |claim| {
            claim.stage = ClaimStage::EvidenceRequested(event.note.clone());
        }),
        Event::ClaimEvidenceAdded(event) => change(state, &event.claim, |claim| {
            claim.evidence.extend(event.evidence.iter().cloned());
            claim.stage = ClaimStage::Opened;
        }),
        Event::ClaimAccepted(event) => change(state, &event.claim, |claim| {
            claim.stage = ClaimStage::Accepted;
        }),
        Event::ClaimDenied(event) => change(state, &event.claim, |claim| {
            claim.stage = ClaimStage::Denied(event.reason);
        }),
        Event::ClaimWithdrawn(event) => change(state, &event.claim, |claim| {
            claim.stage = ClaimStage::Withdrawn;
        }),
        Event::ClaimResolved(event) => change(state, &event.claim, |claim| {
            for reduction in reductions(&event.remedy) {
                let mut units = claim.units.iter();
                let units = units.find(|units| units.line == reduction.line);
                let units = units.map_or(0, |units| units.quantity);
                let minor = reduction.amount.minor;
                claim
                    .reductions
                    .push((reduction.line.clone(), units, minor));
            }
            claim.supply = Supply::Planned;
            claim.stage = ClaimStage::Resolved {
                remedy: event.remedy.clone(),
                grounds: event.grounds.clone(),
            };
        }),
        Event::ReplacementReserved(inner) => supplied(state, &inner.of, event),
        Event::ReplacementSent(inner) => supplied(state, &inner.of, event),
        Event::ReplacementDelivered(inner) => supplied(state, &inner.of, event),
        Event::ReplacementUnavailable(inner) => {
            supplied(state, &inner.of, event);
            if let RemedyOf::Claim { claim } = &inner.of {
                change(state, claim, fail);
            }
        }
        Event::RemedyReleased(event) => {
            if let RemedyOf::Claim { claim } = &event.of {
                change(state, claim, |claim| {
                    claim.releases = claim.releases.max(event.release);
                });
            }
        }
        Event::RepairFailed(event) => {
            let repair = state.repairs.iter().find(|each| each.id == event.repair);
            if let Some(claim) = repair.and_then(|repair| repair.claim.clone()) {
                change(state, &claim, fail);
            }
        }
        _ => {}
    }
}

/// The remedy failed, and the next may be chosen.
fn fail(claim: &mut Claim) {
    if matches!(claim.stage, ClaimStage::Resolved { .. }) {
        claim.failed = claim.failed.saturating_add(1);
        claim.stage = ClaimStage::Accepted;
    }
}

fn supplied(state: &mut State, of: &RemedyOf, event: &Event) {
    if let RemedyOf::Claim { claim } = of {
        change(state, claim, |claim| claim.supply.evolve(event));
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

fn change(state: &mut State, id: &ClaimId, step: impl FnOnce(&mut Claim)) {
    if let Some(claim) = state.claims.iter_mut().find(|claim| claim.id == *id) {
        step(Arc::make_mut(claim));
    }
}

//! Which remedies are open to choose: where the law puts repair or replacement before money, money
//! waits until one of them was tried and did not help.

use std::collections::BTreeSet;

use backhaul_events::returns::{ClaimReason, Reason, Remedy, RemedyOf, WindowTerms};
use backhaul_kernel::{LineId, Text};

use super::Claim;
use crate::assess::is_sooner;
use crate::authorization;
use crate::case::{AskedLine, Case};
use crate::floor::{self, Held};
use crate::order_facts::Facts;
use crate::policy::PolicySnapshot;
use crate::rules;
use crate::state::State;
use crate::statute::Occasion;
use crate::units;
use crate::window::Days;

/// What claims can be resolved by.
const REMEDIES: [Remedy; 4] = [
    Remedy::Repair,
    Remedy::Replacement,
    Remedy::PriceReduction,
    Remedy::Refund,
];

/// What is open to choose, and why.
pub(super) struct Ladder {
    pub(super) allowed: Vec<Remedy>,
    pub(super) clauses: Vec<Text>,
    pub(super) attempts: u32,
    /// Within what the law wants the money, from the choice of the remedy on: the soonest.
    pub(super) refund_within: Option<(WindowTerms, Text)>,
}

/// What every line of the claim allows.
pub(super) fn of(state: &State, facts: &Facts, policy: &PolicySnapshot, claim: &Claim) -> Ladder {
    let mut ladder = Ladder {
        allowed: REMEDIES.to_vec(),
        clauses: Vec::new(),
        attempts: claim.failed,
        refund_within: None,
    };
    let days = Days::of(facts);
    for claimed in &claim.units {
        let attempts = claim
            .failed
            .saturating_add(attempts(state, claim, &claimed.line));
        let Some(line) = facts.lines.get(&claimed.line) else {
            continue;
        };
        let asked = AskedLine {
            line: &claimed.line,
            quantity: claimed.quantity,
            reason: reason(claim.reason),
            fault_found_at: claimed.fault_found_at,
            worth: units::worth(line, 0, claimed.quantity),
        };
        let case = Case {
            facts,
            id: asked.line,
            line,
            quantity: asked.quantity,
            reason: asked.reason,
            fault_found_at: asked.fault_found_at,
            grade: None,
            worth: asked.worth,
            asked_at: claim.opened_at,
            before: authorization::before(facts, state, None, claim.opened_at),
        };
        let allowed = match claim.reason {
            // Nothing can be mended that is not there, and nothing comes in time again.
            ClaimReason::NotDelivered => BTreeSet::from([Remedy::Replacement, Remedy::Refund]),
            ClaimReason::Late => BTreeSet::from([Remedy::PriceReduction, Remedy::Refund]),
            ClaimReason::Defective
            | ClaimReason::NotAsDescribed
            | ClaimReason::Damaged
            | ClaimReason::MissingParts => of_case(&case, policy, &days, attempts, &mut ladder),
        };
        ladder.allowed.retain(|remedy| allowed.contains(remedy));
        ladder.attempts = ladder.attempts.max(attempts);
    }
    ladder
}

/// What the policy or any right that holds offers now. Where neither says anything the merchant
/// owes nothing, and may give anything.
fn of_case(
    case: &Case<'_>,
    policy: &PolicySnapshot,
    days: &Days,
    attempts: u32,
    ladder: &mut Ladder,
) -> BTreeSet<Remedy> {
    let granted = rules::granted(policy, case, None);
    let merchant = granted.remedies.map(|said| (said.clause, said.value));
    let held = floor::rights(case, days, None, None);
    let law = held
        .into_iter()
        .filter(|held| held.right.occasion == Occasion::Fault && held.is_open(case));
    let law: Vec<Held> = law.collect();
    for held in &law {
        let known = ladder.refund_within.as_ref();
        if let Some(within) = held.right.refund_within
            && known.is_none_or(|(best, _)| is_sooner(within, *best))
        {
            ladder.refund_within = Some((within, held.right.clause.clone()));
        }
    }
    let law = law
        .into_iter()
        .map(|held| (held.right.clause.clone(), held.right.remedies.clone()));
    let mut allowed = BTreeSet::new();
    let mut is_said = false;
    for (clause, remedies) in merchant.into_iter().chain(law) {
        is_said = true;
        allowed.extend(open_now(&remedies, attempts));
        if !ladder.clauses.contains(&clause) {
            ladder.clauses.push(clause);
        }
    }
    if is_said {
        allowed
    } else {
        BTreeSet::from(REMEDIES)
    }
}

/// A list that begins with money is open as a whole; one that begins with a cure opens its money
/// after the first attempt.
fn open_now(remedies: &[Remedy], attempts: u32) -> impl Iterator<Item = Remedy> {
    let cure_first = remedies.first().is_some_and(|first| is_cure(*first));
    let remedies = remedies.iter().copied();
    remedies.filter(move |remedy| attempts > 0 || !cure_first || is_cure(*remedy))
}

fn is_cure(remedy: Remedy) -> bool {
    match remedy {
        Remedy::Repair | Remedy::Replacement | Remedy::Exchange => true,
        Remedy::Refund | Remedy::PriceReduction | Remedy::StoreCredit => false,
    }
}

/// Cures that were tried on units of the line before the claim: repairs that ended, and the
/// replacement that the line itself is. Nobody can tell the units of a line apart; the buyer has the benefit.
fn attempts(state: &State, claim: &Claim, line: &LineId) -> u32 {
    let others = state.repairs.iter();
    let others = others.filter(|repair| repair.claim.as_ref() != Some(&claim.id));
    let repairs = others.filter(|repair| repair.is_attempt_on(line)).count();
    let is_replacement = state
        .replacements()
        .any(|(of, known, _)| known.line == *line && matches!(of, RemedyOf::Claim { .. }));
    let attempts = repairs + usize::from(is_replacement);
    u32::try_from(attempts).unwrap_or(u32::MAX)
}

fn reason(reason: ClaimReason) -> Option<Reason> {
    match reason {
        ClaimReason::NotDelivered => None,
        ClaimReason::Defective => Some(Reason::Defective),
        ClaimReason::NotAsDescribed => Some(Reason::NotAsDescribed),
        ClaimReason::Damaged => Some(Reason::DamagedInTransit),
        ClaimReason::MissingParts => Some(Reason::MissingParts),
        ClaimReason::Late => Some(Reason::ArrivedLate),
    }
}

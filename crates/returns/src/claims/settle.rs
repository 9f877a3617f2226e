//! A person decides a claim, and chooses its remedy.

use backhaul_events::LineUnits;
use backhaul_events::returns::{
    ClaimAccepted, ClaimDenied, ClaimRemedy, ClaimResolved, ClaimWithdrawn, Coverage, DenialReason,
    Event, LegalDue, LineAmount, ReleasedItem, Remedy, RemedyGrounds, RemedyOf, RemedyReleased,
    ReplacementLine, WindowTerms,
};
use backhaul_kernel::{Context, Money, Text};

use super::{AskedRemedy, Claim, ClaimStage, ResolveClaim, ladder, open};
use crate::authorization::check_tier;
use crate::order_facts::Facts;
use crate::refusal::Refusal;
use crate::remedy_refusal::RemedyRefusal;
use crate::repairs;
use crate::replacements::funds;
use crate::request::known;
use crate::state::State;
use crate::window::Days;
use crate::{replacements, units};

/// A person finds the claim right. Accepting twice changes nothing; a claim that was denied can
/// still be accepted only by opening it again.
pub(super) fn accept(claim: &Claim, note: &Text, at: &Context) -> Result<Vec<Event>, Refusal> {
    match claim.stage {
        ClaimStage::Accepted => return Ok(Vec::new()),
        ClaimStage::Opened | ClaimStage::EvidenceRequested(_) => {}
        ClaimStage::Denied(_) | ClaimStage::Withdrawn | ClaimStage::Resolved { .. } => {
            return Err(claim.refuse("accepted"));
        }
    }
    check_tier(at, "accepted")?;
    let accepted = ClaimAccepted {
        claim: claim.id.clone(),
        note: note.clone(),
    };
    Ok(vec![accepted.into()])
}

/// A person finds the claim not right; its units are free again.
pub(super) fn deny(
    claim: &Claim,
    reason: DenialReason,
    note: &Text,
    at: &Context,
) -> Result<Vec<Event>, Refusal> {
    match claim.stage {
        ClaimStage::Denied(known) if known == reason => return Ok(Vec::new()),
        ClaimStage::Opened | ClaimStage::EvidenceRequested(_) => {}
        ClaimStage::Accepted
        | ClaimStage::Denied(_)
        | ClaimStage::Withdrawn
        | ClaimStage::Resolved { .. } => return Err(claim.refuse("denied")),
    }
    check_tier(at, "denied")?;
    let denied = ClaimDenied {
        claim: claim.id.clone(),
        reason,
        note: note.clone(),
    };
    Ok(vec![denied.into()])
}

/// The buyer claims no more, as long as no remedy was chosen.
pub(super) fn withdraw(claim: &Claim, note: &Text) -> Result<Vec<Event>, Refusal> {
    match claim.stage {
        ClaimStage::Withdrawn => return Ok(Vec::new()),
        ClaimStage::Opened | ClaimStage::EvidenceRequested(_) | ClaimStage::Accepted => {}
        ClaimStage::Denied(_) | ClaimStage::Resolved { .. } => {
            return Err(claim.refuse("withdrawn"));
        }
    }
    let withdrawn = ClaimWithdrawn {
        claim: claim.id.clone(),
        note: note.clone(),
    };
    Ok(vec![withdrawn.into()])
}

/// A person chooses a remedy that is open to choose. Part of the money may go with a cure; all of
/// it never does. The same remedy again changes nothing.
pub(super) fn resolve(
    state: &State,
    command: &ResolveClaim,
    at: &Context,
) -> Result<Vec<Event>, Refusal> {
    let claim = state.claim(&command.claim)?;
    match &claim.stage {
        ClaimStage::Resolved { remedy, .. } if open::is_kind(remedy, &command.remedy) => {
            return Ok(Vec::new());
        }
        ClaimStage::Accepted => {}
        ClaimStage::Opened
        | ClaimStage::EvidenceRequested(_)
        | ClaimStage::Denied(_)
        | ClaimStage::Withdrawn
        | ClaimStage::Resolved { .. } => return Err(claim.refuse("resolved")),
    }
    check_tier(at, "resolved")?;
    let facts = known(&command.facts, &claim.id.order())?;
    let (grounds, within) = grounds(state, facts, command, claim)?;
    let due = within.map(|(within, clause)| LegalDue {
        at: Days::of(facts).end_of(&within, 0, at.occurred_at),
        clause,
    });
    let reductions = reductions(&command.remedy);
    check_reductions(facts, claim, reductions)?;

    let mut after = Vec::new();
    let remedy = match &command.remedy {
        AskedRemedy::Refund => ClaimRemedy::Refund,
        AskedRemedy::PriceReduction(reductions) => ClaimRemedy::PriceReduction {
            reductions: reductions.clone(),
        },
        AskedRemedy::Replacement(reductions) => ClaimRemedy::Replacement {
            lines: replacement(state, facts, claim),
            reductions: reductions.clone(),
        },
        AskedRemedy::Repair(reductions) => {
            let units = claim.units.iter().map(|claimed| LineUnits {
                line: claimed.line.clone(),
                quantity: claimed.quantity,
            });
            let started = repairs::started(
                state,
                &claim.id.order(),
                Some(&claim.id),
                units.collect(),
                Coverage::Claim,
                claim.note.clone(),
                at.occurred_at,
            )?;
            let repair = started.repair.clone();
            after.push(Event::RepairStarted(started));
            ClaimRemedy::Repair {
                repair,
                reductions: reductions.clone(),
            }
        }
    };
    let items = released(facts, claim, &command.remedy);
    let resolved = ClaimResolved {
        claim: claim.id.clone(),
        remedy,
        grounds,
    };
    let mut events = vec![Event::ClaimResolved(resolved)];
    events.extend(after);
    events.extend(release(state, claim, items, due));
    Ok(events)
}

fn grounds(
    state: &State,
    facts: &Facts,
    command: &ResolveClaim,
    claim: &Claim,
) -> Result<(RemedyGrounds, Option<(WindowTerms, Text)>), Refusal> {
    let ladder = ladder::of(state, facts, &command.policy, claim);
    let remedy = match &command.remedy {
        AskedRemedy::Refund => Remedy::Refund,
        AskedRemedy::PriceReduction(_) => Remedy::PriceReduction,
        AskedRemedy::Replacement(_) => Remedy::Replacement,
        AskedRemedy::Repair(_) => Remedy::Repair,
    };
    if !ladder.allowed.contains(&remedy) {
        return Err(RemedyRefusal::RemedyNotYet {
            claim: claim.id.clone(),
            remedy,
            allowed: ladder.allowed,
        }
        .into());
    }
    let grounds = RemedyGrounds {
        policy: command.policy.policy.clone(),
        policy_version: command.policy.version,
        allowed: ladder.allowed,
        clauses: ladder.clauses,
        attempts: ladder.attempts,
    };
    Ok((grounds, ladder.refund_within))
}

fn reductions(remedy: &AskedRemedy) -> &[LineAmount] {
    match remedy {
        AskedRemedy::Refund => &[],
        AskedRemedy::PriceReduction(reductions)
        | AskedRemedy::Replacement(reductions)
        | AskedRemedy::Repair(reductions) => reductions,
    }
}

/// A price falls by something, and by no more than what is left of it.
fn check_reductions(
    facts: &Facts,
    claim: &Claim,
    reductions: &[LineAmount],
) -> Result<(), Refusal> {
    for (index, reduction) in reductions.iter().enumerate() {
        let field = |name: &str| format!("reductions[{index}].{name}");
        let claimed = claim
            .units
            .iter()
            .find(|units| units.line == reduction.line);
        let line = facts.lines.get(&reduction.line);
        let (Some(claimed), Some(line)) = (claimed, line) else {
            return Err(Refusal::invalid(
                field("line"),
                format!("claim {} has no line {}", claim.id, reduction.line),
            ));
        };
        if reductions[..index]
            .iter()
            .any(|each| each.line == reduction.line)
        {
            return Err(Refusal::invalid(field("line"), "the line is named twice"));
        }
        if reduction.amount.currency != facts.currency {
            return Err(Refusal::invalid(
                field("amount.currency_code"),
                format!("is not the order's {}", facts.currency),
            ));
        }
        if !reduction.amount.is_positive() {
            return Err(Refusal::invalid(
                field("amount.minor_units"),
                "a reduction is more than nothing",
            ));
        }
        let most = Money::new(units::worth(line, 0, claimed.quantity), facts.currency);
        if reduction.amount.minor > most.minor {
            return Err(RemedyRefusal::AmountExceeds {
                field: field("amount.minor_units"),
                asked: reduction.amount,
                most,
            }
            .into());
        }
    }
    Ok(())
}

/// The same units again, each line a new one, which stands for the same money.
fn replacement(state: &State, facts: &Facts, claim: &Claim) -> Vec<ReplacementLine> {
    let prefix = format!("K{}", claim.id.number());
    let mut lines: Vec<ReplacementLine> = Vec::new();
    for claimed in &claim.units {
        let funds = funds::of_units(state, facts, &claimed.line, 0, claimed.quantity);
        let known = facts.lines.get(&claimed.line);
        lines.push(ReplacementLine {
            line: replacements::line_name(facts, &prefix, &lines),
            replaces: Some(claimed.line.clone()),
            sku: Text::default(),
            category: known.and_then(|line| line.category.clone()),
            quantity: claimed.quantity,
            value: Money::new(funds.total(), facts.currency),
            paid_by: funds.paid_by(facts.currency),
            collected_by: funds.collected_by(facts.currency),
        });
    }
    lines
}

/// What is paid: the units themselves where all their money goes back, else amounts of their lines.
fn released(facts: &Facts, claim: &Claim, remedy: &AskedRemedy) -> Vec<ReleasedItem> {
    match remedy {
        AskedRemedy::Refund => {
            let items = claim.units.iter().filter_map(|claimed| {
                let line = facts.lines.get(&claimed.line)?;
                let remedied = line.remedied.as_deref();
                let is_reduced = remedied.is_some_and(|remedied| remedied.reduced > 0);
                let worth = units::worth(line, 0, claimed.quantity);
                Some(ReleasedItem {
                    line: claimed.line.clone(),
                    quantity: claimed.quantity,
                    claim: is_reduced.then(|| Money::new(worth, facts.currency)),
                    out_of: Vec::new(),
                })
            });
            items.collect()
        }
        AskedRemedy::PriceReduction(reductions)
        | AskedRemedy::Replacement(reductions)
        | AskedRemedy::Repair(reductions) => {
            let items = reductions.iter().filter_map(|reduction| {
                let mut units = claim.units.iter();
                let claimed = units.find(|units| units.line == reduction.line)?;
                let is_own = facts.lines.get(&reduction.line)?;
                Some(ReleasedItem {
                    line: claimed.line.clone(),
                    quantity: claimed.quantity,
                    claim: Some(reduction.amount),
                    // The money of a replacement is found line by line when it is released.
                    out_of: match is_own.is_replacement() {
                        true => Vec::new(),
                        false => vec![reduction.clone()],
                    },
                })
            });
            items.collect()
        }
    }
}

fn release(
    state: &State,
    claim: &Claim,
    mut items: Vec<ReleasedItem>,
    due: Option<LegalDue>,
) -> Vec<Event> {
    if items.is_empty() {
        return Vec::new();
    }
    let given_back = funds::release(state, &mut items);
    let released = RemedyReleased {
        of: RemedyOf::Claim {
            claim: claim.id.clone(),
        },
        release: claim.releases + 1,
        items,
        due,
    };
    std::iter::once(released.into()).chain(given_back).collect()
}

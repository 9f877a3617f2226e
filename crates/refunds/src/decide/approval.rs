//! What people say to grants above the limit.

use backhaul_events::refunds::{Approver, Event, RefundApproved, RefundCancelled, RefundRejected};
use backhaul_kernel::{Context, Text, Tier};

use super::payment::pay;
use crate::key::grant_digest;
use crate::{Grant, OrderFacts, Refusal, Stage, State};

/// An expert or an administrator approves exactly what they saw, and never what they proposed
/// themselves. The provider is asked in the same commit. Approving the same again changes nothing.
pub(super) fn approve(
    state: &State,
    grant: &Grant,
    digest: &str,
    facts: &OrderFacts,
    at: &Context,
) -> Result<Vec<Event>, Refusal> {
    needs_expert(at)?;
    match grant.stage {
        Stage::AwaitingApproval if grant.digest != digest => {
            Err(Refusal::ApprovalStale(grant.refund.clone()))
        }
        Stage::AwaitingApproval if proposed_by(grant, &at.actor.name) => {
            Err(Refusal::FourEyes(grant.refund.clone()))
        }
        Stage::AwaitingApproval => {
            let approved = RefundApproved {
                refund: grant.refund.clone(),
                by: Approver::Person {
                    actor: at.actor.clone(),
                },
                digest: digest.to_owned(),
            };
            let paid = pay(state, grant, facts, at)?;
            Ok(std::iter::once(approved.into()).chain(paid).collect())
        }
        Stage::Approved | Stage::Settled if grant.digest == digest => Ok(Vec::new()),
        Stage::Proposed | Stage::Approved | Stage::Settled | Stage::Rejected | Stage::Cancelled => {
            Err(Refusal::NotAwaitingApproval(grant.refund.clone()))
        }
    }
}

/// An expert or an administrator says no; units and money are free again. Saying it twice changes
/// nothing.
pub(super) fn reject(grant: &Grant, note: &Text, at: &Context) -> Result<Vec<Event>, Refusal> {
    needs_expert(at)?;
    match grant.stage {
        Stage::AwaitingApproval => Ok(vec![
            RefundRejected {
                refund: grant.refund.clone(),
                note: note.clone(),
            }
            .into(),
        ]),
        Stage::Rejected => Ok(Vec::new()),
        Stage::Proposed | Stage::Approved | Stage::Settled | Stage::Cancelled => {
            Err(Refusal::NotAwaitingApproval(grant.refund.clone()))
        }
    }
}

/// A grant can be withdrawn until a provider is asked; units and money are free again.
pub(super) fn cancel(grant: &Grant, note: &Text, at: &Context) -> Result<Vec<Event>, Refusal> {
    if at.actor.tier == Tier::Warehouse {
        return Err(Refusal::TierTooLow {
            tier: at.actor.tier,
            needed: Tier::Agent,
        });
    }
    match grant.stage {
        Stage::Proposed | Stage::AwaitingApproval => Ok(vec![
            RefundCancelled {
                refund: grant.refund.clone(),
                note: note.clone(),
            }
            .into(),
        ]),
        Stage::Cancelled => Ok(Vec::new()),
        Stage::Rejected => Err(Refusal::NotAwaitingApproval(grant.refund.clone())),
        Stage::Approved | Stage::Settled => Err(Refusal::AlreadySubmitted(grant.refund.clone())),
    }
}

fn needs_expert(at: &Context) -> Result<(), Refusal> {
    match at.actor.tier {
        Tier::Expert | Tier::Admin => Ok(()),
        tier @ (Tier::Platform | Tier::Warehouse | Tier::Agent | Tier::System) => {
            Err(Refusal::TierTooLow {
                tier,
                needed: Tier::Expert,
            })
        }
    }
}

/// The digest names its proposer: made again with that name it is the same.
fn proposed_by(grant: &Grant, name: &str) -> bool {
    grant_digest(&grant.refund, grant.amount, &grant.parts, name) == grant.digest
}

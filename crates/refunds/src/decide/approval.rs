//! What people say to grants above the limit.

use backhaul_events::refunds::{
    ApprovalExpired, Approver, Cause, Event, RefundApproved, RefundCancelled,
    RefundDeadlineBreached, RefundRejected,
};
use backhaul_kernel::{Context, Text, Tier, Timestamp};

use super::limits::{ask, may_approve};
use super::payment::{IfDisputed, pay};
use crate::key::grant_digest;
use crate::schedule::is_due;
use crate::{Grant, Grounds, Refusal, Stage, State};

/// An expert or an administrator approves exactly what they saw, in time, within the limits of
/// their tier, and never what they proposed themselves. The provider is asked in the same commit. Approving the same again changes nothing.
pub(super) fn approve(
    state: &State,
    grant: &Grant,
    digest: &str,
    grounds: &Grounds,
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
        Stage::AwaitingApproval if grant.expires_at.is_some_and(|end| end < at.now) => {
            Err(Refusal::ApprovalStale(grant.refund.clone()))
        }
        Stage::AwaitingApproval => {
            may_approve(grant, grounds, at)?;
            let approved = RefundApproved {
                refund: grant.refund.clone(),
                by: Approver::Person {
                    actor: at.actor.clone(),
                },
                digest: digest.to_owned(),
            };
            let paid = pay(state, grant, grounds, if_disputed(grant), at)?;
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

/// A grant can be withdrawn until a provider is asked, also while it is held; units and money are
/// free again.
pub(super) fn cancel(grant: &Grant, note: &Text, at: &Context) -> Result<Vec<Event>, Refusal> {
    if at.actor.tier == Tier::Warehouse {
        return Err(Refusal::TierTooLow {
            tier: at.actor.tier,
            needed: Tier::Agent,
        });
    }
    let held = grant.hold.is_some() && grant.attempts.is_empty();
    match grant.stage {
        Stage::Approved if !held => Err(Refusal::AlreadySubmitted(grant.refund.clone())),
        Stage::Proposed | Stage::AwaitingApproval | Stage::Approved => Ok(vec![
            RefundCancelled {
                refund: grant.refund.clone(),
                note: note.clone(),
            }
            .into(),
        ]),
        Stage::Cancelled => Ok(Vec::new()),
        Stage::Rejected => Err(Refusal::NotAwaitingApproval(grant.refund.clone())),
        Stage::Settled => Err(Refusal::AlreadySubmitted(grant.refund.clone())),
    }
}

/// What a return is owed waits for the bank; what somebody issues by hand can be issued later.
pub(super) fn if_disputed(grant: &Grant) -> IfDisputed {
    match grant.cause {
        Cause::Return { .. } | Cause::Remedy { .. } => IfDisputed::Hold,
        Cause::Goodwill { .. } => IfDisputed::Refuse,
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

/// Older grants do not name their proposer, but their digest does: made again with that name it
/// is the same.
fn proposed_by(grant: &Grant, name: &str) -> bool {
    match &grant.proposed_by {
        Some(proposer) => proposer.name == name,
        None => grant_digest(&grant.refund, grant.amount, &grant.parts, name, None) == grant.digest,
    }
}

/// Nobody approved in time. What was issued by hand is given up, and its money is free again; what
/// a return is owed does not lapse, and is asked for again, under another digest.
pub(super) fn expire(grant: &Grant, now: Timestamp) -> Vec<Event> {
    let over = grant.expires_at.is_some_and(|end| is_due(end, now));
    if grant.stage != Stage::AwaitingApproval || !over {
        return Vec::new();
    }
    let expired = ApprovalExpired {
        refund: grant.refund.clone(),
    };
    let again = match grant.cause {
        Cause::Goodwill { .. } => None,
        Cause::Return { .. } | Cause::Remedy { .. } => {
            let proposer = grant.proposed_by.as_ref().map_or("", |actor| &actor.name);
            let what = (&grant.refund, grant.amount, &grant.parts[..], proposer);
            Some(ask(what, grant.limit, now))
        }
    };
    std::iter::once(expired.into()).chain(again).collect()
}

/// The law wanted the money back by now: noted once, while any of it is not back.
pub(super) fn breach(grant: &Grant, now: Timestamp) -> Vec<Event> {
    let Some(due_at) = grant.due_at.filter(|due| is_due(*due, now)) else {
        return Vec::new();
    };
    let owed = match grant.stage {
        Stage::Proposed | Stage::AwaitingApproval | Stage::Approved => true,
        Stage::Settled | Stage::Rejected | Stage::Cancelled => false,
    };
    if !owed || grant.breached.is_some() {
        return Vec::new();
    }
    let refund = grant.refund.clone();
    vec![RefundDeadlineBreached { refund, due_at }.into()]
}

//! Making grants: for what a return released, or by hand.

use backhaul_events::refunds::{
    ApprovalRequested, Approver, Cause, Event, RefundApproved, RefundProposed, RefundSettled,
};
use backhaul_events::returns::ReleasedItem;
use backhaul_kernel::{Context, OrderId, RefundId, ReturnId, Text, Tier};

use super::payment::pay;
use crate::draft::Draft;
use crate::evolve::evolve;
use crate::key::grant_digest;
use crate::order_facts::Sold;
use crate::tenders::left_in_all;
use crate::{Grounds, Issued, Refusal, State};

/// Units that a return released are paid for once. The same release again changes nothing. What
/// is released and worth nothing is granted and settled at once, without a provider, so that the
/// return can end.
pub(super) fn release(
    state: &State,
    r#return: &ReturnId,
    release: u32,
    items: &[ReleasedItem],
    grounds: &Grounds,
    at: &Context,
) -> Result<Vec<Event>, Refusal> {
    let cause = Cause::Return {
        r#return: r#return.clone(),
        release,
    };
    if state.grants().any(|grant| grant.cause == cause) {
        return Ok(Vec::new());
    }
    let order = r#return.order();
    let sold = sold(grounds, &order)?;
    let mut draft = Draft::new(state, sold);
    for (index, item) in items.iter().enumerate() {
        let field = format!("items[{index}]");
        draft.returned(&item.line, item.quantity, item.claim, &field)?;
    }
    let proposed = propose(state, sold, draft, cause)?;
    if proposed.amount.is_zero() {
        let settled = RefundSettled {
            refund: proposed.refund.clone(),
            cause: proposed.cause.clone(),
            amount: proposed.amount,
        };
        return Ok(vec![proposed.into(), settled.into()]);
    }
    judge(state, proposed, grounds, at)
}

/// A refund by hand takes what is left of lines or shipping, less a fee, or comes out of goodwill.
/// It is never nothing. Above the limit it waits for a second person.
pub(super) fn issue(
    state: &State,
    order: &OrderId,
    what: &Issued,
    note: &Text,
    grounds: &Grounds,
    at: &Context,
) -> Result<Vec<Event>, Refusal> {
    if at.actor.tier == Tier::Warehouse {
        return Err(Refusal::TierTooLow {
            tier: at.actor.tier,
            needed: Tier::Agent,
        });
    }
    let sold = sold(grounds, order)?;
    let mut draft = Draft::new(state, sold);
    match what {
        Issued::Goodwill { amount } => draft.goodwill(*amount)?,
        Issued::Portions { portions, fee } => {
            for (index, portion) in portions.iter().enumerate() {
                draft.portion(portion, &format!("portions[{index}]"))?;
            }
            if let Some(fee) = fee {
                draft.less_fee(*fee)?;
            }
        }
    }
    let cause = Cause::Goodwill { note: note.clone() };
    let proposed = propose(state, sold, draft, cause)?;
    if proposed.amount.is_zero() {
        return Err(Refusal::NothingToRefund(order.clone()));
    }
    judge(state, proposed, grounds, at)
}

fn sold<'a>(grounds: &'a Grounds, order: &OrderId) -> Result<&'a Sold, Refusal> {
    let sold = grounds.facts.sold.as_deref();
    sold.filter(|sold| sold.order == *order)
        .ok_or_else(|| Refusal::OrderUnknown(order.clone()))
}

fn propose(
    state: &State,
    sold: &Sold,
    draft: Draft<'_>,
    cause: Cause,
) -> Result<RefundProposed, Refusal> {
    let number = u32::try_from(state.grants.len() + 1).expect("an order has few refunds");
    let (amount, parts, units) = draft.finish()?;
    Ok(RefundProposed {
        refund: RefundId::numbered(&sold.order, number),
        order: sold.order.clone(),
        cause,
        amount,
        parts,
        units,
    })
}

/// No more goes back than was paid, what waits for approval included. Up to the limit the policy
/// approves, and the provider is asked in the same commit; above it a person must.
fn judge(
    state: &State,
    proposed: RefundProposed,
    grounds: &Grounds,
    at: &Context,
) -> Result<Vec<Event>, Refusal> {
    let left = left_in_all(state, &grounds.facts, proposed.amount);
    if proposed.amount.minor > left.minor {
        return Err(Refusal::ExceedsPaid {
            order: proposed.order,
            asked: proposed.amount,
            left,
        });
    }
    let limit = grounds.approval.limit(proposed.amount.currency);
    let digest = grant_digest(
        &proposed.refund,
        proposed.amount,
        &proposed.parts,
        &at.actor.name,
    );
    let within = limit.filter(|limit| proposed.amount.minor <= limit.minor);
    let Some(within) = within else {
        let requested = ApprovalRequested {
            refund: proposed.refund.clone(),
            limit,
            digest,
        };
        return Ok(vec![proposed.into(), requested.into()]);
    };
    let approved = RefundApproved {
        refund: proposed.refund.clone(),
        by: Approver::Policy {
            version: grounds.approval.version,
            limit: within,
        },
        digest,
    };
    let refund = proposed.refund.clone();
    let mut events: Vec<Event> = vec![proposed.into(), approved.into()];
    let mut granted = state.clone();
    for event in &events {
        evolve(&mut granted, event);
    }
    let grant = super::existing(&granted, &refund)?;
    events.extend(pay(&granted, grant, &grounds.facts, at)?);
    Ok(events)
}

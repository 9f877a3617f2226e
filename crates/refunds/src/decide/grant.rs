//! Making grants: for what a return released, or by hand.

use backhaul_events::refunds::{
    Cause, Event, RefundApproved, RefundProposed, RefundSettled, TenderChoice,
};
use backhaul_events::returns::ReleasedItem;
use backhaul_kernel::{Context, OrderId, RefundId, Text, Tier};

use super::approval::if_disputed;
use super::limits::{Verdict, ask, goodwill_left, schedule, verdict};
use super::payment::pay;
use crate::draft::Draft;
use crate::evolve::evolve;
use crate::key::grant_digest;
use crate::order_facts::Sold;
use crate::tenders::left_in_all;
use crate::{Grounds, Issued, Refusal, State, Terms, Wishes};

/// What a return, a claim or an exchange released is paid for once. The same release again changes nothing. What
/// is released and worth nothing is granted and settled at once, without a provider, so that the
/// return can end.
pub(super) fn release(
    state: &State,
    order: &OrderId,
    cause: Cause,
    items: &[ReleasedItem],
    terms: &Terms,
    grounds: &Grounds,
    at: &Context,
) -> Result<Vec<Event>, Refusal> {
    if state.grants().any(|grant| grant.cause == cause) {
        return Ok(Vec::new());
    }
    let sold = sold(grounds, order)?;
    let mut draft = Draft::new(state, sold);
    for (index, item) in items.iter().enumerate() {
        let field = format!("items[{index}]");
        for part in &item.out_of {
            draft.out_of(&part.line, part.amount, &format!("{field}.out_of"))?;
        }
        // Units that came in place of others, and for which nothing was paid to us.
        let is_foreign = sold.line(&item.line).is_none();
        let asks_nothing = item.claim.is_some_and(|claim| claim.is_zero());
        if !item.out_of.is_empty() || (is_foreign && asks_nothing) {
            continue;
        }
        draft.returned(&item.line, item.quantity, item.claim, &field)?;
    }
    draft.beside_lines(terms.shipping);
    let deductions = draft.less(&terms.deductions)?;
    let tenders = TenderChoice {
        strategy: grounds.approval.tenders.strategy,
        only: Vec::new(),
    };
    let proposed = RefundProposed {
        due_at: terms.due_at,
        tenders: named(tenders),
        deductions,
        credit_to: terms.credit_to.clone(),
        ..propose(state, sold, draft, cause, grounds, at)?
    };
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
    wishes: &Wishes,
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
        Issued::Goodwill { amount } => {
            draft.goodwill(*amount)?;
            goodwill_left(state, *amount, &grounds.approval)?;
        }
        Issued::Portions { portions, fee } => {
            for (index, portion) in portions.iter().enumerate() {
                draft.portion(portion, &format!("portions[{index}]"))?;
            }
            if let Some(fee) = fee {
                draft.less_fee(*fee, "fee")?;
            }
        }
    }
    let cause = Cause::Goodwill {
        note: note.clone(),
        reason: wishes.reason,
    };
    let policy = &grounds.approval.tenders;
    let tenders = TenderChoice {
        strategy: wishes.strategy.unwrap_or(policy.strategy),
        only: wishes.only.clone(),
    };
    let proposed = RefundProposed {
        not_before: schedule(wishes.not_before, at.now)?,
        tenders: named(tenders),
        ..propose(state, sold, draft, cause, grounds, at)?
    };
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
    grounds: &Grounds,
    at: &Context,
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
        proposed_by: Some(at.actor.clone()),
        due_at: None,
        not_before: None,
        tenders: None,
        spent: grounds.spent.clone().map(Box::new),
        deductions: Vec::new(),
        credit_to: None,
    })
}

/// The usual choice is not written.
fn named(tenders: TenderChoice) -> Option<TenderChoice> {
    Some(tenders).filter(|tenders| *tenders != TenderChoice::default())
}

/// No more goes back than was paid, what waits for approval included. What the
/// policy or the proposer's own tier approves goes out in the same commit; for the rest a second
/// person is asked.
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
    let (refund, amount) = (&proposed.refund, proposed.amount);
    let proposer = at.actor.name.as_str();
    let by = match verdict(&proposed, grounds, at) {
        Verdict::Approved(by) => by,
        Verdict::Ask(limit) => {
            let asked = ask((refund, amount, &proposed.parts, proposer), limit, at.now);
            return Ok(vec![proposed.into(), asked]);
        }
    };
    let approved = RefundApproved {
        refund: refund.clone(),
        by,
        digest: grant_digest(refund, amount, &proposed.parts, proposer, None),
    };
    let refund = proposed.refund.clone();
    let mut events: Vec<Event> = vec![proposed.into(), approved.into()];
    let mut granted = state.clone();
    for event in &events {
        evolve(&mut granted, event);
    }
    let grant = super::existing(&granted, &refund)?;
    events.extend(pay(&granted, grant, grounds, if_disputed(grant), at)?);
    Ok(events)
}

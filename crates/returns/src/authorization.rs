//! The return may go ahead, or not: what is granted, and what people decide.

use std::collections::BTreeMap;

use backhaul_events::returns::{
    DecidedBy, Decision, Event, Finding, Handling, Release, RequestedItem, ReturnAuthorized,
    ReturnDeclined, Verdict,
};
use backhaul_kernel::{Context, LineId, Money, ReturnId, Tier, apportion, time};

use crate::command::{Authorize, Decline};
use crate::order_facts::Facts;
use crate::policy::PolicySnapshot;
use crate::refusal::Refusal;
use crate::state::{Stage, State, Terms};
use crate::{assess, release, request};

/// A person may authorise what was referred, and override a declined or an expired return, as long
/// as its units are still there. The decision records what the policy found, so that an override
/// shows. Authorising twice changes nothing.
pub(crate) fn authorize(
    state: &State,
    command: &Authorize,
    at: &Context,
) -> Result<Vec<Event>, Refusal> {
    let each = state.get(&command.r#return)?;
    match each.stage {
        Stage::Authorized(_) => return Ok(Vec::new()),
        Stage::Requested | Stage::Referred(_) | Stage::Declined(_) | Stage::Expired(_) => {}
        Stage::Cancelled | Stage::Closed(_) => return Err(each.refuse("authorised")),
    }
    check_tier(at, "authorised")?;
    let facts = request::known(&command.facts, &each.id.order())?;
    let held_by_others =
        |line: &LineId| state.held(line).saturating_sub(u64::from(each.held(line)));
    for (line, count) in &each.lines {
        let left = u64::from(facts.bought(line)).saturating_sub(held_by_others(line));
        if u64::from(count.requested) > left {
            return Err(Refusal::UnitsTaken {
                id: each.id.clone(),
                line: line.clone(),
                asked: count.requested,
                left,
            });
        }
    }
    let decision = assess::assess(
        facts,
        &command.policy,
        request::by_line(&each.items),
        each.requested_at,
        DecidedBy::Person,
    );
    let asked = Asked {
        facts,
        policy: &command.policy,
        items: &each.items,
        at,
    };
    let terms = terms(&asked, decision, held_by_others)?;
    let authorized = authorized(each.id.clone(), terms);
    Ok(release::with_release(
        each.alone(),
        &each.id,
        vec![authorized],
    ))
}

/// A person may decline what was referred. Declining twice changes nothing.
pub(crate) fn decline(
    state: &State,
    command: &Decline,
    at: &Context,
) -> Result<Vec<Event>, Refusal> {
    let each = state.get(&command.r#return)?;
    let referred = match &each.stage {
        Stage::Declined(_) => return Ok(Vec::new()),
        Stage::Referred(decision) => decision,
        Stage::Requested
        | Stage::Authorized(_)
        | Stage::Cancelled
        | Stage::Expired(_)
        | Stage::Closed(_) => return Err(each.refuse("declined")),
    };
    check_tier(at, "declined")?;
    let findings = referred.findings.iter().map(|finding| Finding {
        verdict: Verdict::DeclinedByPerson,
        ..finding.clone()
    });
    let declined = ReturnDeclined {
        r#return: each.id.clone(),
        decision: Decision {
            by: DecidedBy::Person,
            findings: findings.collect(),
            ..Decision::clone(referred)
        },
        note: command.note.clone(),
    };
    Ok(vec![declined.into()])
}

/// Platforms and warehouses ask and report; people of the merchant decide.
fn check_tier(at: &Context, action: &'static str) -> Result<(), Refusal> {
    if at.actor.tier >= Tier::Agent {
        return Ok(());
    }
    Err(Refusal::NotAllowed {
        tier: at.actor.tier,
        action,
    })
}

/// What is asked, and what it is asked of.
pub(crate) struct Asked<'a> {
    pub(crate) facts: &'a Facts,
    pub(crate) policy: &'a PolicySnapshot,
    pub(crate) items: &'a [RequestedItem],
    pub(crate) at: &'a Context,
}

/// What the policy grants. It is captured in the event: a newer policy never changes it. What is
/// kept is paid at once and never expires.
pub(crate) fn terms(
    asked: &Asked<'_>,
    decision: Decision,
    held: impl Fn(&LineId) -> u64,
) -> Result<Terms, Refusal> {
    let Asked {
        facts, policy, at, ..
    } = asked;
    if is_kept(asked, held) {
        return Ok(Terms {
            decision,
            handling: Handling::KeepItem,
            release: Release::OnRequest,
            expires_at: None,
        });
    }
    let centre = policy
        .return_centre(facts.destination.country)
        .ok_or_else(|| Refusal::NoReturnCentre {
            order: facts.order.clone(),
        })?;
    let expires_at = policy
        .content
        .expire_after_days
        .and_then(|days| time::after_days(at.now, days).ok());
    Ok(Terms {
        decision,
        handling: Handling::SendBack {
            to: centre.clone(),
            postage: policy.content.postage,
        },
        release: policy.content.release,
        expires_at,
    })
}

pub(crate) fn authorized(id: ReturnId, terms: Terms) -> Event {
    Event::ReturnAuthorized(ReturnAuthorized {
        r#return: id,
        decision: terms.decision,
        handling: terms.handling,
        release: terms.release,
        expires_at: terms.expires_at,
    })
}

/// Goods worth no more than the limit in their currency are not worth the way back. They are worth
/// what was paid for them, or what is asked for them if that is less.
fn is_kept(asked: &Asked<'_>, held: impl Fn(&LineId) -> u64) -> bool {
    let Asked {
        facts,
        policy,
        items,
        ..
    } = asked;
    let limits = &policy.content.keep_item_up_to;
    let Some(limit) = limits.iter().find(|limit| limit.currency == facts.currency) else {
        return false;
    };
    let mut next = BTreeMap::new();
    let worth = items.iter().map(|item| {
        let first = next
            .entry(&item.line)
            .or_insert_with(|| u32::try_from(held(&item.line)).unwrap_or(u32::MAX));
        let worth = worth_of_item(facts, item, *first);
        *first = first.saturating_add(item.quantity);
        worth
    });
    Money::sum(facts.currency, worth).is_ok_and(|worth| worth.minor <= limit.minor)
}

fn worth_of_item(facts: &Facts, item: &RequestedItem, first: u32) -> Money {
    let Some(line) = facts.lines.get(&item.line) else {
        return Money::zero(facts.currency);
    };
    let count = item.quantity.min(line.quantity);
    let first = first.min(line.quantity - count);
    let paid = apportion::worth_of_units(line.paid.minor, line.quantity, first, count);
    let claim = item.claim.map_or(paid, |claim| claim.minor.min(paid));
    Money::new(claim, facts.currency)
}

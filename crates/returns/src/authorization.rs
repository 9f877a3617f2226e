//! The return may go ahead, or not: what is granted, and what people decide.

use backhaul_events::returns::{
    Authorization, DecidedBy, Decision, Event, Finding, Handling, Postage, Release, RequestedItem,
    ReturnAuthorized, ReturnDeclined, Verdict,
};
use backhaul_kernel::{Context, LineId, Money, ReturnId, Text, Tier, Timestamp, time};

use crate::assess::{Assessment, Outcome, Question};
use crate::buyer::Before;
use crate::command::{Authorize, Decline};
use crate::order_facts::Facts;
use crate::policy::PolicySnapshot;
use crate::refusal::Refusal;
use crate::state::{Return, Stage, State, Terms};
use crate::{case, fees, release, request};

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
        Stage::Declared | Stage::Cancelled | Stage::Closed(_) => {
            return Err(each.refuse("authorised"));
        }
    }
    check_tier(at, "authorised")?;
    let facts = request::known(&command.facts, &each.id.order())?;
    check_units_left(state, each, facts)?;
    let held_by_others = |line: &LineId| state.held_by_others(each, line);
    let asked = Asked {
        facts,
        policy: &command.policy,
        items: &each.items,
        asked_at: each.requested_at,
        before: before(facts, state, Some(&each.id), each.requested_at),
        now: at.now,
    };
    let assessment = asked.assess(DecidedBy::Person, held_by_others);
    let terms = terms(&asked, assessment, held_by_others)?;
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
        Stage::Declared
        | Stage::Requested
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

/// No other return, claim or repair took the units of the return meanwhile.
pub(crate) fn check_units_left(state: &State, each: &Return, facts: &Facts) -> Result<(), Refusal> {
    for (line, count) in &each.lines {
        let others = state.held_by_others(each, line);
        let left = u64::from(facts.with_buyer(line)).saturating_sub(others);
        if u64::from(count.requested) > left {
            return Err(Refusal::UnitsTaken {
                id: each.id.clone(),
                line: line.clone(),
                asked: count.requested,
                left,
            });
        }
    }
    Ok(())
}

/// Platforms and warehouses ask and report; people of the merchant decide.
pub(crate) fn check_tier(at: &Context, action: &'static str) -> Result<(), Refusal> {
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
    pub(crate) asked_at: Timestamp,
    pub(crate) before: Before,
    pub(crate) now: Timestamp,
}

/// What was asked of the order and of its buyer before that return, or at all.
pub(crate) fn before(
    facts: &Facts,
    state: &State,
    this: Option<&ReturnId>,
    asked_at: Timestamp,
) -> Before {
    let earlier = state.returns.iter();
    let earlier = earlier.take_while(|each| this.is_none_or(|this| each.id != *this));
    let earlier = earlier.filter(|each| each.stage != Stage::Declared);
    Before::of(facts, earlier.map(|each| &**each), asked_at)
}

impl Asked<'_> {
    /// What the policy and the law say of it.
    pub(crate) fn assess(&self, by: DecidedBy, held: impl Fn(&LineId) -> u64) -> Assessment {
        let question = Question {
            facts: self.facts,
            policy: self.policy,
            asked_at: self.asked_at,
            before: self.before.clone(),
        };
        question.assess(&case::by_line(self.facts, self.items, held), by)
    }
}

/// Who authorises: a person as soon as one line needs one.
pub(crate) fn authority(assessment: &Assessment) -> Authorization {
    let mut outcomes = assessment.outcomes.iter();
    let is_manual =
        |outcome: &Outcome| outcome.granted.authorization.value == Authorization::Manual;
    match outcomes.any(is_manual) {
        true => Authorization::Manual,
        false => Authorization::Automatic,
    }
}

/// What the policy grants. It is captured in the event: a newer policy never changes it. What is
/// kept is paid at once and never expires.
pub(crate) fn terms(
    asked: &Asked<'_>,
    assessment: Assessment,
    held: impl Fn(&LineId) -> u64,
) -> Result<Terms, Refusal> {
    let Assessment { decision, outcomes } = assessment;
    if let Some(worth) = kept_worth(asked, &outcomes) {
        return Ok(Terms {
            decision,
            handling: Handling::KeepItem,
            release: Release::OnRequest,
            expires_at: None,
            claims: fees::claims(asked, held),
            fees: Vec::new(),
            release_after_days: None,
            time_zone: time_zone(asked.facts),
            kept_worth: Some(Money::new(worth, asked.facts.currency)),
        });
    }
    let Asked { facts, policy, .. } = asked;
    let by_rule = outcomes
        .iter()
        .find_map(|outcome| outcome.granted.return_centre.as_ref());
    let centre = by_rule
        .map(|said| &said.value)
        .or_else(|| policy.return_centre(facts.destination.country))
        .ok_or_else(|| Refusal::NoReturnCentre {
            order: facts.order.clone(),
        })?;
    let expires_at = policy
        .content
        .expire_after_days
        .and_then(|days| time::after_days(asked.now, days).ok());
    Ok(Terms {
        handling: Handling::SendBack {
            to: centre.clone(),
            postage: postage(&outcomes),
        },
        release: release_of(&outcomes),
        expires_at,
        claims: fees::claims(asked, &held),
        fees: fees::fees(asked, &outcomes, &held),
        release_after_days: policy.content.release_after_days,
        time_zone: time_zone(facts),
        kept_worth: None,
        decision,
    })
}

/// Orders name only time zones that exist, and those are short.
fn time_zone(facts: &Facts) -> Option<Text> {
    let zone = facts.destination.time_zone.as_deref();
    zone.and_then(|zone| Text::new(zone).ok())
}

/// One parcel has one payer: the merchant as soon as one line is sent at the merchant's cost.
fn postage(outcomes: &[Outcome]) -> Postage {
    let mut terms = outcomes
        .iter()
        .filter_map(|outcome| outcome.finding.terms.as_deref());
    match terms.any(|terms| terms.postage == Postage::Merchant) {
        true => Postage::Merchant,
        false => Postage::Buyer,
    }
}

/// The money of a return is released at one point: the latest that any of its lines asks for.
fn release_of(outcomes: &[Outcome]) -> Release {
    let rank = |release: &Release| match release {
        Release::OnRequest => 0,
        Release::OnFirstScan => 1,
        Release::OnReceipt => 2,
        Release::OnInspection => 3,
    };
    let releases = outcomes.iter().map(|outcome| outcome.granted.release.value);
    releases.max_by_key(rank).unwrap_or(Release::OnInspection)
}

pub(crate) fn authorized(id: ReturnId, terms: Terms) -> Event {
    Event::ReturnAuthorized(ReturnAuthorized {
        r#return: id,
        decision: terms.decision,
        handling: terms.handling,
        release: terms.release,
        expires_at: terms.expires_at,
        claims: terms.claims,
        fees: terms.fees,
        release_after_days: terms.release_after_days,
        time_zone: terms.time_zone,
        kept_worth: terms.kept_worth,
    })
}

/// What goods are worth that the buyer keeps; none where they go back.
///
/// Goods worth no more than the limit in their currency are not worth the way back: every line has
/// to have a limit, and all together must not be worth more than the least of them. They are worth
/// what was paid for them, or what is asked for them if that is less.
fn kept_worth(asked: &Asked<'_>, outcomes: &[Outcome]) -> Option<i64> {
    let limits = outcomes.iter().map(|outcome| {
        let keep = &outcome.granted.keep_item.as_ref()?.value;
        let kept = match keep.within_days {
            None => asked.before.kept,
            Some(days) => asked.before.kept_within(days, asked.asked_at),
        };
        let is_used_up = keep.returns_max.is_some_and(|max| kept >= max);
        let limit = keep
            .up_to
            .iter()
            .find(|limit| limit.currency == asked.facts.currency)?;
        (!is_used_up).then_some(limit.minor)
    });
    let limits: Option<Vec<i64>> = limits.collect();
    let least = limits?.into_iter().min()?;
    let worth = outcomes
        .iter()
        .try_fold(0i64, |sum, outcome| sum.checked_add(outcome.worth));
    worth.filter(|worth| *worth <= least)
}

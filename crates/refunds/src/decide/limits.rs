//! Who may let a grant go out: the merchant's policy, the proposer's own tier, or a second person.

use backhaul_events::refunds::{Approver, Component, Event, Part, RefundProposed, Used};
use backhaul_kernel::{Context, Currency, Money, Tier, Timestamp};
use jiff::SignedDuration;

use crate::{ApprovalPolicySnapshot, Grant, Grounds, Refusal, State};

/// How long an approval can be given after it was asked for: what it rests on grows old.
pub(super) const APPROVAL_HOURS: i64 = 24;
/// How far ahead a refund can be scheduled, in days.
const SCHEDULE_DAYS_MAX: i64 = 366;

/// What the policy says of a grant.
pub(super) enum Verdict {
    /// It goes out.
    Approved(Approver),
    /// A second person must say so; the limit is what it exceeds.
    Ask(Option<Money>),
}

/// No person is needed within the automatic limit, and none but the proposer within the limit of
/// the proposer's tier; unless the buyer, or the proposer today, has had too much already. What
/// was used must be known and must count this very grant, else a person is asked.
pub(super) fn verdict(proposed: &RefundProposed, grounds: &Grounds, at: &Context) -> Verdict {
    let policy = &grounds.approval;
    let amount = proposed.amount;
    if let Err(limit) = within_budgets(proposed, policy, at.actor.tier) {
        return Verdict::Ask(Some(limit));
    }
    let automatic = policy.limit(amount.currency);
    let own = policy.tier_limit(at.actor.tier, amount.currency);
    let version = policy.version;
    match (automatic, own) {
        (Some(limit), _) if amount.minor <= limit.minor => {
            Verdict::Approved(Approver::Policy { version, limit })
        }
        (_, Some(limit)) if amount.minor <= limit.minor => {
            let actor = at.actor.clone();
            Verdict::Approved(Approver::Tier {
                actor,
                version,
                limit,
            })
        }
        (automatic, own) => Verdict::Ask(own.or(automatic)),
    }
}

/// The budget that is exceeded is the answer.
fn within_budgets(
    proposed: &RefundProposed,
    policy: &ApprovalPolicySnapshot,
    tier: Tier,
) -> Result<(), Money> {
    let amount = proposed.amount;
    let spent = proposed.spent.as_ref();
    if let Some(limit) = policy.buyer_limit(amount.currency) {
        within(limit, spent.and_then(|spent| spent.buyer.as_ref()), amount)?;
    }
    if let Some(limit) = policy.daily_limit(tier, amount.currency) {
        within(limit, spent.and_then(|spent| spent.actor.as_ref()), amount)?;
    }
    Ok(())
}

fn within(limit: Money, used: Option<&Used>, amount: Money) -> Result<(), Money> {
    let fits = |used: &&Used| used.taken == amount && used.total.minor <= limit.minor;
    used.filter(fits).map(|_| ()).ok_or(limit)
}

/// An approver's own limits hold as well, where their tier has any.
pub(super) fn may_approve(grant: &Grant, grounds: &Grounds, at: &Context) -> Result<(), Refusal> {
    let (policy, amount) = (&grounds.approval, grant.amount);
    let above = |limit: Money| Refusal::AboveLimit {
        refund: grant.refund.clone(),
        limit,
    };
    let own = policy.tier_limit(at.actor.tier, amount.currency);
    if let Some(limit) = own.filter(|limit| amount.minor > limit.minor) {
        return Err(above(limit));
    }
    if let Some(limit) = policy.daily_limit(at.actor.tier, amount.currency) {
        let used = grounds
            .spent
            .as_ref()
            .and_then(|spent| spent.actor.as_ref());
        within(limit, used, amount).map_err(above)?;
    }
    Ok(())
}

/// Goodwill has a bound of its own for each order, whoever approves it.
pub(super) fn goodwill_left(
    state: &State,
    asked: Money,
    policy: &ApprovalPolicySnapshot,
) -> Result<(), Refusal> {
    let Some(limit) = policy.goodwill_limit(asked.currency) else {
        return Ok(());
    };
    let granted = state.granted(&Component::Goodwill);
    let left = limit.minor.saturating_sub(granted).max(0);
    if asked.minor <= left {
        return Ok(());
    }
    Err(Refusal::GoodwillExceeded {
        asked,
        left: Money::new(left, asked.currency),
    })
}

/// When an approval that is asked for now expires.
pub(super) fn expiry(now: Timestamp) -> Timestamp {
    later(now, SignedDuration::from_hours(APPROVAL_HOURS))
}

/// A schedule lies in the future, and not too far.
pub(super) fn schedule(
    not_before: Option<Timestamp>,
    now: Timestamp,
) -> Result<Option<Timestamp>, Refusal> {
    let latest = later(now, SignedDuration::from_hours(24 * SCHEDULE_DAYS_MAX));
    match not_before {
        Some(time) if time > latest => Err(Refusal::ScheduleTooFar),
        time => Ok(time.filter(|time| *time > now)),
    }
}

fn later(now: Timestamp, pause: SignedDuration) -> Timestamp {
    now.checked_add(pause).unwrap_or(Timestamp::MAX)
}

/// What is asked of a second person, by its digest.
pub(super) fn ask(
    grant: (&backhaul_kernel::RefundId, Money, &[Part], &str),
    limit: Option<Money>,
    now: Timestamp,
) -> Event {
    let (refund, amount, parts, proposer) = grant;
    let expires_at = expiry(now);
    backhaul_events::refunds::ApprovalRequested {
        refund: refund.clone(),
        limit,
        digest: crate::key::grant_digest(refund, amount, parts, proposer, Some(expires_at)),
        expires_at: Some(expires_at),
    }
    .into()
}

/// The one limit of that currency.
pub(crate) fn of_currency(limits: &[Money], currency: Currency) -> Option<Money> {
    let mut limits = limits.iter().copied();
    limits.find(|limit| limit.currency == currency)
}

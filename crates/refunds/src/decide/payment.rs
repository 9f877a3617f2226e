//! Sending money: laying a grant on payments, and the attempts.

use backhaul_events::orders::Tender;
use backhaul_events::refunds::{
    Allocation, CreditBooks, Event, Hold, ManualPayoutRequested, Owner, RefundHeld,
    RefundSubmitted, Route, StoreCreditSubmitted, TendersAllocated,
};
use backhaul_kernel::{Context, Money, PaymentId, Text, Tier};

use crate::account::account_of;
use crate::key::attempt_key;
use crate::schedule::is_due;
use crate::tenders::{allocate, disputed, held, left_in_all, merge};
use crate::{Attempt, Grant, Grounds, OrderFacts, Refusal, Stage, State, units};

/// What becomes of a grant whose payments are disputed at the bank.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum IfDisputed {
    /// It waits for the bank: what a return is owed must not be lost.
    Hold,
    /// Who asks learns of it at once.
    Refuse,
}

/// What no attempt of the grant carries goes back to the payments that hold it, wholly or not at
/// all, and not before its time. Each attempt is in the log, with its key, before a provider is
/// called. Nothing goes to a payment that is disputed: the bank may take the same money.
pub(super) fn pay(
    state: &State,
    grant: &Grant,
    grounds: &Grounds,
    if_disputed: IfDisputed,
    at: &Context,
) -> Result<Vec<Event>, Refusal> {
    if let Some(time) = grant.not_before.filter(|time| !is_due(*time, at.now)) {
        return Ok(vec![hold(grant, Hold::Until { at: time })]);
    }
    let asked = Money::new(grant.outstanding(), grant.amount.currency);
    let Some(allocations) = allocate(state, grounds, &grant.tenders, asked) else {
        return short(state, grant, &grounds.facts, if_disputed, asked);
    };
    let carried = grant
        .attempts
        .iter()
        .filter(|attempt| attempt.holds_money())
        .map(|attempt| allocation_of(attempt, &grounds.facts))
        .collect();
    let allocated = TendersAllocated {
        refund: grant.refund.clone(),
        allocations: merge(carried, &allocations),
    };
    let submitted = (next_attempt(grant)..)
        .zip(allocations)
        .map(|(attempt, allocation)| submit(grant, attempt, allocation, grounds, at));
    Ok(std::iter::once(allocated.into()).chain(submitted).collect())
}

pub(super) fn next_attempt(grant: &Grant) -> u32 {
    u32::try_from(grant.attempts.len() + 1).expect("a refund has few attempts")
}

/// The payments that nobody disputes do not hold the money.
fn short(
    state: &State,
    grant: &Grant,
    facts: &OrderFacts,
    if_disputed: IfDisputed,
    asked: Money,
) -> Result<Vec<Event>, Refusal> {
    let order = grant.refund.order();
    let left = held(state, facts, &grant.tenders, asked.currency);
    if asked.minor > left.minor {
        return Err(Refusal::ExceedsPaid { order, asked, left });
    }
    match if_disputed {
        IfDisputed::Refuse => Err(Refusal::PaymentDisputed(order)),
        IfDisputed::Hold => {
            let payments = disputed(state, facts, &grant.tenders, asked.currency);
            Ok(vec![hold(grant, Hold::Dispute { payments })])
        }
    }
}

fn hold(grant: &Grant, hold: Hold) -> Event {
    let refund = grant.refund.clone();
    RefundHeld { refund, hold }.into()
}

/// What was held is paid as soon as nothing holds it. Where the payments no longer hold the money,
/// because a bank took it, a person decides. Nothing changes while the same thing holds it.
pub(super) fn resume(
    state: &State,
    grant: &Grant,
    grounds: &Grounds,
    at: &Context,
) -> Result<Vec<Event>, Refusal> {
    let waiting = grant
        .hold
        .as_ref()
        .filter(|_| grant.stage == Stage::Approved);
    let Some(known) = waiting else {
        return Ok(Vec::new());
    };
    let events = match pay(state, grant, grounds, IfDisputed::Hold, at) {
        Err(Refusal::ExceedsPaid { left, .. }) => vec![hold(grant, Hold::Funds { left })],
        answer => answer?,
    };
    match events.as_slice() {
        [Event::RefundHeld(again)] if again.hold == *known => Ok(Vec::new()),
        _ => Ok(events),
    }
}

/// Gift cards and store credit of our own books are credited, everything else is a provider's. Money
/// that is somebody else's than the buyer's is credited to them, whatever the order was paid with.
fn submit(grant: &Grant, attempt: u32, to: Allocation, grounds: &Grounds, at: &Context) -> Event {
    let owner = grant.credit_to.clone();
    if let Some(owner) = owner.or_else(|| own_books(grounds, &to.payment)) {
        return credit(grant, attempt, &to.payment, to.amount, owner);
    }
    let order = grant.refund.order();
    RefundSubmitted {
        refund: grant.refund.clone(),
        attempt,
        key: attempt_key(&at.tenant, &order, &grant.refund, &to.payment, attempt),
        payment: to.payment,
        provider_payment: to.provider_payment,
        amount: to.amount,
    }
    .into()
}

/// Whose account of ours the payment came from; none when a provider keeps the books.
fn own_books(grounds: &Grounds, payment: &PaymentId) -> Option<Owner> {
    if grounds.approval.tenders.credit_books == CreditBooks::Provider {
        return None;
    }
    let captures = &grounds.facts.captures;
    let capture = captures.iter().find(|known| known.payment == *payment)?;
    match capture.tender {
        Tender::GiftCard => Some(Owner::GiftCard {
            card: capture.provider_payment.clone(),
        }),
        Tender::StoreCredit => buyer(&grounds.facts),
        Tender::Card | Tender::Wallet | Tender::BankTransfer => None,
    }
}

fn buyer(facts: &OrderFacts) -> Option<Owner> {
    let reference = facts.buyer.clone()?;
    Some(Owner::Buyer { reference })
}

fn credit(grant: &Grant, attempt: u32, payment: &PaymentId, amount: Money, owner: Owner) -> Event {
    StoreCreditSubmitted {
        refund: grant.refund.clone(),
        attempt,
        payment: payment.clone(),
        amount,
        account: account_of(&owner, amount.currency),
        owner,
    }
    .into()
}

/// An attempt of that amount that goes another way than back to its payment.
pub(super) fn submit_by(
    route: Route,
    grant: &Grant,
    payment: &PaymentId,
    amount: Money,
    facts: &OrderFacts,
) -> Result<Event, Refusal> {
    let attempt = next_attempt(grant);
    match route {
        Route::StoreCredit => {
            let owner = grant.credit_to.clone().or_else(|| buyer(facts));
            let owner = owner.ok_or_else(|| Refusal::OrderUnknown(grant.refund.order()))?;
            Ok(credit(grant, attempt, payment, amount, owner))
        }
        Route::ManualPayout => Ok(ManualPayoutRequested {
            refund: grant.refund.clone(),
            attempt,
            payment: payment.clone(),
            amount,
        }
        .into()),
    }
}

fn allocation_of(attempt: &Attempt, facts: &OrderFacts) -> Allocation {
    let captures = &facts.captures;
    let capture = captures
        .iter()
        .find(|known| known.payment == attempt.payment);
    let token = |capture: &crate::Capture| capture.provider_payment.clone();
    Allocation {
        payment: attempt.payment.clone(),
        provider_payment: capture.map_or_else(Text::default, token),
        amount: attempt.amount,
    }
}

/// What failed for good or came back is sent again when a person says so, as a new attempt with a
/// new key, if its money and its units are still free.
pub(super) fn retry(
    state: &State,
    grant: &Grant,
    grounds: &Grounds,
    at: &Context,
) -> Result<Vec<Event>, Refusal> {
    let tier = at.actor.tier;
    if !matches!(tier, Tier::Agent | Tier::Expert | Tier::Admin) {
        return Err(Refusal::TierTooLow {
            tier,
            needed: Tier::Agent,
        });
    }
    can_send(state, grant, &grounds.facts)?;
    pay(state, grant, grounds, IfDisputed::Refuse, at)
}

/// Something of the grant failed for good or came back, and its money is still there.
pub(super) fn can_send(state: &State, grant: &Grant, facts: &OrderFacts) -> Result<(), Refusal> {
    let failed =
        grant.stage == Stage::Approved && grant.outstanding() > 0 && !grant.attempts.is_empty();
    if !failed {
        return Err(Refusal::NothingToRetry(grant.refund.clone()));
    }
    if !grant.is_live() {
        still_free(state, grant, facts)?;
    }
    let asked = Money::new(grant.outstanding(), grant.amount.currency);
    let left = left_in_all(state, facts, asked);
    if asked.minor > left.minor {
        return Err(Refusal::ExceedsPaid {
            order: grant.refund.order(),
            asked,
            left,
        });
    }
    Ok(())
}

/// A grant whose every attempt failed reserves nothing: something else may have taken its units or
/// its components meanwhile.
fn still_free(state: &State, grant: &Grant, facts: &OrderFacts) -> Result<(), Refusal> {
    let order = grant.refund.order();
    let sold = facts
        .sold
        .as_deref()
        .ok_or_else(|| Refusal::OrderUnknown(order.clone()))?;
    for range in &grant.units {
        let quantity = sold.line(&range.line).map_or(0, |line| line.quantity);
        let left = units::overlap(range, &units::free(state, &[], &range.line, quantity));
        if left < range.count {
            return Err(Refusal::UnitsRefunded {
                order,
                line: range.line.clone(),
                asked: range.count,
                left,
            });
        }
    }
    for part in &grant.parts {
        let Some((component, paid)) = sold
            .components()
            .find(|(component, _)| *component == part.component)
        else {
            continue; // A fee or goodwill: not bounded by what was sold.
        };
        let left = paid.saturating_sub(state.granted(component)).max(0);
        if part.amount.minor > left {
            return Err(Refusal::ExceedsPaid {
                order,
                asked: part.amount,
                left: Money::new(left, part.amount.currency),
            });
        }
    }
    Ok(())
}

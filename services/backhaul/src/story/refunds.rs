//! The words of refunds.

use backhaul_events::refunds::{
    ApprovalRequested, Approver, Cause, Component, CreditNoteIssued, Event, Hold, Owner, Part,
    RefundProposed,
};
use backhaul_events::returns::RemedyOf;
use backhaul_kernel::Text;

use super::{Percent, amounts, less, listed, minute, noted, word};

pub(super) fn words(event: &Event) -> String {
    match event {
        Event::RefundProposed(event) => proposed(event),
        Event::ApprovalRequested(event) => asks_a_person(event),
        Event::RefundApproved(event) => {
            let by = match &event.by {
                Approver::Policy { version, limit } => {
                    format!("by approval policy version {version}, within its limit of {limit}")
                }
                Approver::Tier {
                    actor,
                    version,
                    limit,
                } => format!(
                    "by {} alone, within the limit of {limit} of approval policy version {version}",
                    actor.name
                ),
                Approver::Person { actor } => format!("by {}", actor.name),
            };
            format!("refund {} approved {by}", event.refund)
        }
        Event::ApprovalExpired(event) => {
            format!("nobody approved refund {} in time", event.refund)
        }
        Event::RefundRejected(event) => {
            format!("refund {} rejected{}", event.refund, noted(&event.note))
        }
        Event::RefundHeld(event) => format!("refund {} waits: {}", event.refund, hold(&event.hold)),
        Event::TendersAllocated(event) => format!(
            "refund {} goes back: {}",
            event.refund,
            listed(
                event
                    .allocations
                    .iter()
                    .map(|each| { format!("{} to payment {}", each.amount, each.payment) })
            )
        ),
        Event::RefundSubmitted(event) => format!(
            "refund {} attempt {}: provider asked for {} to payment {} ({})",
            event.refund, event.attempt, event.amount, event.payment, event.provider_payment
        ),
        Event::RefundOutcomeUnknown(event) => format!(
            "refund {} attempt {}: no clear answer after try {}, looked up again at {}",
            event.refund,
            event.attempt,
            event.tries,
            minute(event.retry_at)
        ),
        Event::RefundPending(event) => format!(
            "refund {} attempt {}: accepted by the provider as {}, reported later",
            event.refund, event.attempt, event.provider_refund
        ),
        Event::RefundActionRequired(event) => format!(
            "refund {} attempt {}: the provider ({}) needs something{}",
            event.refund,
            event.attempt,
            event.provider_refund,
            noted(&event.instruction)
        ),
        Event::RefundSucceeded(event) => format!(
            "refund {} attempt {}: paid back as {}{}",
            event.refund,
            event.attempt,
            event.provider_refund,
            reference(&event.acquirer_reference)
        ),
        Event::RefundFailed(event) => format!(
            "refund {} attempt {}: refused by the provider ({})",
            event.refund, event.attempt, event.code
        ),
        Event::RefundReversed(event) => format!(
            "refund {} attempt {}: the money came back ({}), so it is owed again",
            event.refund, event.attempt, event.code
        ),
        Event::RefundParked(event) => format!(
            "refund {} attempt {}: no answer after {} tries, a person must look",
            event.refund, event.attempt, event.tries
        ),
        Event::RefundSettled(event) => {
            format!(
                "refund {} of {} settled, {}",
                event.refund,
                event.amount,
                cause(&event.cause)
            )
        }
        Event::RefundCancelled(event) => {
            format!("refund {} cancelled{}", event.refund, noted(&event.note))
        }
        Event::StoreCreditSubmitted(event) => format!(
            "refund {} attempt {}: {} of payment {} goes {} (account {})",
            event.refund,
            event.attempt,
            event.amount,
            event.payment,
            onto(&event.owner),
            event.account
        ),
        Event::ManualPayoutRequested(event) => format!(
            "refund {} attempt {}: a person pays {} of payment {}",
            event.refund, event.attempt, event.amount, event.payment
        ),
        Event::FallbackChosen(event) => format!(
            "refund {} attempt {}: cannot go back the way it came, so it goes as {}",
            event.refund,
            event.attempt,
            word(event.route)
        ),
        Event::ManualPayoutRecorded(event) => format!(
            "refund {} attempt {}: a person paid it ({})",
            event.refund, event.attempt, event.reference
        ),
        Event::CreditNoteIssued(event) => credit_note(event),
        Event::RefundReconciled(event) => format!(
            "refund {} attempt {}: settled by the provider in {}",
            event.refund, event.attempt, event.settlement
        ),
        Event::DiscrepancyFound(event) => format!(
            "refund {} attempt {}: settlement {} disagrees",
            event.refund, event.attempt, event.settlement
        ),
        Event::RefundDeadlineBreached(event) => format!(
            "refund {} was due by law at {}",
            event.refund,
            minute(event.due_at)
        ),
        Event::BudgetTaken(event) => {
            format!("{} counted for order {}", event.amount, event.order)
        }
        Event::BudgetReturned(event) => format!("what {} counted is free again", event.claim),
        Event::StoreCreditIssued(event) => {
            format!("{} put into account {}", event.amount, event.account)
        }
        Event::StoreCreditRedeemed(event) => format!(
            "{} of account {} spent on {}",
            event.amount, event.account, event.reference
        ),
        Event::StoreCreditExpired(event) => {
            format!("{} of account {} lapsed", event.amount, event.account)
        }
        Event::StoreCreditFrozen(event) => {
            format!("account {} frozen{}", event.account, noted(&event.note))
        }
        Event::StoreCreditUnfrozen(event) => {
            format!(
                "account {} opened again{}",
                event.account,
                noted(&event.note)
            )
        }
        Event::ApprovalPolicyPublished(event) => format!(
            "approval policy version {}: without a person up to {}",
            event.version,
            amounts(&event.automatic_up_to)
        ),
    }
}

fn proposed(event: &RefundProposed) -> String {
    // What is kept back is told by what for and by which clause, where that is known.
    let parts = event.parts.iter();
    let parts =
        parts.filter(|part| event.deductions.is_empty() || part.component != Component::Fee);
    let deductions: String = event.deductions.iter().map(less).collect();
    let due = event
        .due_at
        .map(|at| format!("; due by law by {}", minute(at)));
    let not_before = event.not_before;
    let not_before = not_before.map(|at| format!("; not to be paid before {}", minute(at)));
    format!(
        "refund {} of {} granted {}: {}{deductions}{}{}",
        event.refund,
        event.amount,
        cause(&event.cause),
        listed(parts.map(part)),
        due.unwrap_or_default(),
        not_before.unwrap_or_default(),
    )
}

fn credit_note(event: &CreditNoteIssued) -> String {
    let taxes = event.taxes.iter().map(|tax| {
        let percent = Percent(tax.rate_basis_points);
        format!(", {} tax {percent} {}", tax.jurisdiction, tax.tax)
    });
    let taxes: String = taxes.collect();
    let fee = match event.fee.is_positive() {
        true => format!(", less {}", event.fee),
        false => String::new(),
    };
    format!(
        "credit note {} of {} issued for refund {}: net {}{taxes}{fee}",
        event.credit_note, event.amount, event.refund, event.net
    )
}

fn onto(owner: &Owner) -> String {
    match owner {
        Owner::Buyer { reference } => format!("to the store credit of buyer {reference}"),
        Owner::GiftCard { card } => format!("onto gift card {card}"),
    }
}

fn asks_a_person(event: &ApprovalRequested) -> String {
    let why = match event.limit {
        Some(limit) => format!("it is above the limit of {limit}"),
        None => "there is no limit for its currency".to_owned(),
    };
    format!("refund {} waits for a person: {why}", event.refund)
}

fn cause(cause: &Cause) -> String {
    match cause {
        Cause::Return { r#return, release } => format!("for return {return}, release {release}"),
        Cause::Goodwill { note, .. } => format!("out of goodwill{}", noted(note)),
        Cause::Remedy { of, release } => match of {
            RemedyOf::Claim { claim } => format!("for claim {claim}, release {release}"),
            RemedyOf::Exchange { exchange } => {
                format!("for exchange {exchange}, release {release}")
            }
        },
    }
}

fn part(part: &Part) -> String {
    let what = match &part.component {
        Component::LineNet { line } => format!("line {line}"),
        Component::LineTax {
            line, jurisdiction, ..
        } => format!("{jurisdiction} tax of line {line}"),
        Component::ShippingNet => "shipping".to_owned(),
        Component::ShippingTax { jurisdiction, .. } => format!("{jurisdiction} tax of shipping"),
        Component::ChargeNet { charge } => format!("charge {charge}"),
        Component::ChargeTax {
            charge,
            jurisdiction,
            ..
        } => format!("{jurisdiction} tax of charge {charge}"),
        Component::Fee => "fee".to_owned(),
        Component::Goodwill => "goodwill".to_owned(),
    };
    format!("{what} {}", part.amount)
}

fn hold(hold: &Hold) -> String {
    match hold {
        Hold::Dispute { payments } => format!(
            "the bank decides on {} first",
            listed(payments.iter().map(|payment| format!("payment {payment}")))
        ),
        Hold::Until { at } => format!("it is not paid before {}", minute(*at)),
        Hold::Funds { left } => format!("the payments hold {left}, a person decides"),
    }
}

fn reference(reference: &Text) -> String {
    if reference.is_empty() {
        return String::new();
    }
    format!(", the bank finds it as {reference}")
}

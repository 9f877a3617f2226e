//! The words of refunds.

use backhaul_events::refunds::{
    ApprovalRequested, Approver, Cause, Component, Event, Part, RefundProposed,
};
use backhaul_kernel::Text;

use super::{amounts, listed, minute, noted};

pub(super) fn words(event: &Event) -> String {
    match event {
        Event::RefundProposed(event) => proposed(event),
        Event::ApprovalRequested(event) => asks_a_person(event),
        Event::RefundApproved(event) => {
            let by = match &event.by {
                Approver::Policy { version, limit } => {
                    format!("by approval policy version {version}, within its limit of {limit}")
                }
                Approver::Person { actor } => format!("by {}", actor.name),
            };
            format!("refund {} approved {by}", event.refund)
        }
        Event::RefundRejected(event) => {
            format!("refund {} rejected{}", event.refund, noted(&event.note))
        }
        Event::TendersAllocated(event) => format!(
            "refund {} goes back to {}",
            event.refund,
            listed(
                event
                    .allocations
                    .iter()
                    .map(|each| { format!("payment {} with {}", each.payment, each.amount) })
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
            "refund {} attempt {}: the money came back ({})",
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
        Event::ApprovalPolicyPublished(event) => format!(
            "approval policy version {}: without a person up to {}",
            event.version,
            amounts(&event.automatic_up_to)
        ),
    }
}

fn proposed(event: &RefundProposed) -> String {
    format!(
        "refund {} of {} granted {}: {}",
        event.refund,
        event.amount,
        cause(&event.cause),
        listed(event.parts.iter().map(part))
    )
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
        Cause::Goodwill { note } => format!("out of goodwill{}", noted(note)),
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
        Component::Fee => "fee".to_owned(),
        Component::Goodwill => "goodwill".to_owned(),
    };
    format!("{what} {}", part.amount)
}

fn reference(reference: &Text) -> String {
    if reference.is_empty() {
        return String::new();
    }
    format!(", the bank finds it as {reference}")
}

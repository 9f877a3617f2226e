//! Which timers the events of refunds set and clear: one an attempt, while the provider owes an
//! answer.

use backhaul_events::refunds::Event;
use backhaul_kernel::RefundId;
use backhaul_kernel::deadline::DeadlineChange;

/// What the event does to the timers of its stream.
pub fn deadline(event: &Event) -> Option<DeadlineChange> {
    match event {
        Event::RefundOutcomeUnknown(event) => Some(DeadlineChange::Set {
            key: key(&event.refund, event.attempt),
            at: event.retry_at,
        }),
        Event::RefundPending(event) => Some(DeadlineChange::Set {
            key: key(&event.refund, event.attempt),
            at: event.retry_at,
        }),
        Event::RefundActionRequired(event) => Some(clear(&event.refund, event.attempt)),
        Event::RefundSucceeded(event) => Some(clear(&event.refund, event.attempt)),
        Event::RefundFailed(event) => Some(clear(&event.refund, event.attempt)),
        Event::RefundReversed(event) => Some(clear(&event.refund, event.attempt)),
        Event::RefundParked(event) => Some(clear(&event.refund, event.attempt)),
        Event::RefundProposed(_)
        | Event::ApprovalRequested(_)
        | Event::RefundApproved(_)
        | Event::RefundRejected(_)
        | Event::TendersAllocated(_)
        | Event::RefundSubmitted(_)
        | Event::RefundSettled(_)
        | Event::RefundCancelled(_)
        | Event::ApprovalPolicyPublished(_) => None,
    }
}

/// The refund and the attempt that a timer's key names.
pub fn attempt_of(key: &str) -> Option<(RefundId, u32)> {
    let (refund, attempt) = key.split_once('/')?;
    Some((refund.parse().ok()?, attempt.parse().ok()?))
}

fn clear(refund: &RefundId, attempt: u32) -> DeadlineChange {
    DeadlineChange::Clear {
        key: key(refund, attempt),
    }
}

fn key(refund: &RefundId, attempt: u32) -> String {
    format!("{refund}/{attempt}")
}

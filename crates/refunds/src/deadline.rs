//! Which timers the events of refunds set and clear. An attempt has one while the provider owes an
//! answer; a grant has one while it waits for a person or for its time, and one for the day on
//! which the law wants the money back.

use backhaul_events::refunds::{Event, Hold};
use backhaul_kernel::deadline::DeadlineChange;
use backhaul_kernel::{RefundId, Timestamp};

/// What the event does to the timers of attempts.
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
        _ => None,
    }
}

/// What the event does to the timer of a grant that waits: for a person, or for its time. The key
/// is the refund.
pub fn wait_deadline(event: &Event) -> Option<DeadlineChange> {
    let over = |refund: &RefundId| {
        let key = refund.to_string();
        Some(DeadlineChange::Clear { key })
    };
    match event {
        Event::ApprovalRequested(event) => event.expires_at.map(|at| DeadlineChange::Set {
            key: event.refund.to_string(),
            at,
        }),
        Event::RefundHeld(event) => match event.hold {
            Hold::Until { at } => Some(DeadlineChange::Set {
                key: event.refund.to_string(),
                at,
            }),
            Hold::Dispute { .. } | Hold::Funds { .. } => over(&event.refund),
        },
        Event::ApprovalExpired(event) => over(&event.refund),
        Event::RefundApproved(event) => over(&event.refund),
        Event::RefundRejected(event) => over(&event.refund),
        Event::RefundCancelled(event) => over(&event.refund),
        Event::TendersAllocated(event) => over(&event.refund),
        _ => None,
    }
}

/// What the event does to the timer of what the law wants. The key is the refund.
pub fn due_deadline(event: &Event) -> Option<DeadlineChange> {
    let over = |refund: &RefundId| {
        let key = refund.to_string();
        Some(DeadlineChange::Clear { key })
    };
    let set = |refund: &RefundId, at: Option<Timestamp>| {
        let key = refund.to_string();
        at.map(|at| DeadlineChange::Set { key, at })
    };
    match event {
        Event::RefundProposed(event) => set(&event.refund, event.due_at),
        // What was settled is owed again.
        Event::RefundReversed(event) => set(&event.refund, event.due_at),
        Event::RefundSettled(event) => over(&event.refund),
        Event::RefundRejected(event) => over(&event.refund),
        Event::RefundCancelled(event) => over(&event.refund),
        Event::RefundDeadlineBreached(event) => over(&event.refund),
        _ => None,
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

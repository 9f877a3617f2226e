//! Which timers the events of returns set and clear: one a return while its authorisation can still
//! expire, one while units wait for an inspection that has an end, and one an exchange while the old
//! goods of an advance are due.

use backhaul_events::returns::RemedyOf;
use backhaul_kernel::deadline::DeadlineChange;
use backhaul_kernel::{ExchangeId, ReturnId, Timestamp};

use crate::Event;

/// What the event does to the timers of its stream.
pub fn deadline(event: &Event) -> Option<DeadlineChange> {
    match event {
        Event::ReturnAuthorized(event) => Some(until(event.r#return.to_string(), event.expires_at)),
        Event::ReturnDeclined(event) => Some(clear(&event.r#return)),
        Event::ReturnCancelled(event) => Some(clear(&event.r#return)),
        Event::ReturnExpired(event) => Some(clear(&event.r#return)),
        Event::ReturnClosed(event) => Some(clear(&event.r#return)),
        Event::UnitsReceived(event) => Some(clear(&event.r#return)),
        Event::PartsReceived(event) => Some(clear(&event.r#return)),
        Event::WrongItemReceived(event) => Some(clear(&event.r#return)),
        Event::ReplacementSent(event) => match &event.of {
            RemedyOf::Exchange { exchange } => event.goods_due_at.map(|at| DeadlineChange::Set {
                key: exchange.to_string(),
                at,
            }),
            RemedyOf::Claim { .. } => None,
        },
        Event::AdvanceReleased(event) => Some(over(&event.exchange)),
        Event::AdvanceCharged(event) => Some(over(&event.exchange)),
        Event::ExchangeCompleted(event) => Some(over(&event.exchange)),
        Event::ExchangeUnwound(event) => Some(over(&event.exchange)),
        Event::ExchangeCancelled(event) => Some(over(&event.exchange)),
        Event::UnitsHandedOver(event) => Some(clear(&event.r#return)),
        Event::ReturnRequested(_)
        | Event::ReturnReferred(_)
        | Event::UnitsMissing(_)
        | Event::UnexpectedUnitsReceived(_)
        | Event::UnitsInspected(_)
        | Event::DispositionAssigned(_)
        | Event::RefundReleased(_)
        | Event::InspectionOverdue(_)
        | Event::WithdrawalDeclared(_)
        | Event::WithdrawalConfirmed(_)
        | Event::WithdrawalAcknowledged(_)
        | Event::PolicyPublished(_)
        | Event::PolicyRetired(_)
        | Event::ClaimOpened(_)
        | Event::ClaimEvidenceRequested(_)
        | Event::ClaimEvidenceAdded(_)
        | Event::ClaimAccepted(_)
        | Event::ClaimDenied(_)
        | Event::ClaimWithdrawn(_)
        | Event::ClaimResolved(_)
        | Event::ReplacementReserved(_)
        | Event::ReplacementUnavailable(_)
        | Event::ReplacementDelivered(_)
        | Event::RemedyReleased(_)
        | Event::ExchangeRequested(_)
        | Event::DifferenceQuoted(_)
        | Event::DifferenceCollected(_)
        | Event::DifferenceReleased(_)
        | Event::AdvanceAuthorized(_)
        | Event::RepairStarted(_)
        | Event::RepairQuoted(_)
        | Event::RepairQuoteAccepted(_)
        | Event::RepairQuoteDeclined(_)
        | Event::RepairCompleted(_)
        | Event::RepairFailed(_)
        | Event::RepairSentBack(_)
        | Event::GuaranteeExtended(_)
        | Event::ValueRecovered(_)
        | Event::PartialRefundOffered(_)
        | Event::PartialRefundAccepted(_)
        | Event::PartialRefundDeclined(_)
        | Event::ReturnReopened(_)
        | Event::ReviewOverdue(_) => None,
    }
}

fn over(exchange: &ExchangeId) -> DeadlineChange {
    DeadlineChange::Clear {
        key: exchange.to_string(),
    }
}

/// What the event does to the timer of units that wait for inspection.
pub fn inspection_deadline(event: &Event) -> Option<DeadlineChange> {
    match event {
        Event::UnitsReceived(event) => Some(until(event.r#return.to_string(), event.inspect_by)),
        Event::UnitsInspected(event) => Some(until(event.r#return.to_string(), event.inspect_by)),
        Event::InspectionOverdue(event) => {
            Some(until(event.r#return.to_string(), event.inspect_by))
        }
        Event::ReturnClosed(event) => Some(clear(&event.r#return)),
        _ => None,
    }
}

/// The timer of that name, set or cleared.
pub(crate) fn until(key: String, at: Option<Timestamp>) -> DeadlineChange {
    match at {
        Some(at) => DeadlineChange::Set { key, at },
        None => DeadlineChange::Clear { key },
    }
}

fn clear(r#return: &ReturnId) -> DeadlineChange {
    DeadlineChange::Clear {
        key: r#return.to_string(),
    }
}

//! The memory of a policy set. A new event does not compile until it is placed here.

use backhaul_events::returns::Event;

use super::state::{Standing, State, Version};

pub(crate) fn evolve(state: &mut State, event: &Event) {
    match event {
        Event::PolicyPublished(event) => {
            state.versions.push(Version::new(event.content.clone()));
            state.standing = Standing::Current;
        }
        Event::PolicyRetired(_) => state.standing = Standing::Retired,
        // Live in the streams of returns.
        Event::ReturnRequested(_)
        | Event::ReturnReferred(_)
        | Event::ReturnAuthorized(_)
        | Event::ReturnDeclined(_)
        | Event::ReturnCancelled(_)
        | Event::ReturnExpired(_)
        | Event::UnitsReceived(_)
        | Event::UnitsMissing(_)
        | Event::WrongItemReceived(_)
        | Event::UnexpectedUnitsReceived(_)
        | Event::UnitsInspected(_)
        | Event::DispositionAssigned(_)
        | Event::RefundReleased(_)
        | Event::ReturnClosed(_)
        | Event::ClaimOpened(_)
        | Event::ClaimEvidenceRequested(_)
        | Event::ClaimEvidenceAdded(_)
        | Event::ClaimAccepted(_)
        | Event::ClaimDenied(_)
        | Event::ClaimWithdrawn(_)
        | Event::ClaimResolved(_)
        | Event::ReplacementReserved(_)
        | Event::ReplacementUnavailable(_)
        | Event::ReplacementSent(_)
        | Event::ReplacementDelivered(_)
        | Event::RemedyReleased(_)
        | Event::ExchangeRequested(_)
        | Event::DifferenceQuoted(_)
        | Event::DifferenceCollected(_)
        | Event::DifferenceReleased(_)
        | Event::AdvanceAuthorized(_)
        | Event::AdvanceReleased(_)
        | Event::AdvanceCharged(_)
        | Event::ExchangeCompleted(_)
        | Event::ExchangeUnwound(_)
        | Event::ExchangeCancelled(_)
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
        | Event::PartsReceived(_)
        | Event::ReturnReopened(_)
        | Event::UnitsHandedOver(_)
        | Event::InspectionOverdue(_)
        | Event::WithdrawalDeclared(_)
        | Event::WithdrawalConfirmed(_)
        | Event::WithdrawalAcknowledged(_)
        | Event::ReviewOverdue(_) => {}
    }
}

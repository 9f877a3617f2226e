//! The words of returns. Why a policy decided as it did is told in `decisions`.

use backhaul_events::returns::{
    Authorization, Event, InspectedUnits, InspectionOutcome, OutboundShipping, PolicyPublished,
    ReceivedUnits, RefundReleased, ReleaseTerms, RequestedItem, WithdrawalRight,
};

use super::decisions::{authorized, decision, release, why_a_person};
use super::{amounts, beside, counted, less, listed, minute, noted, of_line, remedies, word};

pub(super) fn words(event: &Event) -> String {
    match event {
        Event::ReturnRequested(event) => format!(
            "return {} requested{}: {}",
            event.r#return,
            beside::gift(event.gift_recipient.as_ref()),
            listed(event.items.iter().map(item))
        ),
        Event::ReturnReferred(event) => {
            let promised = event.decide_by.map(|at| format!(" until {}", minute(at)));
            format!(
                "return {} left to a person{}, {}",
                event.r#return,
                format_args!(
                    "{}{}",
                    promised.unwrap_or_default(),
                    why_a_person(&event.decision)
                ),
                decision(&event.decision)
            )
        }
        Event::ReturnAuthorized(event) => authorized(event),
        Event::ReturnDeclined(event) => format!(
            "return {} declined {}{}",
            event.r#return,
            decision(&event.decision),
            noted(&event.note)
        ),
        Event::ReturnCancelled(event) => {
            format!("return {} cancelled{}", event.r#return, noted(&event.note))
        }
        Event::ReturnExpired(event) => {
            format!(
                "return {} expired, its authorisation was not used in time",
                event.r#return
            )
        }
        Event::UnitsReceived(event) => {
            let parcel = event
                .parcel
                .as_ref()
                .map(|parcel| format!(" in parcel {parcel}"));
            let site = match event.site.is_empty() {
                true => String::new(),
                false => format!(" at {}", event.site),
            };
            let inspect_by = event.inspect_by;
            let inspect_by =
                inspect_by.map(|at| format!("; paid for without inspection from {}", minute(at)));
            format!(
                "received {}{}{site} for return {}{}",
                listed(event.units.iter().map(received)),
                parcel.unwrap_or_default(),
                event.r#return,
                inspect_by.unwrap_or_default()
            )
        }
        Event::UnitsMissing(event) => format!(
            "{} of return {} will not come",
            listed(
                event
                    .units
                    .iter()
                    .map(|units| of_line(units.quantity, &units.line))
            ),
            event.r#return
        ),
        Event::WrongItemReceived(event) => format!(
            "received something else for line {} of return {}: {} x {}; no money follows from it",
            event.line, event.r#return, event.quantity, event.found
        ),
        Event::UnexpectedUnitsReceived(event) => format!(
            "received goods that nobody announced for order {}: {} x {}",
            event.order, event.quantity, event.found
        ),
        Event::UnitsInspected(event) => format!(
            "inspected {} for return {}{}",
            listed(event.units.iter().map(inspected)),
            event.r#return,
            beside::found(event)
        ),
        Event::DispositionAssigned(event) => format!(
            "{} of return {}: {}{}",
            of_line(event.units.quantity, &event.units.line),
            event.r#return,
            word(event.disposition),
            beside::at(&event.site)
        ),
        Event::RefundReleased(event) => released(event),
        Event::UnitsHandedOver(event) => format!(
            "a carrier has parcel {} of return {}, seen {}",
            event.parcel,
            event.r#return,
            minute(event.handed_over_at)
        ),
        Event::WithdrawalDeclared(event) => format!(
            "withdrawal stated from {}, return {} once it is confirmed",
            listed(
                event
                    .units
                    .iter()
                    .map(|units| of_line(units.quantity, &units.line))
            ),
            event.r#return
        ),
        Event::WithdrawalConfirmed(event) => format!(
            "withdrawal {} confirmed {}: {}",
            event.r#return,
            minute(event.confirmed_at),
            listed(event.rights.iter().map(right))
        ),
        Event::WithdrawalAcknowledged(event) => format!(
            "withdrawal {} acknowledged to the buyer, confirmed {}",
            event.r#return,
            minute(event.confirmed_at)
        ),
        Event::InspectionOverdue(event) => format!(
            "{} of return {} not inspected in time",
            listed(
                event
                    .units
                    .iter()
                    .map(|units| of_line(units.quantity, &units.line))
            ),
            event.r#return
        ),
        Event::ReviewOverdue(event) => format!(
            "nobody decided on return {} by {}, as was promised",
            event.r#return,
            minute(event.due)
        ),
        Event::ReturnClosed(event) => format!("return {} closed", event.r#return),
        Event::PolicyPublished(event) => published(event),
        Event::PolicyRetired(event) => format!(
            "return policy {} retired after version {}; the built-in policy decides",
            event.policy, event.version
        ),
        Event::ClaimOpened(_)
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
        | Event::GuaranteeExtended(_) => remedies::words(event).unwrap_or_default(),
        Event::ValueRecovered(_)
        | Event::PartialRefundOffered(_)
        | Event::PartialRefundAccepted(_)
        | Event::PartialRefundDeclined(_)
        | Event::PartsReceived(_)
        | Event::ReturnReopened(_) => beside::words(event).unwrap_or_default(),
    }
}

fn right(right: &WithdrawalRight) -> String {
    let ends_at = right.ends_at.map(|at| format!(" until {}", minute(at)));
    let ends_at = ends_at.unwrap_or_default();
    format!("line {} by {}{ends_at}", right.line, right.clause)
}

fn item(item: &RequestedItem) -> String {
    let claim = item
        .claim
        .map(|claim| format!(", asking {claim}"))
        .unwrap_or_default();
    let units = of_line(item.quantity, &item.line);
    format!(
        "{units} ({}{claim}){}",
        word(item.reason),
        noted(&item.note)
    )
}

fn received(units: &ReceivedUnits) -> String {
    format!(
        "{} {}",
        of_line(units.quantity, &units.line),
        word(units.condition)
    )
}

fn inspected(units: &InspectedUnits) -> String {
    let outcome = match units.outcome {
        InspectionOutcome::Accepted => "accepted",
        InspectionOutcome::Rejected => "rejected",
    };
    format!(
        "{} {outcome} as grade {}",
        of_line(units.quantity, &units.line),
        grade(units)
    )
}

fn grade(units: &InspectedUnits) -> String {
    word(units.grade).to_uppercase()
}

fn released(event: &RefundReleased) -> String {
    let items = event.items.iter().map(|item| {
        let claim = item
            .claim
            .map(|claim| format!(" (at most {claim})"))
            .unwrap_or_default();
        format!("{}{claim}", of_line(item.quantity, &item.line))
    });
    format!(
        "money released for {}, return {}, release {}, {}{}",
        listed(items),
        event.r#return,
        event.release,
        word(event.basis),
        on_terms(&event.terms)
    )
}

fn on_terms(terms: &ReleaseTerms) -> String {
    let due = terms.due.as_ref();
    let due = due.map(|due| format!("due by {} ({})", minute(due.at), due.clause));
    let shipping = terms.shipping.as_ref();
    let shipping = shipping.map(|owed| {
        let extent = match owed.extent {
            OutboundShipping::WithWholeOrder => "outbound shipping with the whole order",
            OutboundShipping::ProRata => "a share of outbound shipping",
        };
        format!("{extent} ({})", owed.clause)
    });
    let credit = terms.credit_to.as_ref();
    let credit = credit.map(|person| format!("; as store credit of {person}"));
    let told = due.into_iter().chain(shipping);
    let told = told.map(|told| format!("; {told}"));
    let told = told.chain(terms.deductions.iter().map(less));
    told.chain(credit).collect()
}

fn published(event: &PolicyPublished) -> String {
    let content = &event.content;
    let windows = content.windows.iter().map(|rule| {
        format!(
            "{} {}",
            rule.id,
            counted(u64::from(rule.window_days), "day")
        )
    });
    let by = match content.authorization {
        Authorization::Automatic => "authorises by itself",
        Authorization::Manual => "leaves decisions to people",
    };
    let days = counted(u64::from(content.default_window_days), "day");
    let windows = listed(windows.chain(std::iter::once(format!("else {days}"))));
    let keep = match content.keep_item_up_to.as_slice() {
        [] => String::new(),
        limits => format!(", buyers keep goods worth up to {}", amounts(limits)),
    };
    let (policy, version) = (&event.policy, event.version);
    let release = release(content.release);
    format!("return policy {policy} version {version}: {windows}; {by}; money {release}{keep}")
}

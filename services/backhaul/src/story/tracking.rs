//! The words of tracking.

use backhaul_events::tracking::{CheckpointRecorded, Event, LabelRequested};
use backhaul_kernel::Country;

use super::{minute, word};

pub(super) fn words(event: &Event) -> String {
    match event {
        Event::LabelRequested(event) => requested(event),
        Event::LabelOutcomeUnknown(event) => format!(
            "parcel {}: no answer of the carrier after try {}, asked again at {}",
            event.parcel,
            event.tries,
            minute(event.retry_at)
        ),
        Event::LabelIssued(event) => format!(
            "label of parcel {} for return {}: {} {}",
            event.parcel, event.r#return, event.carrier, event.tracking_number
        ),
        Event::LabelFailed(event) => {
            format!("no label for return {}: {}", event.r#return, event.code)
        }
        Event::CheckpointRecorded(event) => seen(event),
        Event::ParcelDelivered(event) => {
            format!(
                "parcel {} of return {} reached the return centre",
                event.parcel, event.r#return
            )
        }
    }
}

fn requested(event: &LabelRequested) -> String {
    format!(
        "label asked for parcel {} of return {}{} to {} in {}",
        event.parcel,
        event.r#return,
        event
            .from
            .map(|from| format!(" from {from}"))
            .unwrap_or_default(),
        event.to.name,
        event.to.country
    )
}

fn seen(event: &CheckpointRecorded) -> String {
    let place = event
        .country
        .as_ref()
        .map(|country: &Country| format!(" in {country}"));
    let code = match event.carrier_code.is_empty() {
        true => String::new(),
        false => format!(" ({})", event.carrier_code),
    };
    format!(
        "parcel {}: {}{}{code}",
        event.parcel,
        word(event.status),
        place.unwrap_or_default()
    )
}

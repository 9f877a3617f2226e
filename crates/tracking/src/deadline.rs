//! Which timers the events of tracking set and clear: one a parcel, while its label is not known.

use backhaul_events::tracking::Event;
use backhaul_kernel::ParcelId;
use backhaul_kernel::deadline::DeadlineChange;

/// What the event does to the timers of its stream.
pub fn deadline(event: &Event) -> Option<DeadlineChange> {
    match event {
        Event::LabelOutcomeUnknown(event) => Some(DeadlineChange::Set {
            key: event.parcel.to_string(),
            at: event.retry_at,
        }),
        Event::LabelIssued(event) => Some(clear(&event.parcel)),
        Event::LabelFailed(event) => Some(clear(&event.parcel)),
        Event::LabelRequested(_) | Event::CheckpointRecorded(_) | Event::ParcelDelivered(_) => None,
    }
}

/// The parcel that a timer's key names.
pub fn parcel_of(key: &str) -> Option<ParcelId> {
    key.parse().ok()
}

fn clear(parcel: &ParcelId) -> DeadlineChange {
    DeadlineChange::Clear {
        key: parcel.to_string(),
    }
}

//! The memory of tracking. Every event changes one parcel.

use std::collections::BTreeSet;
use std::sync::Arc;

use backhaul_events::tracking::Event;

use crate::State;
use crate::state::{Label, Parcel, Seen};

pub(crate) fn evolve(state: &mut State, event: &Event) {
    match event {
        Event::LabelRequested(event) => state.parcels.push(Arc::new(Parcel {
            parcel: event.parcel.clone(),
            r#return: event.r#return.clone(),
            from: event.from,
            to: event.to.clone(),
            key: event.key.clone(),
            label: Label::Requested,
            seen: None,
            delivered_at: None,
            scans: BTreeSet::new(),
        })),
        Event::LabelOutcomeUnknown(event) => {
            if let Some(parcel) = state.parcel_mut(&event.parcel) {
                parcel.label = Label::Unknown {
                    tries: event.tries,
                    retry_at: event.retry_at,
                };
            }
        }
        Event::LabelIssued(event) => {
            if let Some(parcel) = state.parcel_mut(&event.parcel) {
                parcel.label = Label::Issued {
                    carrier: event.carrier.clone(),
                    tracking_number: event.tracking_number.clone(),
                };
            }
        }
        Event::LabelFailed(event) => {
            if let Some(parcel) = state.parcel_mut(&event.parcel) {
                parcel.label = Label::Failed {
                    code: event.code.clone(),
                };
            }
        }
        Event::CheckpointRecorded(event) => {
            if let Some(parcel) = state.parcel_mut(&event.parcel) {
                parcel.scans.insert(event.scan.as_str().to_owned());
                let seen = Seen {
                    status: event.status,
                    seen_at: event.seen_at,
                    scan: event.scan.clone(),
                };
                if parcel
                    .seen
                    .as_ref()
                    .is_none_or(|last| seen.is_newer_than(last))
                {
                    parcel.seen = Some(seen);
                }
            }
        }
        Event::ParcelDelivered(event) => {
            if let Some(parcel) = state.parcel_mut(&event.parcel) {
                parcel.delivered_at = Some(event.delivered_at);
            }
        }
    }
}

//! Samples of tracking.

use backhaul_events::tracking::*;
use backhaul_testkit::{id, text, time};

use super::returns::centre;
use super::{Sample, minimal, variant, whole};

pub(super) fn samples() -> Vec<Sample> {
    let mut samples = vec![
        whole(Event::LabelRequested(LabelRequested {
            from: Some(id("DE")),
            ..label_requested()
        })),
        minimal(Event::LabelRequested(label_requested())),
        whole(Event::LabelOutcomeUnknown(LabelOutcomeUnknown {
            parcel: id("A-1001-P1"),
            tries: 2,
            retry_at: time("2026-03-10T08:00:30Z"),
        })),
        whole(Event::LabelIssued(LabelIssued {
            parcel: id("A-1001-P1"),
            r#return: id("A-1001-R1"),
            carrier: text("sandbox"),
            tracking_number: text("SBX000000017"),
        })),
        whole(Event::LabelFailed(LabelFailed {
            parcel: id("A-1001-P1"),
            r#return: id("A-1001-R1"),
            code: text("no_route"),
        })),
        whole(Event::CheckpointRecorded(CheckpointRecorded {
            carrier_code: text("PU-7"),
            country: Some(id("FR")),
            ..checkpoint(Status::InTransit)
        })),
        minimal(Event::CheckpointRecorded(checkpoint(Status::Announced))),
        whole(Event::ParcelDelivered(ParcelDelivered {
            parcel: id("A-1001-P1"),
            r#return: id("A-1001-R1"),
            delivered_at: time("2026-03-14T11:20:00Z"),
        })),
    ];
    samples.extend(
        [
            ("handed-over", Status::HandedOver),
            ("customs-held", Status::CustomsHeld),
            ("out-for-delivery", Status::OutForDelivery),
            ("attempt-failed", Status::AttemptFailed),
            ("available-for-pickup", Status::AvailableForPickup),
            ("delivered", Status::Delivered),
            ("returned-to-sender", Status::ReturnedToSender),
            ("damaged", Status::Damaged),
            ("lost", Status::Lost),
            ("unknown", Status::Unknown),
        ]
        .map(|(name, status)| variant(name, Event::CheckpointRecorded(checkpoint(status)))),
    );
    samples
}

fn label_requested() -> LabelRequested {
    LabelRequested {
        parcel: id("A-1001-P1"),
        r#return: id("A-1001-R1"),
        from: None,
        to: centre(),
        key: "acme/A-1001-P1".to_owned(),
    }
}

fn checkpoint(status: Status) -> CheckpointRecorded {
    CheckpointRecorded {
        parcel: id("A-1001-P1"),
        scan: text("scan-3"),
        status,
        carrier_code: text(""),
        country: None,
        seen_at: time("2026-03-12T17:45:00Z"),
    }
}

//! Scans: recorded as they come, counted once.

use backhaul_events::tracking::{CheckpointRecorded, Event, ParcelDelivered, Status};
use backhaul_kernel::Timestamp;
use jiff::SignedDuration;

use crate::Refusal;
use crate::state::Parcel;

/// How far a carrier's clock may run ahead of ours.
const CLOCK_AHEAD_MAX: SignedDuration = SignedDuration::from_mins(5);
/// Nothing was scanned before 2000-01-01; an earlier time is a clock that was never set.
const SEEN_AT_MIN: Timestamp = Timestamp::constant(946_684_800, 0);
/// Scans of one parcel. Busy parcels have a few dozen.
const SCANS_MAX: usize = 1_000;

/// A scan counts once, by the carrier's id of it, however late it comes. The first delivery ends
/// the journey, in the same commit and once a parcel.
pub(super) fn record(
    parcel: &Parcel,
    scan: CheckpointRecorded,
    now: Timestamp,
) -> Result<Vec<Event>, Refusal> {
    if scan.scan.is_empty() {
        return Err(Refusal::ScanMissing);
    }
    if parcel.scans.contains(scan.scan.as_str()) {
        return Ok(Vec::new());
    }
    let latest = now.checked_add(CLOCK_AHEAD_MAX).unwrap_or(Timestamp::MAX);
    if !(SEEN_AT_MIN..=latest).contains(&scan.seen_at) {
        return Err(Refusal::SeenAt(scan.seen_at));
    }
    if parcel.scans.len() >= SCANS_MAX {
        return Err(Refusal::TooManyScans(parcel.parcel.clone()));
    }
    let delivered =
        (scan.status == Status::Delivered && parcel.delivered_at.is_none()).then(|| {
            ParcelDelivered {
                parcel: parcel.parcel.clone(),
                r#return: parcel.r#return.clone(),
                delivered_at: scan.seen_at,
            }
            .into()
        });
    Ok(std::iter::once(scan.into()).chain(delivered).collect())
}

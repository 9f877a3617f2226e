//! How a parcel looks to a caller.

use backhaul_api::names::{parcel_name, return_name};
use backhaul_api::proto::tracking::v1 as proto;
use backhaul_api::tracking::{checkpoint_to_proto, status_to_proto};
use backhaul_api::types::{timestamp_to_proto, version_to_proto};
use backhaul_events::tracking::CheckpointRecorded;
use backhaul_tracking::{Label, Parcel};
use proto::parcel::LabelState;

/// The parcel, with its scans by time.
pub(crate) fn parcel(parcel: &Parcel, scans: &[CheckpointRecorded], version: u64) -> proto::Parcel {
    let mut scans: Vec<_> = scans
        .iter()
        .filter(|scan| scan.parcel == parcel.parcel)
        .collect();
    scans.sort_by_key(|scan| scan.seen_at);
    let (label_state, carrier, tracking_number) = match &parcel.label {
        Label::Requested | Label::Unknown { .. } => {
            (LabelState::Requested, String::new(), String::new())
        }
        Label::Failed { .. } => (LabelState::Failed, String::new(), String::new()),
        Label::Issued {
            carrier,
            tracking_number,
        } => (
            LabelState::Issued,
            carrier.to_string(),
            tracking_number.to_string(),
        ),
    };
    proto::Parcel {
        name: parcel_name(&parcel.parcel),
        r#return: return_name(&parcel.r#return),
        label_state: label_state.into(),
        carrier,
        tracking_number,
        status: parcel
            .seen
            .as_ref()
            .map_or(0, |seen| status_to_proto(seen.status).into()),
        checkpoints: scans.into_iter().map(checkpoint_to_proto).collect(),
        deliver_time: parcel.delivered_at.map(timestamp_to_proto),
        version: version_to_proto(version),
    }
}

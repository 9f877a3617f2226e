//! The carrier's scans of some parcels: late, repeated and out of order, as scans are.

use backhaul_api::proto::tracking::v1::{
    Checkpoint, ListParcelsRequest, RecordCheckpointRequest, Status,
};
use jiff::SignedDuration;

use super::play::Underway;
use crate::call::send;
use crate::connect::Deployment;
use crate::wire;

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// What is told, in this order: the scan's number, its status, and days after the request.
const SCANS: [(u32, Status, i32); 4] = [
    (2, Status::InTransit, 2),
    (1, Status::HandedOver, 1),
    (2, Status::InTransit, 2),
    (3, Status::Delivered, 4),
];

/// Tells the scans of the return's parcel and answers its name; none where nothing is told.
pub(super) async fn tell(
    deployment: &Deployment,
    seed: u64,
    underway: &Underway,
) -> anyhow::Result<Option<String>> {
    if !underway.wish.has_scans || underway.centre.is_empty() || underway.wish.is_never_sent() {
        return Ok(None);
    }
    let tracking = deployment.tracking();
    let request = ListParcelsRequest {
        page_size: 1,
        page_token: String::new(),
        filter: format!("return = \"{}\"", underway.name),
    };
    let parcels = send!(tracking, list_parcels, request).await?.parcels;
    let Some(parcel) = parcels.into_iter().next().map(|parcel| parcel.name) else {
        return Ok(None);
    };
    for (tell, (scan, status, days)) in SCANS.into_iter().enumerate() {
        let request = RecordCheckpointRequest {
            request_id: format!("demo:{seed}:{}:scan-{tell}", wire::id(&parcel)),
            name: parcel.clone(),
            tracking_number: String::new(),
            checkpoint: Some(Checkpoint {
                scan: format!("scan-{scan}"),
                status: status.into(),
                see_time: wire::timestamp(underway.wish.asked_at + DAY * days),
                ..Checkpoint::default()
            }),
        };
        send!(tracking, record_checkpoint, request).await?;
    }
    Ok(Some(parcel))
}

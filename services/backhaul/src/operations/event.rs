//! An event as operators see it.

use backhaul_api::proto::operations::v1 as proto;
use backhaul_api::types::{actor_to_proto, timestamp_to_proto, version_to_proto};
use backhaul_eventlog::Commit;

/// The events of a commit.
pub(super) fn events(commit: &Commit) -> Vec<proto::Event> {
    let metadata = &commit.metadata;
    let versions = commit.first_version..;
    let event = |(recorded, version): (&backhaul_eventlog::Recorded, u64)| proto::Event {
        id: recorded.id.to_string(),
        r#type: recorded.type_name.to_string(),
        schema_version: recorded.schema_version,
        stream: commit.stream.to_string(),
        version: version_to_proto(version),
        position: version_to_proto(commit.position),
        occur_time: Some(timestamp_to_proto(recorded.occurred_at)),
        record_time: Some(timestamp_to_proto(metadata.recorded_at)),
        actor: Some(actor_to_proto(&metadata.actor)),
        command_id: metadata.command_id.to_string(),
        correlation_id: metadata.correlation_id.to_string(),
        causation_id: metadata
            .causation_id
            .map(|id| id.to_string())
            .unwrap_or_default(),
        payload: String::from_utf8_lossy(&recorded.payload).into_owned(),
    };
    commit.events.iter().zip(versions).map(event).collect()
}

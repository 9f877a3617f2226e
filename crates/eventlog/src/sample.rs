//! Small valid commits, for tests and measurements of logs.

use backhaul_events::notifications::NotificationDeferred;
use backhaul_events::tracking::{CheckpointRecorded, Status};
use backhaul_events::{ContextName, Event, notifications, tracking};
use backhaul_kernel::{Actor, CommandId, NotificationId, OrderId, ParcelId, Text, Timestamp};
use uuid::Uuid;

use crate::{Digest, Expected, Metadata, NewCommit, NewEvent, StreamName};

/// When everything in a sample happens.
const AT: Timestamp = Timestamp::constant(1_767_225_600, 0);

/// A commit of one event on a stream of tracking or notifications. Tests know it by its command
/// id.
pub fn commit(stream: &str, expected: Expected, command_id: &str) -> NewCommit {
    commit_of(stream, expected, command_id, 1)
}

/// A commit of several events.
pub fn commit_of(
    stream: &str,
    expected: Expected,
    command_id: &str,
    event_count: u32,
) -> NewCommit {
    let stream: StreamName = stream.parse().expect("tests name streams rightly");
    let command_id: CommandId = command_id.parse().expect("tests name commands rightly");
    let events = (1..=event_count)
        .map(|number| new_event(event(&stream, number)))
        .collect();
    NewCommit {
        stream,
        expected,
        metadata: Metadata {
            command_id,
            command_digest: Digest([7; 16]),
            actor: Actor::system("sample"),
            correlation_id: Uuid::from_u128(1),
            causation_id: None,
            traceparent: None,
            recorded_at: AT,
        },
        events,
    }
}

/// An event ready to be appended.
pub fn new_event(event: Event) -> NewEvent {
    NewEvent::new(Uuid::from_u128(2), AT, event)
}

/// An event that belongs to the stream, and can be told from others by its number.
fn event(stream: &StreamName, number: u32) -> Event {
    let order = stream.key.as_order().expect("tests name an order");
    match stream.context {
        ContextName::Tracking => scan(&order, &number.to_string()),
        ContextName::Notifications => notifications::Event::from(deferred(&order, number)).into(),
        other => panic!("there are no samples of {other}"),
    }
}

/// A parcel was seen; `id` is free text and may be long.
pub fn scan(order: &OrderId, id: &str) -> Event {
    let checkpoint = CheckpointRecorded {
        parcel: ParcelId::numbered(order, 1),
        scan: Text::new(id).expect("tests use plain text"),
        status: Status::InTransit,
        carrier_code: Text::default(),
        country: None,
        seen_at: AT,
    };
    tracking::Event::from(checkpoint).into()
}

fn deferred(order: &OrderId, number: u32) -> NotificationDeferred {
    NotificationDeferred {
        notification: NotificationId::numbered(order, 1),
        tries: number,
        code: Text::default(),
        retry_at: AT,
    }
}

//! Commits that go straight into the log: one event of about 300 bytes each.

use backhaul_eventlog::{Digest, Expected, Metadata, NewCommit, NewEvent, StreamName};
use backhaul_events::tracking::{self, CheckpointRecorded, Status};
use backhaul_events::{ContextName, Event};
use backhaul_kernel::{Actor, OrderId, ParcelId, Tenant, Text, Timestamp};
use uuid::Uuid;

/// When everything in a sample happens.
const AT: Timestamp = Timestamp::constant(1_767_225_600, 0);
/// A scan's own words, so long that the event comes to about 300 bytes.
const WORDS: usize = 150;

/// Makes commits that differ in their stream only, so that making them costs little.
#[derive(Clone)]
pub(crate) struct Samples {
    tenant: Tenant,
    metadata: Metadata,
    event: NewEvent,
}

impl Samples {
    pub(crate) fn new() -> anyhow::Result<Self> {
        let order: OrderId = "order".parse()?;
        let checkpoint = CheckpointRecorded {
            parcel: ParcelId::numbered(&order, 1),
            scan: Text::new("x".repeat(WORDS))?,
            status: Status::InTransit,
            carrier_code: Text::default(),
            country: None,
            seen_at: AT,
        };
        let event = Event::from(tracking::Event::from(checkpoint));
        Ok(Self {
            tenant: "main".parse()?,
            metadata: Metadata {
                command_id: "0190a7c2-0000-7000-8000-000000000001".parse()?,
                command_digest: Digest([7; 16]),
                actor: Actor::system("sample"),
                correlation_id: Uuid::from_u128(1),
                causation_id: None,
                traceparent: None,
                recorded_at: AT,
            },
            event: NewEvent::new(Uuid::from_u128(2), AT, event),
        })
    }

    /// Bytes of payload of one commit.
    pub(crate) fn payload(&self) -> bytes::Bytes {
        self.event.payload.clone()
    }

    /// A commit on the stream of an order.
    pub(crate) fn commit(&self, order: &str, expected: Expected) -> anyhow::Result<NewCommit> {
        let stream = StreamName::order(ContextName::Tracking, &self.tenant, &order.parse()?);
        Ok(NewCommit {
            stream,
            expected,
            metadata: self.metadata.clone(),
            events: vec![self.event.clone()],
        })
    }
}

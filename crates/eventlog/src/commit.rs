//! What a log stores: commits. One commit is the answer to one command on one stream: one or more
//! events that become durable together or not at all.

use std::sync::OnceLock;

use backhaul_events::{DecodeError, Event};
use backhaul_kernel::{Actor, CommandId, Timestamp};
use bytes::Bytes;
use bytestring::ByteString;
use uuid::Uuid;

use crate::{AppendError, Expected, Position, StreamName, Version};

/// Why and by whom a commit was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata {
    /// The command that it answers. The same id on the same stream is the same command.
    pub command_id: CommandId,
    /// Digest of the command's content: the same id with another digest is refused.
    pub command_digest: Digest,
    /// Who asked.
    pub actor: Actor,
    /// The request that everything began with.
    pub correlation_id: Uuid,
    /// The event that directly caused the command; none when a caller did.
    pub causation_id: Option<Uuid>,
    /// W3C trace context of the command.
    pub traceparent: Option<ByteString>,
    /// When the command was decided.
    pub recorded_at: Timestamp,
}

/// 128 bits of SHA-256 over a command's content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest(pub [u8; 16]);

/// A commit to be appended.
#[derive(Debug, Clone)]
pub struct NewCommit {
    /// To which stream.
    pub stream: StreamName,
    /// At which version the stream must be.
    pub expected: Expected,
    /// Why and by whom.
    pub metadata: Metadata,
    /// What happened, at least one event.
    pub events: Vec<NewEvent>,
}

/// Most events of one commit.
pub const COMMIT_EVENTS_MAX: usize = 1_000;

/// Most bytes of payload of one commit.
pub const COMMIT_BYTES_MAX: usize = 1024 * 1024;

impl NewCommit {
    /// Bytes of payload.
    pub fn payload_bytes(&self) -> usize {
        self.events.iter().map(|event| event.payload.len()).sum()
    }

    /// What every log asks of a commit, whatever it stores already.
    pub fn check(&self) -> Result<(), AppendError> {
        let invalid = |reason: String| Err(AppendError::Invalid(reason));
        let events = self.events.len();
        if events == 0 {
            return invalid("it has no events".to_owned());
        }
        if events > COMMIT_EVENTS_MAX {
            return invalid(format!("{events} events, at most {COMMIT_EVENTS_MAX}"));
        }
        let bytes = self.payload_bytes();
        if bytes > COMMIT_BYTES_MAX {
            return invalid(format!("{bytes} bytes, at most {COMMIT_BYTES_MAX}"));
        }
        let context = self.stream.context;
        match self
            .events
            .iter()
            .find(|new| new.event.context() != context)
        {
            Some(foreign) => invalid(format!(
                "{} does not belong to {}",
                foreign.event.type_name(),
                self.stream
            )),
            None => Ok(()),
        }
    }

    /// Whether the stream is where the caller expects it.
    pub fn check_version(&self, actual: Version) -> Result<(), AppendError> {
        match self.expected {
            Expected::Exactly(expected) if expected != actual => Err(AppendError::Conflict {
                stream: self.stream.clone(),
                expected,
                actual,
            }),
            Expected::Any | Expected::Exactly(_) => Ok(()),
        }
    }

    /// The commit in its place; its chain is not known yet.
    pub fn into_commit(self, position: Position, first_version: Version) -> Commit {
        Commit {
            position,
            stream: self.stream,
            first_version,
            chain: 0,
            metadata: self.metadata,
            events: self.events.into_iter().map(Recorded::from).collect(),
        }
    }
}

/// An event to be appended.
#[derive(Debug, Clone)]
pub struct NewEvent {
    /// A UUID of version 7.
    pub id: Uuid,
    /// When it happened, which may be long before it is recorded.
    pub occurred_at: Timestamp,
    /// What happened.
    pub event: Event,
    /// Version of the payload's schema.
    pub schema_version: u32,
    /// The same as JSON.
    pub payload: Bytes,
}

impl NewEvent {
    /// Encodes the event on the caller's own time, so that the log's writer need not.
    pub fn new(id: Uuid, occurred_at: Timestamp, event: Event) -> Self {
        let payload = event.to_json().into();
        Self {
            id,
            occurred_at,
            schema_version: event.schema_version(),
            event,
            payload,
        }
    }

    /// The event as another log has it, to the byte: written by an older build, it stays so.
    pub fn recorded(recorded: &Recorded) -> Result<Self, DecodeError> {
        Ok(Self {
            id: recorded.id,
            occurred_at: recorded.occurred_at,
            event: recorded.event().map_err(Clone::clone)?.clone(),
            schema_version: recorded.schema_version,
            payload: recorded.payload.clone(),
        })
    }
}

/// A commit as stored.
#[derive(Debug, Clone)]
pub struct Commit {
    /// Its place in the log of its context, from 1, without gaps.
    pub position: Position,
    /// The stream.
    pub stream: StreamName,
    /// Version of its first event in the stream; the others follow on.
    pub first_version: Version,
    /// CRC32C over this commit, chained over the one before it in the stream.
    pub chain: u32,
    /// Why and by whom.
    pub metadata: Metadata,
    /// What happened.
    pub events: Vec<Recorded>,
}

impl Commit {
    /// Version of the stream after this commit.
    pub fn last_version(&self) -> Version {
        self.first_version + self.events.len() as u64 - 1
    }

    /// The same commit for another log, at the same place of its stream. Fails where an event was
    /// written by a newer build.
    pub fn to_new(&self) -> Result<NewCommit, DecodeError> {
        let events: Result<Vec<_>, _> = self.events.iter().map(NewEvent::recorded).collect();
        Ok(NewCommit {
            stream: self.stream.clone(),
            expected: Expected::Exactly(self.first_version - 1),
            metadata: self.metadata.clone(),
            events: events?,
        })
    }
}

/// An event as stored. Decoded at most once, by whoever needs it first.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// A UUID of version 7.
    pub id: Uuid,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// The published type.
    pub type_name: ByteString,
    /// Version of the payload's schema.
    pub schema_version: u32,
    /// JSON.
    pub payload: Bytes,
    decoded: OnceLock<Result<Event, DecodeError>>,
}

impl Recorded {
    /// An event read back from storage.
    pub fn stored(
        id: Uuid,
        occurred_at: Timestamp,
        type_name: ByteString,
        schema_version: u32,
        payload: Bytes,
    ) -> Self {
        Self {
            id,
            occurred_at,
            type_name,
            schema_version,
            payload,
            decoded: OnceLock::new(),
        }
    }

    /// What happened.
    pub fn event(&self) -> Result<&Event, &DecodeError> {
        self.decoded
            .get_or_init(|| Event::from_json(&self.type_name, self.schema_version, &self.payload))
            .as_ref()
    }
}

/// An event that was just appended needs no decoding: readers at the tail share the writer's own.
impl From<NewEvent> for Recorded {
    fn from(new: NewEvent) -> Self {
        Self {
            id: new.id,
            occurred_at: new.occurred_at,
            type_name: ByteString::from_static(new.event.type_name()),
            schema_version: new.schema_version,
            payload: new.payload,
            decoded: OnceLock::from(Ok(new.event)),
        }
    }
}

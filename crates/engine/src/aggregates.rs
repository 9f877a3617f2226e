//! From a command to durable events.
//!
//! A stream is decided by one caller at a time in a process; different streams do not wait for one
//! another, and their commits reach the disk together because the log gathers them. An answer
//! leaves only after the log has acknowledged. The log alone decides races with other processes,
//! by the expected version; a lost race means reading the tail and deciding again. An answer that
//! appends nothing would never meet that check, so it is given only of a state that was read for
//! it, wherever other processes write to the log.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use backhaul_eventlog::{
    AppendError, Commit, Expected, NewCommit, NewEvent, Position, ReadError, StreamName, Version,
};
use backhaul_events::DomainEvent;
use backhaul_kernel::{CommandId, Context, Decider, Refused, Timestamp};
use backhaul_views::Snapshots;
use lru::LruCache;
use serde::{Serialize, de::DeserializeOwned};
use tracing::Instrument;
use uuid::{NoContext, Uuid};

use crate::entity::Entity;
use crate::faults::{Safeguard, Step, guards, reached};
use crate::{Engine, Intent};

/// How often a command is decided anew when other processes keep writing to its stream.
const TRIES_MAX: u32 = 8;
/// Streams kept in memory, for each kind of aggregate.
const CACHED_STREAMS: NonZeroUsize = NonZeroUsize::new(16_384).expect("not zero");
/// A stream gets a snapshot each time it has grown by this many events. Most orders never do.
const SNAPSHOT_EVERY_EVENTS: u64 = 128;

/// All streams of one kind of rule.
pub struct Aggregates<D: Decider> {
    engine: Engine,
    snapshots: Option<Snapshots>,
    cache: Mutex<LruCache<StreamName, Slot<D>>>,
}

type Slot<D> = Arc<tokio::sync::Mutex<Entity<D>>>;

/// The answer to a command, or what is known of a stream.
#[derive(Debug, Clone)]
pub struct Decided<D: Decider> {
    /// The state after the command; on a repeated command, the state after its first time.
    pub state: Arc<D::State>,
    /// What happened; nothing when nothing changed.
    pub events: Vec<D::Event>,
    /// Version of the stream after the command.
    pub version: Version,
    /// Position of the stream's last commit, for reading one's own writes.
    pub position: Position,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Failure<R: Refused> {
    /// The rules say no.
    #[error("{0}")]
    Refused(R),
    /// The command id was used for another command on this stream.
    #[error("request id {command_id} was used for another request")]
    CommandReused {
        /// The id.
        command_id: CommandId,
    },
    /// Other processes kept writing to the stream.
    #[error("stream {stream} is contended, now at version {actual}")]
    Contended {
        /// The stream.
        stream: StreamName,
        /// Its version when we gave up.
        actual: Version,
    },
    /// Too much is waiting for the log.
    #[error("too many commands are waiting")]
    Overloaded,
    /// The log takes no writes.
    #[error("the log is read-only: {0}")]
    ReadOnly(String),
    /// Whether the command took effect is not known; the same command id will tell.
    #[error("the outcome is unknown: {0}")]
    Unknown(String),
    /// The answer cannot be stored.
    #[error("the answer cannot be stored: {0}")]
    Invalid(String),
    /// The stream cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

impl<D> Aggregates<D>
where
    D: Decider<Event: DomainEvent, State: Serialize + DeserializeOwned>,
{
    /// The streams of `D`. `schema` names the shape of its state; snapshots of another are ignored.
    pub fn new(engine: &Engine, schema: u32) -> Self {
        let snapshots = engine
            .views
            .snapshots(schema)
            .inspect_err(|error| tracing::warn!(%error, "running without snapshots"))
            .ok();
        Self {
            engine: engine.clone(),
            snapshots,
            cache: Mutex::new(LruCache::new(CACHED_STREAMS)),
        }
    }

    /// Decides a command. The same command again gives the first answer; nothing happens twice.
    pub async fn execute(
        &self,
        stream: &StreamName,
        command: D::Command,
        intent: &Intent,
    ) -> Result<Decided<D>, Failure<D::Refusal>> {
        let answer = self.decide(stream, &command, intent).await;
        self.engine
            .metrics
            .count_command(stream.context, answer.as_ref().err());
        answer
    }

    /// The stream as it is.
    pub async fn load(&self, stream: &StreamName) -> Result<Decided<D>, ReadError> {
        let slot = self.slot(stream);
        let mut entity = slot.lock().await;
        entity.current = false;
        self.refresh(&mut entity, stream).await?;
        Ok(now(&entity, Vec::new()))
    }

    async fn decide(
        &self,
        stream: &StreamName,
        command: &D::Command,
        intent: &Intent,
    ) -> Result<Decided<D>, Failure<D::Refusal>> {
        let slot = self.slot(stream);
        let mut entity = slot.lock().await;
        let sole_writer = self.engine.log.sole_writer();
        let mut unknown = None;
        for _ in 0..TRIES_MAX {
            let up_to_date = sole_writer || !entity.current;
            if let Err(error) = self.refresh(&mut entity, stream).await {
                // Of a commit that may be there, no failed reading says anything.
                return Err(unknown.map_or(Failure::Read(error), Failure::Unknown));
            }
            reached(Step::Received);
            if let Some(digest) = entity.answered.get(&intent.command_id)
                && guards(Safeguard::CommandIds)
            {
                if *digest != intent.digest {
                    let command_id = intent.command_id.clone();
                    return Err(Failure::CommandReused { command_id });
                }
                return Ok(self.first_answer(stream, &intent.command_id).await?);
            }

            let at = self.context(intent);
            let events = match D::decide(&entity.state, command, &at) {
                Ok(events) if !events.is_empty() => events,
                _ if !up_to_date => {
                    entity.current = false;
                    continue;
                }
                Ok(nothing) => return Ok(now(&entity, nothing)),
                Err(refusal) => return Err(Failure::Refused(refusal)),
            };
            reached(Step::Decided);
            match self.append(&mut entity, stream, intent, &at, events).await {
                Ok(decided) => return Ok(decided),
                Err(AppendError::Conflict { .. }) => unknown = None,
                Err(AppendError::Unknown(reason)) => unknown = Some(reason),
                Err(AppendError::Overloaded) => return Err(Failure::Overloaded),
                Err(AppendError::ReadOnly(reason)) => return Err(Failure::ReadOnly(reason)),
                Err(AppendError::Invalid(reason)) => return Err(Failure::Invalid(reason)),
            }
        }
        Err(match unknown {
            Some(reason) => Failure::Unknown(reason),
            None => Failure::Contended {
                stream: stream.clone(),
                actual: entity.version,
            },
        })
    }

    /// Appends and, once it is durable, evolves. After a lost race or an unknown outcome the
    /// entity is not current, and the caller starts again from the tail: if the commit is there
    /// after all, its command id is found in it.
    async fn append(
        &self,
        entity: &mut Entity<D>,
        stream: &StreamName,
        intent: &Intent,
        at: &Context,
        events: Vec<D::Event>,
    ) -> Result<Decided<D>, AppendError> {
        let new_event = |event: &D::Event| {
            NewEvent::new(event_id(at.now), at.occurred_at, event.clone().into())
        };
        let span = self.engine.tracing.append(stream.context);
        let mut metadata = intent.metadata(at.now);
        if let Some(name) = self.engine.tracing.name_of(&span) {
            metadata.traceparent = Some(name);
        }
        let commit = NewCommit {
            stream: stream.clone(),
            expected: if guards(Safeguard::ExpectedVersions) {
                Expected::Exactly(entity.version)
            } else {
                Expected::Any
            },
            metadata,
            events: events.iter().map(new_event).collect(),
        };
        entity.current = false;
        let began = Instant::now();
        let appending = self.engine.log.append(vec![commit]).instrument(span);
        let mut answers = appending.await;
        let took = began.elapsed();
        self.engine.metrics.observe_append(stream.context, took);
        let appended = answers
            .pop()
            .unwrap_or_else(|| Err(AppendError::Unknown("the log gave no answer".to_owned())))?;

        reached(Step::Appended);
        let state = Arc::make_mut(&mut entity.state);
        for event in &events {
            D::evolve(state, event);
        }
        entity.version = appended.version;
        entity.position = appended.position;
        entity
            .answered
            .insert(intent.command_id.clone(), intent.digest);
        entity.current = true;
        self.keep_snapshot(stream, entity, events.len() as u64);
        Ok(now(entity, events))
    }

    /// Brings an entity up to the end of its stream, unless it is known to be there.
    async fn refresh(&self, entity: &mut Entity<D>, stream: &StreamName) -> Result<(), ReadError> {
        if entity.current {
            return Ok(());
        }
        if entity.version == 0
            && let Some(snapshot) = self.snapshot(stream)
        {
            *entity = snapshot;
        }
        for commit in self.engine.log.read_stream(stream, entity.version).await? {
            entity.fold(&commit)?;
        }
        entity.current = true;
        Ok(())
    }

    /// What the command was answered the first time: its events, and the state right after them.
    async fn first_answer(
        &self,
        stream: &StreamName,
        id: &CommandId,
    ) -> Result<Decided<D>, ReadError> {
        let mut entity = Entity::<D>::default();
        for commit in self.engine.log.read_stream(stream, 0).await? {
            entity.fold(&commit)?;
            if commit.metadata.command_id == *id {
                return Ok(now(&entity, own_events::<D>(&commit)));
            }
        }
        Err(ReadError::Corrupt {
            record: stream.to_string(),
            detail: format!("command {id} was answered, but its commit is gone"),
        })
    }

    fn slot(&self, stream: &StreamName) -> Slot<D> {
        // A panic under this lock leaves the cache as it was: it is only ever looked up.
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = cache.get(stream) {
            return Arc::clone(slot);
        }
        let slot = Slot::<D>::default();
        cache.put(stream.clone(), Arc::clone(&slot));
        slot
    }

    fn context(&self, intent: &Intent) -> Context {
        let now = self.engine.clock.now();
        Context {
            occurred_at: intent.occurred_at.unwrap_or(now),
            now,
            actor: intent.actor.clone(),
            tenant: intent.tenant.clone(),
        }
    }

    fn snapshot(&self, stream: &StreamName) -> Option<Entity<D>> {
        let found = self.snapshots.as_ref()?.get(&stream.to_string())?;
        Entity::from_snapshot(found.version, &found.bytes)
    }

    fn keep_snapshot(&self, stream: &StreamName, entity: &Entity<D>, grown_by: u64) {
        let before = entity.version.saturating_sub(grown_by);
        if before / SNAPSHOT_EVERY_EVENTS == entity.version / SNAPSHOT_EVERY_EVENTS {
            return;
        }
        if let (Some(snapshots), Some(bytes)) = (&self.snapshots, entity.to_snapshot()) {
            snapshots.put(&stream.to_string(), entity.version, &bytes);
        }
    }
}

fn now<D: Decider>(entity: &Entity<D>, events: Vec<D::Event>) -> Decided<D> {
    Decided {
        state: Arc::clone(&entity.state),
        events,
        version: entity.version,
        position: entity.position,
    }
}

fn own_events<D: Decider<Event: DomainEvent>>(commit: &Commit) -> Vec<D::Event> {
    let own = |recorded: &backhaul_eventlog::Recorded| {
        recorded.event().ok().and_then(D::Event::of).cloned()
    };
    commit.events.iter().filter_map(own).collect()
}

/// A UUIDv7 of that time.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place that makes event ids"
)]
fn event_id(now: Timestamp) -> Uuid {
    let seconds = u64::try_from(now.as_second()).unwrap_or_default();
    let nanos = u32::try_from(now.subsec_nanosecond()).unwrap_or_default();
    Uuid::new_v7(uuid::Timestamp::from_unix(NoContext, seconds, nanos))
}

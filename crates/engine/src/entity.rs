//! One stream in memory: its state, its version, and the commands it has answered.

use std::collections::HashMap;
use std::sync::Arc;

use backhaul_eventlog::{Commit, Digest, Position, ReadError, Version};
use backhaul_events::DomainEvent;
use backhaul_kernel::{CommandId, Decider};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// What the engine knows of a stream.
pub(crate) struct Entity<D: Decider> {
    pub(crate) version: Version,
    pub(crate) position: Position,
    pub(crate) state: Arc<D::State>,
    /// Every command the stream has answered, with its digest.
    pub(crate) answered: HashMap<CommandId, Digest>,
    /// False until the stream was read, and again while an append is under way: whoever comes next
    /// after a call was dropped must look at the log before deciding.
    pub(crate) current: bool,
}

impl<D: Decider> Default for Entity<D> {
    fn default() -> Self {
        Self {
            version: 0,
            position: 0,
            state: Arc::default(),
            answered: HashMap::new(),
            current: false,
        }
    }
}

impl<D: Decider<Event: DomainEvent>> Entity<D> {
    /// Folds a commit that follows on the last one.
    pub(crate) fn fold(&mut self, commit: &Commit) -> Result<(), ReadError> {
        for recorded in &commit.events {
            let event = recorded
                .event()
                .map_err(|error| unreadable(commit, &error.to_string()))?;
            let event = D::Event::of(event)
                .ok_or_else(|| unreadable(commit, "an event of another context"))?;
            D::evolve(Arc::make_mut(&mut self.state), event);
        }
        self.follow(commit);
        Ok(())
    }

    /// Takes over what a commit says besides its events.
    pub(crate) fn follow(&mut self, commit: &Commit) {
        self.version = commit.last_version();
        self.position = commit.position;
        self.answered.insert(
            commit.metadata.command_id.clone(),
            commit.metadata.command_digest,
        );
    }
}

fn unreadable(commit: &Commit, detail: &str) -> ReadError {
    ReadError::Corrupt {
        record: format!("{} at version {}", commit.stream, commit.first_version),
        detail: detail.to_owned(),
    }
}

/// An entity as a snapshot holds it.
#[derive(Serialize, Deserialize)]
struct Stored<S> {
    position: Position,
    state: S,
    answered: Vec<(CommandId, [u8; 16])>,
}

impl<D: Decider<State: Serialize + DeserializeOwned>> Entity<D> {
    pub(crate) fn to_snapshot(&self) -> Option<Vec<u8>> {
        let answered = self
            .answered
            .iter()
            .map(|(id, digest)| (id.clone(), digest.0))
            .collect();
        let stored = Stored {
            position: self.position,
            state: self.state.as_ref(),
            answered,
        };
        serde_json::to_vec(&stored).ok()
    }

    pub(crate) fn from_snapshot(version: Version, bytes: &[u8]) -> Option<Self> {
        let stored: Stored<D::State> = serde_json::from_slice(bytes).ok()?;
        Some(Self {
            version,
            position: stored.position,
            state: Arc::new(stored.state),
            answered: stored
                .answered
                .into_iter()
                .map(|(id, digest)| (id, Digest(digest)))
                .collect(),
            current: false,
        })
    }
}

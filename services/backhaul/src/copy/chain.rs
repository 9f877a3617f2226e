//! Whether commits hold together: each follows on the one before it in its stream, and its chain
//! covers it.

use std::collections::HashMap;

use backhaul_eventlog::{Commit, Position, StreamName, Version, frame};
use backhaul_events::ContextName;

/// Where each stream of a log ends, as far as it was read.
#[derive(Default)]
pub(crate) struct Chains {
    ends: HashMap<StreamName, (Version, u32)>,
    covers: Covers,
}

/// What a log's chains cover. On a cluster a position is given after the chain was computed.
#[derive(Clone, Copy, Default)]
enum Covers {
    #[default]
    Position,
    NoPosition,
}

/// A commit that does not follow on the one before it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{context} at position {position}, stream {stream}: {detail}")]
pub(crate) struct Broken {
    /// The context.
    pub(crate) context: ContextName,
    /// Where.
    pub(crate) position: Position,
    /// Of which stream.
    pub(crate) stream: StreamName,
    /// What is wrong.
    pub(crate) detail: String,
}

impl Chains {
    /// Takes the next commit of the context.
    pub(crate) fn follow(&mut self, commit: &Commit) -> Result<(), Broken> {
        let broken = |detail| Broken {
            context: commit.stream.context,
            position: commit.position,
            stream: commit.stream.clone(),
            detail,
        };
        let (version, chain) = self.ends.get(&commit.stream).copied().unwrap_or_default();
        let (found, due) = (commit.first_version, version + 1);
        if found != due {
            return Err(broken(format!("version {found} stands where {due} is due")));
        }
        if !self.is_covered(commit, chain) {
            return Err(broken("its chain does not cover what it holds".to_owned()));
        }
        let end = (commit.last_version(), commit.chain);
        self.ends.insert(commit.stream.clone(), end);
        Ok(())
    }

    fn is_covered(&mut self, commit: &Commit, previous: u32) -> bool {
        let covers = |covers| match covers {
            Covers::Position => frame::encode(commit, previous).1 == commit.chain,
            Covers::NoPosition => frame::chain(commit, previous) == commit.chain,
        };
        if covers(self.covers) {
            return true;
        }
        // The other kind of log: known after its first commit.
        let other = match self.covers {
            Covers::Position => Covers::NoPosition,
            Covers::NoPosition => Covers::Position,
        };
        let covered = covers(other);
        if covered {
            self.covers = other;
        }
        covered
    }
}

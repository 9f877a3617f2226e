//! Makes one log equal to another: every commit with everything that stands in it, at the same
//! version of its stream and the same position of its context.
//!
//! Contexts are copied side by side, each in its own order, since a position is given by the order
//! of writing. What the target holds already is compared commit by commit before anything is
//! written, so a copy that was broken off goes on where it ended, and a log that is not a
//! beginning of the source is refused. Read [`context`] for the way of one context, [`chain`] for
//! how the source is checked, [`compare`] for when two commits are equal, [`against`] for two logs
//! that should be.

pub(crate) mod against;
pub(crate) mod chain;
pub(crate) mod compare;
mod context;
#[cfg(test)]
mod tests;

use backhaul_eventlog::{AppendError, EventLog, Position, ReadError};
use backhaul_events::{ContextName, DecodeError};
use futures::future::try_join_all;
use indicatif::ProgressBar;
use serde::Serialize;

use chain::Broken;
use compare::Difference;

/// Commits read, compared or appended at once: one write to disk, or one round to a cluster.
const BATCH_COMMITS: usize = 1_024;

/// What a copy came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub(crate) struct Copied {
    /// Commits that the target held already, compared.
    pub(crate) compared: u64,
    /// Commits that were written.
    pub(crate) copied: u64,
    /// Events in all of them.
    pub(crate) events: u64,
}

/// A context's part of a copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct CopiedContext {
    /// Which.
    pub(crate) context: String,
    /// What it came to.
    #[serde(flatten)]
    pub(crate) copied: Copied,
}

/// The target is not a copy of the source, and nothing that was not equal was written to it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CopyError {
    /// The source does not give its commits.
    #[error("the source cannot be read: {0}")]
    Source(#[source] ReadError),
    /// The source does not hold together.
    #[error("the source is damaged: {0}")]
    Broken(#[from] Broken),
    /// A newer build wrote it.
    #[error("{context} at position {position} cannot be copied by this build: {error}")]
    Unknown {
        /// The context.
        context: ContextName,
        /// Which commit.
        position: Position,
        /// Why.
        error: DecodeError,
    },
    /// The target does not give its commits.
    #[error("the target cannot be read: {0}")]
    Target(#[source] ReadError),
    /// The target holds something else.
    #[error("the target is no beginning of the source: {0}")]
    Diverged(Difference),
    /// The target goes on where the source ends.
    #[error(
        "the target is no beginning of the source: it goes on after {context} at position {position}, where the source ends"
    )]
    Longer {
        /// The context.
        context: ContextName,
        /// The source's last position.
        position: Position,
    },
    /// The target gave a commit another place.
    #[error(
        "{context} at position {expected} was written to position {found} of the target: somebody else writes to it"
    )]
    Misplaced {
        /// The context.
        context: ContextName,
        /// Where it belongs.
        expected: Position,
        /// Where it is.
        found: Position,
    },
    /// The target takes no commits.
    #[error("{context} at position {position} cannot be written: {error}")]
    Append {
        /// The context.
        context: ContextName,
        /// Which commit.
        position: Position,
        /// Why.
        error: AppendError,
    },
}

/// Copies what the source holds now. The target must have no other writer.
pub(crate) async fn copy(
    source: &dyn EventLog,
    target: &dyn EventLog,
    bar: &ProgressBar,
) -> Result<Vec<CopiedContext>, CopyError> {
    let ends = ContextName::ALL.map(|context| *source.head(context).borrow());
    bar.set_length(ends.iter().sum());
    let contexts = ContextName::ALL.into_iter().zip(ends);
    try_join_all(contexts.map(|(context, end)| async move {
        let copy = context::ContextCopy::new(source, target, context, bar);
        Ok(CopiedContext {
            context: context.to_string(),
            copied: copy.run(end).await?,
        })
    }))
    .await
}

impl Copied {
    /// Both together.
    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            compared: self.compared + other.compared,
            copied: self.copied + other.copied,
            events: self.events + other.events,
        }
    }
}

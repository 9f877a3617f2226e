//! What every log promises. `contract` holds the promises as tests.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use backhaul_events::ContextName;
use tokio::sync::watch;

use crate::{Commit, NewCommit, StreamName};

/// An event's place in its stream, from 1. 0 is the version of a stream without events.
pub type Version = u64;

/// A commit's place in the log of its context, from 1. Positions of different contexts do not
/// compare. 0 is before the first.
pub type Position = u64;

/// A future that a trait object can return.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// At which version a stream must be for an append.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// At any.
    Any,
    /// At exactly this one; 0 for a stream that must not exist.
    Exactly(Version),
}

/// A commit is durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    /// Where in the log.
    pub position: Position,
    /// Version of the stream after it.
    pub version: Version,
}

/// A commit was not acknowledged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// The stream is at another version. Nothing of this commit was stored.
    #[error("stream {stream} is at version {actual}, expected {expected}")]
    Conflict {
        /// The stream.
        stream: StreamName,
        /// What the caller expected.
        expected: Version,
        /// Where the stream is.
        actual: Version,
    },
    /// Nobody can tell whether the commit was stored: read the stream back and look for the
    /// command id.
    #[error("the outcome of the append is unknown: {0}")]
    Unknown(String),
    /// The log takes no more writes until the process starts again. Nothing was stored.
    #[error("the log is read-only: {0}")]
    ReadOnly(String),
    /// Too much is waiting already. Nothing was stored; try again later.
    #[error("the log has too many commits waiting")]
    Overloaded,
    /// The commit cannot be stored as it is. Nothing was stored.
    #[error("the commit cannot be stored: {0}")]
    Invalid(String),
}

/// Stored commits cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// Stored bytes are not what was written; the record is named. Reading must not go on past it.
    #[error("the log is corrupt at {record}: {detail}")]
    Corrupt {
        /// Which record, such as `returns at position 17`.
        record: String,
        /// What is wrong with it.
        detail: String,
    },
    /// The log cannot be reached.
    #[error("the log cannot be read: {0}")]
    Unavailable(String),
}

/// Whether a log takes writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// It does.
    Writable,
    /// It does not, until the process starts again.
    ReadOnly {
        /// Why.
        reason: String,
    },
}

/// The event log.
///
/// Promises: a commit is stored whole or not at all; it is acknowledged only when it is durable;
/// versions of a stream and positions of a context have no gaps; nobody reads what is not durable;
/// commits of one append call succeed or fail each on its own.
pub trait EventLog: Send + Sync + 'static {
    /// Appends commits; the answers stand in the order of the commits. Those on one stream are
    /// stored in their order, those on different streams in any.
    fn append(&self, commits: Vec<NewCommit>) -> BoxFuture<'_, Vec<Result<Appended, AppendError>>>;

    /// Appends commits of one context right after its last position `after`, in this order. Each
    /// takes the position that follows on; one that is not stored ends it, and nothing after it is
    /// stored. For the only writer of a log, who makes it equal to another: what is written here
    /// fits a log that stores a call's commits in their order and stops at a failed write.
    fn append_after(
        &self,
        after: Position,
        commits: Vec<NewCommit>,
    ) -> BoxFuture<'_, Vec<Result<Appended, AppendError>>> {
        let context = commits.first().map(|commit| commit.stream.context);
        let end = context.map_or(after, |context| *self.head(context).borrow());
        if end == after {
            return self.append(commits);
        }
        let moved = AppendError::Invalid(format!("the log ends at {end}, expected {after}"));
        Box::pin(async move { commits.iter().map(|_| Err(moved.clone())).collect() })
    }

    /// The commits of a stream whose events come after version `after`, in order. `after` must be
    /// the last version of a commit, or 0.
    fn read_stream<'a>(
        &'a self,
        stream: &'a StreamName,
        after: Version,
    ) -> BoxFuture<'a, Result<Vec<Arc<Commit>>, ReadError>>;

    /// At most `limit` commits of a context after a position, in order; empty at the end.
    fn read(
        &self,
        context: ContextName,
        after: Position,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<Arc<Commit>>, ReadError>>;

    /// The last durable position of a context, and word of every change.
    fn head(&self, context: ContextName) -> watch::Receiver<Position>;

    /// Whether the log takes writes, and word of every change.
    fn health(&self) -> watch::Receiver<Health>;

    /// Whether nobody but this process can write. Then what was read of a stream, and what was
    /// written to it since, is all there is.
    fn sole_writer(&self) -> bool {
        false
    }

    /// Commits of a context after a position, first those stored, then those to come, without gap
    /// or duplicate.
    fn subscribe(&self, context: ContextName, after: Position) -> Box<dyn Subscription>;
}

/// A reader that follows a context. It pulls, so a slow reader holds up nobody and nothing piles
/// up for it.
pub trait Subscription: Send {
    /// The next commits, at least one and at most `limit`; waits while there is none.
    fn next(&mut self, limit: usize) -> BoxFuture<'_, Result<Vec<Arc<Commit>>, ReadError>>;
}

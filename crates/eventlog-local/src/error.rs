//! Why a log does not open.

use std::io;
use std::path::{Path, PathBuf};

use backhaul_eventlog::{Position, ReadError};
use backhaul_events::ContextName;

/// The log does not open. Nothing in its folder was repaired.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A file cannot be read or written.
    #[error("cannot use {path}")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Two writers would destroy the log, so the second is refused.
    #[error("the log in {folder} is in use by {holder}")]
    InUse {
        /// The log's folder.
        folder: PathBuf,
        /// Who has it, such as `process 4711`.
        holder: String,
    },
    /// The folder holds something else.
    #[error("{0} is not empty and holds no event log")]
    NotALog(PathBuf),
    /// Written by a newer build.
    #[error("the log in {folder} has format {found}, this build reads format {known}")]
    UnknownFormat {
        /// The log's folder.
        folder: PathBuf,
        /// The log's format.
        found: u32,
        /// The format that this build reads.
        known: u32,
    },
    /// Acknowledged commits are gone: the disk lied, or somebody changed the files. Restore the
    /// folder; or remove its file `durable` to accept the loss.
    #[error(
        "commits are lost: {context} was durable up to position {durable}, but ends at {found}"
    )]
    Lost {
        /// The context.
        context: ContextName,
        /// The last position that was durable.
        durable: Position,
        /// The last position that is there.
        found: Position,
    },
    /// A record is not what was written.
    #[error(transparent)]
    Corrupt(#[from] ReadError),
}

impl OpenError {
    pub(crate) fn io(path: &Path, source: io::Error) -> Self {
        Self::Io {
            path: path.to_owned(),
            source,
        }
    }
}

/// What the store reports when it reads; its own checksums come first, ours after.
pub(crate) fn store_error(record: impl Into<String>, error: &fjall::Error) -> ReadError {
    match error {
        fjall::Error::Io(error) => ReadError::Unavailable(error.to_string()),
        other => ReadError::Corrupt {
            record: record.into(),
            detail: format!("the store reports {other:?}"),
        },
    }
}

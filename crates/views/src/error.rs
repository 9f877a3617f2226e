//! What can go wrong with views, in the words of the caller.

use crate::batch::{KEY_BYTES_MAX, VALUE_BYTES_MAX};
use std::{io, path::PathBuf};

/// Why an operation on views failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file system refused something outside the database itself.
    #[error("cannot {action} {path}")]
    Io {
        /// What was tried, such as `create`.
        action: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Another process, or another part of this one, has these views open.
    #[error("the views in {dir} are in use by another process")]
    InUse {
        /// The folder of the views.
        dir: PathBuf,
    },
    /// The database can not be trusted any more. Every later operation gives this too, until
    /// [`wipe`](crate::Views::wipe).
    #[error("the views are damaged: {reason}")]
    Damaged {
        /// What was noticed first.
        reason: String,
    },
    /// The table behind this handle, or behind this checkpoint, is another one now: wiped,
    /// emptied, rebuilt or rolled back. Read the checkpoint again and go on from there.
    #[error("table {table} was replaced, read its checkpoint again")]
    Replaced {
        /// The table's name.
        table: String,
    },
    /// Writing out what was pending took too long. The next opening treats the views as those of a
    /// process that died.
    #[error("the views did not come to rest in time")]
    NotClosed,
    /// The views were closed.
    #[error("the views are closed")]
    Closed,
    /// Table names are 1 to 64 characters of `a-z`, `0-9`, `_`, `-` and `.`.
    #[error("`{table}` is not a table name")]
    InvalidName {
        /// The name as given.
        table: String,
    },
    /// Keys begin with a prefix byte of the caller other than zero, and are bounded.
    #[error("table {table}: a key must have 1 to {KEY_BYTES_MAX} bytes, the first one not zero")]
    InvalidKey {
        /// The table's name.
        table: String,
    },
    /// Small tables hold small values.
    #[error("table {table}: a value of {bytes} bytes is above the limit of {VALUE_BYTES_MAX}")]
    TooLarge {
        /// The table's name.
        table: String,
        /// Size of the value.
        bytes: usize,
    },
    /// There is no rebuild to finish.
    #[error("table {table} has no rebuild under way")]
    NotRebuilding {
        /// The table's name.
        table: String,
    },
    /// There is no earlier edition to go back to.
    #[error("table {table} has no earlier edition to roll back to")]
    NothingToRollBack {
        /// The table's name.
        table: String,
    },
}

impl Error {
    pub(crate) fn io(
        action: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io {
            action,
            path,
            source,
        }
    }
}

/// How an operation inside a store failed, before the handle that asked has judged it.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The database can not be trusted.
    Damaged(String),
    /// The edition asked for is no more: look it up again.
    Gone,
    /// The caller is told.
    Refused(Error),
}

impl From<crate::disk::Damage> for Fault {
    fn from(damage: crate::disk::Damage) -> Self {
        Self::Damaged(damage.0)
    }
}

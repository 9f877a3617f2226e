//! The embedded database underneath: the only file that names it. A second database would offer
//! the same few operations and nothing else would change.
//!
//! It is sled 0.34, which tells of damage in two ways, by an error and by a panic. Both come out
//! of here as [`Damage`]. Its `flush` is no promise against a power cut and is never taken for
//! one. Failed reads and writes of its files count as damage too, because what it holds in memory
//! can not be told from what it holds on disk afterwards.

use std::{
    ops::{Bound, ControlFlow},
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    thread,
    time::Duration,
};

/// How often unsynced writes are pushed out in the background.
const FLUSH_EVERY_MS: u64 = 500;

/// A database that this process itself has just left may hold its lock a little longer.
const LOCK_TRIES: u32 = 100;
const LOCK_PAUSE: Duration = Duration::from_millis(50);

/// The database can not be trusted any more, and why.
#[derive(Debug)]
pub(crate) struct Damage(pub String);

/// One open database.
pub(crate) struct Database(sled::Db);

/// One ordered map in it.
pub(crate) struct Tree(sled::Tree);

/// A key with its new stored value, or none to remove it.
pub(crate) type Write = (Vec<u8>, Option<Vec<u8>>);

impl Database {
    pub(crate) fn open(folder: &Path, cache_bytes: u64) -> Result<Self, Damage> {
        let config = sled::Config::new()
            .path(folder)
            .cache_capacity(cache_bytes)
            .flush_every_ms(Some(FLUSH_EVERY_MS));
        let mut tries = 1;
        loop {
            match caught("open", || config.open()) {
                Err(damage) if tries < LOCK_TRIES && damage.is_lock() => thread::sleep(LOCK_PAUSE),
                outcome => return outcome.map(Self),
            }
            tries += 1;
        }
    }

    /// Opens a tree; it is created when there is none of this name.
    pub(crate) fn tree(&self, name: &str) -> Result<Tree, Damage> {
        caught("open a tree", || self.0.open_tree(name)).map(Tree)
    }

    pub(crate) fn drop_tree(&self, name: &str) -> Result<(), Damage> {
        caught("drop a tree", || self.0.drop_tree(name)).map(|_| ())
    }

    pub(crate) fn tree_names(&self) -> Result<Vec<String>, Damage> {
        let names = caught("list trees", || Ok(self.0.tree_names()))?;
        Ok(names
            .iter()
            .map(|name| String::from_utf8_lossy(name).into_owned())
            .collect())
    }

    /// Hands everything written to the operating system.
    pub(crate) fn flush(&self) -> Result<(), Damage> {
        caught("flush", || self.0.flush()).map(|_| ())
    }
}

impl Tree {
    pub(crate) fn get(&self, key: &[u8]) -> Result<Option<impl AsRef<[u8]> + use<>>, Damage> {
        caught("read", || self.0.get(key))
    }

    /// Visits rows in key order until the visitor breaks off.
    pub(crate) fn visit(
        &self,
        from: Bound<&[u8]>,
        to: Bound<&[u8]>,
        mut visitor: impl FnMut(&[u8], &[u8]) -> ControlFlow<()>,
    ) -> Result<(), Damage> {
        caught("scan", || {
            for row in self.0.range::<&[u8], _>((from, to)) {
                let (key, value) = row?;
                if visitor(&key, &value).is_break() {
                    break;
                }
            }
            Ok(())
        })
    }

    /// Writes all of it or, should the process die, nothing of it.
    pub(crate) fn apply(&self, writes: Vec<Write>) -> Result<(), Damage> {
        let mut batch = sled::Batch::default();
        for (key, value) in writes {
            match value {
                Some(value) => batch.insert(key, value),
                None => batch.remove(key),
            }
        }
        caught("write", || self.0.apply_batch(batch))
    }
}

impl Damage {
    fn is_lock(&self) -> bool {
        self.0.contains("could not acquire lock")
    }
}

/// Runs an operation of the database, whatever it does. Going on after a panic is sound here
/// because its caller marks the whole database as damaged and never asks it again.
fn caught<T>(doing: &str, operation: impl FnOnce() -> sled::Result<T>) -> Result<T, Damage> {
    match catch_unwind(AssertUnwindSafe(operation)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(Damage(format!("could not {doing}: {error}"))),
        Err(panic) => {
            let said = panic
                .downcast_ref::<String>()
                .map(String::as_str)
                .or_else(|| panic.downcast_ref::<&str>().copied())
                .unwrap_or("no message");
            Err(Damage(format!("panicked while trying to {doing}: {said}")))
        }
    }
}

//! How a log is opened, and every bound of it.

use std::time::Duration;

use crate::Faults;

/// A batch takes no further request once it has this many commits.
pub(crate) const BATCH_COMMITS: usize = 1_024;
/// A batch takes no further request once it has this many bytes of payload.
pub(crate) const BATCH_BYTES: usize = MIB;

/// Streams whose heads are kept in memory, at about 200 bytes each.
pub(crate) const HEADS_MAX: usize = 65_536;

/// Newest commits of each context kept in memory for readers at the tail.
pub(crate) const TAIL_COMMITS_MAX: usize = 8_192;
/// Their payload, in bytes.
pub(crate) const TAIL_BYTES_MAX: usize = 8 * MIB;

/// Most commits that one read returns, whatever its caller allows.
pub(crate) const READ_COMMITS_MAX: usize = 4_096;
/// A read stops after the commit that takes it to so many bytes.
pub(crate) const READ_BYTES_MAX: usize = 8 * MIB;

/// The store's cache of blocks, in bytes.
pub(crate) const CACHE_BYTES: u64 = 32 * MIB as u64;
/// Journals are replayed on opening, so they are kept small: about a second at most.
pub(crate) const JOURNAL_BYTES_MAX: u64 = 64 * MIB as u64;
/// Commits in memory until they are written as a table, in bytes.
pub(crate) const COMMITS_MEMTABLE_BYTES: u64 = 16 * MIB as u64;
/// Index entries in memory until they are written as a table, in bytes.
pub(crate) const INDEX_MEMTABLE_BYTES: u64 = 8 * MIB as u64;
/// Threads of the store for tables; the writer needs none of them.
pub(crate) const STORE_THREADS: usize = 2;
/// Files that the store keeps open.
pub(crate) const OPEN_FILES_MAX: usize = 256;

/// The writer must move within this time while commits wait.
const STALL_AFTER: Duration = Duration::from_secs(30);

const MIB: usize = 1024 * 1024;

/// How a log is opened.
#[derive(Debug, Clone)]
pub struct Options {
    /// The log goes read-only when its writer has not moved for so long while commits wait.
    pub stall_after: Duration,
    /// Lets tests make storage fail.
    pub faults: Faults,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            stall_after: STALL_AFTER,
            faults: Faults::default(),
        }
    }
}

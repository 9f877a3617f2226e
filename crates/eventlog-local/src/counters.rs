//! What the writer has done since the log was opened.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counts since the log was opened. Commits per sync tell how well commits share syncs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// Commits that are durable.
    pub commits: u64,
    /// Events in them.
    pub events: u64,
    /// Batches taken from the queue, with or without anything to store.
    pub batches: u64,
    /// Syncs of the disk.
    pub syncs: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Counting {
    commits: AtomicU64,
    events: AtomicU64,
    batches: AtomicU64,
    syncs: AtomicU64,
}

impl Counting {
    pub(crate) fn batch(&self) {
        self.batches.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn synced(&self, commits: usize, events: usize) {
        self.syncs.fetch_add(1, Ordering::Relaxed);
        self.commits.fetch_add(commits as u64, Ordering::Relaxed);
        self.events.fetch_add(events as u64, Ordering::Relaxed);
    }

    pub(crate) fn now(&self) -> Counters {
        Counters {
            commits: self.commits.load(Ordering::Relaxed),
            events: self.events.load(Ordering::Relaxed),
            batches: self.batches.load(Ordering::Relaxed),
            syncs: self.syncs.load(Ordering::Relaxed),
        }
    }
}

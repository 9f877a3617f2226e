//! How much may wait for an acknowledgement.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use backhaul_eventlog::NewCommit;

use crate::options::{WAITING_BYTES_MAX, WAITING_COMMITS_MAX};

/// How much waits.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    commits: AtomicUsize,
    bytes: AtomicUsize,
}

/// A place among what waits, given back when dropped.
#[derive(Debug)]
pub(crate) struct Place {
    waiting: Arc<Waiting>,
    commits: usize,
    bytes: usize,
}

impl Place {
    /// A place for all of these commits, if there is room.
    pub(crate) fn enter(waiting: &Arc<Waiting>, commits: &[NewCommit]) -> Option<Self> {
        let place = Self {
            waiting: Arc::clone(waiting),
            commits: commits.len(),
            bytes: commits.iter().map(NewCommit::payload_bytes).sum(),
        };
        let commits = waiting.commits.fetch_add(place.commits, Ordering::Relaxed) + place.commits;
        let bytes = waiting.bytes.fetch_add(place.bytes, Ordering::Relaxed) + place.bytes;
        (commits <= WAITING_COMMITS_MAX && bytes <= WAITING_BYTES_MAX).then_some(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let waiting = &self.waiting;
        waiting.commits.fetch_sub(self.commits, Ordering::Relaxed);
        waiting.bytes.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

//! How much may wait to be stored: a log that takes in more than it can store refuses the rest at
//! once, so that nothing piles up in it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::NewCommit;

/// Most commits that may wait to be stored; more are refused at once.
pub const WAITING_COMMITS_MAX: usize = 16_384;
/// Most bytes of payload that may wait to be stored; more are refused at once.
pub const WAITING_BYTES_MAX: usize = 64 * 1024 * 1024;

/// How much waits.
#[derive(Debug, Default)]
pub struct Waiting {
    commits: AtomicUsize,
    bytes: AtomicUsize,
}

/// A place among what waits, given back when dropped.
#[derive(Debug)]
pub struct Place {
    waiting: Arc<Waiting>,
    commits: usize,
    bytes: usize,
}

impl Waiting {
    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.commits.load(Ordering::Relaxed) == 0
    }
}

impl Place {
    /// A place for all of these commits, if there is room.
    pub fn enter(waiting: &Arc<Waiting>, commits: &[NewCommit]) -> Option<Self> {
        let place = Self {
            waiting: Arc::clone(waiting),
            commits: commits.len(),
            bytes: commits.iter().map(NewCommit::payload_bytes).sum(),
        };
        let commits = waiting.commits.fetch_add(place.commits, Ordering::Relaxed) + place.commits;
        let bytes = waiting.bytes.fetch_add(place.bytes, Ordering::Relaxed) + place.bytes;
        (commits <= WAITING_COMMITS_MAX && bytes <= WAITING_BYTES_MAX).then_some(place)
    }

    /// Bytes of payload in it.
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let waiting = &self.waiting;
        waiting.commits.fetch_sub(self.commits, Ordering::Relaxed);
        waiting.bytes.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

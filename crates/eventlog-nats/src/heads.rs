//! Where the streams end that were used last, so that an append needs not ask first. A head may be
//! behind, when another process writes; the server then refuses, and the leader is asked.

use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};

use backhaul_eventlog::frame::Framed;
use backhaul_eventlog::{Commit, Position, StreamName, Version};
use lru::LruCache;

use crate::options::HEADS_MAX;

/// Where a stream ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Head {
    /// Version of its last event, 0 if it has none.
    pub(crate) version: Version,
    /// Chain of its last commit, 0 if it has none.
    pub(crate) chain: u32,
    /// Position of its last commit, 0 if it has none: what the server compares.
    pub(crate) position: Position,
}

impl Head {
    pub(crate) fn of(commit: &Commit) -> Self {
        Self {
            version: commit.last_version(),
            chain: commit.chain,
            position: commit.position,
        }
    }
}

/// A bounded number of heads, the longest unused forgotten first.
#[derive(Debug)]
pub(crate) struct Heads(Mutex<LruCache<StreamName, Head>>);

impl Heads {
    pub(crate) fn new() -> Self {
        const CAPACITY: NonZeroUsize = NonZeroUsize::new(HEADS_MAX).expect("not zero");
        Self(Mutex::new(LruCache::new(CAPACITY)))
    }

    pub(crate) fn get(&self, stream: &StreamName) -> Option<Head> {
        self.lock().get(stream).copied()
    }

    /// Keeps a head, unless a later one is known.
    pub(crate) fn put(&self, stream: &StreamName, head: Head) {
        let mut cache = self.lock();
        match cache.get_mut(stream) {
            Some(known) if known.position >= head.position => {}
            Some(known) => *known = head,
            None => {
                cache.put(stream.clone(), head);
            }
        }
    }

    /// Moves a head that is known already.
    pub(crate) fn advance(&self, commit: &Commit) {
        let mut cache = self.lock();
        if let Some(known) = cache.peek_mut(&commit.stream)
            && known.position < commit.position
        {
            *known = Head::of(commit);
        }
    }

    /// Whether a commit follows on the version that is known, but not on the commit.
    pub(crate) fn contradicts(&self, framed: &Framed) -> bool {
        let Framed {
            commit,
            previous_chain,
        } = framed;
        let cache = self.lock();
        let known = cache.peek(&commit.stream);
        known.is_some_and(|head| {
            head.version + 1 == commit.first_version && head.chain != *previous_chain
        })
    }

    pub(crate) fn forget(&self, stream: &StreamName) {
        self.lock().pop(stream);
    }

    fn lock(&self) -> MutexGuard<'_, LruCache<StreamName, Head>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

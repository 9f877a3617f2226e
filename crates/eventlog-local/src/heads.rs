//! The heads of the streams that were written last, so that neither the writer nor a reader who is
//! up to date needs the store. Only the writer adds to them, and only what is durable.

use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};

use backhaul_eventlog::{StreamName, Version};
use lru::LruCache;

use crate::options::HEADS_MAX;

/// Where a stream ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Head {
    /// Version of its last event, 0 if it has none.
    pub(crate) version: Version,
    /// Chain of its last commit, 0 if it has none.
    pub(crate) chain: u32,
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

    pub(crate) fn put_all(&self, heads: impl IntoIterator<Item = (StreamName, Head)>) {
        let mut cache = self.lock();
        for (stream, head) in heads {
            cache.put(stream, head);
        }
    }

    fn lock(&self) -> MutexGuard<'_, LruCache<StreamName, Head>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

//! Foreign streams as a rule needs them: what the returns of an order must know of the order.
//!
//! Facts are folded from the other context's own events at the moment of the decision, so they are
//! never behind what the caller has already been told, and nothing is copied from stream to stream.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use backhaul_eventlog::{EventLog, ReadError, StreamName, Version};
use backhaul_events::Event;
use lru::LruCache;

/// Streams kept in memory.
const CACHED_STREAMS: NonZeroUsize = NonZeroUsize::new(16_384).expect("not zero");

/// A fold over a stream of another context. Events it does not care for leave it as it is.
pub trait Fold: Default + Clone + Send + Sync + 'static {
    /// Takes an event into account.
    fn fold(&mut self, event: &Event);
}

/// Folds of foreign streams.
pub struct Facts<F> {
    log: Arc<dyn EventLog>,
    cache: Mutex<LruCache<StreamName, (Version, Arc<F>)>>,
}

impl<F: Fold> Facts<F> {
    /// Facts from that log.
    pub fn new(log: Arc<dyn EventLog>) -> Self {
        Self {
            log,
            cache: Mutex::new(LruCache::new(CACHED_STREAMS)),
        }
    }

    /// The fold of the whole stream; none if the stream does not exist.
    pub async fn of(&self, stream: &StreamName) -> Result<Option<Arc<F>>, ReadError> {
        let (mut version, mut facts) = self.cached(stream);
        let tail = self.log.read_stream(stream, version).await?;
        for commit in &tail {
            let known = Arc::make_mut(&mut facts);
            // An event that this build cannot read is none that its rules ask for.
            commit
                .events
                .iter()
                .filter_map(|event| event.event().ok())
                .for_each(|event| known.fold(event));
            version = commit.last_version();
        }
        if !tail.is_empty() {
            self.lock()
                .put(stream.clone(), (version, Arc::clone(&facts)));
        }
        Ok((version > 0).then_some(facts))
    }

    fn cached(&self, stream: &StreamName) -> (Version, Arc<F>) {
        self.lock().get(stream).cloned().unwrap_or_default()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, LruCache<StreamName, (Version, Arc<F>)>> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

//! How a process stands: whether calls can be answered, and why not. Health over gRPC, the probes
//! and `status` all say what stands here.

use std::sync::Arc;
use std::time::Duration;

use backhaul_eventlog::Health;
use tokio::sync::watch;

use crate::log::Durability;

/// How often is looked at what nobody tells.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Whether the process is in a state to answer: its views have caught up, and no stop was asked
/// for. Cheap to clone; all clones agree.
#[derive(Debug, Clone)]
pub struct Ready(Arc<watch::Sender<bool>>);

impl Default for Ready {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }
}

impl Ready {
    /// Says whether it is.
    pub fn set(&self, ready: bool) {
        self.0.send_replace(ready);
    }
}

/// What others are told about the process.
#[derive(Clone)]
pub struct Standing {
    ready: watch::Receiver<bool>,
    log: watch::Receiver<Health>,
    durability: Arc<dyn Fn() -> Durability + Send + Sync>,
}

impl Standing {
    /// A process answers once it says so, and while its log takes writes.
    pub fn new(
        ready: &Ready,
        log: watch::Receiver<Health>,
        durability: impl Fn() -> Durability + Send + Sync + 'static,
    ) -> Self {
        Self {
            ready: ready.0.subscribe(),
            log,
            durability: Arc::new(durability),
        }
    }

    /// Why calls are not answered as they should be, in words that anybody may read; none when
    /// they are.
    pub fn not_ready(&self) -> Option<&'static str> {
        if !self.is_ready() {
            return Some("not ready");
        }
        match &*self.log.borrow() {
            Health::ReadOnly { .. } => Some("the log is read-only"),
            Health::Writable => None,
        }
    }

    /// Whether the process is in a state to answer, whatever its log says.
    pub fn is_ready(&self) -> bool {
        *self.ready.borrow()
    }

    /// What an acknowledged event outlives.
    pub fn durability(&self) -> Durability {
        (self.durability)()
    }

    /// Waits until something may be different; looks by itself now and then.
    pub async fn changed(&mut self) {
        // Late is as good as changed: whoever waits looks again.
        let _ = tokio::time::timeout(LOOK_EVERY, self.told()).await;
    }

    async fn told(&mut self) {
        let gone = tokio::select! {
            ready = self.ready.changed() => ready.is_err(),
            log = self.log.changed() => log.is_err(),
        };
        if gone {
            // Nobody is left to say anything else.
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_answer_needs_the_process_and_its_log() {
        let (ready, health) = (Ready::default(), watch::Sender::new(Health::Writable));
        let mut standing = Standing::new(&ready, health.subscribe(), || Durability::Durable);
        assert!(standing.not_ready().is_some());
        ready.set(true);
        standing.changed().await;
        assert_eq!(standing.not_ready(), None);
        let reason = "disk full".to_owned();
        health.send_replace(Health::ReadOnly { reason });
        standing.changed().await;
        assert_eq!(standing.not_ready(), Some("the log is read-only"));
    }
}

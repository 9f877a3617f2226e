//! Owns everything that runs in the background: every task has a name, all stop together, and the
//! process waits for them for a bounded time.

use std::future::Future;
use std::time::Duration;

use futures::FutureExt;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{Instrument, debug, error, info_span};

/// The owner of background tasks. Cheap to clone; all clones share the tasks.
#[derive(Debug, Clone, Default)]
pub struct Tasks {
    tracker: TaskTracker,
    stop: CancellationToken,
}

/// Tasks were still running when the time to stop was over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} tasks did not stop in time")]
pub struct StillRunning(pub usize);

impl Tasks {
    /// Starts a task. It must end soon after [`Tasks::stopping`] resolves.
    #[expect(clippy::disallowed_methods, reason = "the one place that spawns")]
    pub fn spawn(&self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        let span = info_span!("task", name);
        let watched = async move {
            match std::panic::AssertUnwindSafe(task).catch_unwind().await {
                Ok(()) => debug!("task ended"),
                Err(_) => error!("task panicked"),
            }
        };
        self.tracker.spawn(watched.instrument(span));
    }

    /// Resolves when everything must stop.
    pub async fn stopping(&self) {
        self.stop.cancelled().await;
    }

    /// Whether everything must stop.
    pub fn is_stopping(&self) -> bool {
        self.stop.is_cancelled()
    }

    /// A token that is cancelled when everything must stop, and can be before.
    pub(crate) fn stop_token(&self) -> CancellationToken {
        self.stop.child_token()
    }

    /// Runs `work` until it ends, or gives `None` when everything must stop first.
    pub async fn until_stopped<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        self.stop.run_until_cancelled(work).await
    }

    /// Asks every task to stop and waits for them, but no longer than `bound`.
    pub async fn shutdown(&self, bound: Duration) -> Result<(), StillRunning> {
        self.stop.cancel();
        self.tracker.close();
        tokio::time::timeout(bound, self.tracker.wait())
            .await
            .map_err(|_| StillRunning(self.tracker.len()))
    }
}

//! Following a context: a replay as long as the tail does not reach back far enough, then the
//! tail.

use std::sync::Arc;

use backhaul_eventlog::{BoxFuture, Commit, Position, ReadError, Subscription};
use backhaul_events::ContextName;
use tokio::sync::watch;

use crate::replay::Replay;
use crate::{NatsLog, live};

/// A place in a context. Waiting for `next` may be given up at any time and taken up again.
pub(crate) struct Follow {
    log: NatsLog,
    context: ContextName,
    after: Position,
    replay: Replay,
    head: watch::Receiver<Position>,
}

impl Follow {
    pub(crate) fn new(log: NatsLog, context: ContextName, after: Position) -> Self {
        let head = log.0.shared.positions[context as usize].subscribe();
        Self {
            log,
            context,
            after,
            replay: Replay::default(),
            head,
        }
    }

    async fn next_commits(&mut self, limit: usize) -> Result<Vec<Arc<Commit>>, ReadError> {
        let limit = limit.max(1);
        let shared = Arc::clone(&self.log.0.shared);
        loop {
            shared.check_reads(self.context)?;
            // Seen before reading: a change during the read wakes the wait below at once.
            let known = *self.head.borrow_and_update();
            let commits = self
                .replay
                .after(&shared, self.context, self.after, limit, known)
                .await?;
            if let Some(last) = commits.last() {
                self.after = last.position;
                return Ok(commits);
            }
            if self.after > known {
                live::check_reaches(&shared, self.context, self.after).await?;
            }
            let closed = |_| ReadError::Unavailable("the log is closed".to_owned());
            self.head.changed().await.map_err(closed)?;
        }
    }
}

impl Subscription for Follow {
    fn next(&mut self, limit: usize) -> BoxFuture<'_, Result<Vec<Arc<Commit>>, ReadError>> {
        Box::pin(self.next_commits(limit))
    }
}

//! The one way to follow a log: read, and when there is nothing to read, wait for the head to move.

use std::sync::Arc;

use backhaul_events::ContextName;
use tokio::sync::watch;

use crate::{BoxFuture, Commit, EventLog, Position, ReadError, Subscription};

/// A subscription for any log whose head moves only when what it stands for can be read. It keeps
/// nothing but a position, so waiting for `next` may be given up at any time and taken up again.
pub struct Follow<L> {
    log: L,
    context: ContextName,
    after: Position,
    head: watch::Receiver<Position>,
}

impl<L: EventLog> Follow<L> {
    /// Follows a context after a position.
    pub fn new(log: L, context: ContextName, after: Position) -> Self {
        let head = log.head(context);
        Self {
            log,
            context,
            after,
            head,
        }
    }

    async fn next_commits(&mut self, limit: usize) -> Result<Vec<Arc<Commit>>, ReadError> {
        loop {
            // Seen before reading: a change during the read wakes the wait below at once.
            self.head.mark_unchanged();
            let commits = self
                .log
                .read(self.context, self.after, limit.max(1))
                .await?;
            if let Some(last) = commits.last() {
                check_consecutive(self.context, self.after, &commits)?;
                self.after = last.position;
                return Ok(commits);
            }
            let closed = |_| ReadError::Unavailable("the log is closed".to_owned());
            self.head.changed().await.map_err(closed)?;
        }
    }
}

impl<L: EventLog> Subscription for Follow<L> {
    fn next(&mut self, limit: usize) -> BoxFuture<'_, Result<Vec<Arc<Commit>>, ReadError>> {
        Box::pin(self.next_commits(limit))
    }
}

/// A missing commit must stop its readers rather than go unseen.
pub fn check_consecutive(
    context: ContextName,
    after: Position,
    commits: &[Arc<Commit>],
) -> Result<(), ReadError> {
    for (expected, commit) in (after + 1..).zip(commits) {
        if commit.position != expected {
            return Err(ReadError::Corrupt {
                record: format!("{context} at position {expected}"),
                detail: format!("found position {} in its place", commit.position),
            });
        }
    }
    Ok(())
}

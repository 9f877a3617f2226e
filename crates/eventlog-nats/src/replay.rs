//! Reading a context: from the tail what is there, the rest from any replica, and what a replica
//! does not have from the leader. What even the leader does not have is lost, and said.

use std::collections::VecDeque;
use std::sync::Arc;

use backhaul_eventlog::follow::check_consecutive;
use backhaul_eventlog::{Commit, Position, ReadError};
use backhaul_events::ContextName;
use tokio::time::Instant;

use crate::ask::{self, Batch, StoredMessage, Wanted};
use crate::error::AskError;
use crate::findings::restore;
use crate::options::{
    BATCH_COMMITS, BATCHES_IN_FLIGHT, READ_COMMITS_MAX, READ_RETRY_DELAY, READ_TIMEOUT,
};
use crate::shared::Shared;
use crate::{Finding, Severity};

/// A reader's way through a context that the tail does not reach back to: batches that were asked
/// for and not handed out. It keeps nothing that cannot be asked for again.
#[derive(Default)]
pub(crate) struct Replay {
    asked: VecDeque<Asked>,
}

struct Asked {
    first: Position,
    last: Position,
    batch: Batch,
}

impl Replay {
    /// At least one commit after a position, if the context is known to go on, and at most
    /// `limit`. `ahead` is up to where it pays to ask already.
    pub(crate) async fn after(
        &mut self,
        shared: &Shared,
        context: ContextName,
        after: Position,
        limit: usize,
        ahead: Position,
    ) -> Result<Vec<Arc<Commit>>, ReadError> {
        let known = shared.position(context);
        if after >= known || limit == 0 {
            return Ok(Vec::new());
        }
        let here = shared.tails[context as usize].after(after, limit);
        if !here.is_empty() {
            self.asked.clear();
            return Ok(here);
        }
        let deadline = Instant::now() + READ_TIMEOUT;
        loop {
            let tried = self
                .try_after(shared, context, after, ahead.min(known))
                .await;
            match tried {
                Ok(commits) => return Ok(commits),
                Err(ReadError::Unavailable(_)) if Instant::now() < deadline => {
                    self.asked.clear();
                    shared.check_open()?;
                    tokio::time::sleep(READ_RETRY_DELAY).await;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// One batch, while the next ones are on their way.
    async fn try_after(
        &mut self,
        shared: &Shared,
        context: ContextName,
        after: Position,
        ahead: Position,
    ) -> Result<Vec<Arc<Commit>>, ReadError> {
        let first = after + 1;
        while self.asked.front().is_some_and(|asked| asked.first != first) {
            self.asked.pop_front();
        }
        self.ask_ahead(shared, context, first, ahead).await?;
        let Some(asked) = self.asked.front_mut() else {
            return Ok(Vec::new());
        };
        let (last, messages) = (asked.last, asked.batch.finish().await?);
        self.asked.pop_front();
        let mut commits = Vec::with_capacity(messages.len());
        // A replica that is behind answers with what it has, which can be nothing or, for a
        // replica with a hole, something later.
        for (expected, message) in (first..=last).zip(&messages) {
            if message.sequence != expected {
                break;
            }
            commits.push(Arc::new(shared.decode(context, message)?.commit));
        }
        if commits.is_empty() {
            let message = self.ask_leader(shared, context, first).await?;
            commits.push(Arc::new(shared.decode(context, &message)?.commit));
        }
        check_consecutive(context, after, &commits)?;
        Ok(commits)
    }

    async fn ask_ahead(
        &mut self,
        shared: &Shared,
        context: ContextName,
        first: Position,
        ahead: Position,
    ) -> Result<(), AskError> {
        let mut next = self.asked.back().map_or(first, |asked| asked.last + 1);
        let (stream, subjects) = (shared.names.stream(context), shared.names.subjects(context));
        while next <= ahead && self.asked.len() < BATCHES_IN_FLIGHT {
            let count = BATCH_COMMITS.min(ahead - next + 1);
            let batch = Batch::ask(&shared.client, &stream, &subjects, next, count).await?;
            let last = next + count - 1;
            self.asked.push_back(Asked {
                first: next,
                last,
                batch,
            });
            next = last + 1;
        }
        Ok(())
    }

    /// A position that is known to be durable, and that a replica did not have.
    async fn ask_leader(
        &self,
        shared: &Shared,
        context: ContextName,
        position: Position,
    ) -> Result<StoredMessage, ReadError> {
        let stream = shared.names.stream(context);
        let wanted = Wanted::At { seq: position };
        let message = ask::from_leader(&shared.client, &stream, &wanted).await?;
        if let Some(message) = message {
            return Ok(message);
        }
        let detail = "it is missing, though it was durable".to_owned();
        shared.report(Finding::new(
            Severity::Damage,
            format!("stream {stream}"),
            format!("position {position}: {detail}"),
            restore(&stream),
        ));
        Err(ReadError::Corrupt {
            record: format!("{context} at position {position}"),
            detail,
        })
    }
}

/// At most `limit` commits of a context after a position; empty at the end.
pub(crate) async fn read(
    shared: &Shared,
    context: ContextName,
    after: Position,
    limit: usize,
) -> Result<Vec<Arc<Commit>>, ReadError> {
    shared.check_reads(context)?;
    let limit = limit.min(READ_COMMITS_MAX);
    let ahead = after.saturating_add(limit as Position);
    let mut replay = Replay::default();
    let mut commits: Vec<Arc<Commit>> = Vec::new();
    while commits.len() < limit {
        let after = commits.last().map_or(after, |commit| commit.position);
        let left = limit - commits.len();
        let page = replay.after(shared, context, after, left, ahead).await?;
        if page.is_empty() {
            break;
        }
        commits.extend(page);
    }
    Ok(commits)
}

//! Reading a context: from the tail what is there, the rest through a consumer or in batches from
//! any replica, and what a replica does not have from the leader. What even the leader does not
//! have is lost, and said.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use backhaul_eventlog::follow::check_consecutive;
use backhaul_eventlog::{Commit, Position, ReadError};
use backhaul_events::ContextName;
use tokio::time::Instant;

use crate::ask::{self, Batch, StoredMessage, Wanted};
use crate::catch_up::CatchUp;
use crate::error::AskError;
use crate::findings::restore;
use crate::options::{
    BATCH_COMMITS, BATCHES_IN_FLIGHT, READ_COMMITS_MAX, READ_RETRY_DELAY, READ_TIMEOUT,
};
use crate::shared::Shared;
use crate::{Finding, Severity};

/// A reader's way through a context that the tail does not reach back to: what was asked for and
/// not handed out. It keeps nothing that cannot be asked for again.
#[derive(Default)]
pub(crate) struct Replay {
    catch_up: Option<CatchUp>,
    asked: VecDeque<Asked>,
    /// Read, and not handed out yet.
    ready: VecDeque<Arc<Commit>>,
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
            self.forget();
            return Ok(Vec::new());
        }
        if self.ready.front().map(|commit| commit.position) != Some(after + 1) {
            let here = shared.tails[context as usize].after(after, limit);
            if !here.is_empty() {
                self.forget();
                return Ok(here);
            }
            self.ready = self.read(shared, context, after, ahead.min(known)).await?;
        }
        let count = limit.min(self.ready.len());
        Ok(self.ready.drain(..count).collect())
    }

    /// Nothing that was asked for is needed.
    fn forget(&mut self) {
        *self = Self::default();
    }

    async fn read(
        &mut self,
        shared: &Shared,
        context: ContextName,
        after: Position,
        ahead: Position,
    ) -> Result<VecDeque<Arc<Commit>>, ReadError> {
        let deadline = Instant::now() + READ_TIMEOUT;
        loop {
            match self.try_after(shared, context, after, ahead).await {
                Ok(commits) => return Ok(commits.into()),
                Err(ReadError::Unavailable(_)) if Instant::now() < deadline => {
                    self.asked.clear();
                    shared.check_open()?;
                    tokio::time::sleep(READ_RETRY_DELAY).await;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// What comes next, while more is on its way.
    async fn try_after(
        &mut self,
        shared: &Shared,
        context: ContextName,
        after: Position,
        ahead: Position,
    ) -> Result<Vec<Arc<Commit>>, ReadError> {
        let first = after + 1;
        let messages = match self.catch_up(shared, context, first, ahead).await {
            Some(messages) => messages,
            None => self.batch(shared, context, first, ahead).await?,
        };
        let mut commits = Vec::with_capacity(messages.len());
        // A replica that is behind answers with what it has, which can be nothing or, for a
        // replica with a hole, something later.
        for (expected, message) in (first..).zip(&messages) {
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

    /// What a consumer sends, if there is one to be had.
    async fn catch_up(
        &mut self,
        shared: &Shared,
        context: ContextName,
        first: Position,
        ahead: Position,
    ) -> Option<Vec<StoredMessage>> {
        self.catch_up.take_if(|catch_up| !catch_up.is_at(first));
        if self.catch_up.is_none() && self.asked.is_empty() {
            self.catch_up = CatchUp::begin(shared, context, first, ahead).await;
        }
        match self.catch_up.as_mut()?.next(&shared.client, ahead).await {
            Ok(messages) => Some(messages),
            Err(error) => {
                tracing::debug!(%context, %error, "going on in batches");
                self.catch_up.take()?.give_up();
                None
            }
        }
    }

    /// One batch, while the next ones are on their way.
    async fn batch(
        &mut self,
        shared: &Shared,
        context: ContextName,
        first: Position,
        ahead: Position,
    ) -> Result<Vec<StoredMessage>, AskError> {
        while self.asked.front().is_some_and(|asked| asked.first != first) {
            self.asked.pop_front();
        }
        self.ask_ahead(shared, context, first, ahead).await?;
        let Some(asked) = self.asked.front_mut() else {
            return Ok(Vec::new());
        };
        let messages = asked.batch.finish().await?;
        self.asked.pop_front();
        Ok(messages)
    }

    async fn ask_ahead(
        &mut self,
        shared: &Shared,
        context: ContextName,
        first: Position,
        ahead: Position,
    ) -> Result<(), AskError> {
        let mut next = self.asked.back().map_or(first, |asked| asked.last + 1);
        let stream = shared.names.stream(context);
        while next <= ahead && self.asked.len() < BATCHES_IN_FLIGHT {
            let count = BATCH_COMMITS.min(ahead - next + 1);
            let batch = Batch::ask(&shared.client, &stream, None, next, count).await?;
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

/// Where reads left off that came to their limit: who reads a context page by page goes on there,
/// and what comes next is on its way already. Of each context the last one is kept.
#[derive(Default)]
pub(crate) struct Resume([Mutex<Option<(Position, Replay)>>; ContextName::ALL.len()]);

impl Resume {
    /// A way on from a position, and whether it is one that somebody came along.
    fn take(&self, context: ContextName, after: Position) -> (Replay, bool) {
        let kept = self.slot(context).take();
        match kept.filter(|(position, _)| *position == after) {
            Some((_, replay)) => (replay, true),
            None => (Replay::default(), false),
        }
    }

    fn keep(&self, context: ContextName, after: Position, replay: Replay) {
        *self.slot(context) = Some((after, replay));
    }

    fn slot(&self, context: ContextName) -> MutexGuard<'_, Option<(Position, Replay)>> {
        let slot = &self.0[context as usize];
        slot.lock().unwrap_or_else(PoisonError::into_inner)
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
    let (mut replay, goes_on) = shared.resume.take(context, after);
    // Who read the page before this one will most likely read the page after it.
    let ahead = match goes_on {
        true => Position::MAX,
        false => after.saturating_add(limit as Position),
    };
    let mut commits: Vec<Arc<Commit>> = Vec::new();
    while commits.len() < limit {
        let after = commits.last().map_or(after, |commit| commit.position);
        let left = limit - commits.len();
        let page = replay.after(shared, context, after, left, ahead).await?;
        if page.is_empty() {
            return Ok(commits);
        }
        commits.extend(page);
    }
    if let Some(last) = commits.last() {
        shared.resume.keep(context, last.position, replay);
    }
    Ok(commits)
}

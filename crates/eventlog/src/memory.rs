//! A log in memory: for tests, with the same promises as the others but that of durability.
//!
//! It can be told to misbehave the way storage does, so that whoever stands above a log can be
//! tested against it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use backhaul_events::ContextName;
use tokio::sync::watch;

use crate::follow::Follow;
use crate::frame;
use crate::{
    AppendError, Appended, BoxFuture, Commit, EventLog, Health, NewCommit, Place, Position,
    ReadError, StreamName, Subscription, Version, Waiting,
};

/// A log in memory. Clones share it.
#[derive(Clone, Default)]
pub struct MemoryLog(Arc<Inner>);

struct Inner {
    stored: Mutex<Stored>,
    heads: [watch::Sender<Position>; ContextName::ALL.len()],
    health: watch::Sender<Health>,
    held: watch::Sender<bool>,
    waiting: Arc<Waiting>,
    sync_fails: AtomicBool,
    answer_is_lost: AtomicBool,
}

#[derive(Default)]
struct Stored {
    contexts: [Vec<Arc<Commit>>; ContextName::ALL.len()],
    streams: HashMap<StreamName, Vec<Arc<Commit>>>,
}

impl Default for Inner {
    fn default() -> Self {
        Self {
            stored: Mutex::default(),
            heads: std::array::from_fn(|_| watch::Sender::new(0)),
            health: watch::Sender::new(Health::Writable),
            held: watch::Sender::new(false),
            waiting: Arc::default(),
            sync_fails: AtomicBool::new(false),
            answer_is_lost: AtomicBool::new(false),
        }
    }
}

impl MemoryLog {
    /// An empty log.
    pub fn new() -> Self {
        Self::default()
    }

    /// From now on appends wait, as on a disk that does not answer, until [`MemoryLog::release`].
    pub fn hold(&self) {
        self.0.held.send_replace(true);
    }

    /// Lets the waiting appends go on.
    pub fn release(&self) {
        self.0.held.send_replace(false);
    }

    /// The next append fails as on a disk that cannot be written: the log is read-only for good.
    pub fn fail_next_sync(&self) {
        self.0.sync_fails.store(true, Ordering::Relaxed);
    }

    /// The next append is stored, but its caller is told that the outcome is unknown.
    pub fn lose_next_answer(&self) {
        self.0.answer_is_lost.store(true, Ordering::Relaxed);
    }

    async fn append_all(&self, commits: Vec<NewCommit>) -> Vec<Result<Appended, AppendError>> {
        let Some(_place) = Place::enter(&self.0.waiting, &commits) else {
            return refuse_all(&commits, &AppendError::Overloaded);
        };
        let mut held = self.0.held.subscribe();
        // The sender lives as long as this log, so the wait cannot fail.
        let _released = held.wait_for(|held| !held).await;
        self.0.store_all(commits)
    }
}

/// The same refusal for every commit.
pub(crate) fn refuse_all(
    commits: &[NewCommit],
    error: &AppendError,
) -> Vec<Result<Appended, AppendError>> {
    commits.iter().map(|_| Err(error.clone())).collect()
}

impl Inner {
    fn stored(&self) -> MutexGuard<'_, Stored> {
        self.stored.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn store_all(&self, commits: Vec<NewCommit>) -> Vec<Result<Appended, AppendError>> {
        let mut stored = self.stored();
        if let Health::ReadOnly { reason } = &*self.health.borrow() {
            return refuse_all(&commits, &AppendError::ReadOnly(reason.clone()));
        }
        if self.sync_fails.swap(false, Ordering::Relaxed) {
            let reason = "a write could not be made durable".to_owned();
            let refused = refuse_all(&commits, &AppendError::Unknown(reason.clone()));
            self.health.send_replace(Health::ReadOnly { reason });
            return refused;
        }
        let answers = commits.into_iter().map(|new| stored.append(new)).collect();
        for (commits, head) in stored.contexts.iter().zip(&self.heads) {
            let last = commits.len() as Position;
            head.send_if_modified(|head| std::mem::replace(head, last) != last);
        }
        if self.answer_is_lost.swap(false, Ordering::Relaxed) {
            return lose(answers);
        }
        answers
    }
}

fn lose(answers: Vec<Result<Appended, AppendError>>) -> Vec<Result<Appended, AppendError>> {
    let lost = || Err(AppendError::Unknown("the answer was lost".to_owned()));
    answers.into_iter().map(|_| lost()).collect()
}

impl Stored {
    fn append(&mut self, new: NewCommit) -> Result<Appended, AppendError> {
        new.check()?;
        let context = &mut self.contexts[new.stream.context as usize];
        let last = self
            .streams
            .get(&new.stream)
            .and_then(|commits| commits.last());
        let version = last.map_or(0, |commit| commit.last_version());
        new.check_version(version)?;
        let mut commit = new.into_commit(context.len() as Position + 1, version + 1);
        (_, commit.chain) = frame::encode(&commit, last.map_or(0, |commit| commit.chain));
        let appended = Appended {
            position: commit.position,
            version: commit.last_version(),
        };
        let commit = Arc::new(commit);
        context.push(Arc::clone(&commit));
        let stream = self.streams.entry(commit.stream.clone()).or_default();
        stream.push(commit);
        Ok(appended)
    }
}

impl EventLog for MemoryLog {
    fn append(&self, commits: Vec<NewCommit>) -> BoxFuture<'_, Vec<Result<Appended, AppendError>>> {
        Box::pin(self.append_all(commits))
    }

    fn read_stream<'a>(
        &'a self,
        stream: &'a StreamName,
        after: Version,
    ) -> BoxFuture<'a, Result<Vec<Arc<Commit>>, ReadError>> {
        let stored = self.0.stored();
        let commits = stored.streams.get(stream).map_or(&[][..], Vec::as_slice);
        let start = commits.partition_point(|commit| commit.first_version <= after);
        let commits = commits[start..].to_vec();
        Box::pin(async { Ok(commits) })
    }

    fn read(
        &self,
        context: ContextName,
        after: Position,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<Arc<Commit>>, ReadError>> {
        let stored = self.0.stored();
        let after = usize::try_from(after).unwrap_or(usize::MAX);
        let commits = stored.contexts[context as usize].iter();
        let commits = commits.skip(after).take(limit).cloned().collect();
        Box::pin(async { Ok(commits) })
    }

    fn head(&self, context: ContextName) -> watch::Receiver<Position> {
        self.0.heads[context as usize].subscribe()
    }

    fn health(&self) -> watch::Receiver<Health> {
        self.0.health.subscribe()
    }

    fn subscribe(&self, context: ContextName, after: Position) -> Box<dyn Subscription> {
        Box::new(Follow::new(self.clone(), context, after))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Expected, sample};

    #[tokio::test]
    async fn an_append_that_nobody_waits_for_any_longer_gives_its_place_back() {
        let log = MemoryLog::new();
        log.hold();
        let commit = || sample::commit("tracking/acme/1", Expected::Any, "c-1");
        let mut append = log.append(vec![commit()]);
        assert!(futures::poll!(&mut append).is_pending());
        assert!(!log.0.waiting.is_empty());
        drop(append);
        assert!(log.0.waiting.is_empty());
        log.release();
        assert!(log.append(vec![commit()]).await[0].is_ok());
    }
}

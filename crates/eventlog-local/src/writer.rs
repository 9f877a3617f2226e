//! The one thread that writes.

use std::collections::HashMap;
use std::sync::Arc;

use backhaul_eventlog::frame;
use backhaul_eventlog::{AppendError, Appended, Commit, NewCommit, ReadError, StreamName};
use backhaul_events::ContextName;
use tokio::sync::mpsc::UnboundedReceiver;

use crate::Faults;
use crate::heads::Head;
use crate::log::Shared;
use crate::mark::{Mark, Positions};
use crate::options::{BATCH_BYTES, BATCH_COMMITS};
use crate::queue::{Answers, Asked, Request};
use crate::store::{Placed, Store};

/// Takes what waits, writes it as one batch, syncs once, publishes, answers; and again.
pub(crate) struct Writer {
    pub(crate) shared: Arc<Shared>,
    pub(crate) store: Arc<Store>,
    pub(crate) asked: UnboundedReceiver<Asked>,
    pub(crate) positions: Positions,
    pub(crate) mark: Mark,
    pub(crate) faults: Faults,
}

/// What one sync will make durable.
#[derive(Default)]
struct Batch {
    placed: Vec<Placed>,
    /// Where the streams will end, so that later requests are checked against earlier ones.
    heads: HashMap<StreamName, Head>,
}

impl Writer {
    /// Writes until it is told to stop, or until nobody is left who could ask.
    pub(crate) fn run(mut self) {
        while let Some(Asked::Append(first)) = self.asked.blocking_recv() {
            let (requests, stops) = self.gather(first);
            self.answer(requests);
            if stops {
                break;
            }
        }
        // Nothing is taken any more; what waits is dropped with the channel and thereby answered.
        self.finish();
    }

    /// Takes what waits without waiting for more. Says whether it was told to stop.
    fn gather(&mut self, first: Request) -> (Vec<Request>, bool) {
        let mut commits = first.commits.len();
        let mut bytes = first.place.bytes();
        let mut requests = vec![first];
        while commits < BATCH_COMMITS && bytes < BATCH_BYTES {
            match self.asked.try_recv() {
                Ok(Asked::Append(request)) => {
                    commits += request.commits.len();
                    bytes += request.place.bytes();
                    requests.push(request);
                }
                Ok(Asked::Stop) => return (requests, true),
                Err(_) => break,
            }
        }
        (requests, false)
    }

    fn answer(&mut self, requests: Vec<Request>) {
        let mut waiters = Vec::with_capacity(requests.len());
        let mut batch = Batch::default();
        for request in requests {
            let commits = request.commits.into_iter();
            let answers: Answers = commits.map(|new| self.place(&mut batch, new)).collect();
            waiters.push((request.answer, answers, request.place));
        }
        let failure = self.store(batch).err();
        self.shared.counting.batch();
        if self.faults.takes_answer() {
            return;
        }
        for (waiter, answers, place) in waiters {
            // Whoever has the answer finds the room that the question took.
            drop(place);
            let answers = match &failure {
                None => answers,
                Some(failure) => answers
                    .into_iter()
                    .map(|answer| failed(answer, failure))
                    .collect(),
            };
            // Who no longer waits finds its commit by reading the stream.
            let _gone = waiter.send(answers);
        }
    }

    /// Gives a commit its place behind everything before it, in the log and in this batch.
    fn place(&mut self, batch: &mut Batch, new: NewCommit) -> Result<Appended, AppendError> {
        self.shared.check_writable()?;
        new.check()?;
        let head = self
            .head(batch, &new.stream)
            .map_err(|error| self.unreadable(&error))?;
        new.check_version(head.version)?;
        let position = &mut self.positions[new.stream.context as usize];
        *position += 1;
        let mut commit = new.into_commit(*position, head.version + 1);
        let (frame, chain) = frame::encode(&commit, head.chain);
        commit.chain = chain;
        let version = commit.last_version();
        batch
            .heads
            .insert(commit.stream.clone(), Head { version, chain });
        batch.placed.push(Placed {
            commit,
            previous_chain: head.chain,
            frame,
        });
        Ok(Appended {
            position: *position,
            version,
        })
    }

    fn head(&self, batch: &Batch, stream: &StreamName) -> Result<Head, ReadError> {
        let known = batch.heads.get(stream).copied();
        match known.or_else(|| self.shared.heads.get(stream)) {
            Some(head) => Ok(head),
            None => self.store.head(stream),
        }
    }

    /// Without the index nobody can say where a stream ends, so nothing may be written any more.
    fn unreadable(&self, error: &ReadError) -> AppendError {
        self.shared.fail(error.to_string());
        AppendError::ReadOnly(error.to_string())
    }

    /// Makes a batch durable and then visible. A failed sync is never tried again: nobody can tell
    /// what the disk kept of it.
    fn store(&mut self, batch: Batch) -> Result<(), AppendError> {
        self.shared.check_writable()?;
        if batch.placed.is_empty() {
            return Ok(());
        }
        let synced = self.faults.before_sync().map_err(fjall::Error::Io);
        if let Err(error) = synced.and_then(|()| self.store.write(&batch.placed)) {
            let reason = format!("a write could not be made durable: {error:?}");
            self.shared.fail(reason.clone());
            return Err(AppendError::Unknown(reason));
        }
        if let Err(error) = self.mark.write(&self.positions) {
            // The mark may lag; the log itself is whole.
            tracing::warn!(%error, "the mark of the durable positions could not be written");
        }
        self.publish(batch);
        Ok(())
    }

    /// Commits first, then the positions that tell readers of them.
    fn publish(&self, batch: Batch) {
        let commits = batch.placed.len();
        let mut events = 0;
        let mut contexts: [Vec<Arc<Commit>>; ContextName::ALL.len()] = Default::default();
        for placed in batch.placed {
            events += placed.commit.events.len();
            contexts[placed.commit.stream.context as usize].push(Arc::new(placed.commit));
        }
        self.shared.counting.synced(commits, events);
        self.shared.heads.put_all(batch.heads);
        for (context, commits) in contexts.into_iter().enumerate() {
            if !commits.is_empty() {
                self.shared.tails[context].extend(commits);
                self.shared.positions[context].send_replace(self.positions[context]);
            }
        }
    }

    /// After a failure the files stay as they are.
    fn finish(&mut self) {
        if self.shared.check_writable().is_err() {
            return;
        }
        let persisted = self.store.persist();
        let marked = self
            .mark
            .write(&self.positions)
            .and_then(|()| self.mark.sync());
        if persisted.is_err() || marked.is_err() {
            tracing::error!(?persisted, ?marked, "the log could not be closed cleanly");
        }
    }
}

/// No answer of a batch that failed stands: even a conflict may have been one with a commit of the
/// same batch.
fn failed(
    answer: Result<Appended, AppendError>,
    failure: &AppendError,
) -> Result<Appended, AppendError> {
    match (answer, failure) {
        (Ok(_), failure) => Err(failure.clone()),
        (Err(AppendError::Conflict { .. }), AppendError::Unknown(reason)) => {
            Err(AppendError::ReadOnly(reason.clone()))
        }
        (Err(AppendError::Conflict { .. }), failure) => Err(failure.clone()),
        (refused, _) => refused,
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.shared.fail("the writer ended unexpectedly".to_owned());
        }
    }
}

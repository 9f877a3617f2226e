//! The bounded way to the writer.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use backhaul_eventlog::{AppendError, Appended, NewCommit};
use tokio::sync::{mpsc, oneshot};

use crate::options::{WAITING_BYTES_MAX, WAITING_COMMITS_MAX};

/// The answers to one append, in the order of its commits.
pub(crate) type Answers = Vec<Result<Appended, AppendError>>;

/// What the writer is asked.
pub(crate) enum Asked {
    /// To store commits.
    Append(Request),
    /// To finish what waits before this, and end.
    Stop,
}

/// Commits that wait for the writer.
pub(crate) struct Request {
    pub(crate) commits: Vec<NewCommit>,
    pub(crate) answer: oneshot::Sender<Answers>,
    pub(crate) place: Place,
}

/// The writer's waiting room. The channel itself is unbounded, the room is not.
#[derive(Debug, Clone)]
pub(crate) struct Queue {
    requests: mpsc::UnboundedSender<Asked>,
    waiting: Arc<Waiting>,
}

/// How much waits.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    commits: AtomicUsize,
    bytes: AtomicUsize,
}

/// A place in the waiting room, given back when the request has been answered or dropped.
pub(crate) struct Place {
    waiting: Arc<Waiting>,
    commits: usize,
    pub(crate) bytes: usize,
}

impl Queue {
    pub(crate) fn new(waiting: Arc<Waiting>) -> (Self, mpsc::UnboundedReceiver<Asked>) {
        let (requests, asked) = mpsc::unbounded_channel();
        (Self { requests, waiting }, asked)
    }

    /// Hands commits to the writer, all or none of them.
    pub(crate) fn enter(
        &self,
        commits: Vec<NewCommit>,
    ) -> Result<oneshot::Receiver<Answers>, AppendError> {
        let place = Place::enter(&self.waiting, &commits).ok_or(AppendError::Overloaded)?;
        let (answer, answers) = oneshot::channel();
        let request = Request {
            commits,
            answer,
            place,
        };
        let closed = |_| AppendError::ReadOnly("it is closed".to_owned());
        self.requests.send(Asked::Append(request)).map_err(closed)?;
        Ok(answers)
    }

    /// Asks the writer to end; it may have ended already.
    pub(crate) fn stop(&self) {
        let _ended = self.requests.send(Asked::Stop);
    }
}

impl Waiting {
    pub(crate) fn is_empty(&self) -> bool {
        self.commits.load(Ordering::Relaxed) == 0
    }
}

impl Place {
    fn enter(waiting: &Arc<Waiting>, commits: &[NewCommit]) -> Option<Self> {
        let place = Self {
            waiting: Arc::clone(waiting),
            commits: commits.len(),
            bytes: commits.iter().map(NewCommit::payload_bytes).sum(),
        };
        let commits = waiting.commits.fetch_add(place.commits, Ordering::Relaxed) + place.commits;
        let bytes = waiting.bytes.fetch_add(place.bytes, Ordering::Relaxed) + place.bytes;
        (commits <= WAITING_COMMITS_MAX && bytes <= WAITING_BYTES_MAX).then_some(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.waiting
            .commits
            .fetch_sub(self.commits, Ordering::Relaxed);
        self.waiting.bytes.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

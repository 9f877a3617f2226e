//! The bounded way to the writer.

use std::sync::Arc;

use backhaul_eventlog::{AppendError, Appended, NewCommit, Place, Waiting};
use tokio::sync::{mpsc, oneshot};

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

//! Running what may panic or hang on a thread of its own, and waiting only so long.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    thread,
    time::Duration,
};

/// Tells the one who waits that the work goes on.
pub(crate) struct Progress<T>(Sender<Message<T>>);

enum Message<T> {
    Progress,
    Done(T),
}

impl<T> Progress<T> {
    pub(crate) fn report(&self) {
        // Nobody waits any more: the work is abandoned and its outcome dropped with it.
        let _ = self.0.send(Message::Progress);
    }
}

/// Why there is no outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Abandoned {
    #[error("no progress in time")]
    Late,
    #[error("panicked")]
    Panicked,
    #[error("no thread could be started")]
    NoThread,
}

/// Runs `work` on a named thread. It is left to itself when it shows no progress for `deadline`.
pub(crate) fn wait_for<T: Send + 'static>(
    name: &str,
    deadline: Duration,
    work: impl FnOnce(&Progress<T>) -> T + Send + 'static,
) -> Result<T, Abandoned> {
    let (sender, receiver) = channel();
    let run = move || {
        let progress = Progress(sender);
        // A panic drops the sender, which is how the other side learns of it.
        let _ = catch_unwind(AssertUnwindSafe(|| {
            let outcome = work(&progress);
            let _ = progress.0.send(Message::Done(outcome));
        }));
    };
    let started = thread::Builder::new().name(name.to_owned()).spawn(run);
    started.map_err(|_| Abandoned::NoThread)?;
    await_outcome(&receiver, deadline)
}

fn await_outcome<T>(receiver: &Receiver<Message<T>>, deadline: Duration) -> Result<T, Abandoned> {
    loop {
        match receiver.recv_timeout(deadline) {
            Ok(Message::Progress) => {}
            Ok(Message::Done(outcome)) => return Ok(outcome),
            Err(RecvTimeoutError::Timeout) => return Err(Abandoned::Late),
            Err(RecvTimeoutError::Disconnected) => return Err(Abandoned::Panicked),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn work_that_ends_gives_its_outcome() {
        let outcome = wait_for("test", LONG, |progress| {
            progress.report();
            7
        });
        assert_eq!(outcome, Ok(7));
    }

    #[test]
    fn work_that_hangs_or_panics_is_left_alone() {
        let (hold, held) = channel::<()>();
        let hung = wait_for("test", Duration::from_millis(1), move |_| {
            let _ = held.recv();
        });
        drop(hold);
        assert_eq!(hung, Err(Abandoned::Late));
        let panicked = wait_for("test", LONG, |_| panic!("on purpose"));
        assert_eq!(panicked, Err::<(), _>(Abandoned::Panicked));
    }
}

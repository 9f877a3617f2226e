//! One append at a time on a stream: what a commit expects of its stream is known only when the
//! one before it is acknowledged. Appends to different streams do not wait for one another.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use backhaul_eventlog::StreamName;
use tokio::sync::oneshot;

type Queues = HashMap<StreamName, VecDeque<oneshot::Sender<Turn>>>;

/// Who waits for which stream.
#[derive(Debug, Clone, Default)]
pub(crate) struct Turns(Arc<Mutex<Queues>>);

/// The right to append to a stream, passed on when dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    turns: Turns,
    stream: Option<StreamName>,
}

impl Turns {
    /// Waits for the stream, in the order of asking.
    pub(crate) async fn take(&self, stream: &StreamName) -> Turn {
        let waiting = {
            let mut queues = self.lock();
            match queues.get_mut(stream) {
                None => {
                    queues.insert(stream.clone(), VecDeque::new());
                    None
                }
                Some(queue) => {
                    let (sender, receiver) = oneshot::channel();
                    queue.push_back(sender);
                    Some(receiver)
                }
            }
        };
        let turn = match waiting {
            // Whoever has the turn passes it on, so the sender is never just dropped.
            Some(receiver) => receiver.await.ok(),
            None => None,
        };
        turn.unwrap_or_else(|| Turn {
            turns: self.clone(),
            stream: Some(stream.clone()),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Queues> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let Some(stream) = self.stream.take() else {
            return;
        };
        let mut queues = self.turns.lock();
        while let Some(next) = queues.get_mut(&stream).and_then(VecDeque::pop_front) {
            let turn = Turn {
                turns: self.turns.clone(),
                stream: Some(stream.clone()),
            };
            match next.send(turn) {
                Ok(()) => return,
                // Gave up waiting. Disarmed, or its drop would look for the lock that is held.
                Err(mut turn) => turn.stream = None,
            }
        }
        queues.remove(&stream);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn turns_come_in_order_and_survive_who_gives_up() {
        let turns = Turns::default();
        let stream: StreamName = "tracking/acme/1".parse().unwrap();
        let first = turns.take(&stream).await;
        let mut second = Box::pin(turns.take(&stream));
        let mut third = Box::pin(turns.take(&stream));
        let mut fourth = Box::pin(turns.take(&stream));
        assert!(futures::poll!(&mut second).is_pending());
        assert!(futures::poll!(&mut third).is_pending());
        assert!(futures::poll!(&mut fourth).is_pending());
        drop(second);
        drop(first);
        assert!(futures::poll!(&mut fourth).is_pending());
        // It has its turn without having looked, and passes it on all the same.
        drop(third);
        drop(fourth.await);
        assert!(turns.lock().is_empty());
    }
}

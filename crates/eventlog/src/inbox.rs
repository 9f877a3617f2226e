//! The port to what others send in as messages, such as a warehouse that speaks no gRPC: kept in
//! order until it was taken in, and what cannot be taken in is set aside with the reason.
//!
//! A message is no event: nothing has happened before a rule has taken it in.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::watch;

use crate::{AppendError, BoxFuture, Position, ReadError};

/// A message as it came. Who sent it stands in its address, which the sender cannot choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incoming {
    /// Its place among all that came in, from 1.
    pub position: Position,
    /// For which merchant.
    pub tenant: String,
    /// From which site.
    pub site: String,
    /// What stands beside the body, in the sender's words.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
}

impl Incoming {
    /// The header of that name, whichever letters are capitals.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let found = headers.find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

/// Why a message was not taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// For programs, such as `UNITS_EXCEED`.
    pub reason: String,
    /// For people.
    pub detail: String,
}

/// Messages of others, in order.
pub trait Inbox: Send + Sync + 'static {
    /// At most `limit` messages after a position, in order; waits while there is none. Giving up
    /// the wait loses nothing.
    fn read(
        &self,
        after: Position,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<Incoming>, ReadError>>;

    /// Sets a message aside, durably. Set aside again soon after, it is there once.
    fn set_aside<'a>(
        &'a self,
        message: &'a Incoming,
        rejection: &'a Rejection,
    ) -> BoxFuture<'a, Result<(), AppendError>>;
}

/// An inbox in memory: for tests. Clones share it.
#[derive(Clone, Default)]
pub struct MemoryInbox(Arc<Inner>);

#[derive(Default)]
struct Inner {
    messages: Mutex<Vec<Incoming>>,
    aside: Mutex<Vec<(Incoming, Rejection)>>,
    came: watch::Sender<Position>,
}

impl MemoryInbox {
    /// A message comes in; its position is given here.
    pub fn put(&self, message: Incoming) {
        let mut messages = lock(&self.0.messages);
        let position = messages.len() as Position + 1;
        messages.push(Incoming {
            position,
            ..message
        });
        self.0.came.send_replace(position);
    }

    /// What was set aside.
    pub fn aside(&self) -> Vec<(Incoming, Rejection)> {
        lock(&self.0.aside).clone()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Inbox for MemoryInbox {
    fn read(
        &self,
        after: Position,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<Incoming>, ReadError>> {
        Box::pin(async move {
            let mut came = self.0.came.subscribe();
            // The sender lives as long as this inbox, so the wait cannot fail. What it gives holds
            // the sender up, and whoever puts a message in with it.
            drop(came.wait_for(|last| *last > after).await);
            let messages = lock(&self.0.messages);
            let later = messages.iter().filter(|each| each.position > after);
            Ok(later.take(limit).cloned().collect())
        })
    }

    fn set_aside<'a>(
        &'a self,
        message: &'a Incoming,
        rejection: &'a Rejection,
    ) -> BoxFuture<'a, Result<(), AppendError>> {
        let mut aside = lock(&self.0.aside);
        if !aside
            .iter()
            .any(|(known, _)| known.position == message.position)
        {
            aside.push((message.clone(), rejection.clone()));
        }
        Box::pin(async { Ok(()) })
    }
}

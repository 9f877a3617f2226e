//! Ports to the outside: who pays refunds out, who carries parcels, who delivers mail. Each port
//! is a trait with at least one working implementation; those named `Sandbox` and `Outbox` need
//! nobody outside and remember what they did, so that a test can count it.
//!
//! Read `payment` first: the other ports follow it. An answer never hides doubt. *Unknown* is an
//! answer of its own, and the way out of it is to look up by our own reference or to repeat with
//! the same key, never with a new one.
//!
//! Nothing here decides anything, reads the log, or tries again on its own: that is the caller's.

use std::future::Future;
use std::pin::Pin;

pub mod carrier;
mod journal;
pub mod mail;
pub mod payment;

pub use journal::JournalError;

/// What an asynchronous method of a port returns: boxed, so that ports can be trait objects.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

//! Who acts: of all processes that could run a reaction, one holds its lease.
//!
//! A lease is no lock. A holder that was frozen may wake up after another took over, so everything
//! it does is guarded again: commands by the expected version of their stream, outside calls by
//! their idempotency key. The lease keeps that rare, and spares the work of doing everything twice.

use crate::{BoxFuture, ReadError};

/// Gives leases, by name.
pub trait Leases: Send + Sync + 'static {
    /// Waits until this process holds the lease of that name. Dropping it gives it back.
    fn hold<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Box<dyn Lease>, ReadError>>;
}

/// A lease that this process holds, or held until it was lost.
pub trait Lease: Send + Sync {
    /// What the last holder kept in it, to go on from there; none when nobody did, or when this
    /// process is the only one there can be and keeps its own books.
    fn kept(&self) -> Option<&[u8]>;

    /// Whether it is still held, by the holder's own monotonic clock. Asked right before anything
    /// is done that another holder might do as well.
    fn is_held(&self) -> bool;

    /// Stores what the next holder should go on from, and renews the lease. Called about every
    /// half second.
    fn keep<'a>(&'a self, bytes: &'a [u8]) -> BoxFuture<'a, Result<(), LeaseLost>>;
}

/// Another process holds the lease, or may.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the lease {0} is lost")]
pub struct LeaseLost(pub String);

/// Leases of a log that only one process can open: all are held, always.
#[derive(Debug, Clone, Copy, Default)]
pub struct SoleProcess;

impl Leases for SoleProcess {
    fn hold<'a>(&'a self, _name: &'a str) -> BoxFuture<'a, Result<Box<dyn Lease>, ReadError>> {
        Box::pin(async { Ok(Box::new(Self) as Box<dyn Lease>) })
    }
}

impl Lease for SoleProcess {
    fn kept(&self) -> Option<&[u8]> {
        None
    }

    fn is_held(&self) -> bool {
        true
    }

    fn keep<'a>(&'a self, _bytes: &'a [u8]) -> BoxFuture<'a, Result<(), LeaseLost>> {
        Box::pin(async { Ok(()) })
    }
}

//! The port to the event log: append, read, subscribe.
//!
//! Read `stream` and `commit` first (what is stored), then `port` (what a log promises), then
//! `contract` (how every log is held to it). A log stores commits and gives them back; it knows
//! nothing of rules, views or gRPC.

pub mod commit;
#[cfg(feature = "contract")]
#[expect(
    clippy::disallowed_methods,
    reason = "the suite is test code; its tasks end with their test"
)]
pub mod contract;
pub mod follow;
pub mod frame;
pub mod inbox;
pub mod lease;
pub mod memory;
pub mod port;
#[cfg(any(test, feature = "contract"))]
pub mod sample;
pub mod stream;
pub mod verify;
pub mod waiting;

pub use commit::{
    COMMIT_BYTES_MAX, COMMIT_EVENTS_MAX, Commit, Digest, Metadata, NewCommit, NewEvent, Recorded,
};
pub use inbox::{Inbox, Incoming, MemoryInbox, Rejection};
pub use lease::{Lease, LeaseLost, Leases, SoleProcess};
pub use memory::MemoryLog;
pub use port::{
    AppendError, Appended, BoxFuture, EventLog, Expected, Health, Position, ReadError,
    Subscription, Version,
};
pub use stream::{InvalidStream, StreamKey, StreamName};
pub use verify::{Progress, Verified};
pub use waiting::{Place, WAITING_BYTES_MAX, WAITING_COMMITS_MAX, Waiting};

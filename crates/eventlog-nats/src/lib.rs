//! The event log on NATS JetStream.
//!
//! Every context is one stream of the server, every commit one message, and the server's sequence
//! the position. The server decides each append by the last position of its subject; what is kept
//! here only spares questions. Read `message` first (what is stored), then `append`, then `live`
//! and `tail` (how news comes in), then `replay`, `catch_up` and `streams` (how everything else is
//! read).
//!
//! This crate alone knows NATS. It never repairs: what is damaged is named, stops the writing, and
//! says how an operator repairs it.

mod announced;
mod append;
mod ask;
mod batch;
mod catch_up;
mod connection;
mod copy;
mod error;
mod examine;
mod faults;
mod findings;
mod follow;
mod heads;
mod ingest;
mod integrity;
mod lease;
mod live;
mod log;
mod message;
mod names;
mod options;
mod provision;
mod replay;
mod settings;
mod shared;
mod streams;
mod system;
mod tail;
mod turns;

pub use announced::Announced;
pub use error::ConnectError;
pub use examine::{Examination, StreamSeen, examine};
pub use faults::Faults;
pub use findings::{Durability, Finding, Severity};
pub use ingest::{NatsInbox, ingest_streams};
pub use lease::{LeaseTimes, NatsLeases};
pub use log::NatsLog;
pub use options::{Access, Login, Options, Tls};
pub use provision::{Outcome, Provision, Provisioned, Reader, provision};
pub use settings::Difference;
pub use system::{ReplicaSeen, ServerSeen};

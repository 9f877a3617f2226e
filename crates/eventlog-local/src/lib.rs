//! The event log on local disk.
//!
//! One thread owns the writes. It takes what is waiting, checks it, writes it as one batch, makes
//! it durable with one sync, and only then answers: many commits share one sync, and nobody sees
//! what could still be lost. Read `writer` first, then `store` (what lies where), then `folder`
//! and `mark` (what is checked on opening), then `verify`.
//!
//! This crate alone knows fjall. It never repairs: what is damaged is named, and stays as it is.

mod counters;
mod error;
mod faults;
mod folder;
mod heads;
mod keys;
mod log;
mod mark;
mod open;
mod options;
mod queue;
mod read;
mod store;
mod tail;
mod verify;
mod watchdog;
mod writer;

pub use counters::Counters;
pub use error::OpenError;
pub use faults::Faults;
pub use log::LocalLog;
pub use open::{Opening, TornEnd};
pub use options::Options;

//! Small tables for read models, checkpoints and snapshots, kept on local disk.
//!
//! A view is only ever a fold of the log. Nothing in here is the truth: deleting the folder loses
//! time, never facts. That is why every doubt is answered in one way, by wiping: a machine that
//! went down while the views were open, a database that does not open in time, a checksum that
//! does not fit, a panic inside the store.
//!
//! Rows and checkpoint of a table are written together or not at all, so a table always agrees
//! with its own checkpoint. Every value carries a checksum over key and value, and every table
//! carries the number and the digest of its rows, counted again on opening: a row that vanished
//! is noticed as surely as one that changed.
//!
//! Read [`Views`] first (open, wipe, close), then [`Table`] and [`Checkpoint`], then
//! [`Snapshots`]. Inside: `gate` decides what may be opened, `store` is one database with its
//! catalogue, `edition` is one physical copy of a table, and `disk` is the only file that knows
//! which database this is.
//!
//! What may still happen unseen: after damage the database can come back as it was at an earlier
//! moment. Such a table is right as of its checkpoint and is simply brought up to date again. And
//! an operation that hangs inside the database is not interrupted; only opening and closing have
//! a deadline.
//!
//! What this crate does not do: it makes nothing durable against a power cut (the log does), it
//! calls no clock and no network, and it does not know what the bytes in a row mean.

mod batch;
mod bytes;
mod catalog;
mod checkpoint;
mod disk;
mod edition;
mod error;
mod gate;
mod options;
mod patience;
mod record;
mod seal;
mod snapshots;
mod store;
mod table;
mod views;

pub use batch::{Batch, KEY_BYTES_MAX, VALUE_BYTES_MAX};
pub use checkpoint::Checkpoint;
pub use error::Error;
pub use options::{CACHE_BYTES, OPEN_DEADLINE, Opening, Options};
pub use snapshots::{SNAPSHOT_BYTES_MAX, Snapshot, Snapshots};
pub use table::{Row, Table};
pub use views::Views;

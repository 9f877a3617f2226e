//! Cached states of aggregates: always disposable, so reading and keeping them never fails.

use crate::{Error, batch::Batch, bytes::Reader, table::Table, views::Views};

/// The largest state worth keeping; a larger one is folded from its stream every time.
pub const SNAPSHOT_BYTES_MAX: usize = 64 * 1024;

const TABLE: &str = "snapshots";

/// Layout of a row: version u64, schema u32, the state. A new layout gets a new number here, which
/// empties the table.
const LAYOUT: u32 = 1;

/// Prefix byte of the keys, followed by the name of the stream.
const STREAM_PREFIX: u8 = 1;

/// The state of one aggregate at a version of its stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The version of the stream whose fold this is.
    pub version: u64,
    /// The schema of the state.
    pub schema: u32,
    /// The state, in a form only its owner knows.
    pub bytes: Vec<u8>,
}

/// The snapshots of one schema. All schemas share one table.
#[derive(Clone)]
pub struct Snapshots {
    table: Table,
    schema: u32,
}

impl Snapshots {
    pub(crate) fn open(views: &Views, schema: u32) -> Result<Self, Error> {
        Ok(Self {
            table: views.table(TABLE, LAYOUT)?,
            schema,
        })
    }

    /// The snapshot of a stream. `None` if there is none, if it has another schema, or if it can
    /// not be trusted: then the whole stream is folded.
    pub fn get(&self, stream: &str) -> Option<Snapshot> {
        // A damaged database is noticed and mended where views are read; here it only costs time.
        let bytes = self.table.get(&key(stream)).ok()??;
        let mut reader = Reader(&bytes);
        let (version, schema) = (reader.u64()?, reader.u32()?);
        (schema == self.schema).then(|| Snapshot {
            version,
            schema,
            bytes: reader.0.to_vec(),
        })
    }

    /// Keeps the state of a stream in place of an earlier one. A state above
    /// [`SNAPSHOT_BYTES_MAX`] is not kept, and neither is the earlier one replaced.
    pub fn put(&self, stream: &str, version: u64, state: &[u8]) {
        if state.len() > SNAPSHOT_BYTES_MAX {
            return;
        }
        let mut row = Vec::with_capacity(size_of::<u64>() + size_of::<u32>() + state.len());
        row.extend(version.to_be_bytes());
        row.extend(self.schema.to_be_bytes());
        row.extend(state);
        let mut batch = Batch::new();
        batch.put(key(stream), row);
        if let Err(error) = self.table.apply_aside(&batch) {
            tracing::debug!(%error, "snapshot not written");
        }
    }

    /// Forgets the state of a stream, whatever its schema. Unlike the rest this may fail, because
    /// who asks for it (an erasure) must know that it happened.
    pub fn remove(&self, stream: &str) -> Result<(), Error> {
        let mut batch = Batch::new();
        batch.remove(key(stream));
        self.table.apply_aside(&batch)
    }
}

fn key(stream: &str) -> Vec<u8> {
    let mut key = Vec::with_capacity(1 + stream.len());
    key.push(STREAM_PREFIX);
    key.extend(stream.as_bytes());
    key
}

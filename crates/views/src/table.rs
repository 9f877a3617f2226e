//! A handle to one table.

use crate::{
    batch::Batch,
    checkpoint::{Checkpoint, Origin},
    edition::{Advance, Edition},
    error::{Error, Fault},
    views::Views,
};
use std::ops::Bound;

/// Key and value.
pub type Row = (Vec<u8>, Vec<u8>);

/// An ordered table of small rows that agrees with its own checkpoint. Cheap to clone.
///
/// Many may read while one writes: a table follows the log, so it has one writer. Reads come from
/// memory or local disk and are short; long scans belong on a blocking thread.
///
/// Keys begin with a prefix byte of the caller, one per kind of row and not zero, followed by
/// parts of fixed width in big-endian order, so that key order is the order wanted.
#[derive(Clone)]
pub struct Table {
    views: Views,
    name: String,
    schema: u32,
    standing: Standing,
}

/// Which copy of the table the handle means.
#[derive(Clone, Copy)]
enum Standing {
    /// Whatever is current at the time.
    Current,
    /// The one that is being rebuilt, also after it has become the current one.
    Edition(Origin),
}

impl Table {
    pub(crate) fn current(views: Views, name: &str, schema: u32) -> Self {
        Self {
            views,
            name: name.to_owned(),
            schema,
            standing: Standing::Current,
        }
    }

    pub(crate) fn edition(views: Views, name: &str, schema: u32, origin: Origin) -> Self {
        Self {
            views,
            name: name.to_owned(),
            schema,
            standing: Standing::Edition(origin),
        }
    }

    /// The table's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The value of a key.
    pub fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        self.with(|edition| edition.get(key))
    }

    /// Up to `limit` rows whose keys begin with `prefix`, in key order, beginning after the key
    /// `after`: the last key of one page is where the next one begins.
    pub fn scan(
        &self,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Row>, Error> {
        let from = match after {
            Some(after) if after >= prefix => Bound::Excluded(after),
            _ => Bound::Included(prefix),
        };
        let wanted = |key: &[u8]| key.starts_with(prefix);
        self.with(|edition| edition.scan(from, Bound::Unbounded, limit, wanted))
    }

    /// Up to `limit` rows in key order, from the key `from` up to but without the key `to`.
    pub fn scan_range(&self, from: &[u8], to: &[u8], limit: usize) -> Result<Vec<Row>, Error> {
        if from >= to {
            return Ok(Vec::new());
        }
        self.with(|edition| {
            edition.scan(Bound::Included(from), Bound::Excluded(to), limit, |_| true)
        })
    }

    /// How many rows there are.
    pub fn count(&self) -> Result<u64, Error> {
        self.with(Edition::count)
    }

    /// How far the table has followed the log.
    pub fn checkpoint(&self) -> Result<Checkpoint, Error> {
        self.with(Edition::checkpoint)
    }

    /// Writes the batch and moves the checkpoint, both or neither. Refused with
    /// [`Error::Replaced`] if the checkpoint was read from a copy of the table that is not this
    /// one any more, and nothing is written.
    pub fn apply(&self, batch: Batch, checkpoint: &Checkpoint) -> Result<(), Error> {
        self.with(|edition| edition.apply(&batch, Advance::To(checkpoint)))
    }

    /// Writes rows that do not follow the log, whatever the checkpoint.
    pub(crate) fn apply_aside(&self, batch: &Batch) -> Result<(), Error> {
        self.with(|edition| edition.apply(batch, Advance::Stay))
    }

    fn with<T>(&self, operation: impl Fn(&Edition) -> Result<T, Fault>) -> Result<T, Error> {
        let (name, schema) = (self.name.as_str(), self.schema);
        self.views.with_store(name, |store| match self.standing {
            Standing::Edition(origin) => store.on_edition(name, origin, &operation),
            Standing::Current => match store.on_current(name, schema, &operation) {
                // A wipe left no table of this name: begin it again and look once more.
                Err(Fault::Gone) => store.ensure(name, schema).and(Err(Fault::Gone)),
                outcome => outcome,
            },
        })
    }
}

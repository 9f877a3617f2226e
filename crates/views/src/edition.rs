//! One physical copy of a table: a tree with rows and the record that describes them.

use crate::{
    batch::Batch,
    checkpoint::{Checkpoint, Origin},
    disk::{Tree, Write},
    error::{Error, Fault},
    record::{RECORD_KEY, Record},
    seal::{Tally, seal, unseal},
    table::Row,
};
use std::{
    ops::{Bound, ControlFlow},
    sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

/// After so many rows a verification says that it is still alive.
const PROGRESS_ROWS: u64 = 1_024;

/// One copy of a table. Readers share it; a batch has it for itself, so that no scan ever sees
/// half a batch.
pub(crate) struct Edition {
    table: String,
    origin: Origin,
    tree: Tree,
    state: RwLock<State>,
}

struct State {
    record: Record,
    /// Set before the tree is dropped: whoever comes later looks the table up again.
    retired: bool,
}

/// What a batch does to the checkpoint.
#[derive(Clone, Copy)]
pub(crate) enum Advance<'a> {
    /// Moves it, if it was read from this copy.
    To(&'a Checkpoint),
    /// Leaves it where it is: for rows that do not follow the log.
    Stay,
}

impl Edition {
    /// Begins an empty copy in an empty tree.
    pub(crate) fn create(
        table: &str,
        origin: Origin,
        schema: u32,
        tree: Tree,
    ) -> Result<Self, Fault> {
        let record = Record {
            schema,
            ..Record::default()
        };
        tree.apply(vec![sealed_record(&record, table)?])?;
        Ok(Self::new(table, origin, tree, record))
    }

    /// Opens a copy that was written earlier, reading and checking every row of it.
    pub(crate) fn load(
        table: &str,
        origin: Origin,
        tree: Tree,
        alive: &mut dyn FnMut(),
    ) -> Result<Self, Fault> {
        let record = read_record(&tree, table)?;
        let edition = Self::new(table, origin, tree, record);
        edition.verify(alive)?;
        Ok(edition)
    }

    fn new(table: &str, origin: Origin, tree: Tree, record: Record) -> Self {
        let state = RwLock::new(State {
            record,
            retired: false,
        });
        Self {
            table: table.to_owned(),
            origin,
            tree,
            state,
        }
    }

    pub(crate) fn origin(&self) -> Origin {
        self.origin
    }

    pub(crate) fn schema(&self) -> Result<u32, Fault> {
        Ok(self.read()?.record.schema)
    }

    pub(crate) fn count(&self) -> Result<u64, Fault> {
        Ok(self.read()?.record.tally.rows)
    }

    pub(crate) fn checkpoint(&self) -> Result<Checkpoint, Fault> {
        Ok(self.read()?.record.checkpoint.read_from(self.origin))
    }

    pub(crate) fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        let _state = self.read()?;
        if key == RECORD_KEY {
            return Ok(None);
        }
        let Some(sealed) = self.tree.get(key)? else {
            return Ok(None);
        };
        let value = unseal(key, sealed.as_ref()).ok_or_else(|| self.mismatch())?;
        Ok(Some(value.to_vec()))
    }

    /// Up to `limit` rows in key order, as long as `wanted` says so.
    pub(crate) fn scan(
        &self,
        from: Bound<&[u8]>,
        to: Bound<&[u8]>,
        limit: usize,
        wanted: impl Fn(&[u8]) -> bool,
    ) -> Result<Vec<Row>, Fault> {
        let _state = self.read()?;
        let mut rows = Vec::new();
        let mut intact = true;
        self.tree.visit(from, to, |key, sealed| {
            if key == RECORD_KEY {
                return ControlFlow::Continue(());
            }
            if rows.len() >= limit || !wanted(key) {
                return ControlFlow::Break(());
            }
            let Some(value) = unseal(key, sealed) else {
                intact = false;
                return ControlFlow::Break(());
            };
            rows.push((key.to_vec(), value.to_vec()));
            ControlFlow::Continue(())
        })?;
        if intact {
            Ok(rows)
        } else {
            Err(self.mismatch())
        }
    }

    /// Writes rows, checkpoint and tally in one go.
    pub(crate) fn apply(&self, batch: &Batch, advance: Advance<'_>) -> Result<(), Fault> {
        batch.check(&self.table)?;
        let mut state = self.write();
        if state.retired {
            return Err(Fault::Gone);
        }
        let mut record = state.record.clone();
        if let Advance::To(checkpoint) = advance {
            if !checkpoint.follows(self.origin, &record.checkpoint) {
                return Err(Fault::Refused(Error::Replaced {
                    table: self.table.clone(),
                }));
            }
            record.checkpoint = checkpoint.positions_only();
        }
        let mut writes = self.sealed(batch, &mut record.tally)?;
        writes.push(sealed_record(&record, &self.table)?);
        self.tree.apply(writes)?;
        state.record = record;
        Ok(())
    }

    /// Reads every row, and compares their number and digest with the record.
    pub(crate) fn verify(&self, alive: &mut dyn FnMut()) -> Result<(), Fault> {
        let state = self.read()?;
        let mut found = Tally::default();
        let mut intact = true;
        self.tree
            .visit(Bound::Unbounded, Bound::Unbounded, |key, sealed| {
                if key == RECORD_KEY {
                    return ControlFlow::Continue(());
                }
                intact = unseal(key, sealed).is_some() && found.add(sealed).is_some();
                if found.rows.is_multiple_of(PROGRESS_ROWS) {
                    alive();
                }
                if intact {
                    ControlFlow::Continue(())
                } else {
                    ControlFlow::Break(())
                }
            })?;
        if !intact {
            return Err(self.mismatch());
        }
        if found != state.record.tally {
            let (table, expected) = (&self.table, state.record.tally.rows);
            let reason = format!(
                "table {table}: found {} rows, expected {expected}, or other ones",
                found.rows
            );
            return Err(Fault::Damaged(reason));
        }
        Ok(())
    }

    /// Waits for whoever is inside, and lets nobody in any more.
    pub(crate) fn retire(&self) {
        self.write().retired = true;
    }

    /// The stored form of a batch, counting replaced rows out and new ones in.
    fn sealed(&self, batch: &Batch, tally: &mut Tally) -> Result<Vec<Write>, Fault> {
        let mut writes = Vec::with_capacity(batch.len() + 1);
        for (key, value) in batch.writes() {
            if let Some(earlier) = self.tree.get(key)? {
                tally
                    .subtract(earlier.as_ref())
                    .ok_or_else(|| self.mismatch())?;
            }
            let sealed = value.map(|value| seal(key, value));
            if let Some(sealed) = &sealed {
                tally.add(sealed).ok_or_else(|| self.mismatch())?;
            }
            writes.push((key.to_vec(), sealed));
        }
        Ok(writes)
    }

    fn mismatch(&self) -> Fault {
        Fault::Damaged(format!(
            "table {}: the checksum of a row does not fit",
            self.table
        ))
    }

    fn read(&self) -> Result<RwLockReadGuard<'_, State>, Fault> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        if state.retired {
            Err(Fault::Gone)
        } else {
            Ok(state)
        }
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

fn sealed_record(record: &Record, table: &str) -> Result<Write, Fault> {
    let too_long = || {
        Fault::Refused(Error::InvalidKey {
            table: table.to_owned(),
        })
    };
    let bytes = record.encode().ok_or_else(too_long)?;
    Ok((RECORD_KEY.to_vec(), Some(seal(RECORD_KEY, &bytes))))
}

fn read_record(tree: &Tree, table: &str) -> Result<Record, Fault> {
    let unreadable = || {
        Fault::Damaged(format!(
            "table {table}: its record is missing or unreadable"
        ))
    };
    let sealed = tree.get(RECORD_KEY)?.ok_or_else(unreadable)?;
    unseal(RECORD_KEY, sealed.as_ref())
        .and_then(Record::decode)
        .ok_or_else(unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::Database;

    const ORIGIN: Origin = Origin {
        generation: 1,
        edition: 1,
    };

    /// Writes three rows, changes the tree behind the edition's back, and opens it again.
    fn check(change: (&[u8], Option<Vec<u8>>)) -> Result<u64, Fault> {
        let dir = tempfile::tempdir().unwrap();
        let database = Database::open(dir.path(), crate::CACHE_BYTES).unwrap();
        let edition = Edition::create("t", ORIGIN, 1, database.tree("t@1").unwrap()).unwrap();
        let mut batch = Batch::new();
        for key in ["a", "b", "c"] {
            batch.put(key, "value");
        }
        edition.apply(&batch, Advance::Stay).unwrap();
        drop(edition);
        let tree = database.tree("t@1").unwrap();
        tree.apply(vec![(change.0.to_vec(), change.1)]).unwrap();
        Edition::load("t", ORIGIN, tree, &mut || {})?.count()
    }

    #[test]
    fn rows_that_vanished_changed_or_appeared_are_noticed() {
        assert_eq!(
            check((b"b", Some(seal(b"b", b"value")))).unwrap(),
            3,
            "the same row"
        );
        let changes = [
            ("vanished", &b"b"[..], None),
            ("an older value", b"b", Some(seal(b"b", b"older"))),
            ("of another key", b"b", Some(seal(b"a", b"value"))),
            ("too short", b"b", Some(vec![1, 2])),
            ("appeared", b"d", Some(seal(b"d", b"value"))),
            ("no record", RECORD_KEY, None),
        ];
        for (what, key, value) in changes {
            assert!(
                matches!(check((key, value)), Err(Fault::Damaged(_))),
                "{what}"
            );
        }
    }
}

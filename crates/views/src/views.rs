//! The views of a process: opened, wiped and closed as one.

use crate::{
    error::{Error, Fault},
    gate::{Gate, LastEnd},
    options::{Opening, Options},
    patience::{self, Abandoned},
    snapshots::Snapshots,
    store::{CLOSE_DEADLINE, Store},
    table::Table,
};
use std::{
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
};

/// Between looking up the open database and using it, it may be replaced; then it is looked up
/// again, but not for ever.
const LOOKUP_TRIES: usize = 8;

/// All tables of a process, in one folder. Cheap to clone; clones share everything.
#[derive(Clone)]
pub struct Views {
    inner: Arc<Inner>,
}

struct Inner {
    options: Options,
    /// The database in use; `None` once closed.
    store: RwLock<Option<Arc<Store>>>,
    /// Held while the database is exchanged or closed.
    place: Mutex<Place>,
}

/// The folder, and which database in it is in use. The gate is let go on closing.
struct Place {
    gate: Option<Gate>,
    number: u64,
}

impl Views {
    /// Opens the views in this folder, or begins new ones. Every row is read and checked, at
    /// several hundred thousand rows a second; whatever can not be trusted is wiped.
    pub fn open(dir: &Path, options: Options) -> Result<(Self, Opening), Error> {
        let gate = Gate::enter(dir, options.boot_id.clone())?;
        let number = gate.newest()?;
        let (store, number, opening) = match number {
            0 => (begin(&gate, 1, 1, &options)?, 1, Opening::Fresh),
            _ => match reopen(&gate, number, &options)? {
                Ok(store) => (store, number, Opening::Reopened),
                Err(reason) => {
                    let store = begin(&gate, number + 1, 1, &options)?;
                    (store, number + 1, Opening::Wiped { reason })
                }
            },
        };
        let place = Mutex::new(Place {
            gate: Some(gate),
            number,
        });
        let store = RwLock::new(Some(Arc::new(store)));
        Ok((
            Self {
                inner: Arc::new(Inner {
                    options,
                    store,
                    place,
                }),
            },
            opening,
        ))
    }

    /// Opens a table. If it was written with another schema, it is emptied, checkpoint and all.
    /// The handle follows rebuilds, roll-backs and wipes, as long as the schema stays the same.
    pub fn table(&self, name: &str, schema: u32) -> Result<Table, Error> {
        self.with_store(name, |store| store.ensure(name, schema))?;
        Ok(Table::current(self.clone(), name, schema))
    }

    /// The snapshots of aggregates whose state has this schema.
    pub fn snapshots(&self, schema: u32) -> Result<Snapshots, Error> {
        Snapshots::open(self, schema)
    }

    /// Begins to rebuild a table aside, and gives the empty new edition. Readers stay on the
    /// current one. An unfinished earlier rebuild is dropped; after a crash so is this one.
    pub fn begin_rebuild(&self, name: &str, schema: u32) -> Result<Table, Error> {
        let origin = self.with_store(name, |store| store.begin_rebuild(name, schema))?;
        Ok(Table::edition(self.clone(), name, schema, origin))
    }

    /// Verifies what was rebuilt and makes it the current edition by one write. The edition so
    /// far is kept for [`roll_back`](Self::roll_back), the one before it is dropped.
    pub fn finish_rebuild(&self, name: &str) -> Result<(), Error> {
        self.with_store(name, |store| store.finish_rebuild(name))
    }

    /// Goes back to the edition before the last rebuild, with its own checkpoint. Doing it again
    /// takes it back.
    pub fn roll_back(&self, name: &str) -> Result<(), Error> {
        self.with_store(name, |store| store.roll_back(name))
    }

    /// Goes up with every wipe. A projection that sees it change starts again from the table's
    /// checkpoint; one that does not look is refused by [`Table::apply`].
    pub fn generation(&self) -> Result<u64, Error> {
        Ok(self.store()?.generation())
    }

    /// What was noticed first, if the views are damaged. Only a wipe mends them.
    pub fn damage(&self) -> Result<Option<String>, Error> {
        Ok(self.store()?.damage().map(str::to_owned))
    }

    /// Deletes everything and goes on with empty views. Handles stay good and find empty tables.
    pub fn wipe(&self, reason: &str) -> Result<(), Error> {
        let mut place = self.place();
        self.wipe_locked(&mut place, reason)
    }

    /// Wipes if the views are damaged, and says why they were. Several projections may notice the
    /// same damage: the first one wipes, the others find nothing to do.
    pub fn wipe_if_damaged(&self) -> Result<Option<String>, Error> {
        let mut place = self.place();
        let Some(reason) = self.damage()? else {
            return Ok(None);
        };
        self.wipe_locked(&mut place, &reason)?;
        Ok(Some(reason))
    }

    /// Ends cleanly: waits for operations under way, makes all files durable and takes the marker
    /// away. Views that are dropped without it look like the end of a process that died, and open
    /// again under the same kernel only. Closing twice is closing once.
    pub fn close(&self) -> Result<(), Error> {
        let mut place = self.place();
        let Some(gate) = place.gate.take() else {
            return Ok(());
        };
        let store = self.exchange(None);
        let Some(store) = store else { return Ok(()) };
        if let Some(reason) = store.damage() {
            return Err(Error::Damaged {
                reason: reason.to_owned(),
            });
        }
        let closing = Arc::clone(&store);
        let closed = patience::wait_for("views-close", CLOSE_DEADLINE, move |_| closing.close());
        let reason = match closed {
            Ok(Ok(())) => return gate.mark_closed(&gate.folder(place.number)),
            Ok(Err(fault)) => format!("could not close: {fault:?}"),
            Err(Abandoned::Late) => return Err(Error::NotClosed),
            Err(abandoned) => format!("could not close: {abandoned}"),
        };
        store.mark_damaged(reason.clone());
        gate.mark_untrusted()?;
        Err(Error::Damaged { reason })
    }

    /// Runs an operation on the open database and judges how it failed.
    pub(crate) fn with_store<T>(
        &self,
        table: &str,
        operation: impl Fn(&Store) -> Result<T, Fault>,
    ) -> Result<T, Error> {
        for _ in 0..LOOKUP_TRIES {
            let store = self.store()?;
            match operation(&store) {
                Ok(value) => return Ok(value),
                Err(Fault::Gone) => {}
                Err(Fault::Refused(error)) => return Err(error),
                Err(Fault::Damaged(reason)) => return Err(self.damaged(&store, reason)),
            }
        }
        Err(Error::Replaced {
            table: table.to_owned(),
        })
    }

    /// Remembers the damage, here and on disk, so that a restart does not trust it either.
    fn damaged(&self, store: &Arc<Store>, reason: String) -> Error {
        if store.damage().is_none() {
            store.mark_damaged(reason.clone());
            let place = self.place();
            let in_use = self
                .store()
                .is_ok_and(|current| Arc::ptr_eq(&current, store));
            if let (true, Some(gate)) = (in_use, &place.gate)
                && let Err(error) = gate.mark_untrusted()
            {
                tracing::warn!(%error, "the damage of views could not be noted");
            }
        }
        Error::Damaged { reason }
    }

    fn wipe_locked(&self, place: &mut Place, reason: &str) -> Result<(), Error> {
        let old = self.store()?;
        let gate = place.gate.as_ref().ok_or(Error::Closed)?;
        tracing::warn!(reason, "views are wiped");
        let number = gate.newest()?.max(place.number) + 1;
        let store = begin(gate, number, old.generation() + 1, &self.inner.options)?;
        place.number = number;
        self.exchange(Some(Arc::new(store)));
        // Whoever is still inside the old database must not be waited for, neither here nor when
        // the last of them lets go of it.
        old.mark_damaged(format!("wiped: {reason}"));
        Ok(())
    }

    fn exchange(&self, store: Option<Arc<Store>>) -> Option<Arc<Store>> {
        let mut slot = self
            .inner
            .store
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *slot, store)
    }

    fn store(&self) -> Result<Arc<Store>, Error> {
        let slot = self
            .inner
            .store
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        slot.clone().ok_or(Error::Closed)
    }

    fn place(&self) -> MutexGuard<'_, Place> {
        self.inner
            .place
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Opens the database of the last run, or says why it must not be trusted.
fn reopen(gate: &Gate, number: u64, options: &Options) -> Result<Result<Store, String>, Error> {
    match gate.last_end()? {
        LastEnd::Clean | LastEnd::ProcessDied => {}
        LastEnd::MachineDied => {
            return Ok(Err(
                "the machine went down while the views were open".to_owned()
            ));
        }
        LastEnd::Untrusted => return Ok(Err("damage was seen in the last run".to_owned())),
    }
    gate.mark_open()?;
    gate.remove_before(number)?;
    Ok(open_store(gate, number, 1, options))
}

/// Begins an empty database and removes the ones before it. Until it is open, the marker keeps
/// anybody from trusting an older one.
fn begin(gate: &Gate, number: u64, generation: u64, options: &Options) -> Result<Store, Error> {
    gate.mark_untrusted()?;
    gate.create(number)?;
    let store = open_store(gate, number, generation, options);
    let store = store.map_err(|reason| Error::Damaged { reason })?;
    gate.mark_open()?;
    gate.remove_before(number)?;
    Ok(store)
}

/// Opens a database on a thread of its own, because a damaged one may panic or hang.
fn open_store(
    gate: &Gate,
    number: u64,
    generation: u64,
    options: &Options,
) -> Result<Store, String> {
    let (folder, cache_bytes) = (gate.folder(number), options.cache_bytes);
    let opened = patience::wait_for("views-open", options.open_deadline, move |progress| {
        Store::open(&folder, cache_bytes, generation, &mut || progress.report())
    });
    match opened {
        Ok(Ok(store)) => Ok(store),
        Ok(Err(Fault::Damaged(reason))) => Err(reason),
        Ok(Err(fault)) => Err(format!("{fault:?}")),
        Err(abandoned) => Err(format!("opening them: {abandoned}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Batch;

    fn damaged_views(dir: &Path) -> (Views, Table) {
        let (views, _) = Views::open(dir, Options::default()).unwrap();
        let table = views.table("t", 1).unwrap();
        let mut batch = Batch::new();
        batch.put("k", "v");
        table.apply(batch, &table.checkpoint().unwrap()).unwrap();
        let damage = views.with_store("t", |_| Err::<(), _>(Fault::Damaged("a test".to_owned())));
        assert!(matches!(damage, Err(Error::Damaged { .. })));
        (views, table)
    }

    #[test]
    fn damage_stays_until_a_wipe() {
        let dir = tempfile::tempdir().unwrap();
        let (views, table) = damaged_views(dir.path());
        assert!(matches!(table.get(b"k"), Err(Error::Damaged { reason }) if reason == "a test"));
        assert_eq!(views.damage().unwrap().as_deref(), Some("a test"));
        assert_eq!(views.wipe_if_damaged().unwrap().as_deref(), Some("a test"));
        assert_eq!(views.wipe_if_damaged().unwrap(), None);
        assert_eq!(
            (table.get(b"k").unwrap(), views.generation().unwrap()),
            (None, 2)
        );
        views.close().unwrap();
        drop(views);
        drop(table);
        let (_views, opening) = Views::open(dir.path(), Options::default()).unwrap();
        assert_eq!(opening, Opening::Reopened);
    }

    #[test]
    fn damage_outlives_the_process() {
        let dir = tempfile::tempdir().unwrap();
        let (views, table) = damaged_views(dir.path());
        assert!(matches!(views.close(), Err(Error::Damaged { .. })));
        drop((views, table));
        let (_views, opening) = Views::open(dir.path(), Options::default()).unwrap();
        assert!(matches!(opening, Opening::Wiped { .. }), "{opening:?}");
    }
}

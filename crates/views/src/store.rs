//! One database with its catalogue: which tables there are, and which edition of each is current.

use crate::{
    catalog::{CATALOG_TREE, Entry, Named, is_edition, is_valid_name, tree_name},
    checkpoint::Origin,
    disk::{Database, Tree},
    edition::Edition,
    error::{Error, Fault},
    patience,
    seal::{seal, unseal},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::{Bound, ControlFlow},
    path::Path,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock},
    time::Duration,
};

/// How long a healthy database may take to come to rest. After a bulk rebuild at full speed it has
/// seconds of writes waiting for the disk.
pub(crate) const CLOSE_DEADLINE: Duration = Duration::from_secs(30);

/// A damaged database is dropped on a thread of its own that nobody waits for: it may hang.
const ABANDON_DEADLINE: Duration = Duration::ZERO;

/// The thread a database is dropped on.
const DROP: &str = "views-drop";

/// One open database. A wipe replaces the whole of it.
pub(crate) struct Store {
    generation: u64,
    damage: OnceLock<String>,
    /// Everything an operation needs, shared while it runs; taken out on closing.
    open: RwLock<Option<Open>>,
}

struct Open {
    // Trees before the database: fields are dropped in this order.
    tables: RwLock<BTreeMap<String, Editions>>,
    catalog: Tree,
    database: Database,
    /// Held while editions come and go, so that looking one up never waits for a disk.
    changing: Mutex<()>,
}

/// The editions of one table.
#[derive(Clone)]
struct Editions {
    current: Arc<Edition>,
    previous: Option<Arc<Edition>>,
    rebuild: Option<Arc<Edition>>,
    /// The number of the next edition; numbers are not used twice while a process lives.
    next: u64,
}

impl Store {
    /// Opens the database and verifies every table in it.
    pub(crate) fn open(
        folder: &Path,
        cache_bytes: u64,
        generation: u64,
        alive: &mut dyn FnMut(),
    ) -> Result<Self, Fault> {
        let database = Database::open(folder, cache_bytes)?;
        alive();
        match load(&database, generation, alive) {
            Ok((catalog, tables)) => {
                let (tables, changing) = (RwLock::new(tables), Mutex::new(()));
                let open = RwLock::new(Some(Open {
                    tables,
                    catalog,
                    database,
                    changing,
                }));
                Ok(Self {
                    generation,
                    damage: OnceLock::new(),
                    open,
                })
            }
            Err(fault) => {
                // It is wiped whatever comes of this.
                let _ = patience::wait_for(DROP, ABANDON_DEADLINE, move |_| drop(database));
                Err(fault)
            }
        }
    }

    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    /// What was noticed first, if anything was.
    pub(crate) fn damage(&self) -> Option<&str> {
        self.damage.get().map(String::as_str)
    }

    /// Marks the database as damaged, for good.
    pub(crate) fn mark_damaged(&self, reason: String) {
        let _ = self.damage.set(reason);
    }

    /// Makes sure that the table exists with this schema; with another one it is emptied.
    pub(crate) fn ensure(&self, table: &str, schema: u32) -> Result<(), Fault> {
        self.within(|open| {
            let _changing = open.changing();
            match open.find(table) {
                Some(editions) if editions.current.schema()? == schema => Ok(()),
                Some(editions) => open.replace(table, editions, self.generation, schema),
                None => open.create(table, self.generation, schema).map(|_| ()),
            }
        })
    }

    /// Runs an operation on the current edition.
    pub(crate) fn on_current<T>(
        &self,
        table: &str,
        schema: u32,
        operation: impl FnOnce(&Edition) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.within(|open| {
            let editions = open.find(table).ok_or(Fault::Gone)?;
            if editions.current.schema()? != schema {
                return Err(Fault::Refused(Error::Replaced {
                    table: table.to_owned(),
                }));
            }
            operation(&editions.current)
        })
    }

    /// Runs an operation on one edition, whatever its standing, as long as it exists.
    pub(crate) fn on_edition<T>(
        &self,
        table: &str,
        origin: Origin,
        operation: impl FnOnce(&Edition) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.within(|open| {
            let editions = open.find(table);
            let edition = editions.and_then(|editions| editions.at(origin));
            let replaced = || {
                Fault::Refused(Error::Replaced {
                    table: table.to_owned(),
                })
            };
            operation(&*edition.ok_or_else(replaced)?)
        })
    }

    /// Begins an empty edition beside the current one; an unfinished earlier one is dropped.
    pub(crate) fn begin_rebuild(&self, table: &str, schema: u32) -> Result<Origin, Fault> {
        self.within(|open| {
            let _changing = open.changing();
            let mut editions = match open.find(table) {
                Some(editions) => editions,
                None => open.create(table, self.generation, schema)?,
            };
            let abandoned = editions.rebuild.take();
            let rebuild = open.new_edition(table, self.generation, editions.next, schema)?;
            let origin = rebuild.origin();
            editions.next += 1;
            editions.rebuild = Some(rebuild);
            open.set(table, editions);
            open.drop_editions(table, abandoned)?;
            Ok(origin)
        })
    }

    /// Verifies the rebuilt edition and makes it the current one by one write.
    pub(crate) fn finish_rebuild(&self, table: &str) -> Result<(), Fault> {
        self.within(|open| {
            let _changing = open.changing();
            let Some(Editions {
                current,
                previous,
                rebuild: Some(rebuild),
                next,
            }) = open.find(table)
            else {
                return Err(Fault::Refused(Error::NotRebuilding {
                    table: table.to_owned(),
                }));
            };
            rebuild.verify(&mut || {})?;
            let editions = Editions {
                current: rebuild,
                previous: Some(current),
                rebuild: None,
                next,
            };
            open.switch(table, editions)?;
            open.drop_editions(table, previous)?;
            open.database.flush().map_err(Fault::from)
        })
    }

    /// Makes the previous edition the current one, and the current one the previous.
    pub(crate) fn roll_back(&self, table: &str) -> Result<(), Fault> {
        self.within(|open| {
            let _changing = open.changing();
            let Some(Editions {
                current,
                previous: Some(previous),
                rebuild,
                next,
            }) = open.find(table)
            else {
                return Err(Fault::Refused(Error::NothingToRollBack {
                    table: table.to_owned(),
                }));
            };
            let editions = Editions {
                current: previous,
                previous: Some(current),
                rebuild,
                next,
            };
            open.switch(table, editions)?;
            open.database.flush().map_err(Fault::from)
        })
    }

    /// Waits for every operation under way and lets go of the database.
    pub(crate) fn close(&self) -> Result<(), Fault> {
        let open = self
            .open
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let Some(open) = open else { return Ok(()) };
        open.database.flush()?;
        drop(open);
        Ok(())
    }

    fn within<T>(&self, operation: impl FnOnce(&Open) -> Result<T, Fault>) -> Result<T, Fault> {
        if let Some(reason) = self.damage() {
            return Err(Fault::Damaged(reason.to_owned()));
        }
        let open = self.open.read().unwrap_or_else(PoisonError::into_inner);
        operation(open.as_ref().ok_or(Fault::Gone)?)
    }
}

/// Dropping without closing is what a crash of the process leaves behind, minus the crash.
impl Drop for Store {
    fn drop(&mut self) {
        let open = self
            .open
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let Some(open) = open else { return };
        let damaged = self.damage.get().is_some();
        let deadline = if damaged {
            ABANDON_DEADLINE
        } else {
            CLOSE_DEADLINE
        };
        let outcome = patience::wait_for(DROP, deadline, move |_| drop(open));
        if let (Err(abandoned), false) = (outcome, damaged) {
            tracing::warn!(reason = %abandoned, "views could not be dropped in time");
        }
    }
}

impl Open {
    fn find(&self, table: &str) -> Option<Editions> {
        self.tables
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(table)
            .cloned()
    }

    fn set(&self, table: &str, editions: Editions) {
        let mut tables = self.tables.write().unwrap_or_else(PoisonError::into_inner);
        tables.insert(table.to_owned(), editions);
    }

    fn changing(&self) -> MutexGuard<'_, ()> {
        self.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn new_edition(
        &self,
        table: &str,
        generation: u64,
        edition: u64,
        schema: u32,
    ) -> Result<Arc<Edition>, Fault> {
        let tree = self.database.tree(&tree_name(table, edition))?;
        let origin = Origin {
            generation,
            edition,
        };
        Edition::create(table, origin, schema, tree).map(Arc::new)
    }

    fn create(&self, table: &str, generation: u64, schema: u32) -> Result<Editions, Fault> {
        if !is_valid_name(table) {
            return Err(Fault::Refused(Error::InvalidName {
                table: table.to_owned(),
            }));
        }
        let current = self.new_edition(table, generation, 1, schema)?;
        let editions = Editions {
            current,
            previous: None,
            rebuild: None,
            next: 2,
        };
        self.switch(table, editions.clone())?;
        Ok(editions)
    }

    /// Empties a table whose rows are of another schema: none of its editions can be read.
    fn replace(
        &self,
        table: &str,
        old: Editions,
        generation: u64,
        schema: u32,
    ) -> Result<(), Fault> {
        let current = self.new_edition(table, generation, old.next, schema)?;
        let editions = Editions {
            current,
            previous: None,
            rebuild: None,
            next: old.next + 1,
        };
        self.switch(table, editions)?;
        self.drop_editions(
            table,
            [Some(old.current), old.previous, old.rebuild]
                .into_iter()
                .flatten(),
        )
    }

    /// The one write by which a table changes its editions; then everybody sees them.
    fn switch(&self, table: &str, editions: Editions) -> Result<(), Fault> {
        let name = |edition: &Edition| -> Result<Named, Fault> {
            Ok(Named {
                edition: edition.origin().edition,
                schema: edition.schema()?,
            })
        };
        let entry = Entry {
            current: name(&editions.current)?,
            previous: editions.previous.as_deref().map(name).transpose()?,
        };
        let key = table.as_bytes().to_vec();
        let sealed = seal(&key, &entry.encode());
        self.catalog.apply(vec![(key, Some(sealed))])?;
        self.set(table, editions);
        Ok(())
    }

    fn drop_editions(
        &self,
        table: &str,
        editions: impl IntoIterator<Item = Arc<Edition>>,
    ) -> Result<(), Fault> {
        for edition in editions {
            edition.retire();
            self.database
                .drop_tree(&tree_name(table, edition.origin().edition))?;
        }
        Ok(())
    }
}

impl Editions {
    fn all(&self) -> impl Iterator<Item = &Arc<Edition>> {
        [
            Some(&self.current),
            self.previous.as_ref(),
            self.rebuild.as_ref(),
        ]
        .into_iter()
        .flatten()
    }

    fn at(&self, origin: Origin) -> Option<Arc<Edition>> {
        self.all()
            .find(|edition| edition.origin() == origin)
            .cloned()
    }
}

/// Every table the catalogue names, verified.
fn load(
    database: &Database,
    generation: u64,
    alive: &mut dyn FnMut(),
) -> Result<(Tree, BTreeMap<String, Editions>), Fault> {
    let catalog = database.tree(CATALOG_TREE)?;
    let mut tables = BTreeMap::new();
    for (table, entry) in read_catalog(&catalog)? {
        let mut load = |named: Named| {
            let tree = database.tree(&tree_name(&table, named.edition))?;
            let origin = Origin {
                generation,
                edition: named.edition,
            };
            Edition::load(&table, origin, tree, alive).map(Arc::new)
        };
        let current = load(entry.current)?;
        let previous = entry.previous.map(load).transpose()?;
        let newest = entry
            .current
            .edition
            .max(entry.previous.map_or(0, |named| named.edition));
        tables.insert(
            table,
            Editions {
                current,
                previous,
                rebuild: None,
                next: newest + 1,
            },
        );
    }
    drop_orphans(database, &tables)?;
    Ok((catalog, tables))
}

fn read_catalog(catalog: &Tree) -> Result<Vec<(String, Entry)>, Fault> {
    let mut entries = Some(Vec::new());
    catalog.visit(Bound::Unbounded, Bound::Unbounded, |key, sealed| {
        let table = std::str::from_utf8(key).ok();
        let entry = unseal(key, sealed).and_then(Entry::decode);
        match (table, entry, &mut entries) {
            (Some(table), Some(entry), Some(entries)) => entries.push((table.to_owned(), entry)),
            _ => entries = None,
        }
        if entries.is_some() {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    })?;
    entries.ok_or_else(|| Fault::Damaged("a row of the catalogue is unreadable".to_owned()))
}

/// Half-built and outlived editions, which the catalogue does not name.
fn drop_orphans(database: &Database, tables: &BTreeMap<String, Editions>) -> Result<(), Fault> {
    let mut named = BTreeSet::new();
    for (table, editions) in tables {
        named.extend(
            editions
                .all()
                .map(|edition| tree_name(table, edition.origin().edition)),
        );
    }
    for tree in database.tree_names()? {
        if is_edition(&tree) && !named.contains(&tree) {
            database.drop_tree(&tree)?;
        }
    }
    Ok(())
}

//! Opening a log: what is there is checked before anything is written.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, RwLock, mpsc};
use std::thread::{self, JoinHandle};

use backhaul_eventlog::{Health, Position, Waiting};
use backhaul_events::ContextName;
use tokio::sync::watch;
use uuid::Uuid;

use crate::counters::Counting;
use crate::folder::Folder;
use crate::heads::Heads;
use crate::keys::IndexEntry;
use crate::log::{Inner, LocalLog, Shared, Threads};
use crate::mark::{Mark, Marked, Positions};
use crate::queue::Queue;
use crate::store::{Store, at, corrupt};
use crate::tail::Tail;
use crate::writer::Writer;
use crate::{OpenError, Options, watchdog};

/// What was found on opening.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// The log's id.
    pub id: Uuid,
    /// The last position of each context, in the order of `ContextName::ALL`.
    pub positions: [Position; ContextName::ALL.len()],
    /// The end of the last batch was not whole, and was cut off. Nothing of it was acknowledged.
    pub torn_end: Option<TornEnd>,
    /// The mark of the durable positions was damaged, so a loss at the end would not be seen.
    pub mark_is_damaged: bool,
}

/// An end that was cut off: everything after the positions in [`Opening`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TornEnd {
    /// From which file.
    pub file: PathBuf,
    /// How many bytes.
    pub bytes: u64,
}

impl LocalLog {
    /// Opens the log in a folder, and makes one where there is none. Takes up to some seconds
    /// after a crash, so an async caller does it on a thread that may block.
    pub fn open(path: &Path, options: &Options) -> Result<(Self, Opening), OpenError> {
        let folder = Folder::open(path)?;
        let id = folder.id;
        let written = written_journal(&folder.store())?;
        let store = Store::open(folder)?;
        let torn_end = written.map(cut).transpose()?.flatten();

        let mark_path = store.folder.mark();
        let (mark, marked) =
            Mark::open(&mark_path).map_err(|error| OpenError::io(&mark_path, error))?;
        let positions = last_positions(&store, marked)?;
        let opening = Opening {
            id,
            positions,
            torn_end,
            mark_is_damaged: marked == Marked::Damaged,
        };
        say(&opening);
        Ok((start(id, store, mark, positions, options)?, opening))
    }
}

fn say(opening: &Opening) {
    if let Some(TornEnd { file, bytes }) = &opening.torn_end {
        let (file, positions) = (file.display(), opening.positions);
        tracing::warn!(%file, bytes, ?positions, "a torn end was cut off the log");
    }
    if opening.mark_is_damaged {
        tracing::warn!("the mark of the durable positions is damaged and will be written anew");
    }
}

/// The last positions, each with its commit whole, in the index, and not before the mark.
fn last_positions(store: &Store, marked: Marked) -> Result<Positions, OpenError> {
    let durable = match marked {
        Marked::Durable(positions) => positions,
        Marked::Nothing | Marked::Damaged => Positions::default(),
    };
    let mut positions = Positions::default();
    for context in ContextName::ALL {
        let found = store.last_position(context)?;
        let durable = durable[context as usize];
        if found < durable {
            return Err(OpenError::Lost {
                context,
                durable,
                found,
            });
        }
        if found > 0 {
            check_last(store, context, found)?;
        }
        positions[context as usize] = found;
    }
    Ok(positions)
}

fn check_last(store: &Store, context: ContextName, last: Position) -> Result<(), OpenError> {
    let framed = store.commit(context, last)?;
    let commit = &framed.commit;
    let indexed = store.index(&commit.stream, commit.first_version - 1).next();
    let expected = IndexEntry::of(commit, framed.previous_chain);
    if indexed.transpose()? != Some((commit.first_version, expected)) {
        let detail = format!("the index of {} does not know it", commit.stream);
        return Err(corrupt(at(context, last), &detail).into());
    }
    Ok(())
}

fn start(
    id: Uuid,
    store: Store,
    mark: Mark,
    positions: Positions,
    options: &Options,
) -> Result<LocalLog, OpenError> {
    let path = store.folder.path.clone();
    let store = Arc::new(store);
    let shared = Arc::new(Shared {
        store: RwLock::new(Some(Arc::clone(&store))),
        tails: std::array::from_fn(|_| Tail::default()),
        heads: Heads::new(),
        positions: positions.map(watch::Sender::new),
        health: watch::Sender::new(Health::Writable),
        waiting: Arc::new(Waiting::default()),
        counting: Counting::default(),
    });
    let (queue, asked) = Queue::new(Arc::clone(&shared.waiting));
    let writer = Writer {
        shared: Arc::clone(&shared),
        store,
        asked,
        positions,
        mark,
        faults: options.faults.clone(),
    };
    let (stop_watchdog, stopped) = mpsc::channel();
    let (watched, stall_after) = (Arc::clone(&shared), options.stall_after);
    let failed = |error| OpenError::io(&path, error);
    let threads = Threads {
        writer: spawn("log-writer", move || writer.run()).map_err(failed)?,
        watchdog: spawn("log-watchdog", move || {
            watchdog::watch(&watched, stall_after, &stopped);
        })
        .map_err(failed)?,
        stop_watchdog,
    };
    Ok(LocalLog(Arc::new(Inner {
        id,
        shared,
        queue,
        threads: Mutex::new(Some(threads)),
    })))
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> io::Result<JoinHandle<()>> {
    thread::Builder::new().name(name.to_owned()).spawn(run)
}

/// The store's newest journal and the bytes written to it. It is larger on disk, zeros at its end.
struct Journal {
    path: PathBuf,
    written: u64,
}

const JOURNAL_EXTENSION: &str = "jnl";

fn written_journal(store: &Path) -> Result<Option<Journal>, OpenError> {
    let failed = |error| OpenError::io(store, error);
    let entries = match fs::read_dir(store) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        entries => entries.map_err(failed)?,
    };
    let mut newest: Option<(u64, PathBuf)> = None;
    for entry in entries {
        let path = entry.map_err(failed)?.path();
        let number = path
            .file_stem()
            .and_then(|stem| stem.to_str()?.parse().ok());
        let is_journal = path.extension().is_some_and(|end| end == JOURNAL_EXTENSION);
        if let (Some(number), true) = (number, is_journal) {
            newest = newest.max(Some((number, path)));
        }
    }
    let Some((_, path)) = newest else {
        return Ok(None);
    };
    let written = written_bytes(&path).map_err(|error| OpenError::io(&path, error))?;
    Ok(Some(Journal { path, written }))
}

/// Bytes up to the last one that is not zero.
fn written_bytes(path: &Path) -> io::Result<u64> {
    const BLOCK_BYTES: u64 = 64 * 1024;
    let file = File::open(path)?;
    let mut end = file.metadata()?.len();
    let mut block = [0; BLOCK_BYTES as usize];
    while end > 0 {
        let start = end.saturating_sub(BLOCK_BYTES);
        let block = &mut block[..(end - start) as usize];
        file.read_exact_at(block, start)?;
        if let Some(last) = block.iter().rposition(|byte| *byte != 0) {
            return Ok(start + last as u64 + 1);
        }
        end = start;
    }
    Ok(0)
}

/// What the store cut off a journal on opening.
fn cut(journal: Journal) -> Result<Option<TornEnd>, OpenError> {
    let length = match fs::metadata(&journal.path) {
        // Everything in it has been written to tables, and it was removed.
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        metadata => metadata
            .map_err(|error| OpenError::io(&journal.path, error))?
            .len(),
    };
    let bytes = journal.written.saturating_sub(length);
    Ok((bytes > 0).then_some(TornEnd {
        file: journal.path,
        bytes,
    }))
}

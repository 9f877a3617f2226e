//! What lies where in fjall: `commits` by context and position, and `streams`, which tells the
//! positions of a stream's commits. Both change together in one batch.

use std::panic::{AssertUnwindSafe, catch_unwind};

use backhaul_eventlog::frame::{self, Framed};
use backhaul_eventlog::{Commit, Position, ReadError, StreamName, Version};
use backhaul_events::ContextName;
use bytes::Bytes;
use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode};

use crate::OpenError;
use crate::error::store_error;
use crate::folder::Folder;
use crate::heads::Head;
use crate::keys::{IndexEntry, commit_key, index_key, position_of, split_index_key, stream_prefix};
use crate::options::{
    CACHE_BYTES, COMMITS_MEMTABLE_BYTES, INDEX_MEMTABLE_BYTES, JOURNAL_BYTES_MAX, OPEN_FILES_MAX,
    STORE_THREADS,
};

/// The open store. The folder stays locked as long as it lives, so it stands last.
pub(crate) struct Store {
    pub(crate) commits: Keyspace,
    pub(crate) streams: Keyspace,
    database: Database,
    pub(crate) folder: Folder,
}

/// A commit in its place, ready to be written.
pub(crate) struct Placed {
    pub(crate) commit: Commit,
    pub(crate) previous_chain: u32,
    pub(crate) frame: Bytes,
}

impl Store {
    /// Opens fjall's files. It panics on some damage, which is damage all the same.
    pub(crate) fn open(folder: Folder) -> Result<Self, OpenError> {
        let opened = catch_unwind(AssertUnwindSafe(|| open_database(&folder)));
        let (database, commits, streams) = opened
            .unwrap_or(Err(fjall::Error::Unrecoverable))
            .map_err(|error| store_error(format!("{}", folder.store().display()), &error))?;
        Ok(Self {
            commits,
            streams,
            database,
            folder,
        })
    }

    /// Writes commits and their index entries, whole or not at all, and syncs them.
    pub(crate) fn write(&self, placed: &[Placed]) -> Result<(), fjall::Error> {
        let batch = fjall::OwnedWriteBatch::with_capacity(self.database.clone(), placed.len() * 2);
        let mut batch = batch.durability(Some(PersistMode::SyncData));
        for Placed {
            commit,
            previous_chain,
            frame,
        } in placed
        {
            let stream = &commit.stream;
            let entry = IndexEntry::of(commit, *previous_chain);
            let key = commit_key(stream.context, commit.position);
            batch.insert(&self.commits, key, frame.clone());
            let key = index_key(stream, commit.first_version);
            batch.insert(&self.streams, key, entry.to_bytes());
        }
        batch.commit()
    }

    /// Makes everything durable, file sizes included.
    pub(crate) fn persist(&self) -> Result<(), fjall::Error> {
        self.database.persist(PersistMode::SyncAll)
    }

    /// Bytes on disk.
    pub(crate) fn disk_bytes(&self) -> Result<u64, ReadError> {
        let bytes = self.database.disk_space();
        bytes.map_err(|error| store_error("its files", &error))
    }

    /// The last position of a context.
    pub(crate) fn last_position(&self, context: ContextName) -> Result<Position, ReadError> {
        let range = commit_key(context, 0)..=commit_key(context, Position::MAX);
        let Some(last) = self.commits.range(range).next_back() else {
            return Ok(0);
        };
        let record = || format!("the end of {context}");
        let key = last.key().map_err(|error| store_error(record(), &error))?;
        position_of(&key).ok_or_else(|| corrupt(record(), "its key is not a position"))
    }

    /// The commit at a position, checked against it.
    pub(crate) fn commit(
        &self,
        context: ContextName,
        position: Position,
    ) -> Result<Framed, ReadError> {
        let record = || at(context, position);
        let frame = self.commits.get(commit_key(context, position));
        let frame = frame.map_err(|error| store_error(record(), &error))?;
        let frame = frame.ok_or_else(|| corrupt(record(), "it is missing"))?;
        decode(context, position, &frame.into())
    }

    /// The commits of a context in a range of positions, in order.
    pub(crate) fn commits(
        &self,
        context: ContextName,
        first: Position,
        last: Position,
    ) -> impl Iterator<Item = Result<Framed, ReadError>> {
        let range = commit_key(context, first)..=commit_key(context, last);
        let positions = first..=last;
        positions
            .zip(self.commits.range(range))
            .map(move |(position, entry)| {
                let entry = entry.into_inner();
                let (key, frame) =
                    entry.map_err(|error| store_error(at(context, position), &error))?;
                match position_of(&key) {
                    Some(found) if found == position => decode(context, position, &frame.into()),
                    found => Err(corrupt(
                        at(context, position),
                        &format!("found position {found:?} in its place"),
                    )),
                }
            })
    }

    /// Whether a stream has events. A filter answers this for most that have none.
    pub(crate) fn has_stream(&self, stream: &StreamName) -> Result<bool, ReadError> {
        let found = self.streams.contains_key(index_key(stream, 1));
        found.map_err(|error| store_error(format!("the index of {stream}"), &error))
    }

    /// Where a stream ends.
    pub(crate) fn head(&self, stream: &StreamName) -> Result<Head, ReadError> {
        let failed = |error| store_error(format!("the index of {stream}"), &error);
        // Only streams that exist are searched.
        if !self.has_stream(stream)? {
            return Ok(Head::default());
        }
        let Some(last) = self.streams.prefix(stream_prefix(stream)).next_back() else {
            return Ok(Head::default());
        };
        let (key, value) = last.into_inner().map_err(failed)?;
        let (_, entry) = index_entry(stream, &key, &value)?;
        Ok(Head {
            version: entry.last_version,
            chain: entry.chain,
        })
    }

    /// The index entries of a stream whose commits begin after a version, with their first
    /// versions.
    pub(crate) fn index(
        &self,
        stream: &StreamName,
        after: Version,
    ) -> impl Iterator<Item = Result<(Version, IndexEntry), ReadError>> {
        let first = index_key(stream, after.saturating_add(1));
        let last = index_key(stream, Version::MAX);
        self.streams.range(first..=last).map(move |entry| {
            let failed = |error| store_error(format!("the index of {stream}"), &error);
            let (key, value) = entry.into_inner().map_err(failed)?;
            index_entry(stream, &key, &value)
        })
    }
}

fn open_database(folder: &Folder) -> Result<(Database, Keyspace, Keyspace), fjall::Error> {
    let database = Database::builder(folder.store())
        .cache_size(CACHE_BYTES)
        .max_journaling_size(JOURNAL_BYTES_MAX)
        .max_cached_files(Some(OPEN_FILES_MAX))
        .worker_threads(STORE_THREADS)
        .open()?;
    let memtable = |bytes| move || KeyspaceCreateOptions::default().max_memtable_size(bytes);
    let commits = database.keyspace("commits", memtable(COMMITS_MEMTABLE_BYTES))?;
    let streams = database.keyspace("streams", memtable(INDEX_MEMTABLE_BYTES))?;
    Ok((database, commits, streams))
}

fn index_entry(
    stream: &StreamName,
    key: &[u8],
    value: &[u8],
) -> Result<(Version, IndexEntry), ReadError> {
    let entry = split_index_key(key).zip(IndexEntry::from_bytes(value));
    let ((_, first_version), entry) = entry
        .ok_or_else(|| corrupt(format!("the index of {stream}"), "an entry has no meaning"))?;
    Ok((first_version, entry))
}

fn decode(context: ContextName, position: Position, frame: &Bytes) -> Result<Framed, ReadError> {
    let framed =
        frame::decode(frame).map_err(|error| corrupt(at(context, position), &error.to_string()))?;
    let Commit {
        stream,
        position: found,
        ..
    } = &framed.commit;
    if (stream.context, *found) != (context, position) {
        let detail = format!("found {stream} at position {found} in its place");
        return Err(corrupt(at(context, position), &detail));
    }
    Ok(framed)
}

/// A commit's name in errors.
pub(crate) fn at(context: ContextName, position: Position) -> String {
    format!("{context} at position {position}")
}

pub(crate) fn corrupt(record: String, detail: &str) -> ReadError {
    ReadError::Corrupt {
        record,
        detail: detail.to_owned(),
    }
}

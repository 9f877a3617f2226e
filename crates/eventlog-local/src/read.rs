//! Reading commits from the store. Nothing past a durable position is ever returned.

use std::sync::Arc;

use backhaul_eventlog::{Commit, Position, ReadError, StreamName, Version};
use backhaul_events::ContextName;

use crate::options::{READ_BYTES_MAX, READ_COMMITS_MAX};
use crate::store::{Store, at, corrupt};

/// At most `limit` commits of a context after a position, up to the durable one.
pub(crate) fn read(
    store: &Store,
    context: ContextName,
    after: Position,
    durable: Position,
    limit: usize,
) -> Result<Vec<Arc<Commit>>, ReadError> {
    let (first, last) = (after + 1, durable);
    let wanted = usize::try_from(durable - after).unwrap_or(usize::MAX);
    let wanted = wanted.min(limit).min(READ_COMMITS_MAX);
    let mut commits = Vec::with_capacity(wanted);
    let mut bytes = 0;
    for framed in store.commits(context, first, last).take(wanted) {
        let commit = framed?.commit;
        bytes += commit
            .events
            .iter()
            .map(|event| event.payload.len())
            .sum::<usize>();
        commits.push(Arc::new(commit));
        if bytes > READ_BYTES_MAX {
            return Ok(commits);
        }
    }
    if commits.len() < wanted {
        let missing = at(context, first + commits.len() as Position);
        return Err(corrupt(missing, "it is missing"));
    }
    Ok(commits)
}

/// The durable commits of a stream after a version, each checked against the index and against the
/// one before it.
pub(crate) fn read_stream(
    store: &Store,
    stream: &StreamName,
    after: Version,
    durable: Position,
) -> Result<Vec<Arc<Commit>>, ReadError> {
    let mut commits: Vec<Arc<Commit>> = Vec::new();
    let mut next_version = after.saturating_add(1);
    for entry in store.index(stream, after) {
        let (first_version, entry) = entry?;
        if entry.position > durable {
            break;
        }
        if first_version != next_version {
            let record = format!("{stream} at version {next_version}");
            return Err(corrupt(
                record,
                &format!("found version {first_version} in its place"),
            ));
        }
        let framed = store.commit(stream.context, entry.position)?;
        let (commit, previous_chain) = (framed.commit, framed.previous_chain);
        let before = commits
            .last()
            .map_or(entry.previous_chain, |commit| commit.chain);
        let is_indexed = commit.stream == *stream
            && commit.first_version == first_version
            && commit.last_version() == entry.last_version
            && commit.chain == entry.chain;
        if !is_indexed || before != previous_chain || entry.previous_chain != previous_chain {
            let record = at(stream.context, entry.position);
            return Err(corrupt(
                record,
                &format!("it does not follow on in {stream}"),
            ));
        }
        next_version = entry.last_version + 1;
        commits.push(Arc::new(commit));
    }
    Ok(commits)
}

//! The newest commits of a context in memory, as the writer made them: who follows the log reads
//! them here, without the store and without decoding anything again.

use std::collections::VecDeque;
use std::sync::{Arc, PoisonError, RwLock};

use backhaul_eventlog::{Commit, Position};

use crate::options::{TAIL_BYTES_MAX, TAIL_COMMITS_MAX};

/// Durable commits without gaps, the oldest dropped first.
#[derive(Debug, Default)]
pub(crate) struct Tail(RwLock<Ring>);

#[derive(Debug, Default)]
struct Ring {
    commits: VecDeque<Arc<Commit>>,
    bytes: usize,
}

impl Tail {
    /// Adds commits that follow on the ones before.
    pub(crate) fn extend(&self, commits: impl IntoIterator<Item = Arc<Commit>>) {
        let mut ring = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for commit in commits {
            ring.bytes += payload_bytes(&commit);
            ring.commits.push_back(commit);
        }
        while ring.bytes > TAIL_BYTES_MAX || ring.commits.len() > TAIL_COMMITS_MAX {
            let Some(oldest) = ring.commits.pop_front() else {
                return;
            };
            ring.bytes -= payload_bytes(&oldest);
        }
    }

    /// At most `limit` commits after a position, if they are still here.
    pub(crate) fn after(&self, after: Position, limit: usize) -> Option<Vec<Arc<Commit>>> {
        let ring = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let first = ring.commits.front()?.position;
        let skip = usize::try_from((after + 1).checked_sub(first)?).ok()?;
        Some(
            ring.commits
                .iter()
                .skip(skip)
                .take(limit)
                .cloned()
                .collect(),
        )
    }
}

fn payload_bytes(commit: &Commit) -> usize {
    commit.events.iter().map(|event| event.payload.len()).sum()
}

#[cfg(test)]
mod tests {
    use backhaul_eventlog::{Expected, sample};

    use super::*;

    fn commit(position: Position) -> Arc<Commit> {
        let new = sample::commit("tracking/acme/1", Expected::Any, "c-1");
        Arc::new(new.into_commit(position, position))
    }

    #[test]
    fn the_oldest_go_first_and_are_not_missed_silently() {
        let tail = Tail::default();
        assert!(tail.after(0, 10).is_none(), "an empty tail knows nothing");
        let last = TAIL_COMMITS_MAX as u64 + 10;
        tail.extend((1..=last).map(commit));
        assert!(tail.after(9, 10).is_none(), "the tenth is gone");
        let read = |after, limit| -> Vec<Position> {
            let commits = tail.after(after, limit).unwrap();
            commits.iter().map(|commit| commit.position).collect()
        };
        assert_eq!(read(10, 2), [11, 12]);
        assert_eq!(read(last - 1, 10), [last]);
        assert!(read(last, 10).is_empty());
    }
}

//! The newest commits of a context in memory: those this process appended, and those the server
//! repeated live. Every reader takes from here what is here, and asks the server for the rest, so a
//! message that was lost on the way is only a detour.

use std::collections::VecDeque;
use std::sync::{Arc, PoisonError, RwLock};

use backhaul_eventlog::{Commit, Position};

use crate::options::{TAIL_BYTES_MAX, TAIL_COMMITS_MAX};

/// A window over the newest positions, with holes.
#[derive(Debug, Default)]
pub(crate) struct Tail(RwLock<Window>);

#[derive(Debug, Default)]
struct Window {
    /// Position of the first slot.
    first: Position,
    slots: VecDeque<Option<Arc<Commit>>>,
    bytes: usize,
}

/// What became of a commit that was put in.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Put {
    /// It has its place, or is too old for one.
    Kept,
    /// Another commit has its place: the server has given one position twice.
    Contradiction,
}

impl Tail {
    /// Puts a commit in its place.
    pub(crate) fn put(&self, commit: Arc<Commit>) -> Put {
        let mut window = self.0.write().unwrap_or_else(PoisonError::into_inner);
        window.put(commit)
    }

    /// Whether a position is here already.
    pub(crate) fn has(&self, position: Position) -> bool {
        let window = self.0.read().unwrap_or_else(PoisonError::into_inner);
        window.slot(position).is_some_and(Option::is_some)
    }

    /// Commits after a position up to the first hole; none if the next one is not here.
    pub(crate) fn after(&self, after: Position, limit: usize) -> Vec<Arc<Commit>> {
        let window = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let Some(skip) = (after + 1).checked_sub(window.first) else {
            return Vec::new();
        };
        let slots = window
            .slots
            .iter()
            .skip(usize::try_from(skip).unwrap_or(usize::MAX));
        slots.map_while(Clone::clone).take(limit).collect()
    }
}

impl Window {
    fn slot(&self, position: Position) -> Option<&Option<Arc<Commit>>> {
        let index = position.checked_sub(self.first)?;
        self.slots.get(usize::try_from(index).ok()?)
    }

    fn put(&mut self, commit: Arc<Commit>) -> Put {
        let position = commit.position;
        if let Some(Some(known)) = self.slot(position) {
            let same = known.chain == commit.chain && known.stream == commit.stream;
            return if same { Put::Kept } else { Put::Contradiction };
        }
        let next = self.first + self.slots.len() as Position;
        let beyond = position.checked_sub(next);
        if self.slots.is_empty() || beyond.is_some_and(|gap| gap >= TAIL_COMMITS_MAX as u64) {
            self.slots.clear();
            self.bytes = 0;
            self.first = position;
        } else if position < self.first {
            return Put::Kept;
        }
        let index = (position - self.first) as usize;
        if index >= self.slots.len() {
            self.slots.resize(index + 1, None);
        }
        self.bytes += payload_bytes(&commit);
        self.slots[index] = Some(commit);
        self.shrink();
        Put::Kept
    }

    fn shrink(&mut self) {
        while self.bytes > TAIL_BYTES_MAX || self.slots.len() > TAIL_COMMITS_MAX {
            let Some(oldest) = self.slots.pop_front() else {
                return;
            };
            self.first += 1;
            self.bytes -= oldest.map_or(0, |commit| payload_bytes(&commit));
        }
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

    fn read(tail: &Tail, after: Position, limit: usize) -> Vec<Position> {
        let commits = tail.after(after, limit);
        commits.iter().map(|commit| commit.position).collect()
    }

    #[test]
    fn holes_end_what_is_read_until_they_are_filled() {
        let tail = Tail::default();
        assert!(read(&tail, 0, 10).is_empty());
        for position in [5, 6, 9, 8] {
            assert_eq!(tail.put(commit(position)), Put::Kept);
        }
        assert_eq!(read(&tail, 4, 10), [5, 6]);
        assert_eq!(read(&tail, 5, 10), [6]);
        assert!(read(&tail, 6, 10).is_empty());
        assert!(read(&tail, 3, 10).is_empty(), "4 was never here");
        tail.put(commit(7));
        assert_eq!(read(&tail, 4, 4), [5, 6, 7, 8]);
        assert_eq!(read(&tail, 8, 10), [9]);
    }

    #[test]
    fn the_oldest_go_first() {
        let tail = Tail::default();
        let last = TAIL_COMMITS_MAX as u64 + 10;
        for position in 1..=last {
            tail.put(commit(position));
        }
        assert!(!tail.has(10) && tail.has(11));
        assert_eq!(tail.put(commit(3)), Put::Kept);
        assert!(!tail.has(3));
        let far = last + 2 * TAIL_COMMITS_MAX as u64;
        tail.put(commit(far));
        assert!(!tail.has(last) && tail.has(far));
    }

    #[test]
    fn a_position_that_is_given_twice_is_found() {
        let tail = Tail::default();
        tail.put(commit(5));
        assert_eq!(tail.put(commit(5)), Put::Kept);
        let mut other = (*commit(5)).clone();
        other.chain = 7;
        assert_eq!(tail.put(Arc::new(other)), Put::Contradiction);
    }
}

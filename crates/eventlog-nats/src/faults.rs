//! Lets tests lose what a network can lose.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Faults of one log; clones share them.
#[derive(Debug, Clone, Default)]
pub struct Faults(Arc<Lost>);

#[derive(Debug, Default)]
struct Lost {
    answer: AtomicBool,
    live: AtomicBool,
}

impl Faults {
    /// The next commit is stored, but its acknowledgement does not arrive.
    pub fn lose_next_answer(&self) {
        self.0.answer.store(true, Ordering::Relaxed);
    }

    /// From now on live messages do not arrive, or do again.
    pub fn lose_live_messages(&self, lost: bool) {
        self.0.live.store(lost, Ordering::Relaxed);
    }

    pub(crate) fn answer_is_lost(&self) -> bool {
        self.0.answer.swap(false, Ordering::Relaxed)
    }

    pub(crate) fn live_is_lost(&self) -> bool {
        self.0.live.load(Ordering::Relaxed)
    }
}

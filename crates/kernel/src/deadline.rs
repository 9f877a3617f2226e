//! Timers as facts: which timer an event sets or clears. A timer is a fold of these, so it survives
//! a crash and fires once.

use crate::Timestamp;

/// What an event does to the timers of its stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeadlineChange {
    /// Something is due; setting the same key again moves it.
    Set {
        /// The timer's name, unique within the stream.
        key: String,
        /// When it is due.
        at: Timestamp,
    },
    /// Nothing is due any more.
    Clear {
        /// The timer's name, unique within the stream.
        key: String,
    },
}

//! What is wrong with the log on the server, and how to repair it.

use std::fmt;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Something can be lost that has not been yet, or something is refused.
    Warning,
    /// Commits are missing or not what was written. Nothing more is appended.
    Damage,
}

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// Where, such as `stream BH_RETURNS on nats-2`.
    pub place: String,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub repair: String,
}

impl Finding {
    pub(crate) fn new(severity: Severity, place: String, what: String, repair: String) -> Self {
        Self {
            severity,
            place,
            what,
            repair,
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

/// Whether an acknowledged commit outlives a power cut of every server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Durability {
    /// Every server was seen to make each message durable before it acknowledges it.
    Confirmed,
    /// Some server was seen not to.
    NotDurable {
        /// Which, and what it does instead.
        reason: String,
    },
    /// Nobody has looked: it takes a user of the system account.
    Unconfirmed {
        /// Why nobody has.
        reason: String,
    },
}

/// How to repair a stream of three copies of which one is damaged.
pub(crate) fn resync(stream: &str, node: &str) -> String {
    format!(
        "stop {node}, move the folder of {stream} under its JetStream store aside \
         (jetstream/<account>/streams/{stream}), and start it again: it copies the stream from \
         the other nodes; then run the check again before anything is deleted"
    )
}

/// How to repair a stream of which there is no whole copy on any server.
pub(crate) fn restore(stream: &str) -> String {
    format!(
        "no server can give back what is missing in {stream}: stop all writers, keep the store's \
         files as they are, and restore the stream from a copy of the log"
    )
}

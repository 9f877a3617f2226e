//! What a log says while it checks all of itself, and after.

/// How far a verification is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Records checked.
    pub checked: u64,
    /// Records to check. What a record is, only the log knows.
    pub total: u64,
}

/// What was found to be right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Verified {
    /// Commits.
    pub commits: u64,
    /// Events in them.
    pub events: u64,
    /// Streams.
    pub streams: u64,
}

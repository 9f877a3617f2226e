//! How views are opened, and what opening found.

use std::time::Duration;

/// Default size of the page cache. The database may use a multiple of it in bulk rebuilds.
pub const CACHE_BYTES: u64 = 64 * 1024 * 1024;

/// Default time an opening may go without any sign of progress.
pub const OPEN_DEADLINE: Duration = Duration::from_secs(30);

/// How to open views.
#[derive(Debug, Clone)]
pub struct Options {
    /// Size of the page cache in bytes.
    pub cache_bytes: u64,
    /// An opening that shows no progress for this long is given up, and the views are wiped.
    pub open_deadline: Duration,
    /// The identity of this run of the machine. `None` asks the kernel; tests inject their own.
    pub boot_id: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            cache_bytes: CACHE_BYTES,
            open_deadline: OPEN_DEADLINE,
            boot_id: None,
        }
    }
}

/// What opening found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opening {
    /// There were no views yet.
    Fresh,
    /// The views of the last run, verified row by row.
    Reopened,
    /// The views of the last run could not be trusted and are gone: rebuild them.
    Wiped {
        /// Why.
        reason: String,
    },
}

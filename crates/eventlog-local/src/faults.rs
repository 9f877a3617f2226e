//! Makes storage fail on request, so that tests reach what disks do once a decade. Without a
//! request it costs the writer one look at each batch.

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A test that fails while it holds the disk must not hold up the end of its process.
const HELD_MAX: Duration = Duration::from_secs(20);

/// Clones share their requests.
#[derive(Debug, Clone, Default)]
pub struct Faults(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    wanted: Mutex<Wanted>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Wanted {
    held: bool,
    failing_sync: bool,
    lost_answer: bool,
}

impl Faults {
    /// From now on the disk does not answer, until [`Faults::release`].
    pub fn hold(&self) {
        self.wanted().held = true;
    }

    /// The disk answers again.
    pub fn release(&self) {
        self.wanted().held = false;
        self.0.changed.notify_all();
    }

    /// The next batch cannot be made durable.
    pub fn fail_next_sync(&self) {
        self.wanted().failing_sync = true;
    }

    /// The next batch is stored, but nobody is told.
    pub fn lose_next_answer(&self) {
        self.wanted().lost_answer = true;
    }

    /// Called before a batch is written.
    pub(crate) fn before_sync(&self) -> io::Result<()> {
        let held = |wanted: &mut Wanted| wanted.held;
        let waited = self
            .0
            .changed
            .wait_timeout_while(self.wanted(), HELD_MAX, held);
        let (mut wanted, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if std::mem::take(&mut wanted.failing_sync) {
            return Err(io::Error::other("injected failure of a sync"));
        }
        Ok(())
    }

    /// Called before a batch is answered.
    pub(crate) fn takes_answer(&self) -> bool {
        std::mem::take(&mut self.wanted().lost_answer)
    }

    fn wanted(&self) -> MutexGuard<'_, Wanted> {
        self.0.wanted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

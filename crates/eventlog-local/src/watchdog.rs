//! Says when the writer hangs: a disk that neither writes nor fails would otherwise look like a
//! quiet day.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use crate::log::Shared;

/// Looks within the time that the writer is given.
const LOOKS: u32 = 4;

/// Looks until the other end of `stopped` is gone.
pub(crate) fn watch(shared: &Arc<Shared>, stall_after: Duration, stopped: &Receiver<()>) {
    let mut batches = 0;
    let mut looks_without_progress = 0;
    while stopped.recv_timeout(stall_after / LOOKS) == Err(RecvTimeoutError::Timeout) {
        let now = shared.counting.now().batches;
        if shared.waiting.is_empty() || now != batches {
            (batches, looks_without_progress) = (now, 0);
            continue;
        }
        looks_without_progress += 1;
        if looks_without_progress == LOOKS {
            shared.fail(format!(
                "the disk has not answered for {} s while commits wait",
                stall_after.as_secs_f32()
            ));
        }
    }
}

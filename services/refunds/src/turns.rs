//! One at a time for one refund: asking the provider and writing the answer down belong together.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use backhaul_kernel::{RefundId, Tenant};
use tokio::sync::{Mutex, MutexGuard};

/// So many refunds go on side by side at most; two that meet in one place wait for one another.
const PLACES: usize = 1_024;

/// The turns of all refunds.
pub(crate) struct Turns(Vec<Mutex<()>>);

impl Default for Turns {
    fn default() -> Self {
        Self((0..PLACES).map(|_| Mutex::new(())).collect())
    }
}

impl Turns {
    /// Waits for the refund's turn, and keeps it until the guard is dropped.
    pub(crate) async fn of(&self, tenant: &Tenant, refund: &RefundId) -> MutexGuard<'_, ()> {
        let mut hasher = DefaultHasher::new();
        (tenant, refund).hash(&mut hasher);
        let place = hasher.finish() % PLACES as u64;
        let place = usize::try_from(place).expect("it is less than the number of places");
        self.0[place].lock().await
    }
}

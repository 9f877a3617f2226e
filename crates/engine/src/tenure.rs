//! The time in which this process, and no other, acts under a name.
//!
//! Whatever acts by itself, a reaction or the firing of deadlines, waits for the lease of its name
//! and acts for as long as the lease is held. A process that was frozen may believe in a lease that
//! another holds by now, so the lease is asked again right before anything that cannot be taken
//! back: before an event is acted on, and before the outside is called.

use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use backhaul_eventlog::{Lease, Leases, SoleProcess};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, error, info, warn};

use crate::faults::{Safeguard, Step, guards, reached};
use crate::{Engine, ReactionError};

/// How often a lease is renewed.
pub(crate) const RENEW_EVERY: Duration = Duration::from_millis(500);
/// How long what is under way may go on after the end: long enough for an outside call to be
/// answered and its outcome noted, so that stopping a process leaves no doubt behind.
const WIND_DOWN: Duration = Duration::from_secs(5);
/// How long to wait after the leases could not be asked.
const PAUSE: Duration = Duration::from_secs(1);

/// The right to act, for as long as the lease is held.
pub struct Tenure {
    name: &'static str,
    engine: Engine,
    lease: Box<dyn Lease>,
    lost: AtomicBool,
    /// Cancelled when nothing new may be begun: the lease is lost, or everything stops.
    ended: CancellationToken,
}

impl Engine {
    /// Waits for the lease of that name; none when everything stops first.
    pub async fn tenure(&self, name: &'static str) -> Option<Tenure> {
        let leases: &dyn Leases = match guards(Safeguard::Leases) {
            true => &*self.leases,
            false => &SoleProcess,
        };
        loop {
            match self.tasks.until_stopped(leases.hold(name)).await? {
                Ok(lease) => return Some(Tenure::begin(name, self, lease)),
                Err(error) => error!(lease = name, %error, "lease cannot be asked for"),
            }
            self.tasks.until_stopped(tokio::time::sleep(PAUSE)).await?;
        }
    }
}

impl Tenure {
    fn begin(name: &'static str, engine: &Engine, lease: Box<dyn Lease>) -> Self {
        engine.metrics.set_lease_held(name, true);
        Self {
            name,
            ended: engine.tasks.stop_token(),
            engine: engine.clone(),
            lease,
            lost: AtomicBool::new(false),
        }
    }

    /// Refuses when another process may be acting by now. Asked right before anything that cannot
    /// be taken back.
    pub fn check(&self) -> Result<(), ReactionError> {
        if self.lost.load(Ordering::Relaxed) {
            return Err(ReactionError::LeaseLost);
        }
        if self.lease.is_held() {
            return Ok(());
        }
        self.lose();
        Err(ReactionError::LeaseLost)
    }

    /// Calls the outside, if this process may still act, and counts what came of it.
    pub async fn call<T>(
        &self,
        callee: &'static str,
        outcome: fn(&T) -> &'static str,
        call: impl Future<Output = T>,
    ) -> Result<T, ReactionError> {
        self.check()?;
        let span = self.engine.tracing.call(callee);
        reached(Step::Calling);
        let answer = call.instrument(span.clone()).await;
        reached(Step::Called);
        span.record("outcome", outcome(&answer));
        self.engine.metrics.count_effect(callee, outcome(&answer));
        Ok(answer)
    }

    /// What the last holder left to go on from.
    pub(crate) fn kept(&self) -> Option<&[u8]> {
        self.lease.kept()
    }

    /// Renews the lease until the tenure ends; what `books` gives is left to the next holder.
    pub(crate) async fn renew(&self, mut books: impl FnMut() -> Vec<u8>) {
        while self
            .until_ended(tokio::time::sleep(RENEW_EVERY))
            .await
            .is_some()
        {
            self.keep(&books()).await;
        }
    }

    /// Renews the lease once. While that takes long, the lease may run out.
    pub(crate) async fn keep(&self, bytes: &[u8]) {
        let mut keeping = self.lease.keep(bytes);
        while self.check().is_ok() {
            tokio::select! {
                kept = &mut keeping => {
                    if kept.is_err() {
                        self.lose();
                    }
                    return;
                }
                () = tokio::time::sleep(RENEW_EVERY) => {}
            }
        }
    }

    /// Whether nothing new may be begun.
    pub(crate) fn is_over(&self) -> bool {
        self.ended.is_cancelled() || self.check().is_err()
    }

    /// Begins nothing new from now on.
    pub(crate) fn end(&self) {
        self.ended.cancel();
    }

    /// Resolves when nothing new may be begun.
    pub(crate) async fn ended(&self) {
        self.ended.cancelled().await;
    }

    /// Runs `work` until it ends, or gives `None` when the tenure ends first.
    pub(crate) async fn until_ended<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        self.ended.run_until_cancelled(work).await
    }

    /// Runs `work`, also past the end of the tenure, but then no longer than a bound.
    pub(crate) async fn wind_down<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let too_late = async {
            self.ended().await;
            tokio::time::sleep(WIND_DOWN).await;
        };
        tokio::select! {
            done = work => Some(done),
            () = too_late => {
                warn!(lease = self.name, "work is left undone");
                None
            }
        }
    }

    fn lose(&self) {
        if !self.lost.swap(true, Ordering::Relaxed) {
            info!(lease = self.name, "lease lost, another process may act");
        }
        self.end();
    }
}

impl Drop for Tenure {
    fn drop(&mut self) {
        self.engine.metrics.set_lease_held(self.name, false);
    }
}

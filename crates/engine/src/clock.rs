//! The only source of "now", so that tests can turn it.

use std::time::Duration;

use backhaul_eventlog::BoxFuture;
use backhaul_kernel::Timestamp;
use tokio::sync::watch;

/// Tells the time and waits for it.
pub trait Clock: Send + Sync + 'static {
    /// Now.
    fn now(&self) -> Timestamp;

    /// Returns once `now()` is at or after `at`.
    fn sleep_until(&self, at: Timestamp) -> BoxFuture<'_, ()>;

    /// Returns once `duration` has gone by.
    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        let at = self
            .now()
            .saturating_add(duration)
            .expect("a duration is never negative time");
        self.sleep_until(at)
    }
}

/// The wall clock of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the wall clock"
    )]
    fn now(&self) -> Timestamp {
        let since_epoch = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap_or_default();
        // Microseconds: finer digits would only make every stored event longer.
        let micros = i64::try_from(since_epoch.as_micros()).unwrap_or(i64::MAX);
        Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MAX)
    }

    fn sleep_until(&self, at: Timestamp) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            // The wall clock may be set while we wait, so look again every minute.
            const LOOK_AGAIN: Duration = Duration::from_secs(60);
            loop {
                let wait = at.duration_since(self.now());
                let Ok(wait) = Duration::try_from(wait) else {
                    return;
                };
                if wait.is_zero() {
                    return;
                }
                tokio::time::sleep(wait.min(LOOK_AGAIN)).await;
            }
        })
    }
}

/// A clock that stands still until it is turned.
#[derive(Debug)]
pub struct ManualClock {
    now: watch::Sender<Timestamp>,
}

impl ManualClock {
    /// A clock that stands at `now`.
    pub fn at(now: Timestamp) -> Self {
        Self {
            now: watch::Sender::new(now),
        }
    }

    /// Turns the clock, forward or back.
    pub fn set(&self, now: Timestamp) {
        self.now.send_replace(now);
    }

    /// Turns the clock forward.
    pub fn advance(&self, duration: Duration) {
        self.now
            .send_modify(|now| *now = now.saturating_add(duration).unwrap_or(Timestamp::MAX));
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.now.borrow()
    }

    fn sleep_until(&self, at: Timestamp) -> BoxFuture<'_, ()> {
        let mut now = self.now.subscribe();
        Box::pin(async move {
            // The sender lives in the clock, which outlives the borrow.
            let _ = now.wait_for(|now| *now >= at).await;
        })
    }
}

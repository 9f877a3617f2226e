//! Messages of warehouses that make no calls: each says once what arrived, and is recorded as the
//! call would record it, or set aside with the reason. Late, twice or wrong is their normal life.
//!
//! Of all processes of the service, the holder of the lease takes messages in, in their order, and
//! leaves in it how far it is. Read `event` for what a message must look like.

mod event;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use backhaul_engine::{Engine, Failure};
use backhaul_eventlog::{Inbox, Incoming, Lease, Position, ReadError, Rejection};
use backhaul_kernel::Refused as _;
use tracing::{error, info, warn};

use crate::core::Core;
use crate::receipt::{ReceiptError, UNKNOWN_PARCEL};

/// Of the lease, in which stands how far messages were taken in; for ever.
pub const NAME: &str = "returns.ingest";
/// Messages read at once.
const BATCH_MESSAGES: usize = 64;
/// How often the lease is renewed.
const RENEW_EVERY: Duration = Duration::from_millis(500);
/// Waiting times between tries of one message.
const BACKOFF_FIRST: Duration = Duration::from_millis(100);
const BACKOFF_MAX: Duration = Duration::from_secs(10);
/// How long to wait after the inbox or the leases could not be asked.
const PAUSE: Duration = Duration::from_secs(1);

/// Takes in what comes, for as long as the process runs.
pub fn start(engine: &Engine, inbox: Arc<dyn Inbox>) {
    let ingest = Ingest {
        core: Core::new(engine),
        inbox,
        position: AtomicU64::new(0),
    };
    engine.tasks.spawn("ingest", ingest.run());
}

struct Ingest {
    core: Arc<Core>,
    inbox: Arc<dyn Inbox>,
    /// Everything up to here was recorded or set aside.
    position: AtomicU64,
}

/// Why a message cannot be finished now.
#[derive(Debug)]
enum Unfinished {
    /// It may go better later.
    Later(String),
    /// It never will.
    Rejected(Rejection),
}

impl Ingest {
    async fn run(self) {
        let tasks = self.core.engine.tasks.clone();
        loop {
            match tasks.until_stopped(self.hold()).await {
                None => return,
                Some(Ok(())) => info!(lease = NAME, "lease lost, another process may take in"),
                Some(Err(error)) => error!(%error, "messages of warehouses cannot be taken in"),
            }
            let pause = tokio::time::sleep(PAUSE);
            if tasks.until_stopped(pause).await.is_none() {
                return;
            }
        }
    }

    /// Takes in for as long as the lease is held.
    async fn hold(&self) -> Result<(), ReadError> {
        let lease = self.core.engine.leases.hold(NAME).await?;
        self.position.store(kept(&*lease)?, Ordering::Relaxed);
        tokio::select! {
            taken = self.take_all(&*lease) => taken,
            () = self.renew(&*lease) => Ok(()),
        }
    }

    async fn renew(&self, lease: &dyn Lease) {
        loop {
            tokio::time::sleep(RENEW_EVERY).await;
            let position = self.position.load(Ordering::Relaxed).to_string();
            if lease.keep(position.as_bytes()).await.is_err() {
                return;
            }
        }
    }

    async fn take_all(&self, lease: &dyn Lease) -> Result<(), ReadError> {
        loop {
            let after = self.position.load(Ordering::Relaxed);
            for message in self.inbox.read(after, BATCH_MESSAGES).await? {
                if !lease.is_held() {
                    return Ok(());
                }
                self.finish(&message).await;
                self.position.store(message.position, Ordering::Relaxed);
            }
        }
    }

    /// Tries until the message is recorded or set aside: those after it wait, so order is kept.
    async fn finish(&self, message: &Incoming) {
        let mut backoff = BACKOFF_FIRST;
        loop {
            let reason = match self.take(message).await {
                Ok(()) => return,
                Err(Unfinished::Later(reason)) => reason,
                Err(Unfinished::Rejected(rejection)) => {
                    match self.inbox.set_aside(message, &rejection).await {
                        Ok(()) => {
                            let Incoming {
                                position,
                                tenant,
                                site,
                                ..
                            } = message;
                            let reason = rejection.reason;
                            warn!(position, tenant, site, reason, "message set aside");
                            return;
                        }
                        Err(error) => error.to_string(),
                    }
                }
            };
            warn!(
                position = message.position,
                reason, "message is tried again"
            );
            tokio::time::sleep(backoff).await;
            backoff = (backoff * 2).min(BACKOFF_MAX);
        }
    }

    async fn take(&self, message: &Incoming) -> Result<(), Unfinished> {
        let asked = event::read(message).map_err(Unfinished::Rejected)?;
        let received_at = asked
            .received_at
            .unwrap_or_else(|| self.core.engine.clock.now());
        let recording = self
            .core
            .record_receipt(asked.receipt, received_at, &asked.intent);
        match recording.await {
            Ok(_) => Ok(()),
            Err(ReceiptError::Failed(failure)) => Err(unfinished(&failure)),
            Err(unknown @ ReceiptError::UnknownParcel(_)) => Err(Unfinished::Rejected(
                event::rejected(UNKNOWN_PARCEL, &unknown),
            )),
        }
    }
}

/// Which failures pass. A refusal speaks for itself.
fn unfinished(failure: &Failure<backhaul_returns::Refusal>) -> Unfinished {
    let rejected = |reason| Unfinished::Rejected(event::rejected(reason, failure));
    match failure {
        Failure::Refused(refusal) => rejected(refusal.reason()),
        Failure::CommandReused { .. } => Unfinished::Rejected(event::rejected(
            "EVENT_ID_REUSED",
            &"source and id were used for another event",
        )),
        Failure::Invalid(_) => rejected("NOT_STORABLE"),
        Failure::Contended { .. }
        | Failure::Overloaded
        | Failure::ReadOnly(_)
        | Failure::Unknown(_)
        | Failure::Read(_) => Unfinished::Later(failure.to_string()),
    }
}

/// How far the last holder was.
fn kept(lease: &dyn Lease) -> Result<Position, ReadError> {
    let Some(kept) = lease.kept() else {
        return Ok(0);
    };
    let position = std::str::from_utf8(kept)
        .ok()
        .and_then(|text| text.parse().ok());
    position.ok_or_else(|| ReadError::Corrupt {
        record: format!("the lease {NAME}"),
        detail: "what was kept in it is no position".to_owned(),
    })
}

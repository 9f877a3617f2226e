//! Leases in the cluster: each the last message of a subject, exchanged by its sequence.
//!
//! No two clocks are ever compared. The holder counts on its own how long ago it began its last
//! renewal; who waits counts on its own for how long the sequence has stood still. The holder gives
//! up after half the time that the others wait.
//!
//! The body is what the holder keeps for the next one; a header names the holder, and is not there
//! when the lease was given back.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_nats::HeaderMap;
use async_nats::header::{HeaderValue, NATS_EXPECTED_LAST_SUBJECT_SEQUENCE};
use async_nats::jetstream::message::PublishMessage;
use backhaul_eventlog::{BoxFuture, Lease, LeaseLost, Leases, Position, ReadError};
use bytes::Bytes;
use tokio::runtime::Handle;
use tokio::time::{Instant, sleep, timeout};

use crate::NatsLog;
use crate::append::is_conflict;
use crate::ask::{self, StoredMessage, Wanted};
use crate::error::AskError;

const HOLDER: &str = "bh-holder";
/// One exchange.
const EXCHANGE_TIMEOUT: Duration = Duration::from_secs(2);

/// The times of leases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeaseTimes {
    /// A holder that could not renew for so long has lost its lease.
    pub held_for: Duration,
    /// A lease that was not renewed for so long is free to take. Longer than `held_for`, by more
    /// than clocks run apart.
    pub free_after: Duration,
    /// Between two looks at a lease that another holds.
    pub look_interval: Duration,
}

impl Default for LeaseTimes {
    fn default() -> Self {
        Self {
            held_for: Duration::from_secs(5),
            free_after: Duration::from_secs(10),
            look_interval: Duration::from_millis(500),
        }
    }
}

/// The leases of one service.
#[derive(Clone)]
pub struct NatsLeases {
    log: NatsLog,
    service: String,
}

impl NatsLog {
    /// The leases of a service.
    pub fn leases(&self, service: &str) -> NatsLeases {
        NatsLeases {
            log: self.clone(),
            service: service.to_owned(),
        }
    }
}

impl NatsLeases {
    async fn wait_for(&self, name: &str) -> Result<Box<dyn Lease>, ReadError> {
        let place = self.place(name);
        let times = self.log.0.lease_times;
        let mut waiting = Waiting::default();
        loop {
            self.log.0.shared.check_open()?;
            // No answer is no reason to give up: whoever wants to act must be able to ask.
            if let Ok(last) = place.last().await {
                let sequence = last.as_ref().map_or(0, |last| last.sequence);
                let kept = last.as_ref().map_or(Bytes::new(), |last| last.body.clone());
                let holder = last.as_ref().and_then(holder);
                let free = holder.is_none() || waiting.is_stale(sequence, Instant::now(), times);
                let mine = holder == Some(place.holder.as_str());
                if free || mine {
                    let began = Instant::now();
                    if let Ok(sequence) = place.exchange(sequence, kept.clone(), true).await {
                        return Ok(Box::new(place.held(sequence, began, kept)));
                    }
                }
            }
            sleep(times.look_interval).await;
        }
    }

    fn place(&self, name: &str) -> Place {
        let names = &self.log.0.shared.names;
        // As unique as an inbox, which nobody else has.
        let unique = self.log.0.shared.client.new_inbox();
        Place {
            log: self.log.clone(),
            name: name.to_owned(),
            stream: names.lease_stream(),
            subject: names.lease(&self.service, name),
            holder: format!("{} {unique}", self.log.0.name),
        }
    }
}

impl Leases for NatsLeases {
    fn hold<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Box<dyn Lease>, ReadError>> {
        Box::pin(self.wait_for(name))
    }
}

/// Whether a lease stands still, by the clock of who waits for it.
#[derive(Debug, Default)]
struct Waiting {
    seen: Option<(Position, Instant)>,
}

impl Waiting {
    fn is_stale(&mut self, sequence: Position, now: Instant, times: LeaseTimes) -> bool {
        match self.seen {
            Some((seen, since)) if seen == sequence => now - since >= times.free_after,
            _ => {
                self.seen = Some((sequence, now));
                false
            }
        }
    }
}

/// Who holds the lease, by its last message; nobody if it was given back.
fn holder(last: &StoredMessage) -> Option<&str> {
    last.headers.get(HOLDER).map(|holder| holder.as_str())
}

/// One lease, and who wants it.
struct Place {
    log: NatsLog,
    name: String,
    stream: String,
    subject: String,
    holder: String,
}

/// An exchange that did not happen, or may not have.
enum Lost {
    /// Another came before.
    Conflict,
    /// Nobody can tell.
    Unknown(String),
}

impl Place {
    async fn last(&self) -> Result<Option<StoredMessage>, AskError> {
        let wanted = Wanted::Last {
            last_by_subj: &self.subject,
        };
        ask::from_leader(&self.log.0.shared.client, &self.stream, &wanted).await
    }

    /// Puts a new message in the place of the one of that sequence.
    async fn exchange(&self, before: Position, kept: Bytes, hold: bool) -> Result<Position, Lost> {
        let mut headers = HeaderMap::new();
        headers.insert(
            NATS_EXPECTED_LAST_SUBJECT_SEQUENCE,
            HeaderValue::from(before),
        );
        if hold {
            headers.insert(HOLDER, self.holder.as_str());
        }
        let message = PublishMessage::build().payload(kept).headers(headers);
        let jetstream = &self.log.0.shared.jetstream;
        let exchanged = timeout(EXCHANGE_TIMEOUT, async {
            jetstream
                .send_publish(self.subject.clone(), message)
                .await?
                .await
        });
        match exchanged.await {
            Ok(Ok(ack)) => Ok(ack.sequence),
            Ok(Err(error)) if is_conflict(&error) => Err(Lost::Conflict),
            Ok(Err(error)) => Err(Lost::Unknown(error.to_string())),
            Err(_) => Err(Lost::Unknown("the server gave no answer".to_owned())),
        }
    }

    fn held(self, sequence: Position, began: Instant, kept: Bytes) -> Held {
        Held {
            place: Some(Arc::new(self)),
            kept,
            renewed: Mutex::new(began),
            lost: AtomicBool::new(false),
            last: tokio::sync::Mutex::new(Last {
                sequence,
                kept: Bytes::new(),
            }),
            runtime: Handle::current(),
        }
    }
}

/// A lease that this process holds.
struct Held {
    /// Taken only by the drop.
    place: Option<Arc<Place>>,
    kept: Bytes,
    /// When the last renewal that succeeded began.
    renewed: Mutex<Instant>,
    lost: AtomicBool,
    last: tokio::sync::Mutex<Last>,
    runtime: Handle,
}

/// The last message of this holder.
struct Last {
    sequence: Position,
    kept: Bytes,
}

impl Held {
    fn place(&self) -> &Arc<Place> {
        self.place.as_ref().expect("only the drop takes it")
    }

    async fn renew(&self, bytes: &[u8]) -> Result<(), LeaseLost> {
        let place = self.place();
        let mut last = self.last.lock().await;
        let began = Instant::now();
        let kept = Bytes::copy_from_slice(bytes);
        let mut exchanged = place.exchange(last.sequence, kept.clone(), true).await;
        if let Err(Lost::Conflict) = exchanged {
            // It may be this holder's own message, whose acknowledgement was lost.
            exchanged = match place.last().await {
                Ok(Some(found)) if holder(&found) == Some(place.holder.as_str()) => {
                    place.exchange(found.sequence, kept.clone(), true).await
                }
                Ok(_) => Err(Lost::Conflict),
                Err(error) => Err(Lost::Unknown(error.to_string())),
            };
        }
        match exchanged {
            Ok(sequence) => {
                *last = Last { sequence, kept };
                *self.renewed.lock().unwrap_or_else(PoisonError::into_inner) = began;
            }
            Err(Lost::Conflict) => self.lost.store(true, Ordering::Relaxed),
            Err(Lost::Unknown(reason)) => {
                tracing::warn!(lease = place.name, reason, "a lease could not be renewed");
            }
        }
        // What could not be kept this time is kept the next time, as long as it is held.
        match self.is_held() {
            true => Ok(()),
            false => Err(LeaseLost(place.name.clone())),
        }
    }
}

impl Lease for Held {
    fn kept(&self) -> Option<&[u8]> {
        (!self.kept.is_empty()).then_some(&self.kept)
    }

    fn is_held(&self) -> bool {
        let renewed = *self.renewed.lock().unwrap_or_else(PoisonError::into_inner);
        let times = self.place().log.0.lease_times;
        !self.lost.load(Ordering::Relaxed) && renewed.elapsed() < times.held_for
    }

    fn keep<'a>(&'a self, bytes: &'a [u8]) -> BoxFuture<'a, Result<(), LeaseLost>> {
        Box::pin(self.renew(bytes))
    }
}

/// Gives the lease back, so that the next holder need not wait.
impl Drop for Held {
    fn drop(&mut self) {
        let held = self.is_held();
        let Some(place) = self.place.take() else {
            return;
        };
        if !held {
            return;
        }
        let last = self.last.get_mut();
        let (sequence, kept) = (last.sequence, last.kept.clone());
        let kept = if kept.is_empty() {
            self.kept.clone()
        } else {
            kept
        };
        let log = place.log.clone();
        log.0.say_farewell(&self.runtime, async move {
            // If it cannot be given back, it becomes free by itself.
            let _exchanged = place.exchange(sequence, kept, false).await;
        });
    }
}

impl fmt::Debug for NatsLeases {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NatsLeases({})", self.service)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_is_free_only_when_it_stood_still_for_long_enough() {
        let times = LeaseTimes::default();
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut waiting = Waiting::default();
        for (sequence, seconds, stale) in [
            (7, 0, false),
            (7, 9, false),
            (8, 9, false),
            (8, 18, false),
            (8, 19, true),
            (9, 20, false),
            (9, 29, false),
            (9, 30, true),
        ] {
            let found = waiting.is_stale(sequence, at(seconds), times);
            assert_eq!(found, stale, "sequence {sequence} after {seconds} s");
        }
    }

    #[test]
    fn a_holder_gives_up_before_another_takes_over() {
        let times = LeaseTimes::default();
        assert!(times.held_for * 2 <= times.free_after);
    }
}

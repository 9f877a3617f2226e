//! Following what is stored: the server repeats every message once it is durable, to whoever
//! listens. Such a message can be lost on the way, so where there is no news the end is asked for,
//! and what is said of the stream is checked against what must be so.

use std::sync::Arc;

use async_nats::jetstream::stream::Info;
use async_nats::{Message, Subscriber};
use backhaul_eventlog::{Position, ReadError};
use backhaul_events::ContextName;
use futures::StreamExt;
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::ask::{self, StoredMessage};
use crate::findings::restore;
use crate::options::{IDLE_POLL, INTEGRITY_INTERVAL};
use crate::shared::Shared;
use crate::{Finding, Severity, system};

/// Live messages taken in at a time, so that readers are woken once for many.
const MESSAGES_AT_A_TIME: usize = 256;
/// A new leader may not have caught up with itself, so an end that has moved back is asked for
/// again so many times before it is believed.
const MOVED_BACK_TIMES: u32 = 6;

/// Follows one context for as long as the log is open. Every change of `reconnected` is a reason
/// to look at once.
pub(crate) async fn follow(
    shared: Arc<Shared>,
    context: ContextName,
    live: Subscriber,
    mut reconnected: watch::Receiver<u64>,
) {
    let mut live = live.ready_chunks(MESSAGES_AT_A_TIME);
    let mut ticks = interval(IDLE_POLL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut watching = Watching::new(context);
    let mut heard = false;
    loop {
        tokio::select! {
            messages = live.next() => match messages {
                Some(messages) if shared.faults.live_is_lost() => drop(messages),
                Some(messages) => heard |= take_all(&shared, context, messages),
                None => return,
            },
            Ok(()) = reconnected.changed() => watching.look(&shared).await,
            _ = ticks.tick() => {
                if !std::mem::take(&mut heard) || watching.is_due() {
                    watching.look(&shared).await;
                }
            }
        }
    }
}

/// Whether anything was new.
fn take_all(shared: &Shared, context: ContextName, messages: Vec<Message>) -> bool {
    let mut heard = false;
    for message in messages {
        // What is no copy of a stored message says nothing about the log.
        let Some(message) = StoredMessage::from_copy(message) else {
            continue;
        };
        heard = true;
        if shared.tails[context as usize].has(message.sequence) {
            continue;
        }
        // Damage is reported by the decoder, and met again by every reader who comes here.
        if let Ok(framed) = shared.decode(context, &message) {
            shared.learn(Arc::new(framed.commit));
        }
    }
    heard
}

/// What is known of a stream from one look to the next.
struct Watching {
    context: ContextName,
    due: Instant,
    moved_back: u32,
}

impl Watching {
    fn new(context: ContextName) -> Self {
        Self {
            context,
            due: Instant::now() + INTEGRITY_INTERVAL,
            moved_back: 0,
        }
    }

    fn is_due(&self) -> bool {
        Instant::now() >= self.due
    }

    /// Asks the leader for the stream's state. No answer is no finding: the connection tells.
    async fn look(&mut self, shared: &Shared) {
        let stream = shared.names.stream(self.context);
        let known = shared.position(self.context);
        let Ok(info) = ask::info(&shared.client, &stream).await else {
            return;
        };
        self.due = Instant::now() + INTEGRITY_INTERVAL;
        let last = info.state.last_sequence;
        self.moved_back = if last < known { self.moved_back + 1 } else { 0 };
        if self.moved_back >= MOVED_BACK_TIMES {
            shared.report(Finding::new(
                Severity::Damage,
                format!("stream {stream}"),
                format!("it ends at position {last}, but was durable up to {known}"),
                restore(&stream),
            ));
        }
        check_state(shared, &stream, &info);
        shared.advance(self.context, last);
    }
}

/// A reader has finished a position that the log is not known to reach: it does so in a moment,
/// or acknowledged commits are gone.
pub(crate) async fn check_reaches(
    shared: &Shared,
    context: ContextName,
    after: Position,
) -> Result<(), ReadError> {
    let stream = shared.names.stream(context);
    let mut last = 0;
    for _ in 0..MOVED_BACK_TIMES {
        last = ask::info(&shared.client, &stream)
            .await?
            .state
            .last_sequence;
        shared.advance(context, last);
        if last >= after {
            return Ok(());
        }
        tokio::time::sleep(IDLE_POLL).await;
    }
    let what = format!("it ends at position {last}, but a reader has finished {after}");
    let (place, repair) = (format!("stream {stream}"), restore(&stream));
    shared.report(Finding::new(Severity::Damage, place, what.clone(), repair));
    Err(ReadError::Corrupt {
        record: format!("{context} at position {after}"),
        detail: what,
    })
}

/// A log without gaps has as many messages as positions.
pub(crate) fn check_state(shared: &Shared, stream: &str, info: &Info) {
    if let Some(what) = hole(info) {
        shared.report(Finding::new(
            Severity::Damage,
            format!("stream {stream}{}", leader(info)),
            what,
            restore(stream),
        ));
    }
}

/// What is missing in a stream by its leader's account.
pub(crate) fn hole(info: &Info) -> Option<String> {
    let state = &info.state;
    let deleted = state.deleted_count.unwrap_or(0);
    system::hole(
        state.messages,
        state.first_sequence,
        state.last_sequence,
        deleted,
    )
}

fn leader(info: &Info) -> String {
    let leader = info.cluster.as_ref().and_then(|c| c.leader.as_deref());
    leader.map(|name| format!(" on {name}")).unwrap_or_default()
}

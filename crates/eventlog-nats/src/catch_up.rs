//! Catching up by a consumer that provisioning made: the server goes on sending what follows, as it
//! is stored, which costs it a fraction of what looking up batch after batch does.
//!
//! A process may pull from such a consumer and set it to a position, and nothing else, so it can
//! make none. There is one a context for each service; its processes share it, and one that finds
//! it used leaves it alone. If two of them take it all the same, both see that what comes is not
//! what follows, and read in batches for a while. Nothing is acknowledged and nothing remembered
//! by the server: where a reader stands, it knows itself.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_nats::header::HeaderName;
use async_nats::jetstream::consumer::{AckPolicy, Config, DeliverPolicy, Info};
use async_nats::{Client, Message, StatusCode, Subscriber};
use backhaul_eventlog::Position;
use backhaul_events::ContextName;
use futures::{FutureExt as _, StreamExt as _};
use serde::Serialize;
use tokio::time::{Instant, timeout};

use crate::ask::{self, StoredMessage};
use crate::error::AskError;
use crate::options::{
    BATCH_BYTES_MAX, CATCH_UP_AGAIN, CATCH_UP_COMMITS_MIN, CATCH_UP_IDLE_MAX, PULL_COMMITS,
    PULLS_IN_FLIGHT, REQUEST_TIMEOUT,
};
use crate::shared::Shared;

/// How many messages of a pull the server did not send when it ended it early.
const NATS_PENDING_MESSAGES: HeaderName = HeaderName::from_static("Nats-Pending-Messages");

/// How a pull with a bound of bytes ends: with everything it asked for, or where it became large.
const ENDS: [&str; 2] = ["Batch Completed", "Message Size Exceeds MaxBytes"];

/// The name of a reader's consumers.
pub(crate) fn consumer_name(reader: &str) -> String {
    format!("catch-up-{reader}")
}

/// How such a consumer is set up. It lies on one server, because it keeps nothing that is missed
/// when it is lost.
pub(crate) fn consumer(reader: &str) -> Config {
    let name = consumer_name(reader);
    Config {
        name: Some(name.clone()),
        durable_name: Some(name),
        description: Some(format!("{reader} catches up")),
        deliver_policy: DeliverPolicy::All,
        ack_policy: AckPolicy::None,
        num_replicas: 1,
        ..Config::default()
    }
}

/// The consumers of this process, if it has any.
#[derive(Debug)]
pub(crate) struct Consumers {
    name: Option<String>,
    uses: [Arc<Mutex<Use>>; ContextName::ALL.len()],
}

/// Who of this process uses a consumer.
#[derive(Debug)]
struct Use {
    /// Its number; each gets another.
    by: u64,
    /// Nobody else takes it before.
    until: Instant,
}

impl Consumers {
    pub(crate) fn of(reader: Option<&str>) -> Self {
        let unused = |_| {
            Arc::new(Mutex::new(Use {
                by: 0,
                until: Instant::now(),
            }))
        };
        Self {
            name: reader.map(consumer_name),
            uses: std::array::from_fn(unused),
        }
    }

    fn take(&self, context: ContextName) -> Option<Taken> {
        let taken = &self.uses[context as usize];
        let mut now = lock(taken);
        if Instant::now() < now.until {
            return None;
        }
        *now = Use {
            by: now.by + 1,
            until: Instant::now() + CATCH_UP_IDLE_MAX,
        };
        Some(Taken {
            by: now.by,
            taken: Arc::clone(taken),
        })
    }
}

/// A consumer in use by one reader of this process. Who does not read on loses it.
#[derive(Debug)]
struct Taken {
    by: u64,
    taken: Arc<Mutex<Use>>,
}

impl Taken {
    /// From now on it is this reader's for so long. False if another has taken it.
    fn keep(&self, time: Duration) -> bool {
        let mut now = lock(&self.taken);
        let ours = now.by == self.by;
        if ours {
            now.until = Instant::now() + time;
        }
        ours
    }

    /// Nobody here tries it again for a while.
    fn give_up(mut self) {
        if self.keep(CATCH_UP_AGAIN) {
            // It is nobody's, so dropping this does not free it.
            self.by = NOBODY;
        }
    }
}

/// Who never takes anything: the numbers of readers begin at 1.
const NOBODY: u64 = 0;

impl Drop for Taken {
    fn drop(&mut self) {
        self.keep(Duration::ZERO);
    }
}

fn lock(taken: &Mutex<Use>) -> MutexGuard<'_, Use> {
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Messages that follow on one another, on their way through a consumer.
pub(crate) struct CatchUp {
    taken: Taken,
    messages: Subscriber,
    inbox: String,
    pull: String,
    /// The first message that was not handed out.
    first: Position,
    /// The last that was asked for.
    last: Position,
}

/// A position to set a consumer to.
#[derive(Serialize)]
struct Reset {
    seq: Position,
}

/// Messages to be sent.
#[derive(Serialize)]
struct Pull {
    batch: u64,
    max_bytes: usize,
    no_wait: bool,
}

impl CatchUp {
    /// Sets the consumer of a context to a position, if it pays to and the consumer is free.
    pub(crate) async fn begin(
        shared: &Shared,
        context: ContextName,
        first: Position,
        ahead: Position,
    ) -> Option<Self> {
        if ahead.saturating_sub(first) < CATCH_UP_COMMITS_MIN {
            return None;
        }
        let consumer = shared.consumers.name.as_deref()?;
        let taken = shared.consumers.take(context)?;
        let place = format!("{}.{consumer}", shared.names.stream(context));
        match Self::set(&shared.client, &place, first).await {
            Ok((messages, inbox)) => Some(Self {
                taken,
                messages,
                inbox,
                pull: format!("$JS.API.CONSUMER.MSG.NEXT.{place}"),
                first,
                last: first - 1,
            }),
            Err(error) => {
                tracing::debug!(%context, %error, "catching up in batches");
                taken.give_up();
                None
            }
        }
    }

    async fn set(
        client: &Client,
        place: &str,
        first: Position,
    ) -> Result<(Subscriber, String), AskError> {
        let everything = serde_json::json!({});
        let question = format!("$JS.API.CONSUMER.INFO.{place}");
        let now: Info = ask::ask(client, question, &everything).await?;
        if now.num_waiting > 0 {
            let used = "another process uses the consumer".to_owned();
            return Err(AskError::Silent(used));
        }
        let reset = Reset { seq: first };
        let _: Info = ask::ask(client, format!("$JS.API.CONSUMER.RESET.{place}"), &reset).await?;
        let inbox = client.new_inbox();
        let messages = client.subscribe(inbox.clone()).await;
        let messages = messages.map_err(|error| AskError::Silent(error.to_string()))?;
        Ok((messages, inbox))
    }

    /// Whether the next message is this one.
    pub(crate) fn is_at(&self, position: Position) -> bool {
        self.first == position
    }

    /// What came, at least one message; those up to `ahead` are asked for meanwhile. Giving up the
    /// wait loses nothing.
    pub(crate) async fn next(
        &mut self,
        client: &Client,
        ahead: Position,
    ) -> Result<Vec<StoredMessage>, AskError> {
        let silent = |reason: &str| AskError::Silent(reason.to_owned());
        if !self.taken.keep(CATCH_UP_IDLE_MAX) {
            return Err(silent("another reader has taken the consumer"));
        }
        let mut page = Vec::new();
        while page.is_empty() {
            self.ask(client, ahead).await?;
            let next = timeout(REQUEST_TIMEOUT, self.messages.next()).await;
            let mut next = next.map_err(|_| silent("the consumer gave no answer"))?;
            // No wait from here on: what was taken is in no other place.
            loop {
                let message = next.ok_or_else(|| silent("the connection is closed"))?;
                self.take(message, &mut page)?;
                match self.messages.next().now_or_never() {
                    Some(more) => next = more,
                    None => break,
                }
            }
        }
        Ok(page)
    }

    async fn ask(&mut self, client: &Client, ahead: Position) -> Result<(), AskError> {
        let silent = |error: &dyn std::fmt::Display| AskError::Silent(error.to_string());
        let under_way_max = PULL_COMMITS * PULLS_IN_FLIGHT;
        while self.last < ahead && self.last + 1 - self.first + PULL_COMMITS <= under_way_max {
            let batch = PULL_COMMITS.min(ahead - self.last);
            let pull = Pull {
                batch,
                max_bytes: BATCH_BYTES_MAX,
                no_wait: true,
            };
            let pull = serde_json::to_vec(&pull).map_err(|error| silent(&error))?;
            let (subject, inbox) = (self.pull.clone(), self.inbox.clone());
            let sent = client.publish_with_reply(subject, inbox, pull.into());
            sent.await.map_err(|error| silent(&error))?;
            self.last += batch;
        }
        Ok(())
    }

    fn take(&mut self, message: Message, page: &mut Vec<StoredMessage>) -> Result<(), AskError> {
        let Some(status) = message.status else {
            let stored = StoredMessage::delivered(message);
            let follows = stored.filter(|stored| stored.sequence == self.first);
            let stored = follows.ok_or_else(|| {
                AskError::Silent("the consumer is somewhere else, or used by another".to_owned())
            })?;
            self.first += 1;
            page.push(stored);
            return Ok(());
        };
        let reason = message.description.unwrap_or_default();
        if status == StatusCode::REQUEST_TERMINATED && ENDS.contains(&reason.as_str()) {
            // What it did not bring, because its answer became large, is asked for again.
            let left = message.headers.as_ref();
            let left = left.and_then(|headers| headers.get(NATS_PENDING_MESSAGES));
            let left: Option<u64> = left.and_then(|left| left.as_str().parse().ok());
            self.last -= left.unwrap_or(0);
            return Ok(());
        }
        Err(AskError::Silent(format!(
            "the consumer says {status} {reason}"
        )))
    }

    /// The consumer is of no use to its reader.
    pub(crate) fn give_up(self) {
        self.taken.give_up();
    }
}

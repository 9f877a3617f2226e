//! What warehouses publish: a stream that keeps it in order, and one for what was not taken in.
//! The subject names merchant and site, and the server lets a site publish to its own only.

use std::sync::Arc;
use std::time::Duration;

use async_nats::Subscriber;
use async_nats::header::{HeaderMap, NATS_MESSAGE_ID};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::stream::{Config, DiscardPolicy, Republish};
use backhaul_eventlog::{AppendError, BoxFuture, Inbox, Incoming, Position, ReadError, Rejection};
use futures::StreamExt;
use tokio::sync::Mutex;

use crate::ask::{Batch, StoredMessage};
use crate::names::Names;
use crate::options::{APPEND_TIMEOUT, IDLE_POLL, READ_RETRY_DELAY, READ_TIMEOUT};
use crate::settings::base;
use crate::shared::Shared;
use crate::{ConnectError, NatsLog};

/// Largest message that a warehouse may send, in bytes.
const MESSAGE_BYTES_MAX: i32 = 256 * 1024;
/// Largest message that is set aside: the same, and what is said about it.
const ASIDE_BYTES_MAX: i32 = 512 * 1024;
/// For how long the server remembers message ids.
const DUPLICATE_WINDOW: Duration = Duration::from_secs(120);
/// Most characters of a reason for people.
const DETAIL_CHARS_MAX: usize = 2_000;

/// Headers of a message that was set aside, beside those it came with.
pub(crate) const REASON: &str = "bh-reason";
const DETAIL: &str = "bh-detail";
const POSITION: &str = "bh-position";
/// Headers that only the server or its client sets.
const SERVERS_OWN: &str = "nats-";

/// The stream of what warehouses announce.
pub(crate) const INCOMING: &str = "ingest";
/// The stream of what was not taken in.
pub(crate) const ASIDE: &str = "dead";

/// The streams of messages from outside, for provisioning.
pub fn ingest_streams(prefix: &str, replicas: usize) -> Result<Vec<Config>, ConnectError> {
    let names = Names::new(prefix)?;
    let incoming = Config {
        description: Some("what warehouses announce".to_owned()),
        republish: Some(Republish {
            source: names.of("ingest.>"),
            destination: names.of("live.ingest.>"),
            headers_only: true,
        }),
        max_message_size: MESSAGE_BYTES_MAX,
        ..kept(base(
            names.stream_named(INCOMING),
            names.of("ingest.*.*"),
            replicas,
        ))
    };
    let aside = Config {
        description: Some("what was announced and not taken in, with the reason".to_owned()),
        max_message_size: ASIDE_BYTES_MAX,
        ..kept(base(
            names.stream_named(ASIDE),
            names.of("dead.ingest.*.*"),
            replicas,
        ))
    };
    Ok(vec![incoming, aside])
}

fn kept(config: Config) -> Config {
    Config {
        duplicate_window: DUPLICATE_WINDOW,
        deny_delete: true,
        discard: DiscardPolicy::New,
        max_messages_per_subject: -1,
        ..config
    }
}

/// What warehouses announced, in order.
pub struct NatsInbox {
    shared: Arc<Shared>,
    /// Says that something came; what it is, is read.
    live: Mutex<Subscriber>,
}

impl NatsLog {
    /// The inbox beside the log, for the service that takes messages in.
    pub async fn inbox(&self) -> Result<NatsInbox, ConnectError> {
        let shared = Arc::clone(&self.0.shared);
        let subject = shared.names.of("live.ingest.>");
        let live = shared.client.subscribe(subject.clone()).await;
        let live = live.map_err(|error| ConnectError::NoAnswer {
            question: format!("subscription to {subject}"),
            reason: error.to_string(),
        })?;
        Ok(NatsInbox {
            shared,
            live: Mutex::new(live),
        })
    }
}

impl Inbox for NatsInbox {
    fn read(
        &self,
        after: Position,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<Incoming>, ReadError>> {
        Box::pin(self.read_after(after, limit))
    }

    fn set_aside<'a>(
        &'a self,
        message: &'a Incoming,
        rejection: &'a Rejection,
    ) -> BoxFuture<'a, Result<(), AppendError>> {
        Box::pin(self.publish_aside(message, rejection))
    }
}

impl NatsInbox {
    async fn read_after(&self, after: Position, limit: usize) -> Result<Vec<Incoming>, ReadError> {
        let mut live = self.live.lock().await;
        loop {
            self.shared.check_open()?;
            let messages = self.stored(after, limit).await?;
            if !messages.is_empty() {
                return Ok(messages);
            }
            // A word can be lost, and a replica can be behind the word: so look now and then.
            if let Ok(None) = tokio::time::timeout(IDLE_POLL, live.next()).await {
                return Err(ReadError::Unavailable("the log is closed".to_owned()));
            }
        }
    }

    async fn stored(&self, after: Position, limit: usize) -> Result<Vec<Incoming>, ReadError> {
        let deadline = tokio::time::Instant::now() + READ_TIMEOUT;
        loop {
            let found = self.ask(after + 1, limit as u64).await;
            match found {
                Ok(found) => return Ok(found.into_iter().map(|one| self.incoming(one)).collect()),
                Err(error) if tokio::time::Instant::now() > deadline => return Err(error),
                Err(_) => tokio::time::sleep(READ_RETRY_DELAY).await,
            }
        }
    }

    async fn ask(&self, first: Position, count: u64) -> Result<Vec<StoredMessage>, ReadError> {
        let Shared { client, names, .. } = &*self.shared;
        let stream = names.stream_named(INCOMING);
        let mut batch = Batch::ask(client, &stream, None, first, count).await?;
        Ok(batch.finish().await?)
    }

    fn incoming(&self, message: StoredMessage) -> Incoming {
        let mut tokens = message.subject.rsplit('.').map(str::to_owned);
        let site = tokens.next().unwrap_or_default();
        let tenant = tokens.next().unwrap_or_default();
        let own = |name: &str| name.to_ascii_lowercase().starts_with(SERVERS_OWN);
        let headers = message.headers.iter().flat_map(|(name, values)| {
            let name = name.to_string();
            let values: Vec<_> = values.iter().map(ToString::to_string).collect();
            values.into_iter().map(move |value| (name.clone(), value))
        });
        Incoming {
            position: message.sequence,
            tenant,
            site,
            headers: headers.filter(|(name, _)| !own(name)).collect(),
            body: message.body,
        }
    }

    async fn publish_aside(
        &self,
        message: &Incoming,
        rejection: &Rejection,
    ) -> Result<(), AppendError> {
        let unknown = |error: &dyn std::fmt::Display| AppendError::Unknown(error.to_string());
        let mut headers = HeaderMap::new();
        for (name, value) in &message.headers {
            headers.append(name.as_str(), value.as_str());
        }
        let detail = rejection.detail.chars().filter(|c| !c.is_control());
        let detail: String = detail.take(DETAIL_CHARS_MAX).collect();
        headers.insert(REASON, rejection.reason.as_str());
        headers.insert(DETAIL, detail);
        headers.insert(POSITION, message.position.to_string());
        headers.insert(NATS_MESSAGE_ID, format!("ingest-{}", message.position));
        let Incoming { tenant, site, .. } = message;
        let subject = self
            .shared
            .names
            .of(&format!("dead.ingest.{tenant}.{site}"));
        let publish = PublishMessage::build()
            .payload(message.body.clone())
            .headers(headers);
        let sending = async {
            let sent = self.shared.jetstream.send_publish(subject, publish).await;
            sent.map_err(|error| unknown(&error))?
                .await
                .map_err(|error| unknown(&error))
        };
        let late = |_| unknown(&"the server gave no answer");
        tokio::time::timeout(APPEND_TIMEOUT, sending)
            .await
            .map_err(late)?
            .map(drop)
    }
}

//! Questions to the server: the end of a stream, one message from its leader, many messages from
//! any replica.

use std::time::Duration;

use async_nats::header::{HeaderName, NATS_SEQUENCE, NATS_SUBJECT};

use async_nats::jetstream::response::Response;
use async_nats::jetstream::stream::{Info, RawMessage};
use async_nats::{Client, HeaderMap, Message, Request, StatusCode, Subject, Subscriber};
use backhaul_eventlog::Position;
use bytes::Bytes;
use futures::{FutureExt as _, StreamExt as _};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::time::timeout;

use crate::error::AskError;
use crate::options::{BATCH_BYTES_MAX, REQUEST_TIMEOUT};

/// The server's code for "no message found".
const NO_MESSAGE_FOUND: u64 = 10_037;

/// How many messages the server has left after a batch.
const NATS_PENDING_MESSAGES: HeaderName = HeaderName::from_static("Nats-Num-Pending");

/// A message as the server keeps it.
#[derive(Debug, Clone)]
pub(crate) struct StoredMessage {
    pub(crate) subject: Subject,
    pub(crate) sequence: Position,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl StoredMessage {
    /// A message that was repeated live, or got from a replica: its place stands in its headers.
    pub(crate) fn from_copy(message: Message) -> Option<Self> {
        let headers = message.headers?;
        Some(Self {
            subject: headers.get(NATS_SUBJECT)?.as_str().into(),
            sequence: headers.get(NATS_SEQUENCE)?.as_str().parse().ok()?,
            headers,
            body: message.payload,
        })
    }

    /// A message that a consumer delivered: its place stands in the subject for acknowledgements.
    pub(crate) fn delivered(message: Message) -> Option<Self> {
        Some(Self {
            sequence: delivered_sequence(message.reply.as_ref()?)?,
            subject: message.subject,
            headers: message.headers.unwrap_or_default(),
            body: message.payload,
        })
    }
}

/// Where in the subject for an acknowledgement the sequence stands, behind its first two tokens:
/// delivery count before it, and in newer servers domain and account before that.
fn delivered_sequence(acknowledgement: &str) -> Option<Position> {
    const TOKENS: usize = 7;
    const SEQUENCE: usize = 3;
    const SEQUENCE_BEHIND_DOMAIN: usize = 5;
    let rest = acknowledgement.strip_prefix("$JS.ACK.")?;
    let place = match rest.split('.').count() {
        TOKENS => SEQUENCE,
        _ => SEQUENCE_BEHIND_DOMAIN,
    };
    rest.split('.').nth(place)?.parse().ok()
}

/// Which message the leader is asked for.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub(crate) enum Wanted<'a> {
    /// The last of a subject.
    Last { last_by_subj: &'a str },
    /// The first of a subject from a sequence on.
    Next {
        seq: Position,
        next_by_subj: &'a str,
    },
    /// The one of a sequence.
    At { seq: Position },
}

/// Which messages any replica is asked for.
#[derive(Debug, Clone, Serialize)]
struct BatchRequest<'a> {
    batch: u64,
    max_bytes: usize,
    seq: Position,
    /// None for every message of the stream: a filter, though it lets everything through, makes
    /// the server count what it lets through.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_by_subj: Option<&'a str>,
}

/// Asks a question of the JetStream API and reads the answer.
pub(crate) async fn ask<T: DeserializeOwned>(
    client: &Client,
    subject: String,
    question: &impl Serialize,
) -> Result<T, AskError> {
    ask_within(client, subject, question, REQUEST_TIMEOUT).await
}

pub(crate) async fn ask_within<T: DeserializeOwned>(
    client: &Client,
    subject: String,
    question: &impl Serialize,
    within: Duration,
) -> Result<T, AskError> {
    let silent = |reason: String| AskError::Silent(reason);
    let payload = serde_json::to_vec(question).map_err(|error| silent(error.to_string()))?;
    let request = Request::new().payload(payload.into()).timeout(Some(within));
    // The client's own limit begins only once it has taken the request, which it does not while
    // it is without a connection.
    let answer = timeout(within, client.send_request(subject, request)).await;
    let answer = answer.map_err(|_| silent("the server gave no answer".to_owned()))?;
    let answer = answer.map_err(|error| silent(error.to_string()))?;
    match serde_json::from_slice(&answer.payload) {
        Ok(Response::Ok(answer)) => Ok(answer),
        Ok(Response::Err { error }) => Err(AskError::Refused {
            code: error.error_code().0,
            description: error.to_string(),
        }),
        Err(error) => Err(silent(format!("the answer is not understood: {error}"))),
    }
}

/// Settings and state of a stream, from its leader.
pub(crate) async fn info(client: &Client, stream: &str) -> Result<Info, AskError> {
    let everything = serde_json::json!({});
    ask(client, format!("$JS.API.STREAM.INFO.{stream}"), &everything).await
}

#[derive(Deserialize)]
struct Got {
    message: RawMessage,
}

/// One message from the stream's leader, which alone is never behind; none if there is none.
pub(crate) async fn from_leader(
    client: &Client,
    stream: &str,
    wanted: &Wanted<'_>,
) -> Result<Option<StoredMessage>, AskError> {
    let subject = format!("$JS.API.STREAM.MSG.GET.{stream}");
    let got: Got = match ask(client, subject, wanted).await {
        Ok(got) => got,
        Err(AskError::Refused { code, .. }) if code == NO_MESSAGE_FOUND => return Ok(None),
        Err(error) => return Err(error),
    };
    let message: async_nats::jetstream::message::StreamMessage = got
        .message
        .try_into()
        .map_err(|error: async_nats::Error| AskError::Silent(error.to_string()))?;
    Ok(Some(StoredMessage {
        subject: message.subject,
        sequence: message.sequence,
        headers: message.headers,
        body: message.payload,
    }))
}

/// Messages on their way from some replica. They arrive while nobody looks, so asking early costs
/// no waiting later.
pub(crate) struct Batch {
    messages: Subscriber,
    received: Vec<StoredMessage>,
}

impl Batch {
    /// Asks for at most `count` messages from a sequence on, all or those of one subject.
    pub(crate) async fn ask(
        client: &Client,
        stream: &str,
        subject: Option<&str>,
        first: Position,
        count: u64,
    ) -> Result<Self, AskError> {
        let silent = |error: &dyn std::fmt::Display| AskError::Silent(error.to_string());
        let inbox = client.new_inbox();
        let messages = client.subscribe(inbox.clone()).await;
        let messages = messages.map_err(|error| silent(&error))?;
        let request = BatchRequest {
            batch: count,
            max_bytes: BATCH_BYTES_MAX,
            seq: first,
            next_by_subj: subject,
        };
        let request = serde_json::to_vec(&request).map_err(|error| silent(&error))?;
        client
            .publish_with_reply(
                format!("$JS.API.DIRECT.GET.{stream}"),
                inbox,
                request.into(),
            )
            .await
            .map_err(|error| silent(&error))?;
        Ok(Self {
            messages,
            received: Vec::new(),
        })
    }

    /// Everything that came, once the server has said that this was all. Giving up the wait loses
    /// nothing. What follows on the last message may still exist: a replica can be behind, and the
    /// server ends large answers early.
    pub(crate) async fn finish(&mut self) -> Result<Vec<StoredMessage>, AskError> {
        self.finish_counted().await.map(|(messages, _)| messages)
    }

    /// The same, and how many messages the server has left.
    pub(crate) async fn finish_counted(&mut self) -> Result<(Vec<StoredMessage>, u64), AskError> {
        let silent = |reason: &str| AskError::Silent(reason.to_owned());
        loop {
            let next = timeout(REQUEST_TIMEOUT, self.messages.next()).await;
            let mut next = next.map_err(|_| silent("the server gave no answer"))?;
            // Clocks are looked at once for everything that is here already.
            loop {
                let message = next.ok_or_else(|| silent("the connection is closed"))?;
                if let Some(pending) = self.take(message)? {
                    return Ok((std::mem::take(&mut self.received), pending));
                }
                match self.messages.next().now_or_never() {
                    Some(more) => next = more,
                    None => break,
                }
            }
        }
    }

    /// How many messages the server has left, if this was the end.
    fn take(&mut self, message: Message) -> Result<Option<u64>, AskError> {
        match message.status {
            None | Some(StatusCode::OK) => {
                let copy = StoredMessage::from_copy(message);
                let unknown = || AskError::Silent("an answer names no message".to_owned());
                self.received.push(copy.ok_or_else(unknown)?);
                Ok(None)
            }
            // The end of the answer; or nothing at all to be found.
            Some(status) if status.as_u16() == 204 || status == StatusCode::NOT_FOUND => {
                let headers = message.headers.as_ref();
                let pending = headers.and_then(|headers| headers.get(NATS_PENDING_MESSAGES));
                let pending = pending.and_then(|pending| pending.as_str().parse().ok());
                Ok(Some(pending.unwrap_or(0)))
            }
            Some(status) => {
                let reason = message.description.unwrap_or_default();
                Err(AskError::Silent(format!("{status} {reason}")))
            }
        }
    }
}

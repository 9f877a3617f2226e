//! Questions to the server: the end of a stream, one message from its leader, many messages from
//! any replica.

use std::time::Duration;

use async_nats::header::{NATS_SEQUENCE, NATS_SUBJECT};

use async_nats::jetstream::response::Response;
use async_nats::jetstream::stream::{Info, RawMessage};
use async_nats::{Client, HeaderMap, Message, Request, StatusCode, Subscriber};
use backhaul_eventlog::Position;
use bytes::Bytes;
use futures::StreamExt;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::AskError;
use crate::options::{BATCH_BYTES_MAX, REQUEST_TIMEOUT};

/// The server's code for "no message found".
const NO_MESSAGE_FOUND: u64 = 10_037;

/// How many messages of a subject the server has left after a batch.
const NATS_PENDING_MESSAGES: &str = "Nats-Num-Pending";

/// A message as the server keeps it.
#[derive(Debug, Clone)]
pub(crate) struct StoredMessage {
    pub(crate) subject: String,
    pub(crate) sequence: Position,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl StoredMessage {
    /// A message that was repeated live, or got from a replica: its place stands in its headers.
    pub(crate) fn from_copy(message: Message) -> Option<Self> {
        let headers = message.headers?;
        Some(Self {
            subject: headers.get(NATS_SUBJECT)?.to_string(),
            sequence: headers.get(NATS_SEQUENCE)?.as_str().parse().ok()?,
            headers,
            body: message.payload,
        })
    }
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
    next_by_subj: &'a str,
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
    let answer = tokio::time::timeout(within, client.send_request(subject, request)).await;
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
        subject: message.subject.to_string(),
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
    /// Asks for at most `count` messages of a subject from a sequence on.
    pub(crate) async fn ask(
        client: &Client,
        stream: &str,
        subject: &str,
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
        loop {
            let next = tokio::time::timeout(REQUEST_TIMEOUT, self.messages.next()).await;
            let silent = || AskError::Silent("the server gave no answer".to_owned());
            let message = next.map_err(|_| silent())?.ok_or_else(silent)?;
            match message.status {
                None | Some(StatusCode::OK) => {
                    let copy = StoredMessage::from_copy(message);
                    let unknown = || AskError::Silent("an answer names no message".to_owned());
                    self.received.push(copy.ok_or_else(unknown)?);
                }
                // The end of the answer; or nothing at all to be found.
                Some(status) if status.as_u16() == 204 || status == StatusCode::NOT_FOUND => {
                    let headers = message.headers.as_ref();
                    let pending = headers.and_then(|headers| headers.get(NATS_PENDING_MESSAGES));
                    let pending = pending.and_then(|pending| pending.as_str().parse().ok());
                    return Ok((std::mem::take(&mut self.received), pending.unwrap_or(0)));
                }
                Some(status) => {
                    let reason = message.description.unwrap_or_default();
                    return Err(AskError::Silent(format!("{status} {reason}")));
                }
            }
        }
    }
}

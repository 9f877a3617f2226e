//! One commit as one message, so that any language reads it with its own CloudEvents library.
//!
//! A commit of one event is a CloudEvent in binary mode: attributes in `ce-` headers, the JSON
//! payload as the body. A commit of several is a CloudEvents JSON batch (see [`crate::batch`]).
//! What belongs to the commit stands in headers of its own, for both alike:
//!
//! ```text
//! bh-version         version of the first event in its stream, from 1
//! bh-crc             chain: CRC32C as 8 hexadecimal digits
//! bh-previous-crc    chain of the stream's commit before this one; 00000000 for its first
//! bh-command         command id
//! bh-command-digest  32 hexadecimal digits
//! bh-actor, bh-tier  who, and what they may decide
//! bh-correlation     UUID
//! bh-causation       UUID, if there is one
//! bh-recorded-at     RFC 3339
//! traceparent        W3C trace context, if there is one
//! Nats-Msg-Id        {tenant}/{key}/{version}/{command id}: the same commit again is stored once
//! ```
//! The stream stands in the subject, and the server's sequence is the position. The chain is that
//! of [`backhaul_eventlog::frame::chain`], the same for both kinds of message. It covers the previous
//! chain and every field but the position, which nobody knows before the server gives it: so a
//! message proves itself, and two prove that nothing between them is missing.
//!
//! Names are for ever. Decoding checks everything, and never panics.

use std::str::FromStr;

use async_nats::HeaderMap;
use async_nats::header::{HeaderName, HeaderValue, IntoHeaderValue, NATS_MESSAGE_ID};
use backhaul_eventlog::frame::{self, Framed};
use backhaul_eventlog::{Commit, Digest, Metadata, Position, Recorded, StreamName};
use backhaul_kernel::{Actor, Tier, Timestamp};
use bytes::Bytes;
use uuid::Uuid;

use crate::batch;

const VERSION: &str = "bh-version";
const CHAIN: &str = "bh-crc";
const PREVIOUS_CHAIN: &str = "bh-previous-crc";
const COMMAND: &str = "bh-command";
const COMMAND_DIGEST: &str = "bh-command-digest";
const ACTOR: &str = "bh-actor";
const TIER: &str = "bh-tier";
const CORRELATION: &str = "bh-correlation";
const CAUSATION: &str = "bh-causation";
const RECORDED_AT: &str = "bh-recorded-at";
const TRACEPARENT: &str = "traceparent";
/// Stands only on a batch: by the CloudEvents binding its absence means binary mode.
const CONTENT_TYPE: &str = "Content-Type";
const BATCH_CONTENT_TYPE: &str = "application/cloudevents-batch+json; charset=utf-8";

const CE_SPECVERSION: &str = "ce-specversion";
const CE_ID: &str = "ce-id";
const CE_SOURCE: &str = "ce-source";
const CE_TYPE: &str = "ce-type";
const CE_TIME: &str = "ce-time";
const CE_SUBJECT: &str = "ce-subject";
const CE_DATACONTENTTYPE: &str = "ce-datacontenttype";
const CE_SCHEMAVERSION: &str = "ce-schemaversion";

pub(crate) const SPECVERSION: &str = "1.0";
pub(crate) const JSON: &str = "application/json";

/// The commit cannot be written as a message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("its {0} cannot stand in a header")]
pub(crate) struct Unwritable(pub(crate) &'static str);

/// The message is no commit that this build wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unreadable {
    #[error("the {0} is missing")]
    Missing(&'static str),
    #[error("the {0} is not valid")]
    Invalid(&'static str),
    #[error("the commit fails its checksum")]
    Checksum,
}

/// A commit ready to be published.
#[derive(Debug, Clone)]
pub(crate) struct Encoded {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) chain: u32,
}

/// Where the CloudEvents of a stream come from.
pub(crate) fn source(stream: &StreamName) -> String {
    format!("/backhaul/{}/{}", stream.context, stream.tenant)
}

/// The message of a commit; its position is not looked at.
pub(crate) fn encode(commit: &Commit, previous_chain: u32) -> Result<Encoded, Unwritable> {
    let chain = frame::chain(commit, previous_chain);
    let mut headers = Headers(HeaderMap::new());
    headers.put_metadata(commit, previous_chain, chain)?;
    let body = match &commit.events[..] {
        [event] => {
            headers.put_event(&commit.stream, event)?;
            event.payload.clone()
        }
        events => {
            headers.put(CONTENT_TYPE, BATCH_CONTENT_TYPE)?;
            batch::encode(&commit.stream, events).into()
        }
    };
    Ok(Encoded {
        headers: headers.0,
        body,
        chain,
    })
}

/// The commit of a message, every field and the checksum checked.
pub(crate) fn decode(
    stream: StreamName,
    position: Position,
    headers: &HeaderMap,
    body: &Bytes,
) -> Result<Framed, Unreadable> {
    let headers = Stored(headers);
    let metadata = headers.metadata()?;
    let events = match headers.text(CONTENT_TYPE) {
        Ok(BATCH_CONTENT_TYPE) => batch::decode(&stream, body)?,
        Ok(_) => return Err(Unreadable::Invalid(CONTENT_TYPE)),
        Err(_) => vec![headers.event(&stream, body)?],
    };
    let first_version = headers.parsed(VERSION)?;
    if first_version == 0 {
        return Err(Unreadable::Invalid(VERSION));
    }
    let previous_chain = headers.hexadecimal(PREVIOUS_CHAIN)?;
    let commit = Commit {
        position,
        stream,
        first_version,
        chain: headers.hexadecimal(CHAIN)?,
        metadata,
        events,
    };
    if frame::chain(&commit, previous_chain) != commit.chain {
        return Err(Unreadable::Checksum);
    }
    Ok(Framed {
        commit,
        previous_chain,
    })
}

/// Headers that are being written.
struct Headers(HeaderMap);

impl Headers {
    /// What a header cannot give back as it was is refused: line ends, and space around.
    fn put(&mut self, name: &'static str, value: &str) -> Result<(), Unwritable> {
        if value.trim() != value || value.chars().any(char::is_control) {
            return Err(Unwritable(name));
        }
        self.set(name, value);
        Ok(())
    }

    /// A name that is known while the program is built takes no memory.
    fn set(&mut self, name: &'static str, value: impl IntoHeaderValue) {
        self.0.insert(HeaderName::from_static(name), value);
    }

    fn put_metadata(
        &mut self,
        commit: &Commit,
        previous_chain: u32,
        chain: u32,
    ) -> Result<(), Unwritable> {
        let Commit {
            stream,
            first_version,
            metadata,
            ..
        } = commit;
        let Metadata {
            command_id,
            command_digest,
            actor,
            correlation_id,
            causation_id,
            traceparent,
            recorded_at,
        } = metadata;
        let message_id = format!(
            "{}/{}/{first_version}/{command_id}",
            stream.tenant, stream.key
        );
        self.0.insert(NATS_MESSAGE_ID, message_id);
        self.set(VERSION, HeaderValue::from(*first_version));
        self.set(CHAIN, format!("{chain:08x}"));
        self.set(PREVIOUS_CHAIN, format!("{previous_chain:08x}"));
        self.put(COMMAND, command_id.as_str())?;
        let digest = u128::from_be_bytes(command_digest.0);
        self.set(COMMAND_DIGEST, format!("{digest:032x}"));
        self.put(ACTOR, &actor.name)?;
        self.put(TIER, actor.tier.name())?;
        self.set(CORRELATION, correlation_id.to_string());
        if let Some(id) = causation_id {
            self.set(CAUSATION, id.to_string());
        }
        self.set(RECORDED_AT, recorded_at.to_string());
        match traceparent {
            Some(text) => self.put(TRACEPARENT, text),
            None => Ok(()),
        }
    }

    fn put_event(&mut self, stream: &StreamName, event: &Recorded) -> Result<(), Unwritable> {
        self.put(CE_SPECVERSION, SPECVERSION)?;
        self.set(CE_ID, event.id.to_string());
        self.put(CE_SOURCE, &source(stream))?;
        self.put(CE_TYPE, &event.type_name)?;
        self.set(CE_TIME, event.occurred_at.to_string());
        self.put(CE_SUBJECT, stream.key.as_str())?;
        self.put(CE_DATACONTENTTYPE, JSON)?;
        self.set(CE_SCHEMAVERSION, HeaderValue::from(event.schema_version));
        Ok(())
    }
}

/// Headers as they came back.
struct Stored<'a>(&'a HeaderMap);

impl<'a> Stored<'a> {
    fn optional(&self, name: &'static str) -> Option<&'a str> {
        let value = self.0.get(HeaderName::from_static(name));
        value.map(|value| value.as_str())
    }

    fn text(&self, name: &'static str) -> Result<&'a str, Unreadable> {
        self.optional(name).ok_or(Unreadable::Missing(name))
    }

    fn parsed<T: FromStr>(&self, name: &'static str) -> Result<T, Unreadable> {
        let value = self.text(name)?.parse();
        value.map_err(|_| Unreadable::Invalid(name))
    }

    fn hexadecimal(&self, name: &'static str) -> Result<u32, Unreadable> {
        let value = u32::from_str_radix(self.text(name)?, 16);
        value.map_err(|_| Unreadable::Invalid(name))
    }

    fn exactly(&self, name: &'static str, wanted: &str) -> Result<(), Unreadable> {
        let found = self.text(name)?;
        (found == wanted)
            .then_some(())
            .ok_or(Unreadable::Invalid(name))
    }

    fn metadata(&self) -> Result<Metadata, Unreadable> {
        let digest = u128::from_str_radix(self.text(COMMAND_DIGEST)?, 16);
        let digest = digest.map_err(|_| Unreadable::Invalid(COMMAND_DIGEST))?;
        let causation_id = self.optional(CAUSATION).map(str::parse).transpose();
        Ok(Metadata {
            command_id: self.parsed(COMMAND)?,
            command_digest: Digest(digest.to_be_bytes()),
            actor: Actor {
                name: self.text(ACTOR)?.to_owned(),
                tier: Tier::named(self.text(TIER)?).ok_or(Unreadable::Invalid(TIER))?,
            },
            correlation_id: self.parsed(CORRELATION)?,
            causation_id: causation_id.map_err(|_| Unreadable::Invalid(CAUSATION))?,
            traceparent: self.optional(TRACEPARENT).map(Into::into),
            recorded_at: self.parsed(RECORDED_AT)?,
        })
    }

    fn event(&self, stream: &StreamName, body: &Bytes) -> Result<Recorded, Unreadable> {
        self.exactly(CE_SPECVERSION, SPECVERSION)?;
        self.exactly(CE_SOURCE, &source(stream))?;
        self.exactly(CE_SUBJECT, stream.key.as_str())?;
        self.exactly(CE_DATACONTENTTYPE, JSON)?;
        Ok(Recorded::stored(
            self.parsed::<Uuid>(CE_ID)?,
            self.parsed::<Timestamp>(CE_TIME)?,
            self.text(CE_TYPE)?.into(),
            self.parsed(CE_SCHEMAVERSION)?,
            body.clone(),
        ))
    }
}

#[cfg(test)]
mod tests;

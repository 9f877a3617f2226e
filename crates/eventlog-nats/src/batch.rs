//! Several events as a CloudEvents JSON batch, each payload byte by byte as it was.
//!
//! A payload that is one JSON value without space around it stands as `data`, any other as
//! `data_base64`, so that it comes back exactly in either case.

use std::borrow::Cow;

use backhaul_eventlog::{Recorded, StreamName};
use backhaul_kernel::Timestamp;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::message::{JSON, SPECVERSION, Unreadable, source};

/// Names are for ever.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CloudEvent<'a> {
    #[serde(borrow)]
    specversion: Cow<'a, str>,
    id: Uuid,
    #[serde(borrow)]
    source: Cow<'a, str>,
    #[serde(borrow, rename = "type")]
    type_name: Cow<'a, str>,
    time: Timestamp,
    #[serde(borrow)]
    subject: Cow<'a, str>,
    #[serde(borrow)]
    datacontenttype: Cow<'a, str>,
    schemaversion: u32,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    data: Option<&'a RawValue>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    data_base64: Option<Cow<'a, str>>,
}

/// The batch of a stream's events.
pub(crate) fn encode(stream: &StreamName, events: &[Recorded]) -> Vec<u8> {
    let source = source(stream);
    let events: Vec<_> = events
        .iter()
        .map(|event| {
            let data = as_value(&event.payload);
            let data_base64 = match data {
                Some(_) => None,
                None => Some(STANDARD.encode(&event.payload).into()),
            };
            CloudEvent {
                specversion: SPECVERSION.into(),
                id: event.id,
                source: source.as_str().into(),
                type_name: Cow::Borrowed(&event.type_name),
                time: event.occurred_at,
                subject: stream.key.as_str().into(),
                datacontenttype: JSON.into(),
                schemaversion: event.schema_version,
                data,
                data_base64,
            }
        })
        .collect();
    serde_json::to_vec(&events).expect("texts, numbers and JSON values are always written")
}

/// The payload as one JSON value, if it is nothing else.
fn as_value(payload: &[u8]) -> Option<&RawValue> {
    let value: &RawValue = serde_json::from_slice(payload).ok()?;
    (value.get().len() == payload.len()).then_some(value)
}

/// The events of a batch. Payloads share the batch's memory.
pub(crate) fn decode(stream: &StreamName, body: &Bytes) -> Result<Vec<Recorded>, Unreadable> {
    let events: Vec<CloudEvent<'_>> =
        serde_json::from_slice(body).map_err(|_| Unreadable::Invalid("batch"))?;
    let source = source(stream);
    events
        .into_iter()
        .map(|event| recorded(stream, &source, body, event))
        .collect()
}

fn recorded(
    stream: &StreamName,
    source: &str,
    body: &Bytes,
    event: CloudEvent<'_>,
) -> Result<Recorded, Unreadable> {
    let of_this_stream = event.specversion == SPECVERSION
        && event.source == source
        && event.subject == stream.key.as_str()
        && event.datacontenttype == JSON;
    if !of_this_stream {
        return Err(Unreadable::Invalid("batch"));
    }
    let payload = match (event.data, event.data_base64) {
        (Some(value), None) => body.slice_ref(value.get().as_bytes()),
        (None, Some(text)) => STANDARD
            .decode(&*text)
            .map_err(|_| Unreadable::Invalid("batch"))?
            .into(),
        _ => return Err(Unreadable::Invalid("batch")),
    };
    Ok(Recorded::stored(
        event.id,
        event.time,
        event.type_name.into_owned().into(),
        event.schemaversion,
        payload,
    ))
}

//! The published description of every event, as an AsyncAPI 3 document.
//!
//! Everything comes from `Event::catalogue()`: one channel a context, one message a type, one
//! schema a shape, described by the doc comments of `backhaul-events`. `docs/asyncapi.json` is
//! this document; a test keeps it current. Nothing here is written by hand per event; `ingest` adds
//! what others may send.

mod headers;
mod ingest;
mod schemas;

use backhaul_events::{ContextName, Event, Published};
use serde_json::{Map, Value, json};

use schemas::Schemas;

/// The whole document.
pub fn document() -> Value {
    let catalogue = Event::catalogue();
    let mut schemas = Schemas::default();
    schemas.insert(headers::SCHEMA, headers::schema());
    let mut messages: Map<String, Value> = catalogue
        .iter()
        .map(|published| (name(published), message(published, &mut schemas)))
        .collect();
    messages.extend(ingest::messages(&mut schemas));
    let mut channels = by_context(|context| (context.to_string(), channel(context, &catalogue)));
    channels.extend(ingest::channels());
    let mut operations =
        by_context(|context| (format!("receive-{context}"), operation(context, &catalogue)));
    operations.extend(ingest::operations());
    sorted(json!({
        "asyncapi": "3.0.0",
        "id": "urn:backhaul:events",
        "info": info(),
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": {
            "messages": messages,
            "schemas": schemas.into_map(),
            "parameters": parameters(),
        },
    }))
}

/// The document as it is committed.
pub fn text() -> String {
    let text = serde_json::to_string_pretty(&document());
    text.expect("a document has string keys and finite numbers only") + "\n"
}

fn info() -> Value {
    json!({
        "title": "BACKHAUL events",
        "version": env!("CARGO_PKG_VERSION"),
        "license": { "name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0" },
        "description": "Everything that can happen to an order on its way back, and to its money. \
            Names and fields are append-only: none is renamed, retyped or used again, and readers \
            ignore fields that they do not know.\n\n\
            A channel is the subject of a log on NATS. A commit of one event is a CloudEvent in \
            binary mode: its attributes are the headers described here, its payload is the body. \
            A commit of several events is a CloudEvents JSON batch with the same attributes, \
            without the prefix `ce-`. A log on local disk stores the same attributes and the same \
            payloads in a frame of its own.",
    })
}

fn channel(context: ContextName, catalogue: &[Published]) -> Value {
    let messages: Map<String, Value> = of(context, catalogue)
        .map(|published| {
            let target = format!("#/components/messages/{}", name(published));
            (name(published), reference(&target))
        })
        .collect();
    let parameter = |name: &str| reference(&format!("#/components/parameters/{name}"));
    json!({
        "address": format!("bh.{context}.{{pp}}.{{tenant}}.{{key}}"),
        "title": context.as_str(),
        "description": about(context),
        "parameters": {
            "pp": parameter("pp"),
            "tenant": parameter("tenant"),
            "key": parameter("key"),
        },
        "messages": messages,
    })
}

/// What a context's events tell.
fn about(context: ContextName) -> &'static str {
    match context {
        ContextName::Orders => "What was sold, paid, dispatched and delivered.",
        ContextName::Returns => "What comes back, why, and what becomes of it.",
        ContextName::Refunds => "What money goes back.",
        ContextName::Tracking => "Where return parcels are.",
        ContextName::Notifications => "What buyers were told.",
    }
}

fn operation(context: ContextName, catalogue: &[Published]) -> Value {
    let messages: Vec<Value> = of(context, catalogue)
        .map(|published| {
            reference(&format!(
                "#/channels/{context}/messages/{}",
                name(published)
            ))
        })
        .collect();
    json!({
        "action": "receive",
        "summary": format!("Read what happened in {context}."),
        "channel": reference(&format!("#/channels/{context}")),
        "messages": messages,
    })
}

fn message(published: &Published, schemas: &mut Schemas) -> Value {
    let type_name = published.type_name;
    let schema = schemas.publish(type_name, (published.schema)());
    let summary = schema.get("description").cloned();
    json!({
        "name": type_name,
        "title": type_name.split_once('.').map_or(type_name, |(_, title)| title),
        "summary": summary,
        "contentType": "application/json",
        "headers": headers::of(published),
        "payload": schemas::reference(type_name),
    })
}

fn parameters() -> Value {
    json!({
        "pp": {
            "description": "One of 64 partitions by a hash of the stream's name, two digits from \
                `00`, so that readers can share the work and each still sees a stream in order.",
        },
        "tenant": { "description": "The merchant." },
        "site": ingest::site(),
        "key": {
            "description": "The order; or `policies:` and a policy set, for its versions.",
            "examples": ["536365", "policies:default"],
        },
    })
}

fn of(context: ContextName, catalogue: &[Published]) -> impl Iterator<Item = &Published> {
    catalogue
        .iter()
        .filter(move |published| context_of(published) == context)
}

fn context_of(published: &Published) -> ContextName {
    let (context, _) = published
        .type_name
        .split_once('.')
        .expect("a type begins with its context");
    context.parse().expect("a type begins with its context")
}

fn name(published: &Published) -> String {
    published.type_name.to_owned()
}

fn reference(target: &str) -> Value {
    json!({ "$ref": target })
}

fn by_context(entry: impl Fn(ContextName) -> (String, Value)) -> Map<String, Value> {
    ContextName::ALL.into_iter().map(entry).collect()
}

/// In the order of the keys, whichever features of `serde_json` another crate switches on.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<(String, Value)> = map.into_iter().collect();
            entries.sort_by(|(left, _), (right, _)| left.cmp(right));
            let entries = entries.into_iter().map(|(key, value)| (key, sorted(value)));
            Value::Object(entries.collect())
        }
        Value::Array(values) => values.into_iter().map(sorted).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
    }
}

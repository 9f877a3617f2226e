//! The attributes of an event around its payload, as CloudEvents headers.

use backhaul_events::Published;
use serde_json::{Value, json};

/// The name of the shape that every message shares.
pub(super) const SCHEMA: &str = "CloudEventHeaders";

/// The headers of one type: the shared ones, and its name and schema version.
pub(super) fn of(published: &Published) -> Value {
    json!({
        "allOf": [
            super::schemas::reference(SCHEMA),
            {
                "type": "object",
                "properties": {
                    "ce-type": { "const": published.type_name },
                    "ce-schemaversion": { "const": published.schema_version.to_string() },
                },
            },
        ],
    })
}

/// The headers that every message carries. A header's value is always text.
pub(super) fn schema() -> Value {
    json!({
        "type": "object",
        "description": "The attributes of a CloudEvent, version 1.0, in binary mode.",
        "properties": {
            "ce-specversion": { "type": "string", "const": "1.0" },
            "ce-id": text("Id of the event, a UUID of version 7."),
            "ce-type": text("What happened, such as `returns.ReturnAuthorized`."),
            "ce-source": text("Context and tenant: `/{context}/{tenant}`."),
            "ce-subject": text("Key of the stream within context and tenant, usually the order."),
            "ce-time": time("When it happened, which may be long before it was recorded."),
            "ce-schemaversion": text("Version of the payload's schema, from 1."),
            "ce-streamversion": text("The event's place in its stream, from 1, without gaps."),
            "ce-recordedtime": time("When it was recorded."),
            "ce-commandid": text("The command that it answers; the caller's request id."),
            "ce-correlationid": text("The request that everything began with, a UUID."),
            "ce-causationid": text("The event that caused the command; absent when a caller did."),
            "ce-actor": text("Who asked: an account or a reaction, never a person's name."),
            "ce-tier": text("What the actor may decide."),
            "ce-traceparent": text("W3C trace context of the command, if there was one."),
        },
        "required": [
            "ce-specversion", "ce-id", "ce-type", "ce-source", "ce-subject", "ce-time",
            "ce-schemaversion", "ce-streamversion", "ce-recordedtime", "ce-commandid",
            "ce-correlationid", "ce-actor", "ce-tier",
        ],
    })
}

fn text(description: &str) -> Value {
    json!({ "type": "string", "description": description })
}

fn time(description: &str) -> Value {
    json!({ "type": "string", "format": "date-time", "description": description })
}

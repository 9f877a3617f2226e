//! What warehouses may send instead of calling: the one channel that others write to, and where
//! they read what was not taken in.

use backhaul_events::warehouse::{UNITS_RECEIVED, UnitsReceived};
use serde_json::{Map, Value, json};

use super::reference;
use super::schemas::{self, Schemas};

/// The channel and the operation of what comes in.
const INGEST: &str = "ingest";
/// The channel of what was set aside.
const ASIDE: &str = "ingest-dead";

/// The channels beside those of the contexts.
pub(super) fn channels() -> Map<String, Value> {
    let parameters = json!({
        "tenant": reference("#/components/parameters/tenant"),
        "site": reference("#/components/parameters/site"),
    });
    let messages = json!({ UNITS_RECEIVED: reference(&message_place(UNITS_RECEIVED)) });
    entries([
        (
            INGEST,
            json!({
                "address": "bh.ingest.{tenant}.{site}",
                "title": "from warehouses",
                "description": "What warehouses that make no calls say arrived. The server lets \
                    each site publish to its own subject only, so nothing in the message says who \
                    sent it. An event is taken in once, however often it comes: source and id \
                    name it.",
                "parameters": parameters,
                "messages": messages,
            }),
        ),
        (
            ASIDE,
            json!({
                "address": "bh.dead.ingest.{tenant}.{site}",
                "title": "not taken in",
                "description": "What came from warehouses and was not taken in: the message as it \
                    came, with the reason in its headers.",
                "parameters": parameters,
                "messages": { "rejected": reference(&message_place("ingest.Rejected")) },
            }),
        ),
    ])
}

/// The operations beside those of the contexts.
pub(super) fn operations() -> Map<String, Value> {
    let operation = |action: &str, summary: &str, channel: &str, message: &str| {
        json!({
            "action": action,
            "summary": summary,
            "channel": reference(&format!("#/channels/{channel}")),
            "messages": [reference(&format!("#/channels/{channel}/messages/{message}"))],
        })
    };
    entries([
        (
            "send-ingest",
            operation(
                "send",
                "Say what arrived at a warehouse.",
                INGEST,
                UNITS_RECEIVED,
            ),
        ),
        (
            "receive-ingest-dead",
            operation("receive", "Read what was not taken in.", ASIDE, "rejected"),
        ),
    ])
}

/// The messages of both.
pub(super) fn messages(schemas: &mut Schemas) -> Map<String, Value> {
    let data = schemas.publish(UNITS_RECEIVED, schemars::schema_for!(UnitsReceived));
    schemas.insert(EVENT, event());
    entries([
        (
            UNITS_RECEIVED,
            json!({
                "name": UNITS_RECEIVED,
                "title": "UnitsReceived",
                "summary": data.get("description").cloned(),
                "description": "A CloudEvent, structured as here; or in binary mode with the \
                    attributes as headers `ce-specversion`, `ce-id`, `ce-source`, `ce-type` and \
                    `ce-time`, and the data as body with content-type `application/json`.",
                "contentType": "application/cloudevents+json",
                "payload": schemas::reference(EVENT),
                "examples": [{ "name": "two of three units", "payload": example() }],
            }),
        ),
        (
            "ingest.Rejected",
            json!({
                "name": "ingest.Rejected",
                "title": "Rejected",
                "summary": "What came, as it came, and why it was not taken in.",
                "headers": {
                    "type": "object",
                    "properties": {
                        "bh-reason": described("For programs: `MALFORMED`, `UNKNOWN_TYPE`, \
                            `INVALID_DATA`, `INVALID_SUBJECT`, `EVENT_ID_REUSED`, or the reason \
                            that a call would be refused with, such as `QUANTITY`."),
                        "bh-detail": described("For people."),
                        "bh-position": described("Place of the message among all that came in."),
                    },
                    "required": ["bh-reason", "bh-detail", "bh-position"],
                },
                "payload": { "description": "The body as it came." },
            }),
        ),
    ])
}

/// The parameter that only these channels have.
pub(super) fn site() -> Value {
    json!({
        "description": "The site, as its credentials name it: letters, digits, `-` and `_`.",
        "examples": ["harbour"],
    })
}

/// The name of the shape of the whole CloudEvent.
const EVENT: &str = "WarehouseCloudEvent";

fn event() -> Value {
    json!({
        "type": "object",
        "description": "A CloudEvent, version 1.0, in structured mode.",
        "properties": {
            "specversion": { "type": "string", "const": "1.0" },
            "id": described("With the source, the event's name: the same again is the same event."),
            "source": described("Which system speaks, such as `/wms/harbour`."),
            "type": { "type": "string", "const": UNITS_RECEIVED },
            "time": {
                "type": "string",
                "format": "date-time",
                "description": "When it arrived, which may be long ago; when absent, now.",
            },
            "datacontenttype": { "type": "string", "const": "application/json" },
            "traceparent": described("W3C trace context, if there is one."),
            "data": schemas::reference(UNITS_RECEIVED),
        },
        "required": ["specversion", "id", "source", "type", "data"],
    })
}

fn example() -> Value {
    json!({
        "specversion": "1.0",
        "id": "dock-4-2026-03-12-0017",
        "source": "/wms/harbour",
        "type": UNITS_RECEIVED,
        "time": "2026-03-12T08:00:00Z",
        "data": {
            "return": "536365-R1",
            "parcel": "536365-P1",
            "units": [{ "line": "1", "quantity": 2, "condition": "intact" }],
            "missing": [{ "line": "1", "quantity": 1 }],
        },
    })
}

fn message_place(name: &str) -> String {
    format!("#/components/messages/{name}")
}

fn described(description: &str) -> Value {
    json!({ "type": "string", "description": description })
}

fn entries<const N: usize>(entries: [(&str, Value); N]) -> Map<String, Value> {
    let entries = entries.into_iter();
    entries
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_is_what_the_service_reads() {
        let data: UnitsReceived = serde_json::from_value(example()["data"].clone()).unwrap();
        assert_eq!(data.r#return, "536365-R1");
        assert_eq!(data.units[0].quantity, 2);
    }
}

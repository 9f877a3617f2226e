//! What readers do with payloads that another build wrote.

use backhaul_events::{DecodeError, Event};
use serde_json::{Value, json};

use crate::samples;

/// Fields that hold a merchant's own words by name; whatever stands there is no unknown field.
const FREE_MAPS: [&str; 2] = ["labels", "facts"];

#[test]
fn fields_that_a_later_build_added_are_ignored() {
    for sample in samples::all() {
        let (type_name, version) = (sample.event.type_name(), sample.event.schema_version());
        let payload: Value = serde_json::from_slice(&sample.event.to_json()).unwrap();
        let later = serde_json::to_vec(&with_more_fields(payload)).unwrap();
        let read = Event::from_json(type_name, version, &later);
        assert_eq!(read, Ok(sample.event.clone()), "{}", sample.file());
    }
}

fn with_more_fields(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields = fields.into_iter().map(|(name, field)| {
                let free = FREE_MAPS.contains(&name.as_str());
                let field = if free { field } else { with_more_fields(field) };
                (name, field)
            });
            let later = ("added_later".to_owned(), json!({ "whatever": [1, null] }));
            Value::Object(fields.chain([later]).collect())
        }
        Value::Array(values) => values.into_iter().map(with_more_fields).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
    }
}

#[test]
fn what_cannot_be_read_is_named() {
    let unknown = |name: &str| DecodeError::UnknownType(name.to_owned());
    let closed = "returns.ReturnClosed";
    for (type_name, version, payload, expected) in [
        (
            "returns.ReturnTeleported",
            1,
            "{}",
            unknown("returns.ReturnTeleported"),
        ),
        (
            "billing.InvoiceSent",
            1,
            "{}",
            unknown("billing.InvoiceSent"),
        ),
        (
            "orders.ReturnClosed",
            1,
            "{}",
            unknown("orders.ReturnClosed"),
        ),
        ("ReturnClosed", 1, "{}", unknown("ReturnClosed")),
        ("", 1, "{}", unknown("")),
        (
            closed,
            2,
            "{}",
            DecodeError::NewerSchema {
                type_name: closed,
                found: 2,
                known: 1,
            },
        ),
        (
            closed,
            1,
            "{}",
            DecodeError::Payload {
                type_name: closed,
                detail: "Data error at column 2".to_owned(),
            },
        ),
        (
            closed,
            1,
            r#"{"return":"#,
            DecodeError::Payload {
                type_name: closed,
                detail: "Eof error at column 10".to_owned(),
            },
        ),
    ] {
        let read = Event::from_json(type_name, version, payload.as_bytes());
        assert_eq!(read, Err(expected), "{type_name} {payload}");
    }
}

#[test]
fn an_error_never_quotes_the_payload() {
    let payload = br#"{"order":"A-1001","buyer":{"reference":"x","email":"ada@example.test"}}"#;
    let error = Event::from_json("orders.OrderAmended", 1, payload).unwrap_err();
    let text = error.to_string();
    assert!(
        text.starts_with("the payload of orders.OrderAmended cannot be read"),
        "{text}"
    );
    assert!(!text.contains("ada"), "{text}");
}

//! Shapes of payloads, each described once for the whole document.
//!
//! The catalogue gives every type a schema that carries its own copy of the shapes it uses. Here
//! the copies become one, and the dialect becomes the one that AsyncAPI reads by default (draft
//! 07), in which nothing may stand beside a `$ref`.

use serde_json::{Map, Value, json};

/// Where a document keeps its shapes.
const PLACE: &str = "#/components/schemas/";
/// Where a catalogue entry keeps its copies.
const COPIES: &str = "#/$defs/";

/// The shapes so far, by name.
#[derive(Default)]
pub(super) struct Schemas(Map<String, Value>);

/// A pointer to a shape.
pub(super) fn reference(name: &str) -> Value {
    json!({ "$ref": format!("{PLACE}{name}") })
}

impl Schemas {
    /// Adds a shape. Two different shapes of one name would make readers generate wrong code.
    pub(super) fn insert(&mut self, name: &str, shape: Value) {
        let earlier = self.0.insert(name.to_owned(), shape.clone());
        assert!(
            earlier.is_none_or(|earlier| earlier == shape),
            "two shapes of crates/events are both called {name}: give the newer one another name"
        );
    }

    /// Adds the schema of an event and every shape it uses; returns the schema.
    pub(super) fn publish(&mut self, name: &str, schema: schemars::Schema) -> Value {
        let mut schema = schema.to_value();
        let shapes = schema.as_object_mut().map(|schema| {
            schema.remove("$schema");
            schema.remove("$defs")
        });
        if let Some(Some(Value::Object(shapes))) = shapes {
            for (name, shape) in shapes {
                self.insert(&name, in_place(shape));
            }
        }
        let schema = in_place(schema);
        self.insert(name, schema.clone());
        schema
    }

    pub(super) fn into_map(self) -> Map<String, Value> {
        self.0
    }
}

/// The shape with its references turned to the document's own place.
fn in_place(shape: Value) -> Value {
    match shape {
        Value::Object(map) => {
            let map = map.into_iter().map(|(key, value)| (key, in_place(value)));
            alone(map.collect())
        }
        Value::Array(values) => values.into_iter().map(in_place).collect(),
        Value::String(text) => match text.strip_prefix(COPIES) {
            Some(name) => Value::String(format!("{PLACE}{name}")),
            None => Value::String(text),
        },
        Value::Null | Value::Bool(_) | Value::Number(_) => shape,
    }
}

/// A `$ref` with something beside it moves into an `allOf`.
fn alone(mut shape: Map<String, Value>) -> Value {
    if shape.len() > 1
        && let Some(target) = shape.remove("$ref")
    {
        shape.insert("allOf".to_owned(), json!([{ "$ref": target }]));
    }
    Value::Object(shape)
}

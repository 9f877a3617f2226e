//! A resource for people, from its JSON: one field a line, indented, amounts and words as people
//! write them. Any message of the contract can be shown, so no field is ever left out by mistake.

use std::fmt::Write as _;

use backhaul_api::proto::types::v1::Money;
use serde_json::{Map, Value};

use crate::wire;

const INDENT: &str = "  ";
/// How resource names begin.
const COLLECTIONS: [&str; 5] = [
    "orders/",
    "returns/",
    "refunds/",
    "parcels/",
    "notifications/",
];

/// The whole resource.
pub fn outline(resource: &Value) -> String {
    let mut text = String::new();
    if let Value::Object(fields) = resource {
        object(&mut text, fields, "");
    }
    text.trim_end().to_owned()
}

/// A field of the resource in one cell of a table; `path` such as `shipTo.regionCode`. A list is
/// its length; a field that is not there is empty.
pub fn cell(resource: &Value, path: &str) -> String {
    let key = path.rsplit('.').next().unwrap_or(path);
    let field = path
        .split('.')
        .try_fold(resource, |value, key| match key.parse::<usize>() {
            Ok(index) => value.get(index),
            Err(_) => value.get(key),
        });
    match field {
        Some(Value::Array(items)) => items.len().to_string(),
        Some(value) => without_collection(leaf(key, value).unwrap_or_default()),
        None => String::new(),
    }
}

/// `7-R1` of the resource name `returns/7-R1`.
fn without_collection(text: String) -> String {
    let is_name = COLLECTIONS
        .iter()
        .any(|collection| text.starts_with(collection));
    if is_name {
        wire::id(&text).to_owned()
    } else {
        text
    }
}

/// The name first, then what fits into a line, then what does not.
fn object(text: &mut String, fields: &Map<String, Value>, indent: &str) {
    let rank = |key: &str, value: &Value| match leaf(key, value) {
        Some(_) if key == "name" => 0,
        Some(_) => 1,
        None => 2,
    };
    let mut fields: Vec<_> = fields.iter().collect();
    fields.sort_by_key(|(key, value)| rank(key, value));
    for (key, value) in fields {
        field(text, key, value, indent);
    }
}

// Writing to a string cannot fail, here and below.
fn field(text: &mut String, key: &str, value: &Value, indent: &str) {
    let name = words(key);
    if let Some(leaf) = leaf(key, value) {
        let _ = writeln!(text, "{indent}{name}: {leaf}");
        return;
    }
    let _ = writeln!(text, "{indent}{name}:");
    let deeper = format!("{indent}{INDENT}");
    match value {
        Value::Object(fields) => object(text, fields, &deeper),
        Value::Array(items) => items
            .iter()
            .for_each(|item| list_item(text, key, item, &deeper)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn list_item(text: &mut String, key: &str, item: &Value, indent: &str) {
    if let Some(leaf) = leaf(key, item) {
        let _ = writeln!(text, "{indent}- {leaf}");
        return;
    }
    let mut inner = String::new();
    if let Value::Object(fields) = item {
        object(&mut inner, fields, &format!("{indent}{INDENT}"));
    }
    let _ = write!(text, "{indent}- {}", inner.trim_start());
}

/// What fits into one line.
fn leaf(key: &str, value: &Value) -> Option<String> {
    match value {
        Value::Null => Some(String::new()),
        Value::Bool(value) => Some(if *value { "yes" } else { "no" }.to_owned()),
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(named(key, text)),
        Value::Object(fields) => amount(fields),
        Value::Array(_) => None,
    }
}

/// An amount has a currency and nothing else but its minor units.
fn amount(fields: &Map<String, Value>) -> Option<String> {
    let currency_code = fields.get("currencyCode")?.as_str()?.to_owned();
    let minor_units = match fields.get("minorUnits") {
        Some(minor_units) => minor_units.as_i64()?,
        None => 0,
    };
    let is_money = fields
        .keys()
        .all(|key| key == "currencyCode" || key == "minorUnits");
    is_money.then(|| {
        wire::money_text(Some(&Money {
            minor_units,
            currency_code,
        }))
    })
}

/// A word of the contract without its prefix: `STATE_UNDER_REVIEW` of the field `state` becomes
/// `under review`. Anything else stays as it is.
fn named(key: &str, text: &str) -> String {
    let prefix = format!("{}_", words(key).replace(' ', "_").to_uppercase());
    match text.strip_prefix(&prefix) {
        Some(word) if word.bytes().all(|b| b.is_ascii_uppercase() || b == b'_') => {
            word.replace('_', " ").to_lowercase()
        }
        _ => text.to_owned(),
    }
}

/// `shipTo` becomes `ship to`.
fn words(key: &str) -> String {
    let mut words = String::with_capacity(key.len() + 2);
    for letter in key.chars() {
        if letter.is_ascii_uppercase() {
            words.push(' ');
        }
        words.push(letter.to_ascii_lowercase());
    }
    words
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn resource() -> Value {
        json!({
            "name": "returns/7-R1",
            "state": "STATE_UNDER_REVIEW",
            "items": [
                {"line": "1", "claim": {"minorUnits": 1230, "currencyCode": "EUR"}},
                {"line": "STATE", "note": "too late"},
            ],
            "shipTo": {"regionCode": "DE"},
            "version": 3,
        })
    }

    #[test]
    fn fields_are_indented_and_amounts_and_words_are_readable() {
        let expected = [
            "name: returns/7-R1",
            "state: under review",
            "version: 3",
            "items:",
            "  - claim: EUR 12.30",
            "    line: 1",
            "  - line: STATE",
            "    note: too late",
            "ship to:",
            "  region code: DE",
        ];
        assert_eq!(outline(&resource()), expected.join("\n"));
    }

    #[test]
    fn cells_hold_one_field() {
        for (path, cell_text) in [
            ("name", "7-R1"),
            ("state", "under review"),
            ("items", "2"),
            ("items.0.claim", "EUR 12.30"),
            ("items.5.claim", ""),
            ("shipTo.regionCode", "DE"),
            ("missing", ""),
        ] {
            assert_eq!(cell(&resource(), path), cell_text, "{path}");
        }
    }
}

//! The published description of events, and the words of their closed lists.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use backhaul_events::Event;
use backhaul_tests::{asyncapi, golden};
use serde_json::Value;

/// The committed description.
const DOCUMENT: &str = "docs/asyncapi.json";
/// The committed words.
pub(crate) const WORDS: &str = "tests/compat/words.json";

/// The words of every closed list, by the shape that uses them.
type Words = BTreeMap<String, BTreeSet<String>>;

#[test]
fn the_description_is_current() {
    if let Err(stale) = golden::check(DOCUMENT, &asyncapi::text()) {
        panic!("{stale}");
    }
}

#[test]
fn every_type_is_described_and_every_reference_leads_somewhere() {
    let document = asyncapi::document();
    for published in Event::catalogue() {
        let message = &document["components"]["messages"][published.type_name];
        let summary = message["summary"].as_str();
        assert!(
            summary.is_some(),
            "{} has no description",
            published.type_name
        );
    }
    let mut targets = BTreeSet::new();
    collect_references(&document, &mut targets);
    assert!(targets.len() > Event::catalogue().len());
    for target in targets {
        let pointer = target.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{target}");
    }
}

/// A word that was written once must stay readable.
#[test]
fn no_word_of_a_closed_list_is_lost() {
    let words = words();
    if !golden::updating() {
        let stored = fs::read_to_string(golden::repository().join(WORDS)).unwrap_or_default();
        let stored: Words = serde_json::from_str(&stored).unwrap_or_default();
        for (list, stored) in stored {
            let lost: Vec<&String> = match words.get(&list) {
                Some(now) => stored.difference(now).collect(),
                None => stored.iter().collect(),
            };
            assert!(lost.is_empty(), "{list} lost {lost:?}: words are for ever");
        }
    }
    let text = serde_json::to_string_pretty(&words).unwrap() + "\n";
    if let Err(stale) = golden::check(WORDS, &text) {
        panic!("{stale}");
    }
}

fn words() -> Words {
    let document = asyncapi::document();
    let shapes = document["components"]["schemas"].as_object().unwrap();
    let mut words = Words::new();
    for (name, shape) in shapes {
        // The headers are the envelope's; only words of payloads are held here.
        if name == "CloudEventHeaders" {
            continue;
        }
        let mut found = BTreeSet::new();
        collect_words(shape, &mut found);
        if !found.is_empty() {
            words.insert(name.clone(), found);
        }
    }
    words
}

fn collect_words(shape: &Value, words: &mut BTreeSet<String>) {
    match shape {
        Value::Object(map) => {
            for (key, value) in map {
                match (key.as_str(), value) {
                    ("const", Value::String(word)) => drop(words.insert(word.clone())),
                    ("enum", Value::Array(list)) => {
                        words.extend(list.iter().filter_map(Value::as_str).map(str::to_owned));
                    }
                    _ => collect_words(value, words),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| collect_words(value, words)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn collect_references(value: &Value, targets: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                match (key.as_str(), value) {
                    ("$ref", Value::String(target)) => drop(targets.insert(target.clone())),
                    _ => collect_references(value, targets),
                }
            }
        }
        Value::Array(values) => {
            for value in values {
                collect_references(value, targets);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

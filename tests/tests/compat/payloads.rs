//! The bytes of every event type, and the reading of them.

use std::collections::BTreeSet;
use std::fs;

use backhaul_events::Event;
use backhaul_tests::golden;
use serde_json::Value;

use crate::samples::{self, Sample};

/// Where golden payloads lie.
const FOLDER: &str = "tests/compat";

#[test]
fn every_event_still_has_its_golden_bytes() {
    let stale: Vec<String> = samples::all()
        .iter()
        .filter_map(|sample| golden::check(&sample.file(), &line(sample)).err())
        .map(|stale| stale.to_string())
        .collect();
    assert!(stale.is_empty(), "{}", stale.join("\n"));
}

#[test]
fn golden_bytes_are_read_as_the_event_that_was_written() {
    for sample in samples::all() {
        let (type_name, version) = (sample.event.type_name(), sample.event.schema_version());
        let read = Event::from_json(type_name, version, &sample.event.to_json());
        assert_eq!(read.as_ref(), Ok(&sample.event), "{}", sample.file());
        if golden::updating() {
            continue;
        }
        let stored = fs::read(golden::repository().join(sample.file())).unwrap();
        let read = Event::from_json(type_name, version, &stored);
        assert_eq!(read, Ok(sample.event.clone()), "{}", sample.file());
    }
}

#[test]
fn every_published_type_has_golden_bytes() {
    let sampled: BTreeSet<String> = samples::all()
        .iter()
        .filter(|sample| sample.variant.is_empty())
        .map(Sample::file)
        .collect();
    let missing: Vec<String> = Event::catalogue()
        .iter()
        .map(|published| {
            let (type_name, version) = (published.type_name, published.schema_version);
            format!("{FOLDER}/{type_name}.v{version}.json")
        })
        .filter(|file| !sampled.contains(file))
        .collect();
    assert!(
        missing.is_empty(),
        "no sample of {missing:?}: add one with every field to tests/tests/compat/samples, then \
         run `just golden`"
    );
}

#[test]
fn no_two_samples_share_a_file() {
    let mut files = BTreeSet::new();
    for sample in samples::all() {
        assert!(files.insert(sample.file()), "{} twice", sample.file());
    }
}

#[test]
fn no_golden_file_is_orphaned() {
    let sampled: BTreeSet<String> = samples::all().iter().map(Sample::file).collect();
    let known = [crate::published::WORDS];
    let folder = fs::read_dir(golden::repository().join(FOLDER)).unwrap();
    let orphans: Vec<String> = folder
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".json"))
        .map(|name| format!("{FOLDER}/{name}"))
        .filter(|file| !sampled.contains(file) && !known.contains(&file.as_str()))
        .collect();
    assert!(
        orphans.is_empty(),
        "{orphans:?} hold bytes that no sample makes: what was once written must stay readable, \
         so give the old version a sample; delete the file only if it was never released"
    );
}

/// A field that no sample has would have no golden bytes, and could be renamed unseen.
#[test]
fn samples_have_every_field_of_every_shape() {
    let document = backhaul_tests::asyncapi::document();
    let shapes = &document["components"]["schemas"];
    let mut missing = BTreeSet::new();
    for published in Event::catalogue() {
        let samples = samples::all();
        let values: Vec<Value> = samples
            .iter()
            .filter(|sample| sample.event.type_name() == published.type_name)
            .map(|sample| serde_json::from_slice(&sample.event.to_json()).unwrap())
            .collect();
        let values: Vec<&Value> = values.iter().collect();
        let shape = &shapes[published.type_name];
        absent_fields(shapes, shape, &values, published.type_name, &mut missing);
    }
    assert!(missing.is_empty(), "no sample has {missing:#?}");
}

/// Adds the fields of the shape that none of the values has.
fn absent_fields(
    shapes: &Value,
    shape: &Value,
    values: &[&Value],
    path: &str,
    missing: &mut BTreeSet<String>,
) {
    if let Some(target) = shape["$ref"].as_str() {
        let name = target.rsplit('/').next().unwrap();
        return absent_fields(shapes, &shapes[name], values, path, missing);
    }
    for (name, field) in shape["properties"].as_object().into_iter().flatten() {
        let path = format!("{path}.{name}");
        let inner: Vec<&Value> = values.iter().filter_map(|value| value.get(name)).collect();
        if inner.is_empty() {
            missing.insert(path.clone());
        }
        absent_fields(shapes, field, &inner, &path, missing);
    }
    if let Some(items) = shape.get("items") {
        let inner: Vec<&Value> = values
            .iter()
            .filter_map(|value| value.as_array())
            .flatten()
            .collect();
        absent_fields(shapes, items, &inner, &format!("{path}[]"), missing);
    }
    for several in ["allOf", "anyOf", "oneOf"] {
        for (place, one) in shape[several].as_array().into_iter().flatten().enumerate() {
            let one_of = several == "oneOf" && one["properties"].is_object();
            let path = if one_of {
                format!("{path}<{place}>")
            } else {
                path.to_owned()
            };
            let fitting = values.iter().copied().filter(|value| fits(one, value));
            let fitting: Vec<&Value> = fitting.collect();
            absent_fields(shapes, one, &fitting, &path, missing);
        }
    }
}

/// Whether a value is of that variant: its `kind` is the variant's, where the variant has one.
fn fits(variant: &Value, value: &Value) -> bool {
    let kind = &variant["properties"]["kind"]["const"];
    kind.is_null() || *kind == value["kind"]
}

fn line(sample: &Sample) -> String {
    String::from_utf8(sample.event.to_json()).unwrap()
}

//! What every rule crate and every crate looks like, so that a reader finds their way in the next.

use backhaul_tests::golden::repository;

use crate::findings::hold;
use crate::sources::{self, Source};

/// The contexts; each has rules of this name.
const CONTEXTS: [&str; 5] = ["orders", "returns", "refunds", "tracking", "notifications"];
/// The files of every rule crate; others may stand beside them.
const RULES: [&str; 6] = ["lib", "command", "decide", "evolve", "refusal", "state"];
/// The files of every service; others may stand beside them.
const SERVICE: [&str; 3] = ["lib", "grpc", "resource"];

#[test]
fn every_context_has_the_same_files() {
    let rules = CONTEXTS
        .iter()
        .flat_map(|context| RULES.map(|file| format!("crates/{context}/src/{file}.rs")));
    let services = CONTEXTS
        .iter()
        .flat_map(|context| SERVICE.map(|file| format!("services/{context}/src/{file}.rs")));
    let contracts = CONTEXTS
        .iter()
        .map(|context| format!("proto/backhaul/{context}/v1"));
    let missing = rules.chain(services).chain(contracts);
    let missing = missing.filter(|path| !repository().join(path).exists());
    hold(
        missing.map(|path| format!("{path}: is missing")),
        "put what belongs there under that name: a reader looks for it in the same place everywhere",
    );
}

#[test]
fn evolve_has_an_arm_for_every_event() {
    let evolves = sources::rust().into_iter().filter(|source| {
        source.path.ends_with("/src/evolve.rs") || source.path.contains("/src/evolve/")
    });
    let mut seen = 0;
    let findings: Vec<String> = evolves
        .inspect(|_| seen += 1)
        .flat_map(|source| wildcards(&source))
        .collect();
    assert!(
        seen >= CONTEXTS.len(),
        "only {seen} evolve files were found"
    );
    hold(
        findings,
        "name the events that leave the state as it is: a new event must not compile until \
         somebody has thought about it here",
    );
}

fn wildcards(source: &Source) -> Vec<String> {
    let arms = source.lines().filter(|(_, line)| {
        let line = line.trim_start();
        line.starts_with("_ =>") || line.starts_with("_ if ") || line.starts_with("(_, _) =>")
    });
    arms.map(|(number, _)| format!("{}:{number}: an arm for anything", source.path))
        .collect()
}

#[test]
fn every_source_file_begins_with_what_it_is() {
    let sources = sources::rust()
        .into_iter()
        .filter(|source| !source.is_test());
    let silent = sources.filter(|source| !source.text.starts_with("//!"));
    hold(
        silent.map(|source| format!("{}:1: does not say what it is", source.path)),
        "begin the file with a `//!` sentence: what it is, and in a lib.rs what to read first and \
         what it never does",
    );
}

#[test]
fn a_wildcard_is_found() {
    let source = Source {
        path: "evolve.rs".to_owned(),
        text: "match event {\n    A => {}\n    _ => {}\n}\n".to_owned(),
    };
    assert_eq!(wildcards(&source), ["evolve.rs:3: an arm for anything"]);
}

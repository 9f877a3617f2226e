//! What rules must never reach: a clock, randomness, the disk, the network, a runtime.

use crate::findings::hold;
use crate::imports::cargo;

/// Crates that decide, and what they decide on.
const PURE: [&str; 7] = [
    "kernel",
    "events",
    "orders",
    "returns",
    "refunds",
    "tracking",
    "notifications",
];

/// Libraries that reach outside, or that make two runs of one decision differ.
const INTRUDERS: &[&str] = &[
    "async-nats",
    "async-std",
    "axum",
    "chrono",
    "fastrand",
    "fjall",
    "futures-timer",
    "getrandom",
    "hyper",
    "lettre",
    "libc",
    "log",
    "mio",
    "prost",
    "rand",
    "rand_core",
    "reqwest",
    "rustix",
    "sled",
    "smol",
    "socket2",
    "time",
    "tokio",
    "tonic",
    "tracing",
    "uuid",
];

/// Features that would give an otherwise pure library a clock or randomness.
const INTRUDING_FEATURES: &[(&str, &[&str])] =
    &[("jiff", &["std", "tz-system", "tzdb-zoneinfo", "js"])];

#[test]
fn rules_reach_nothing_outside() {
    let findings = PURE.iter().flat_map(|package| {
        let tree = tree(package);
        assert!(
            tree.contains("backhaul-kernel"),
            "cargo shows no tree of {package}"
        );
        let found = intruders(&tree);
        found
            .into_iter()
            .map(move |found| format!("crates/{package}: reaches {found}"))
    });
    hold(
        findings,
        "give the rule what it needs as an argument, or move the work to the engine or a service; \
         `cargo tree -e normal -i NAME -p backhaul-PACKAGE` shows who brings it in",
    );
}

#[test]
fn an_intruder_is_named() {
    let tree = "backhaul-kernel v0.1.0 \njiff v0.2.43 alloc,std\ntokio v1.54.1 \nserde v1.0 std\n";
    assert_eq!(intruders(tree), ["jiff with std", "tokio"]);
    assert!(intruders("jiff v0.2.43 alloc,serde (*)\n").is_empty());
}

/// Every library in what the package is built from, with its features, one a line.
fn tree(package: &str) -> String {
    let package = format!("backhaul-{package}");
    cargo(&[
        "tree",
        "--offline",
        "--package",
        &package,
        "--edges",
        "normal",
        "--prefix",
        "none",
        "--format",
        "{p} {f}",
    ])
}

fn intruders(tree: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in tree.lines() {
        let mut words = line.split_whitespace();
        let Some(name) = words.next() else { continue };
        if INTRUDERS.contains(&name) {
            found.push(name.to_owned());
        }
        let features = words.flat_map(|word| word.split(','));
        for feature in features {
            let intrudes =
                |(library, list): &(&str, &[&str])| *library == name && list.contains(&feature);
            if INTRUDING_FEATURES.iter().any(intrudes) {
                found.push(format!("{name} with {feature}"));
            }
        }
    }
    found.sort();
    found.dedup();
    found
}

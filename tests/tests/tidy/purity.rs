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
];

/// Features that would give an otherwise pure library a clock or randomness.
const INTRUDING_FEATURES: &[(&str, &[&str])] = &[
    ("jiff", &["std", "tz-system", "tzdb-zoneinfo", "js"]),
    ("cel", &["chrono"]),
    // The grammar of conditions names its own shape by a UUID that it reads; none is made.
    ("uuid", &["rng", "v1", "v4", "v6", "v7"]),
];

/// Libraries that may be there for one purpose, and the only one that may bring each: `libc` is how
/// the locks around the grammar of conditions are taken, and nothing else here may call it.
const BROUGHT_ONLY_BY: &[(&str, &str)] = &[("libc", "parking_lot_core")];

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
fn the_system_is_reached_for_locks_only() {
    let findings = PURE.iter().flat_map(|package| {
        BROUGHT_ONLY_BY.iter().flat_map(move |(library, bringer)| {
            let bringers = bringers(package, library);
            let others = bringers.into_iter().filter(move |found| found != bringer);
            others.map(move |found| format!("crates/{package}: {found} brings {library}"))
        })
    });
    hold(findings, "give the rule what it needs as an argument");
}

/// What brings a library into a package, directly; nothing where it is not there.
fn bringers(package: &str, library: &str) -> Vec<String> {
    if !tree(package)
        .lines()
        .any(|line| line.starts_with(&format!("{library} ")))
    {
        return Vec::new();
    }
    let package = format!("backhaul-{package}");
    let tree = cargo(&[
        "tree",
        "--offline",
        "--package",
        &package,
        "--edges",
        "normal",
        "--invert",
        library,
        "--depth",
        "1",
        "--prefix",
        "depth",
        "--format",
        " {p}",
    ]);
    let direct = tree.lines().filter_map(|line| line.strip_prefix("1 "));
    let names = direct.filter_map(|line| line.split_whitespace().next());
    names.map(str::to_owned).collect()
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

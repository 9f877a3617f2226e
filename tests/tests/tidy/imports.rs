//! Who may know whom. The map stands in `crates/README.md`; this is the same map for the compiler.

use std::collections::BTreeSet;
use std::process::Command;

use backhaul_tests::golden::repository;
use serde_json::Value;

use crate::findings::hold;

/// The words that everybody above shares.
const WORDS: &[&str] = &["kernel", "events"];
/// What every service is made from, beside its own rules.
const SERVICE: &[&str] = &[
    "kernel", "events", "eventlog", "engine", "views", "host", "api", "gateways",
];

/// Each package and which of ours it may import. Tests may import more.
const MAY_IMPORT: &[(&str, &[&[&str]])] = &[
    ("kernel", &[]),
    ("events", &[&["kernel"]]),
    ("orders", &[WORDS]),
    ("returns", &[WORDS]),
    ("refunds", &[WORDS]),
    ("tracking", &[WORDS]),
    ("notifications", &[WORDS]),
    ("eventlog", &[WORDS]),
    ("eventlog-local", &[WORDS, &["eventlog"]]),
    ("eventlog-nats", &[WORDS, &["eventlog"]]),
    ("nats-server", &[]),
    ("views", &[&["kernel"]]),
    ("gateways", &[&["kernel"]]),
    ("engine", &[WORDS, &["eventlog", "views"]]),
    ("api", &[WORDS]),
    (
        "host",
        &[
            WORDS,
            &[
                "eventlog",
                "eventlog-local",
                "eventlog-nats",
                "engine",
                "views",
                "gateways",
                "api",
            ],
        ],
    ),
    ("testkit", &[WORDS]),
    ("orders-service", &[SERVICE, &["orders"]]),
    ("returns-service", &[SERVICE, &["returns"]]),
    ("refunds-service", &[SERVICE, &["refunds"]]),
    ("tracking-service", &[SERVICE, &["tracking"]]),
    ("notifications-service", &[SERVICE, &["notifications"]]),
    (
        "",
        &[
            SERVICE,
            &[
                "eventlog-local",
                "eventlog-nats",
                "nats-server",
                "orders-service",
                "returns-service",
                "refunds-service",
                "tracking-service",
                "notifications-service",
            ],
        ],
    ),
    ("tests", &[WORDS]),
];

/// Libraries that only these packages may know.
const KNOWN_ONLY_BY: &[(&str, &[&str])] = &[
    ("fjall", &["eventlog-local"]),
    ("sled", &["views"]),
    ("async-nats", &["eventlog-nats"]),
    ("lettre", &["gateways"]),
    ("hyper-rustls", &["gateways"]),
    ("axum", &["host"]),
    ("opentelemetry", &["host"]),
    ("opentelemetry-otlp", &["host"]),
    ("tracing-subscriber", &["host", ""]),
    ("clap", &["", "tests"]),
];

#[test]
fn packages_import_only_what_the_map_allows() {
    let mut findings = Vec::new();
    for package in packages() {
        let Some((_, allowed)) = MAY_IMPORT.iter().find(|(name, _)| *name == package.short) else {
            findings.push(format!("{}: is not on the map", package.manifest));
            continue;
        };
        for import in package.imports.iter().filter_map(|name| short(name)) {
            if !allowed.iter().any(|group| group.contains(&import)) {
                findings.push(format!("{}: imports {import}", package.manifest));
            }
        }
    }
    hold(
        findings,
        "let the two meet in backhaul-events or in the service above them; a new package gets its \
         line in tests/tests/tidy/imports.rs and in crates/README.md",
    );
}

#[test]
fn a_backend_is_known_in_one_place() {
    let packages = packages();
    let findings = KNOWN_ONLY_BY.iter().flat_map(|(library, knowing)| {
        packages
            .iter()
            .filter(|package| package.imports.contains(*library))
            .filter(|package| !knowing.contains(&package.short.as_str()))
            .map(move |package| format!("{}: knows {library}", package.manifest))
    });
    hold(
        findings,
        "go through the port that the knowing crate implements",
    );
}

/// The two backends are really where the map says, so that the rule above is not empty.
#[test]
fn the_backends_are_where_the_map_says() {
    let packages = packages();
    for (library, package) in [("fjall", "eventlog-local"), ("sled", "views")] {
        let knows = packages
            .iter()
            .any(|found| found.short == package && found.imports.contains(library));
        assert!(knows, "{package} no longer imports {library}");
    }
}

struct Package {
    /// Its name without ours in front; empty for the executable.
    short: String,
    /// Its manifest, from the top folder.
    manifest: String,
    /// What it depends on outside tests.
    imports: BTreeSet<String>,
}

fn packages() -> Vec<Package> {
    let metadata = cargo(&[
        "metadata",
        "--no-deps",
        "--offline",
        "--format-version",
        "1",
    ]);
    let metadata: Value = serde_json::from_str(&metadata).expect("cargo writes JSON");
    let packages = metadata["packages"]
        .as_array()
        .expect("cargo lists packages");
    packages.iter().map(package).collect()
}

fn package(package: &Value) -> Package {
    let name = package["name"].as_str().expect("packages have names");
    let manifest = package["manifest_path"]
        .as_str()
        .expect("packages have manifests");
    let top = format!("{}/", repository().display());
    let dependencies = package["dependencies"]
        .as_array()
        .expect("cargo lists dependencies");
    Package {
        short: short(name).expect("packages carry our name").to_owned(),
        manifest: manifest.trim_start_matches(&top).to_owned(),
        imports: dependencies
            .iter()
            .filter(|dependency| dependency["kind"].as_str() != Some("dev"))
            .filter_map(|dependency| dependency["name"].as_str())
            .map(str::to_owned)
            .collect(),
    }
}

/// The name of one of our packages without ours in front; none for a library.
fn short(name: &str) -> Option<&str> {
    match name.strip_prefix("backhaul")? {
        "" => Some(""),
        rest => rest.strip_prefix('-'),
    }
}

/// What cargo says.
pub(crate) fn cargo(arguments: &[&str]) -> String {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(arguments)
        .current_dir(repository())
        .output()
        .expect("cargo runs tests, so it can be run");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo {arguments:?}: {errors}");
    String::from_utf8(output.stdout).expect("cargo writes UTF-8")
}

//! What every manifest must say.

use crate::findings::hold;
use crate::sources::{self, Source};

/// Where every library in the lock file must come from.
const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

#[test]
fn every_package_obeys_the_lints_of_the_workspace() {
    let findings = packages()
        .into_iter()
        .filter(|manifest| !manifest.text.contains("[lints]\nworkspace = true\n"));
    hold(
        findings.map(|manifest| format!("{}:1: sets its own lints", manifest.path)),
        "write `[lints]` and `workspace = true`",
    );
}

#[test]
fn versions_stand_in_one_place() {
    let findings = packages()
        .into_iter()
        .flat_map(|manifest| own_versions(&manifest));
    hold(
        findings,
        "write `name.workspace = true` and put the version into the root manifest",
    );
}

#[test]
fn libraries_come_from_the_public_registry() {
    let lock = sources::one("Cargo.lock");
    let findings = lock
        .lines()
        .filter(|(_, line)| line.starts_with("source = ") && !line.contains(REGISTRY))
        .map(|(number, line)| format!("Cargo.lock:{number}: {line}"));
    hold(findings, "resolve without a mirror, a fork or a patch");
}

#[test]
fn a_version_of_its_own_is_found() {
    let manifest = Source {
        path: "Cargo.toml".to_owned(),
        text: "[package]\nversion.workspace = true\n[dependencies]\nsled = \"1\"\n\
               serde.workspace = true\nfjall = { workspace = true, features = [] }\n"
            .to_owned(),
    };
    assert_eq!(
        own_versions(&manifest),
        ["Cargo.toml:4: sled has its own version"]
    );
}

fn packages() -> Vec<Source> {
    let mut manifests = sources::ending("/Cargo.toml");
    manifests.retain(|manifest| manifest.text.contains("[package]"));
    manifests
}

fn own_versions(manifest: &Source) -> Vec<String> {
    let mut findings = Vec::new();
    let mut among_dependencies = false;
    for (number, line) in manifest.lines() {
        if line.starts_with('[') {
            among_dependencies = line.ends_with("dependencies]");
        }
        if among_dependencies
            && let Some((name, value)) = line.split_once(" = ")
            && !name.starts_with('#')
            && !name.ends_with(".workspace")
            && !value.contains("workspace = true")
        {
            findings.push(format!(
                "{}:{number}: {name} has its own version",
                manifest.path
            ));
        }
    }
    findings
}

//! What the documents say is true: paths exist, commands exist, the tables are complete.

use std::collections::BTreeSet;

use backhaul_tests::golden::repository;

use crate::findings::hold;
use crate::sources::{self, Source};

/// Top folders; a word in a document that begins with one of them is a path.
const TOP: [&str; 8] = [
    "crates/",
    "services/",
    "proto/",
    "tests/",
    "docs/",
    "deploy/",
    ".ci/",
    "bench/",
];

#[test]
fn paths_in_documents_exist() {
    let documents = sources::ending(".md");
    assert!(
        documents
            .iter()
            .any(|document| document.path == "README.md")
    );
    let findings = documents.iter().flat_map(|document| {
        paths(document)
            .filter(|(_, path)| !repository().join(path).exists())
            .map(|(number, path)| format!("{}:{number}: {path} does not exist", document.path))
    });
    hold(findings, "say where it is now");
}

#[test]
fn the_readme_answers_where_things_are() {
    let readme = sources::one("README.md");
    let table: Vec<(usize, &str)> = section(&readme, "Where is")
        .into_iter()
        .filter(|(_, line)| line.starts_with("| "))
        .skip(1)
        .collect();
    assert!(
        table.len() >= 15,
        "README.md: the table answers {} questions",
        table.len()
    );
    let silent = table.iter().filter(|(_, row)| code(row).next().is_none());
    hold(
        silent.map(|(number, row)| format!("README.md:{number}: {row} names no file")),
        "name the file in backticks",
    );
}

#[test]
fn recipes_in_documents_exist() {
    let recipes = recipes();
    let documents = sources::ending(".md");
    let findings = documents.iter().flat_map(|document| {
        document.lines().flat_map(|(number, line)| {
            let named = code(line)
                .chain([line])
                .filter_map(|code| code.strip_prefix("just "));
            let unknown: Vec<String> = named
                .filter_map(|rest| rest.split_whitespace().next())
                .filter(|recipe| !recipes.contains(*recipe))
                .map(|recipe| format!("{}:{number}: just {recipe}", document.path))
                .collect();
            unknown
        })
    });
    hold(
        findings,
        "add the recipe to the justfile, or name another one",
    );
}

#[test]
fn commands_in_the_readme_exist() {
    let cli = sources::one("services/backhaul/src/cli.rs");
    let commands = commands(&cli.text);
    assert!(
        commands.contains("demo"),
        "no commands found in {}",
        cli.path
    );
    let readme = sources::one("README.md");
    let findings = readme.lines().flat_map(|(number, line)| {
        let named = code(line).chain([line]).filter_map(|code| {
            code.strip_prefix("backhaul ")
                .or_else(|| code.strip_prefix("cargo run --release -- "))
        });
        let unknown: Vec<String> = named
            .filter_map(|rest| rest.split_whitespace().next())
            .filter(|command| !commands.contains(*command))
            .map(|command| format!("README.md:{number}: backhaul {command}"))
            .collect();
        unknown
    });
    hold(findings, "name a command of services/backhaul/src/cli.rs");
}

#[test]
fn what_a_recipe_runs_is_what_the_check_runs() {
    let check = sources::one(".ci/run");
    let justfile = sources::one("justfile");
    let findings = justfile.lines().filter_map(|(number, line)| {
        let step = line
            .trim()
            .strip_prefix(".ci/run ")?
            .split_whitespace()
            .next()?;
        let function = format!("step_{step}() {{");
        let found = check.text.contains(&function);
        (!found).then(|| format!("justfile:{number}: .ci/run has no step {step}"))
    });
    hold(findings, "add the step to .ci/run");
    let tested = "cargo test --workspace";
    for place in ["README.md", ".ci/run"] {
        let source = sources::one(place);
        let line = source.lines().find(|(_, line)| line.trim() == tested);
        assert!(line.is_some(), "{place}: does not run `{tested}`");
    }
}

/// The names of the recipes.
fn recipes() -> BTreeSet<String> {
    let justfile = sources::one("justfile");
    let heads = justfile.lines().filter_map(|(_, line)| {
        let begins = line.starts_with(|first: char| first.is_ascii_lowercase());
        let (head, _) = line.split_once(':').filter(|_| begins)?;
        head.split_whitespace().next().map(str::to_owned)
    });
    heads.collect()
}

/// The commands of the executable, as they are typed.
fn commands(cli: &str) -> BTreeSet<String> {
    let lines = cli.lines().skip_while(|line| *line != "pub enum Command {");
    let variants = lines
        .skip(1)
        .take_while(|line| *line != "}")
        .filter_map(|line| {
            let name = line.strip_prefix("    ")?;
            let name = name.split(|c: char| !c.is_ascii_alphanumeric()).next()?;
            name.starts_with(|first: char| first.is_ascii_uppercase())
                .then(|| name.to_lowercase())
        });
    variants.collect()
}

/// The paths that a document names in backticks or links to, each with its line.
fn paths(document: &Source) -> impl Iterator<Item = (usize, String)> {
    document.lines().flat_map(|(number, line)| {
        let links = line
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next());
        let named = code(line).filter(|code| TOP.iter().any(|top| code.starts_with(top)));
        let linked = links.filter(|link| !link.contains(':') && !link.starts_with('#'));
        let linked = linked.map(|link| match document.path.rsplit_once('/') {
            Some((folder, _)) => format!("{folder}/{link}"),
            None => link.to_owned(),
        });
        let named = named.map(str::to_owned);
        named
            .chain(linked)
            .filter(|path| !path.contains(['{', '<', '*', '…', ' ']))
            .map(move |path| {
                (
                    number,
                    path.split('#').next().unwrap_or_default().to_owned(),
                )
            })
            .collect::<Vec<_>>()
    })
}

/// What stands in backticks in a line.
fn code(line: &str) -> impl Iterator<Item = &str> {
    let parts = line.split('`').enumerate();
    parts.filter_map(|(index, part)| (index % 2 == 1 && !part.is_empty()).then_some(part))
}

/// The lines between the heading that begins so and the next heading.
fn section<'a>(document: &'a Source, heading: &str) -> Vec<(usize, &'a str)> {
    let begins = format!("## {heading}");
    let lines = document
        .lines()
        .skip_while(|(_, line)| !line.starts_with(&begins));
    lines
        .skip(1)
        .take_while(|(_, line)| !line.starts_with("## "))
        .collect()
}

#[test]
fn documents_are_read_rightly() {
    let document = Source {
        path: "docs/a.md".to_owned(),
        text: "see `crates/x/y.rs` and `crates/{any}/z.rs`\n[b](../b.md#c) [w](https://w.org)\n"
            .to_owned(),
    };
    let found: Vec<(usize, String)> = paths(&document).collect();
    let expected = [(1, "crates/x/y.rs"), (2, "docs/../b.md")];
    assert_eq!(
        found,
        expected.map(|(number, path)| (number, path.to_owned()))
    );
    let cli = "pub enum Command {\n    /// Serve\n    Up,\n    Demo(Demo),\n}\n";
    assert_eq!(
        commands(cli),
        BTreeSet::from(["demo".to_owned(), "up".to_owned()])
    );
}

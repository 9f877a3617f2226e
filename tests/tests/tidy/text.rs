//! What no line may hold.

use std::path::Path;

use backhaul_tests::golden::repository;

use crate::findings::hold;
use crate::sources::{self, Source};

/// Most lines of a source file, its tests not counted.
const FILE_LINES_MAX: usize = 500;

/// Longer files, each with its reason. An entry that is no longer needed fails.
const LONGER: &[(&str, &str)] = &[
    (
        "crates/events/src/returns.rs",
        "a list of shapes without logic: the published language of a context is read as one page",
    ),
    (
        "crates/api/src/orders.rs",
        "to be divided: request and resource are two ideas",
    ),
];

/// Words that say that something is not finished.
const UNFINISHED: [&str; 4] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("todo", "!("),
    concat!("unimplemented", "!("),
];

/// Folders of people and of machines. Where this checkout lies is added when the test runs.
const MACHINE_FOLDERS: [&str; 4] = ["/home/", "/root/", "/Users/", "/private/"];

#[test]
fn files_stay_short() {
    let mut findings = Vec::new();
    for source in sources::rust().iter().filter(|source| !source.is_test()) {
        let lines = lines_outside_tests(source);
        let longer = LONGER.iter().any(|(path, _)| *path == source.path);
        let path = &source.path;
        if lines > FILE_LINES_MAX && !longer {
            findings.push(format!("{path}:{FILE_LINES_MAX}: {lines} lines"));
        }
        if lines <= FILE_LINES_MAX && longer {
            findings.push(format!(
                "{path}: {lines} lines, needs no exception any more"
            ));
        }
    }
    hold(
        findings,
        "when the second idea comes, so does the second file",
    );
}

fn lines_outside_tests(source: &Source) -> usize {
    let lines = source.text.lines();
    lines.take_while(|line| *line != "#[cfg(test)]").count()
}

#[test]
fn no_line_ends_in_blanks() {
    let findings = written_by_hand()
        .into_iter()
        .flat_map(|source| blank_ends(&source));
    hold(
        findings,
        "`cargo fmt` for Rust; take the blanks away elsewhere",
    );
}

fn blank_ends(source: &Source) -> Vec<String> {
    let ends = source
        .lines()
        .filter(|(_, line)| line.ends_with([' ', '\t', '\r']));
    ends.map(|(number, _)| format!("{}:{number}: ends in blanks", source.path))
        .collect()
}

#[test]
fn nothing_is_left_unfinished() {
    let findings = written_by_hand()
        .into_iter()
        .flat_map(|source| unfinished(&source));
    hold(
        findings,
        "finish it, or say in the README what is not there",
    );
}

fn unfinished(source: &Source) -> Vec<String> {
    let marks = source.lines().filter_map(|(number, line)| {
        let mark = UNFINISHED.iter().find(|mark| line.contains(*mark))?;
        Some(format!("{}:{number}: {mark}", source.path))
    });
    marks.collect()
}

#[test]
fn every_exception_to_a_lint_has_a_reason() {
    let findings = sources::rust()
        .into_iter()
        .flat_map(|source| silent_exceptions(&source));
    hold(findings, "write `reason = \"…\"` as the last argument");
}

/// Attributes that allow or expect a lint without saying why; they may run over several lines.
fn silent_exceptions(source: &Source) -> Vec<String> {
    let mut findings = Vec::new();
    for (number, line) in source.lines() {
        let attribute = line.trim_start();
        let begins = ["#[allow(", "#![allow(", "#[expect(", "#![expect("];
        if begins.iter().any(|begin| attribute.starts_with(begin)) {
            let rest = source.text.lines().skip(number - 1);
            let whole = rest.take_while(|line| !line.trim_end().ends_with(")]"));
            let whole: String = whole.collect();
            let last = source
                .text
                .lines()
                .skip(number - 1)
                .find(|line| line.ends_with(")]"));
            if !whole.contains("reason") && !last.is_some_and(|line| line.contains("reason")) {
                findings.push(format!("{}:{number}: {attribute}", source.path));
            }
        }
    }
    findings
}

#[test]
fn no_file_knows_a_machine() {
    let top = repository();
    let mut folders: Vec<String> = MACHINE_FOLDERS.map(str::to_owned).into();
    folders.extend(
        [Some(top.as_path()), top.parent()]
            .into_iter()
            .flatten()
            .filter_map(folder),
    );
    let findings = sources::all().into_iter().flat_map(|source| {
        if source.path == "tests/tests/tidy/text.rs" {
            return Vec::new();
        }
        machine_folders(&source, &folders)
    });
    hold(
        findings,
        "use a path from the top folder, an argument, or a temporary folder",
    );
}

/// The path with a slash behind it; none for the root, which begins every path.
fn folder(path: &Path) -> Option<String> {
    let text = path.to_str()?;
    (text.len() > 1).then(|| format!("{text}/"))
}

fn machine_folders(source: &Source, folders: &[String]) -> Vec<String> {
    let mut findings = Vec::new();
    for (number, line) in source.lines() {
        for folder in folders {
            if names_folder(line, folder) {
                findings.push(format!("{}:{number}: {folder}", source.path));
            }
        }
    }
    findings
}

/// Whether the folder stands there as a whole path, not as the end of a longer one.
fn names_folder(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(place, _)| {
        let before = line[..place].chars().next_back();
        !before.is_some_and(|before| before.is_alphanumeric() || "_-.}/".contains(before))
    })
}

/// Everything but what tools write.
fn written_by_hand() -> Vec<Source> {
    let mut sources = sources::all();
    sources.retain(|source| {
        let path = &source.path;
        path != "Cargo.lock" && path != "LICENSE" && !path.starts_with("tests/compat/")
    });
    sources
}

#[test]
fn bad_samples_are_found() {
    let sample = |text: &str| Source {
        path: "a.rs".to_owned(),
        text: text.to_owned(),
    };
    assert_eq!(blank_ends(&sample("a\nb \n")), ["a.rs:2: ends in blanks"]);
    let mark = UNFINISHED[2];
    assert_eq!(
        unfinished(&sample(&format!("a\n{mark})"))),
        [format!("a.rs:2: {mark}")]
    );
    let silent = "x\n#[allow(dead_code)]\n#[allow(\n    a,\n    reason = \"b\"\n)]\n";
    assert_eq!(
        silent_exceptions(&sample(silent)),
        ["a.rs:2: #[allow(dead_code)]"]
    );
    let folders = [MACHINE_FOLDERS[0].to_owned()];
    let machine = format!("x \"{}me\"\na{}b", folders[0], folders[0]);
    let found = machine_folders(&sample(&machine), &folders);
    assert_eq!(found, [format!("a.rs:1: {}", folders[0])]);
    let tests = "a\n#[cfg(test)]\nmod tests {}\n";
    assert_eq!(lines_outside_tests(&sample(tests)), 1);
}

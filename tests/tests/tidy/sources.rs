//! The text files of the repository.

use std::fs;
use std::path::Path;

use backhaul_tests::golden::repository;

/// Folders that builds and runs leave behind; none of them is kept.
const LEFT_BEHIND: [&str; 4] = [".git", "target", "backhaul-data", "node_modules"];

/// Nothing that people wrote is longer, in bytes; what is longer was left behind, too.
const TEXT_BYTES_MAX: u64 = 1024 * 1024;

/// A text file of the repository.
pub(crate) struct Source {
    /// From the top folder, such as `crates/kernel/src/lib.rs`.
    pub(crate) path: String,
    /// Its content.
    pub(crate) text: String,
}

impl Source {
    /// The lines with their numbers, from 1.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text
            .lines()
            .enumerate()
            .map(|(index, line)| (index + 1, line))
    }

    /// Whether only tests see it.
    pub(crate) fn is_test(&self) -> bool {
        self.path
            .split('/')
            .any(|part| part == "tests" || part == "tests.rs")
    }
}

/// Every text file, in the order of their paths.
pub(crate) fn all() -> Vec<Source> {
    let mut sources = Vec::new();
    collect(&repository(), "", &mut sources);
    sources.sort_by(|left, right| left.path.cmp(&right.path));
    assert!(sources.len() > 100, "the repository was not found");
    sources
}

/// Every file of Rust.
pub(crate) fn rust() -> Vec<Source> {
    ending(".rs")
}

/// Every file whose name ends so.
pub(crate) fn ending(end: &str) -> Vec<Source> {
    let mut sources = all();
    sources.retain(|source| source.path.ends_with(end));
    sources
}

/// One file.
pub(crate) fn one(path: &str) -> Source {
    let text = fs::read_to_string(repository().join(path));
    Source {
        path: path.to_owned(),
        text: text.unwrap_or_else(|error| panic!("{path}: {error}")),
    }
}

fn collect(folder: &Path, prefix: &str, sources: &mut Vec<Source>) {
    let entries = fs::read_dir(folder).expect("the repository can be read");
    for entry in entries {
        let entry = entry.expect("the repository can be read");
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}{name}");
        let kind = entry.file_type().expect("the repository can be read");
        if kind.is_dir() {
            if !LEFT_BEHIND.contains(&name.as_str()) {
                collect(&entry.path(), &format!("{path}/"), sources);
            }
        } else if kind.is_file()
            && entry
                .metadata()
                .is_ok_and(|file| file.len() <= TEXT_BYTES_MAX)
            && let Ok(text) = fs::read_to_string(entry.path())
        {
            sources.push(Source { path, text });
        }
    }
}

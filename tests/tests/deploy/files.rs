//! The files in `deploy/` as values.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use backhaul_tests::golden::repository;
use serde_json::Value;

/// A file of `deploy/`.
pub(crate) fn text(path: &str) -> String {
    let path = repository().join("deploy").join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The documents of a YAML file.
pub(crate) fn yaml(path: &str) -> Vec<Value> {
    let parsed = serde_saphyr::from_multiple(&text(path));
    parsed.unwrap_or_else(|error| panic!("deploy/{path}: {error}"))
}

/// The only document of a YAML file.
pub(crate) fn single(path: &str) -> Value {
    let mut documents = yaml(path);
    assert_eq!(documents.len(), 1, "deploy/{path}");
    documents.remove(0)
}

/// The paths of all files that end so, from `deploy/`.
pub(crate) fn ending(end: &str) -> Vec<String> {
    let mut found = Vec::new();
    collect(&repository().join("deploy"), "", end, &mut found);
    assert!(!found.is_empty(), "no file ends with {end}");
    found
}

/// Words of a text that begin so: letters, digits and underscores.
pub(crate) fn words(text: &str, begin: &str) -> BTreeSet<String> {
    let apart = |c: char| !c.is_ascii_alphanumeric() && c != '_';
    let words = text.split(apart).filter(|word| word.starts_with(begin));
    words.map(str::to_owned).collect()
}

/// The strings of a list.
pub(crate) fn strings(list: &Value) -> Vec<String> {
    let list = list.as_array().expect("a list");
    let strings = list.iter().map(|item| item.as_str().expect("a string"));
    strings.map(str::to_owned).collect()
}

fn collect(folder: &Path, prefix: &str, end: &str, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).expect("the repository can be read") {
        let entry = entry.expect("the repository can be read");
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        // What deploy/secrets.sh made is nobody's business.
        if path == "secrets" {
            continue;
        }
        if entry.path().is_dir() {
            collect(&entry.path(), &format!("{path}/"), end, found);
        } else if path.ends_with(end) {
            found.push(path);
        }
    }
}

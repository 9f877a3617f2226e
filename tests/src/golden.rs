//! Golden files: what the code must still produce, byte for byte.
//!
//! With `UPDATE_GOLDEN=1` in the environment the files are rewritten instead of compared; the
//! difference is then read like any other change before it is committed.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// The environment variable that rewrites golden files.
pub const UPDATE: &str = "UPDATE_GOLDEN";

/// The top folder of the repository.
pub fn repository() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let top = tests.parent().expect("this package lies in the top folder");
    top.to_path_buf()
}

/// A golden file differs from what the code produces.
#[derive(Debug)]
pub struct Stale {
    /// The file, from the top folder of the repository.
    pub file: String,
    /// The first line that differs, from 1; none when there is no file to read.
    pub line: Option<usize>,
}

impl fmt::Display for Stale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line } = self;
        match line {
            Some(line) => write!(f, "{file}:{line}: differs from what the code produces")?,
            None => write!(f, "{file}: is missing")?,
        }
        write!(
            f,
            "; if that is meant, run `just golden` and say why in the commit"
        )
    }
}

/// Compares the file with `expected`, or rewrites it when that was asked for.
pub fn check(file: &str, expected: &str) -> Result<(), Stale> {
    let path = repository().join(file);
    if updating() {
        let folder = path.parent().expect("a golden file lies in a folder");
        fs::create_dir_all(folder).expect("the repository can be written to");
        fs::write(&path, expected).expect("the repository can be written to");
        return Ok(());
    }
    let stale = |line| Stale {
        file: file.to_owned(),
        line,
    };
    let found = fs::read_to_string(&path).map_err(|_| stale(None))?;
    if found == expected {
        return Ok(());
    }
    Err(stale(Some(first_difference(&found, expected))))
}

/// Whether golden files are to be rewritten.
pub fn updating() -> bool {
    std::env::var_os(UPDATE).is_some_and(|value| value == "1")
}

fn first_difference(found: &str, expected: &str) -> usize {
    let same = found
        .lines()
        .zip(expected.lines())
        .take_while(|(found, expected)| found == expected);
    same.count() + 1
}

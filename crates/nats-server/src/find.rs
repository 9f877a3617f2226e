//! Which nats-server to run.

use std::ffi::OsStr;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::str::FromStr;

use crate::install::{self, InstallError};

/// Names the executable to run, before anything else is looked at.
const VARIABLE: &str = "NATS_SERVER";

/// Older servers take settings of a stream that they do not know, and drop them without a word.
const VERSION_MIN: Version = Version {
    major: 2,
    minor: 12,
    patch: 0,
};

/// A nats-server that can be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The executable.
    pub path: PathBuf,
    /// What it says it is.
    pub version: Version,
}

/// A version of nats-server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// The first number.
    pub major: u16,
    /// The second number.
    pub minor: u16,
    /// The third number.
    pub patch: u16,
}

/// No nats-server can be run.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// The executable that was named, or that is on the path, is too old.
    #[error(
        "{path} is nats-server {version}, needed is {VERSION_MIN} or newer: older servers accept \
         the settings that keep the log safe and silently drop them"
    )]
    TooOld {
        /// The executable.
        path: PathBuf,
        /// What it says it is.
        version: Version,
    },
    /// The executable could not be run.
    #[error("{path} could not be run")]
    NotRunnable {
        /// The executable.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The executable answers, but not as nats-server does.
    #[error("{path} does not tell its version as nats-server does: {answer:?}")]
    NotNatsServer {
        /// The executable.
        path: PathBuf,
        /// The start of its answer.
        answer: String,
    },
    /// The pinned release could not be installed.
    #[error(
        "{reason}, and nats-server {} could not be installed; install it yourself (2.12 or newer) \
         and put it on the path, or name it in {VARIABLE}",
        install::RELEASE
    )]
    NotInstalled {
        /// Why an installation was needed.
        reason: String,
        /// Why it failed.
        source: InstallError,
    },
}

/// Finds a nats-server that is new enough: the one named by `NATS_SERVER`, else the one on the
/// path, else the pinned release, which is installed when it is not there yet.
///
/// # Errors
///
/// When the one that was named is not good, or when there is none and none can be installed.
pub fn find() -> Result<Found, FindError> {
    if let Some(named) = std::env::var_os(VARIABLE).filter(|named| !named.is_empty()) {
        return new_enough(PathBuf::from(named));
    }
    let reason = match on_path().map(new_enough) {
        Some(Ok(found)) => return Ok(found),
        Some(Err(error)) => {
            tracing::warn!(%error, "the nats-server on the path is not used");
            error.to_string()
        }
        None => "no nats-server is on the path".to_owned(),
    };
    let installed = install::installed();
    let path = installed.map_err(|source| FindError::NotInstalled { reason, source })?;
    new_enough(path)
}

fn on_path() -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    std::env::split_paths(&folders)
        .map(|folder| folder.join("nats-server"))
        .find(|path| path.is_file())
}

fn new_enough(path: PathBuf) -> Result<Found, FindError> {
    let version = ask(&path)?;
    if version < VERSION_MIN {
        return Err(FindError::TooOld { path, version });
    }
    Ok(Found { path, version })
}

fn ask(path: &Path) -> Result<Version, FindError> {
    let output = Command::new(path).arg(OsStr::new("--version")).output();
    let output = output.map_err(|source| FindError::NotRunnable {
        path: path.to_owned(),
        source,
    })?;
    let answer = String::from_utf8_lossy(&output.stdout);
    answer.parse().map_err(|_| FindError::NotNatsServer {
        path: path.to_owned(),
        answer: answer.chars().take(80).collect(),
    })
}

impl FromStr for Version {
    type Err = ();

    /// Reads `nats-server: v2.15.1`, also with something after it such as `-beta.1`.
    fn from_str(text: &str) -> Result<Self, ()> {
        let (name, version) = text.trim().split_once(':').ok_or(())?;
        let version = version.trim().trim_start_matches('v');
        let released = version.split(['-', '+']).next().unwrap_or(version);
        let mut numbers = released.split('.').map(|number| number.parse().ok());
        let mut next = || numbers.next().flatten().ok_or(());
        match name {
            "nats-server" => Ok(Self {
                major: next()?,
                minor: next()?,
                patch: next()?,
            }),
            _ => Err(()),
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script(folder: &Path, says: &str) -> PathBuf {
        use std::os::unix::fs::PermissionsExt as _;
        let path = folder.join("nats-server");
        std::fs::write(&path, format!("#!/bin/sh\necho '{says}'\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    #[test]
    fn versions_are_read_as_the_server_prints_them() {
        let version = |major, minor, patch| Version {
            major,
            minor,
            patch,
        };
        let cases = [
            ("nats-server: v2.15.1\n", Ok(version(2, 15, 1))),
            ("nats-server: v2.9.10", Ok(version(2, 9, 10))),
            ("nats-server: v2.14.0-preview.2", Ok(version(2, 14, 0))),
            ("nats-server: v2.15", Err(())),
            ("nats: v2.15.1", Err(())),
            ("2.15.1", Err(())),
            ("", Err(())),
        ];
        for (text, expected) in cases {
            assert_eq!(text.parse(), expected, "{text:?}");
        }
        assert!(version(2, 9, 10) < VERSION_MIN);
    }

    #[test]
    fn an_old_server_is_refused_and_told_why() {
        let folder = tempfile::tempdir().unwrap();
        let old = script(folder.path(), "nats-server: v2.9.10");
        let error = new_enough(old).unwrap_err().to_string();
        assert!(error.contains("is nats-server 2.9.10"), "{error}");
        assert!(error.contains("silently drop"), "{error}");
    }

    #[test]
    fn something_else_of_that_name_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let other = script(folder.path(), "hello");
        let error = new_enough(other).unwrap_err();
        assert!(
            matches!(error, FindError::NotNatsServer { .. }),
            "{error:?}"
        );
    }
}

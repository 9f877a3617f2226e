//! The log's folder: who has it, which format it has, which log it is.
//!
//! ```text
//! lock      locked by the process that has the log; its number stands in it
//! log       format, id and checksum, in text; written once
//! durable   see `mark`
//! store/    fjall's own files
//! ```

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use uuid::Uuid;

use crate::OpenError;
use backhaul_eventlog::ReadError;

/// The format that this build writes, and the only one so far.
const FORMAT: u32 = 1;

const LOCK: &str = "lock";
/// How often, and after which pause, the lock is tried again before its holder is named.
const LOCK_PAUSES_MAX: u32 = 50;
const LOCK_PAUSE: std::time::Duration = std::time::Duration::from_millis(20);
const IDENTITY: &str = "log";
const IDENTITY_NEW: &str = "log.new";
const MARK: &str = "durable";
const STORE: &str = "store";

/// A folder that no other process uses while this value lives.
#[derive(Debug)]
pub(crate) struct Folder {
    pub(crate) path: PathBuf,
    /// Which log it is, from its first day on.
    pub(crate) id: Uuid,
    _lock: File,
}

impl Folder {
    /// Locks the folder and reads what it holds; makes a new log where there is nothing.
    pub(crate) fn open(path: &Path) -> Result<Self, OpenError> {
        fs::create_dir_all(path).map_err(|error| OpenError::io(path, error))?;
        let lock = lock(path)?;
        let identity = path.join(IDENTITY);
        let id = match fs::read_to_string(&identity) {
            Ok(text) => read_identity(path, &text)?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => create_identity(path)?,
            Err(error) => return Err(OpenError::io(&identity, error)),
        };
        Ok(Self {
            path: path.to_owned(),
            id,
            _lock: lock,
        })
    }

    pub(crate) fn mark(&self) -> PathBuf {
        self.path.join(MARK)
    }

    pub(crate) fn store(&self) -> PathBuf {
        self.path.join(STORE)
    }
}

fn lock(folder: &Path) -> Result<File, OpenError> {
    let path = folder.join(LOCK);
    let failed = |error| OpenError::io(&path, error);
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    let mut file = options.open(&path).map_err(failed)?;
    match try_patiently(&file) {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            // The name is a courtesy; without it the refusal stands all the same.
            let _bytes = file.read_to_string(&mut holder);
            return Err(OpenError::InUse {
                folder: folder.to_owned(),
                holder: format!("process {}", holder.trim()),
            });
        }
        Err(TryLockError::Error(error)) => return Err(failed(error)),
    }
    file.set_len(0).map_err(failed)?;
    writeln!(file, "{}", std::process::id()).map_err(failed)?;
    Ok(file)
}

/// A log that was just closed can still be held for a moment by a child process that was being
/// started then: until it runs its own program it shares every open file.
fn try_patiently(file: &File) -> Result<(), TryLockError> {
    let mut pauses = 0;
    loop {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) if pauses < LOCK_PAUSES_MAX => {
                pauses += 1;
                std::thread::sleep(LOCK_PAUSE);
            }
            outcome => return outcome,
        }
    }
}

fn identity_line(format: u32, id: Uuid) -> String {
    let line = format!("backhaul event log, format {format}, id {id}");
    let checksum = crc32c::crc32c(line.as_bytes());
    format!("{line}, checksum {checksum:08x}\n")
}

/// The file appears whole or not at all, so that a crash here leaves no half log.
fn create_identity(folder: &Path) -> Result<Uuid, OpenError> {
    let failed = |error| OpenError::io(folder, error);
    for entry in fs::read_dir(folder).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        if name != LOCK && name != IDENTITY_NEW {
            return Err(OpenError::NotALog(folder.to_owned()));
        }
    }
    #[expect(
        clippy::disallowed_methods,
        reason = "a log's identity is drawn once and never derived again"
    )]
    let id = Uuid::new_v4();
    let new = folder.join(IDENTITY_NEW);
    let mut file = File::create(&new).map_err(failed)?;
    file.write_all(identity_line(FORMAT, id).as_bytes())
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&new, folder.join(IDENTITY)))
        .and_then(|()| File::open(folder)?.sync_all())
        .map_err(failed)?;
    Ok(id)
}

fn read_identity(folder: &Path, text: &str) -> Result<Uuid, OpenError> {
    let corrupt = || {
        OpenError::Corrupt(ReadError::Corrupt {
            record: format!("the file `{IDENTITY}` of {}", folder.display()),
            detail: "it is not what was written".to_owned(),
        })
    };
    let (line, _) = text.rsplit_once(", checksum ").ok_or_else(corrupt)?;
    let (head, id) = line.rsplit_once(", id ").ok_or_else(corrupt)?;
    let (_, format) = head.rsplit_once(", format ").ok_or_else(corrupt)?;
    let id: Uuid = id.parse().map_err(|_| corrupt())?;
    let found: u32 = format.parse().map_err(|_| corrupt())?;
    if text != identity_line(found, id) {
        return Err(corrupt());
    }
    if found != FORMAT {
        return Err(OpenError::UnknownFormat {
            folder: folder.to_owned(),
            found,
            known: FORMAT,
        });
    }
    Ok(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flipped_bit_of_the_identity_is_found() {
        let folder = Path::new("folder");
        let id = Uuid::from_u128(5);
        let line = identity_line(FORMAT, id);
        assert_eq!(read_identity(folder, &line).unwrap(), id);
        for bit in 0..line.len() * 8 {
            let mut damaged = line.clone().into_bytes();
            damaged[bit / 8] ^= 1 << (bit % 8);
            let Ok(text) = String::from_utf8(damaged) else {
                continue;
            };
            assert!(read_identity(folder, &text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_newer_format_is_refused_by_its_number() {
        let line = identity_line(2, Uuid::nil());
        let error = read_identity(Path::new("folder"), &line).unwrap_err();
        assert!(
            matches!(error, OpenError::UnknownFormat { found: 2, .. }),
            "{error}"
        );
    }

    #[test]
    fn a_folder_with_something_else_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("letters.txt"), "dear").unwrap();
        let error = Folder::open(folder.path()).unwrap_err();
        assert!(matches!(error, OpenError::NotALog(_)), "{error}");
    }
}

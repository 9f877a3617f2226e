//! What a sandbox remembers: an append-only file of JSON lines that several processes may share,
//! as they would share the provider it stands for.
//!
//! One line is one `write`, and nothing is flushed to the disk: the file stands for somebody
//! else's database. It survives a kill of our process, because the operating system keeps the
//! written pages; it does not promise to survive a power failure.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The file of a sandbox cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The file or its folder refused an operation.
    #[error("sandbox file {path}: {source}")]
    File {
        /// Which file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A whole line is not one of ours.
    #[error("sandbox file {path} has an unreadable line at byte {at}: {source}")]
    Line {
        /// Which file.
        path: PathBuf,
        /// Where the line begins.
        at: u64,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// Somebody cut lines off that this process has read already.
    #[error("sandbox file {path} became shorter while it was in use")]
    Shrunk {
        /// Which file.
        path: PathBuf,
    },
}

/// The shared file, and how much of it this process has read.
pub(crate) struct Journal<L> {
    path: PathBuf,
    file: File,
    read_to: u64,
    lines: PhantomData<fn() -> L>,
}

impl<L: Serialize + DeserializeOwned> Journal<L> {
    /// Opens the file, and makes it and its folder if they are missing. Nothing is read yet.
    pub(crate) fn open(path: &Path) -> Result<Self, JournalError> {
        let open = || {
            path.parent().map_or(Ok(()), std::fs::create_dir_all)?;
            OpenOptions::new()
                .create(true)
                .read(true)
                .append(true)
                .open(path)
        };
        Ok(Self {
            file: open().map_err(|source| file_error(path, source))?,
            path: path.to_owned(),
            read_to: 0,
            lines: PhantomData,
        })
    }

    /// Waits until no other process holds the file, hands every line not read yet to `learn`, and
    /// keeps the file until the turn is dropped. Turns last microseconds.
    pub(crate) fn turn(&mut self, learn: impl FnMut(L)) -> Result<Turn<'_, L>, JournalError> {
        self.file
            .lock()
            .map_err(|source| file_error(&self.path, source))?;
        let turn = Turn { journal: self };
        turn.journal.catch_up(learn)?;
        Ok(turn)
    }

    fn catch_up(&mut self, learn: impl FnMut(L)) -> Result<(), JournalError> {
        let new = self
            .read_new()
            .map_err(|source| file_error(&self.path, source))?
            .ok_or_else(|| JournalError::Shrunk {
                path: self.path.clone(),
            })?;
        let whole = parse(&self.path, self.read_to, &new, learn)?;
        self.read_to += whole;
        // Writers take turns, so bytes after the last line end were torn off by a kill.
        if whole < new.len() as u64 {
            self.file
                .set_len(self.read_to)
                .map_err(|source| file_error(&self.path, source))?;
        }
        Ok(())
    }

    /// The bytes after what was read; nothing to say if there are fewer than were read.
    fn read_new(&mut self) -> io::Result<Option<Vec<u8>>> {
        let length = self.file.metadata()?.len();
        if length < self.read_to {
            return Ok(None);
        }
        let mut new = Vec::new();
        if length > self.read_to {
            self.file.seek(SeekFrom::Start(self.read_to))?;
            self.file.read_to_end(&mut new)?;
        }
        Ok(Some(new))
    }
}

/// The exclusive use of a journal; dropping it lets the next process in.
pub(crate) struct Turn<'a, L> {
    journal: &'a mut Journal<L>,
}

impl<L: Serialize> Turn<'_, L> {
    /// Adds one line.
    pub(crate) fn append(&mut self, line: &L) -> Result<(), JournalError> {
        let mut bytes = serde_json::to_vec(line).expect("a line is made of texts and numbers");
        bytes.push(b'\n');
        let journal = &mut self.journal;
        journal
            .file
            .write_all(&bytes)
            .map_err(|source| file_error(&journal.path, source))?;
        journal.read_to += bytes.len() as u64;
        Ok(())
    }
}

impl<L> Drop for Turn<'_, L> {
    fn drop(&mut self) {
        if let Err(error) = self.journal.file.unlock() {
            tracing::error!(path = %self.journal.path.display(), %error, "sandbox file stays locked");
        }
    }
}

/// Reads every whole line without taking a turn; a line being written right now is left out. A
/// file that does not exist has no lines.
pub(crate) fn read<L: DeserializeOwned>(path: &Path) -> Result<Vec<L>, JournalError> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(source) => return Err(file_error(path, source)),
    };
    let mut lines = Vec::new();
    parse(path, 0, &bytes, |line| lines.push(line))?;
    Ok(lines)
}

/// Hands each whole line to `learn` and tells how many bytes they took.
fn parse<L: DeserializeOwned>(
    path: &Path,
    start: u64,
    bytes: &[u8],
    mut learn: impl FnMut(L),
) -> Result<u64, JournalError> {
    let mut taken = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        if line.last() != Some(&b'\n') {
            break;
        }
        learn(
            serde_json::from_slice(line).map_err(|source| JournalError::Line {
                path: path.to_owned(),
                at: start + taken,
                source,
            })?,
        );
        taken += line.len() as u64;
    }
    Ok(taken)
}

fn file_error(path: &Path, source: io::Error) -> JournalError {
    JournalError::File {
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(journal: &mut Journal<u32>) -> Vec<u32> {
        let mut seen = Vec::new();
        journal.turn(|line| seen.push(line)).unwrap();
        seen
    }

    #[test]
    fn two_holders_of_one_file_see_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/er.jsonl");
        let (mut one, mut two) = (Journal::open(&path).unwrap(), Journal::open(&path).unwrap());
        one.turn(|_| ()).unwrap().append(&1).unwrap();
        assert_eq!(lines(&mut two), [1]);
        two.turn(|_| ()).unwrap().append(&2).unwrap();
        assert_eq!(lines(&mut one), [2], "own lines are not told again");
        assert_eq!(read::<u32>(&path).unwrap(), [1, 2]);
    }

    #[test]
    fn a_torn_last_line_is_cut_off_and_a_broken_one_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lines.jsonl");
        std::fs::write(&path, "1\n2\n3").unwrap();
        assert_eq!(read::<u32>(&path).unwrap(), [1, 2]);
        let mut journal = Journal::<u32>::open(&path).unwrap();
        assert_eq!(lines(&mut journal), [1, 2]);
        journal.turn(|_| ()).unwrap().append(&4).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "1\n2\n4\n");

        std::fs::write(&path, "1\nx\n4\n").unwrap();
        assert!(matches!(
            read::<u32>(&path),
            Err(JournalError::Line { at: 2, .. })
        ));
        std::fs::write(&path, "1\n").unwrap();
        assert!(matches!(
            journal.turn(|_| ()).err(),
            Some(JournalError::Shrunk { .. })
        ));
    }

    #[test]
    fn a_file_that_is_not_there_has_no_lines() {
        let folder = tempfile::tempdir().unwrap();
        assert!(
            read::<u32>(&folder.path().join("none.jsonl"))
                .unwrap()
                .is_empty()
        );
    }
}

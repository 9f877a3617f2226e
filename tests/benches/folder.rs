//! Where the figures are taken: on the repository's own disk, not in a temporary folder that may
//! lie in memory, where every sync is free.

use std::path::{Path, PathBuf};
use std::{fs, io};

use backhaul_tests::golden::repository;

/// A folder for one section. Gone when dropped.
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// A new empty folder.
    pub(crate) fn new(name: &str) -> io::Result<Self> {
        let path = place().join(name);
        remove(&path)?;
        fs::create_dir_all(&path)?;
        Ok(Self(path))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left is removed by the next run.
        let _ = remove(&self.0);
    }
}

/// Makes room, also of what an earlier run left behind.
pub(crate) fn make_room() -> io::Result<()> {
    clear()?;
    fs::create_dir_all(place())
}

/// Leaves nothing behind.
pub(crate) fn clear() -> io::Result<()> {
    remove(&place())
}

fn place() -> PathBuf {
    repository().join("target").join("bench-data")
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

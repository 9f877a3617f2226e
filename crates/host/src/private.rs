//! Files and folders that only their owner may read.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// Only the owner may list and change a folder.
const FOLDER_MODE: u32 = 0o700;
/// Only the owner may read and change a file.
const FILE_MODE: u32 = 0o600;
/// Held while secrets that several processes share are made or changed.
const LOCK_FILE: &str = "secrets.lock";

/// Makes a folder, or takes one that is there and closes it to others.
pub(crate) fn folder(path: &Path) -> io::Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(FOLDER_MODE)
        .create(path)?;
    fs::set_permissions(path, fs::Permissions::from_mode(FOLDER_MODE))
}

/// Puts a file there whole, or leaves what was there: a crash never leaves half of it.
pub(crate) fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    let aside = path.with_extension("new");
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(FILE_MODE)
        .open(&aside)?;
    file.set_permissions(fs::Permissions::from_mode(FILE_MODE))?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&aside, path)?;
    match path.parent() {
        Some(parent) => File::open(parent)?.sync_all(),
        None => Ok(()),
    }
}

/// Does the work while no other process does any on this folder.
pub(crate) fn alone<T>(folder: &Path, work: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    let lock = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(FILE_MODE)
        .open(folder.join(LOCK_FILE))?;
    lock.lock()?;
    // The end of the file's life ends the lock, also when the process is killed.
    work()
}

/// The content of a file, if it is there.
pub(crate) fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(content) => Ok(Some(content)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_else_may_look() {
        let root = tempfile::tempdir().unwrap();
        let (inner, file) = (root.path().join("a/b"), root.path().join("a/b/secret"));
        folder(&inner).unwrap();
        assert_eq!(read(&file).unwrap(), None);
        write(&file, b"1").unwrap();
        write(&file, b"2").unwrap();
        assert_eq!(read(&file).unwrap(), Some(b"2".to_vec()));
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&inner), mode(&file)), (FOLDER_MODE, FILE_MODE));
    }

    #[test]
    fn one_at_a_time() {
        let root = tempfile::tempdir().unwrap();
        let counter = root.path().join("counter");
        let count = || -> io::Result<()> {
            let before = read(&counter)?.unwrap_or_default().len();
            write(&counter, &vec![b'1'; before + 1])
        };
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| alone(root.path(), count).unwrap());
            }
        });
        assert_eq!(read(&counter).unwrap().unwrap().len(), 8);
    }
}

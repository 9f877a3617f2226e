//! What may be opened: the folder's lock, the marker of an unclean end, and the database folders.
//!
//! The marker is written and made durable before a database is opened, and removed after it was
//! closed and made durable. It holds the identity of the running kernel. Found again under the
//! same kernel, the process died, which loses nothing the system already had; found under another
//! one, the machine went down, and the database is never opened again. Anything else in it means
//! that damage was seen.
//!
//! Every database lives in a folder with a number of its own, `store-<n>`, so that a wipe never
//! waits for a database that hangs. The highest number is the one in use.

use crate::error::Error;
use std::{
    fs::{self, File, TryLockError},
    io::{self, Write},
    path::{Path, PathBuf},
};

const LOCK: &str = "lock";
/// How often, and after which pause, the lock is tried again before the folder counts as in use.
const LOCK_PAUSES_MAX: u32 = 50;
const LOCK_PAUSE: std::time::Duration = std::time::Duration::from_millis(20);
const MARKER: &str = "marker";
const MARKER_NEW: &str = "marker.new";
const STORE_PREFIX: &str = "store-";
const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";

/// The marker of a database that must not be opened again, whatever the kernel.
const UNTRUSTED: &str = "untrusted";

/// The folder of the views, locked for this process.
pub(crate) struct Gate {
    dir: PathBuf,
    boot_id: Option<String>,
    _lock: File,
}

/// How the last run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LastEnd {
    /// Everything was closed.
    Clean,
    /// The process died, the machine did not.
    ProcessDied,
    /// The machine went down, or nobody can tell that it did not.
    MachineDied,
    /// Damage was seen, or a wipe was under way.
    Untrusted,
}

impl Gate {
    /// Locks the folder and asks for the identity of this run of the machine.
    pub(crate) fn enter(dir: &Path, boot_id: Option<String>) -> Result<Self, Error> {
        fs::create_dir_all(dir).map_err(Error::io("create", dir))?;
        let path = dir.join(LOCK);
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path);
        let lock = lock.map_err(Error::io("open", &path))?;
        match try_patiently(&lock) {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Error::InUse {
                    dir: dir.to_owned(),
                });
            }
            Err(TryLockError::Error(source)) => return Err(Error::io("lock", path)(source)),
        }
        let boot_id = boot_id.or_else(running_boot_id);
        Ok(Self {
            dir: dir.to_owned(),
            boot_id,
            _lock: lock,
        })
    }

    pub(crate) fn last_end(&self) -> Result<LastEnd, Error> {
        let path = self.dir.join(MARKER);
        let marker = match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(LastEnd::Clean),
            outcome => outcome.map_err(Error::io("read", path))?,
        };
        Ok(match &self.boot_id {
            _ if marker == UNTRUSTED.as_bytes() => LastEnd::Untrusted,
            Some(own) if marker == own.as_bytes() => LastEnd::ProcessDied,
            _ => LastEnd::MachineDied,
        })
    }

    /// From here on a database is open.
    pub(crate) fn mark_open(&self) -> Result<(), Error> {
        // Without an identity the marker fits no later run, and an unclean end always wipes.
        self.mark(self.boot_id.as_deref().unwrap_or("unknown"))
    }

    /// From here on the database must not be opened again.
    pub(crate) fn mark_untrusted(&self) -> Result<(), Error> {
        self.mark(UNTRUSTED)
    }

    /// The database is closed: makes its files durable and takes the marker away.
    pub(crate) fn mark_closed(&self, folder: &Path) -> Result<(), Error> {
        sync_all(folder)?;
        let path = self.dir.join(MARKER);
        fs::remove_file(&path).map_err(Error::io("remove", path))
    }

    fn mark(&self, content: &str) -> Result<(), Error> {
        let (new, path) = (self.dir.join(MARKER_NEW), self.dir.join(MARKER));
        let write = || {
            let mut file = File::create(&new)?;
            file.write_all(content.as_bytes())?;
            file.sync_all()?;
            fs::rename(&new, &path)?;
            File::open(&self.dir)?.sync_all()
        };
        write().map_err(Error::io("write", &path))
    }

    /// The folder of a database.
    pub(crate) fn folder(&self, number: u64) -> PathBuf {
        self.dir.join(format!("{STORE_PREFIX}{number}"))
    }

    /// The number of the database in use, 0 for none.
    pub(crate) fn newest(&self) -> Result<u64, Error> {
        Ok(self.numbers()?.into_iter().max().unwrap_or(0))
    }

    /// Begins a new database: from here on this number is the newest.
    pub(crate) fn create(&self, number: u64) -> Result<PathBuf, Error> {
        let folder = self.folder(number);
        fs::create_dir_all(&folder).map_err(Error::io("create", &folder))?;
        Ok(folder)
    }

    /// Removes every database before this one. What can not be removed now is tried again on the
    /// next opening, and is never opened.
    pub(crate) fn remove_before(&self, number: u64) -> Result<(), Error> {
        for older in self.numbers()?.into_iter().filter(|older| *older < number) {
            let folder = self.folder(older);
            if let Err(error) = fs::remove_dir_all(&folder) {
                tracing::warn!(folder = %folder.display(), %error, "old views were not removed");
            }
        }
        Ok(())
    }

    fn numbers(&self) -> Result<Vec<u64>, Error> {
        let mut numbers = Vec::new();
        for entry in fs::read_dir(&self.dir).map_err(Error::io("list", &self.dir))? {
            let name = entry.map_err(Error::io("list", &self.dir))?.file_name();
            let number = name
                .to_str()
                .and_then(|name| name.strip_prefix(STORE_PREFIX));
            numbers.extend(number.and_then(|number| number.parse::<u64>().ok()));
        }
        Ok(numbers)
    }
}

/// Makes every file below a folder durable, and the folders that name them.
fn sync_all(folder: &Path) -> Result<(), Error> {
    for entry in fs::read_dir(folder).map_err(Error::io("list", folder))? {
        let path = entry.map_err(Error::io("list", folder))?.path();
        if path.is_dir() {
            sync_all(&path)?;
        } else {
            let synced = File::open(&path).and_then(|file| file.sync_all());
            synced.map_err(Error::io("sync", path))?;
        }
    }
    let synced = File::open(folder).and_then(|file| file.sync_all());
    synced.map_err(Error::io("sync", folder))
}

fn running_boot_id() -> Option<String> {
    let id = fs::read_to_string(BOOT_ID).ok()?;
    let id = id.trim();
    (!id.is_empty()).then(|| id.to_owned())
}

/// Views that were just closed can still be held for a moment by a child process that was being
/// started then: until it runs its own program it shares every open file.
fn try_patiently(lock: &File) -> Result<(), TryLockError> {
    let mut pauses = 0;
    loop {
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) if pauses < LOCK_PAUSES_MAX => {
                pauses += 1;
                std::thread::sleep(LOCK_PAUSE);
            }
            outcome => return outcome,
        }
    }
}

//! Leases that a test can take away, shared by the engines of a test as processes share a log.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use backhaul_eventlog::lease::LeaseLost;
use backhaul_eventlog::{BoxFuture, Lease, Leases, ReadError};
use tokio::sync::watch;

/// Whoever gives leases. Clones are the same one.
#[derive(Clone)]
pub struct Registry(Arc<Inner>);

struct Inner {
    leases: Mutex<HashMap<String, Standing>>,
    changes: watch::Sender<u64>,
}

#[derive(Default)]
struct Standing {
    /// Counts the holders there were.
    term: u64,
    held: bool,
    kept: Option<Vec<u8>>,
}

impl Registry {
    pub fn new() -> Self {
        Self(Arc::new(Inner {
            leases: Mutex::default(),
            changes: watch::Sender::new(0),
        }))
    }

    /// As when a holder could not renew for too long.
    pub fn take_away(&self, name: &str) {
        self.0.lock().entry(name.to_owned()).or_default().held = false;
        self.0.changes.send_modify(|changes| *changes += 1);
    }

    /// What the holder kept last.
    pub fn kept(&self, name: &str) -> Option<String> {
        let kept = self.0.lock().get(name)?.kept.clone()?;
        Some(String::from_utf8(kept).unwrap())
    }

    /// How often a lease was taken, and whether it is held.
    pub fn standing(&self, name: &str) -> (u64, bool) {
        let leases = self.0.lock();
        leases
            .get(name)
            .map_or((0, false), |standing| (standing.term, standing.held))
    }
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Standing>> {
        self.leases.lock().unwrap()
    }

    fn take(&self, name: &str) -> Option<(u64, Option<Vec<u8>>)> {
        let mut leases = self.lock();
        let standing = leases.entry(name.to_owned()).or_default();
        if standing.held {
            return None;
        }
        standing.held = true;
        standing.term += 1;
        Some((standing.term, standing.kept.clone()))
    }
}

impl Leases for Registry {
    fn hold<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Box<dyn Lease>, ReadError>> {
        Box::pin(async move {
            let mut changes = self.0.changes.subscribe();
            loop {
                if let Some((term, kept)) = self.0.take(name) {
                    let (name, registry) = (name.to_owned(), Arc::clone(&self.0));
                    return Ok(Box::new(Held {
                        name,
                        term,
                        kept,
                        registry,
                    }) as Box<dyn Lease>);
                }
                changes.changed().await.unwrap();
            }
        })
    }
}

struct Held {
    name: String,
    term: u64,
    kept: Option<Vec<u8>>,
    registry: Arc<Inner>,
}

impl Held {
    fn mine<T>(&self, act: impl FnOnce(&mut Standing) -> T) -> Option<T> {
        let mut leases = self.registry.lock();
        let standing = leases.get_mut(&self.name)?;
        (standing.held && standing.term == self.term).then(|| act(standing))
    }
}

impl Lease for Held {
    fn kept(&self) -> Option<&[u8]> {
        self.kept.as_deref()
    }

    fn is_held(&self) -> bool {
        self.mine(|_| ()).is_some()
    }

    fn keep<'a>(&'a self, bytes: &'a [u8]) -> BoxFuture<'a, Result<(), LeaseLost>> {
        let kept = self.mine(|standing| standing.kept = Some(bytes.to_vec()));
        Box::pin(async move { kept.ok_or_else(|| LeaseLost(self.name.clone())) })
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.mine(|standing| standing.held = false);
        self.registry.changes.send_modify(|changes| *changes += 1);
    }
}

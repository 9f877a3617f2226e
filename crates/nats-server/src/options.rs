//! How a cluster is set up.

use std::path::PathBuf;

/// How many servers there are. Two would be worse than one, so there is no such choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// One server, no copies.
    One,
    /// Three servers: every acknowledged write is in two of them.
    Three,
}

impl Size {
    /// As a number.
    #[must_use]
    pub fn nodes(self) -> usize {
        match self {
            Self::One => 1,
            Self::Three => 3,
        }
    }
}

/// When the servers sync what they wrote to disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SyncInterval {
    /// Before every acknowledgement: what was acknowledged survives a loss of power.
    Always,
    /// As the server does by itself, every two minutes: fast, and not durable.
    ServerDefault,
}

/// Which ports the servers listen on, always on loopback.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ports {
    /// Any that are free.
    Free,
    /// Clients at this port and the next ones, routes 2000 above, monitoring 4000 above.
    From(u16),
}

/// How the servers reach one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Routes {
    /// Directly.
    Direct,
    /// Through links in this process that can be cut, for tests; they cost some speed.
    Cuttable,
}

/// Who may do what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// Everybody on this machine may do everything, without encryption.
    Open,
    /// As it is deployed: the files of `deploy/nats`, with passwords and certificates of its own.
    /// It always syncs.
    Deployed,
}

/// What to start. [`Options::new`] is an open, durable cluster in a folder of its own.
#[derive(Debug, Clone)]
pub struct Options {
    pub(crate) size: Size,
    pub(crate) sync_interval: SyncInterval,
    pub(crate) ports: Ports,
    pub(crate) routes: Routes,
    pub(crate) security: Security,
    pub(crate) folder: Option<PathBuf>,
}

impl Options {
    /// So many servers.
    #[must_use]
    pub fn new(size: Size) -> Self {
        Self {
            size,
            sync_interval: SyncInterval::Always,
            ports: Ports::Free,
            routes: Routes::Direct,
            security: Security::Open,
            folder: None,
        }
    }

    /// When they sync.
    #[must_use]
    pub fn sync_interval(self, sync_interval: SyncInterval) -> Self {
        Self {
            sync_interval,
            ..self
        }
    }

    /// Where they listen.
    #[must_use]
    pub fn ports(self, ports: Ports) -> Self {
        Self { ports, ..self }
    }

    /// How they reach one another.
    #[must_use]
    pub fn routes(self, routes: Routes) -> Self {
        Self { routes, ..self }
    }

    /// Who may do what.
    #[must_use]
    pub fn security(self, security: Security) -> Self {
        Self { security, ..self }
    }

    /// Where they keep their data; else in a temporary folder that goes with the cluster.
    #[must_use]
    pub fn folder(self, folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: Some(folder.into()),
            ..self
        }
    }
}

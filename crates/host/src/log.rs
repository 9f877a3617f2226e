//! The two logs: a folder of this process, or a cluster that many processes share. Which of them
//! holds the events is decided here and nowhere else.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use backhaul_eventlog::lease::{Leases, SoleProcess};
use backhaul_eventlog::{EventLog, Inbox};
use backhaul_eventlog_local::LocalLog;
use backhaul_eventlog_nats::{self as nats, NatsLog};

/// Where the events of a deployment are.
#[derive(Debug, Clone, Default)]
pub enum LogTarget {
    /// In the data folder; only one process can open it.
    #[default]
    Local,
    /// On a cluster, where many processes share it.
    Nats(Box<nats::Options>),
}

/// A log cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The one in the data folder.
    #[error(transparent)]
    Local(#[from] backhaul_eventlog_local::OpenError),
    /// The one on the cluster.
    #[error(transparent)]
    Nats(#[from] nats::ConnectError),
}

/// What an acknowledged event outlives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Durability {
    /// It is on disk before it is acknowledged.
    Durable,
    /// It may not be, or nobody could tell.
    NotDurable {
        /// Why.
        reason: String,
    },
}

/// An open log.
#[derive(Clone)]
pub enum Log {
    /// In the data folder.
    Local(Arc<LocalLog>),
    /// On a cluster.
    Nats(NatsLog),
}

impl LogTarget {
    /// Opens the log; `folder` is where a local one lies.
    pub async fn open(&self, folder: &Path) -> Result<Log, LogError> {
        match self {
            Self::Local => {
                let (log, _) = LocalLog::open(folder, &Default::default())?;
                Ok(Log::Local(Arc::new(log)))
            }
            Self::Nats(options) => Ok(Log::Nats(NatsLog::connect(options).await?)),
        }
    }
}

impl Log {
    /// What services read and write.
    pub fn port(&self) -> Arc<dyn EventLog> {
        match self {
            Self::Local(log) => log.clone(),
            Self::Nats(log) => Arc::new(log.clone()),
        }
    }

    /// Who acts of all processes of a service.
    pub fn leases(&self, service: &str) -> Arc<dyn Leases> {
        match self {
            Self::Local(_) => Arc::new(SoleProcess),
            Self::Nats(log) => Arc::new(log.leases(service)),
        }
    }

    /// What others send in as messages; a log in the data folder has no such place.
    pub async fn inbox(&self) -> Result<Option<Arc<dyn Inbox>>, LogError> {
        match self {
            Self::Local(_) => Ok(None),
            Self::Nats(log) => Ok(Some(Arc::new(log.inbox().await?))),
        }
    }

    /// What an acknowledged event outlives.
    pub fn durability(&self) -> Durability {
        match self {
            Self::Local(_) => Durability::Durable,
            Self::Nats(log) => match log.durability() {
                nats::Durability::Confirmed => Durability::Durable,
                nats::Durability::NotDurable { reason }
                | nats::Durability::Unconfirmed { reason } => Durability::NotDurable { reason },
            },
        }
    }

    /// What is wrong with the log's surroundings, for operators.
    pub fn findings(&self) -> Vec<String> {
        match self {
            Self::Local(_) => Vec::new(),
            Self::Nats(log) => log
                .findings()
                .borrow()
                .iter()
                .map(ToString::to_string)
                .collect(),
        }
    }

    /// Ends writing and gives back what is held.
    pub async fn close(&self) {
        match self {
            Self::Local(log) => log.close().await,
            Self::Nats(log) => log.close().await,
        }
    }
}

impl fmt::Display for Durability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Durable => f.write_str("on disk before it is acknowledged"),
            Self::NotDurable { reason } => write!(f, "NOT DURABLE: {reason}"),
        }
    }
}

//! A data folder, opened: log, views, secrets, and the engine over them. Processes that share a
//! log on a cluster keep their views in folders of their own, and share secrets, outbox and books.
//!
//! ```text
//! data/
//!   log/          the truth, when it is not on a cluster
//!   views/        folds of it; may be deleted
//!   outbox/       mail, when no mail server is configured
//!   provider/     books of the sandbox payment provider and carrier
//!   access-token  the first administrator's token
//!   tokens.json   digests of all tokens
//!   page-key      the secret under which page tokens are sealed
//!   server.json   where a running process answers; not there when none runs
//! ```

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use backhaul_api::PageKey;
use backhaul_engine::{Clock, Engine, Tasks};
use backhaul_views::Views;
use serde::{Deserialize, Serialize};
use tracing::warn;

use crate::config::Config;
use crate::identity::{IdentityError, Tokens, random};
use crate::log::{Log, LogError, LogTarget};
use crate::private;
use crate::telemetry;

const LOG_FOLDER: &str = "log";
const VIEWS_FOLDER: &str = "views";
const OUTBOX_FOLDER: &str = "outbox";
const PROVIDER_FOLDER: &str = "provider";
const PAGE_KEY_FILE: &str = "page-key";
/// Bytes of the secret under which page tokens are sealed.
const PAGE_KEY_BYTES: usize = 32;
const SERVER_FILE: &str = "server.json";

/// A data folder cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum DeploymentError {
    /// A file or folder cannot be read or written.
    #[error("{path} cannot be read or written")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The secret of the page tokens has another length.
    #[error("{0} is damaged; delete it, and page tokens given out before end")]
    PageKey(PathBuf),
    /// The log cannot be opened.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The views cannot be opened, not even after a wipe.
    #[error(transparent)]
    Views(#[from] backhaul_views::Error),
    /// The tokens cannot be read or made.
    #[error(transparent)]
    Identity(#[from] IdentityError),
}

/// Where a running process answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerFile {
    /// Of calls.
    pub address: SocketAddr,
    /// Of probes and metrics.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probes: Option<SocketAddr>,
    /// The process.
    pub pid: u32,
}

impl ServerFile {
    /// Where the process of a data folder answers, if one runs or did not stop cleanly.
    pub fn read(data: &Path) -> Result<Option<Self>, DeploymentError> {
        let path = data.join(SERVER_FILE);
        let content = private::read(&path).map_err(|source| file(&path, source))?;
        let parse = |content: Vec<u8>| {
            serde_json::from_slice(&content).map_err(|error| file(&path, error.into()))
        };
        content.map(parse).transpose()
    }
}

/// An open data folder, and the engine over it.
pub struct Deployment {
    /// What every service runs on.
    pub engine: Engine,
    /// Who may call.
    pub tokens: Arc<Tokens>,
    /// The secret under which page tokens are sealed.
    pub page_key: PageKey,
    /// The log itself, for what the engine does not know of it.
    pub log: Log,
    config: Config,
}

impl Deployment {
    /// Opens a data folder, and makes one where there is none. Takes up to some seconds after a
    /// crash.
    pub async fn open(config: &Config, clock: Arc<dyn Clock>) -> Result<Self, DeploymentError> {
        let data = config.data.as_path();
        for path in [data, &data.join(VIEWS_FOLDER), config.secrets_folder()] {
            private::folder(path).map_err(|source| file(path, source))?;
        }
        let log_folder = data.join(LOG_FOLDER);
        if let LogTarget::Local = config.log {
            private::folder(&log_folder).map_err(|source| file(&log_folder, source))?;
        }
        let log = config.log.open(&log_folder).await?;
        let (views, opening) = Views::open(&data.join(VIEWS_FOLDER), Default::default())?;
        if let backhaul_views::Opening::Wiped { reason } = opening {
            warn!(reason, "the views are rebuilt from the log");
        }
        Ok(Self {
            engine: Engine::new(log.port(), clock, views, Tasks::default())
                .with_traces(telemetry::traces(config)),
            tokens: Arc::new(Tokens::open(config.secrets_folder())?),
            page_key: page_key(config.secrets_folder())?,
            log,
            config: config.clone(),
        })
    }

    /// What the service of that name runs on: of all its processes, one acts on what happens.
    pub fn engine_of(&self, service: &str) -> Engine {
        let leases = self.log.leases(service);
        self.engine.clone().with_leases(leases)
    }

    /// Where mail goes when no mail server is configured.
    pub fn outbox_folder(&self) -> Result<PathBuf, DeploymentError> {
        self.shared(self.config.outbox.as_deref(), OUTBOX_FOLDER)
    }

    /// Where the sandbox provider and carrier keep their books.
    pub fn provider_folder(&self) -> Result<PathBuf, DeploymentError> {
        self.shared(self.config.provider.as_deref(), PROVIDER_FOLDER)
    }

    /// A folder that may be shared with other processes, made where there is none.
    fn shared(&self, named: Option<&Path>, usual: &str) -> Result<PathBuf, DeploymentError> {
        let path = named.map_or_else(|| self.config.data.join(usual), Path::to_owned);
        private::folder(&path).map_err(|source| file(&path, source))?;
        Ok(path)
    }

    /// Where the first administrator's token is; printed as a path, never as a value.
    pub fn access_token_file(&self) -> PathBuf {
        let secrets = self.config.secrets_folder();
        secrets.join(crate::identity::ACCESS_TOKEN_FILE)
    }

    /// Tells the command line where this process answers.
    pub fn announce(
        &self,
        address: SocketAddr,
        probes: Option<SocketAddr>,
    ) -> Result<(), DeploymentError> {
        let path = self.config.data.join(SERVER_FILE);
        let server = ServerFile {
            address,
            probes,
            pid: std::process::id(),
        };
        let json = serde_json::to_vec_pretty(&server).map_err(|error| file(&path, error.into()))?;
        private::write(&path, &json).map_err(|source| file(&path, source))
    }

    /// Closes everything, once all tasks have stopped: the views are marked whole, the log is
    /// closed, and the command line learns that nobody answers any more.
    pub async fn close(self) -> Result<(), DeploymentError> {
        let path = self.config.data.join(SERVER_FILE);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                warn!(%error, "the address file was not removed");
            }
            _ => {}
        }
        let views = self.engine.views.close();
        self.log.close().await;
        Ok(views?)
    }
}

fn file(path: &Path, source: io::Error) -> DeploymentError {
    DeploymentError::File {
        path: path.to_owned(),
        source,
    }
}

/// The secret of the page tokens. Of several processes that begin on the same folder, one makes it.
fn page_key(secrets: &Path) -> Result<PageKey, DeploymentError> {
    let path = secrets.join(PAGE_KEY_FILE);
    let stored = || private::read(&path).map_err(|source| file(&path, source));
    let secret = match stored()? {
        Some(secret) => secret,
        None => {
            let fresh: [u8; PAGE_KEY_BYTES] = random()?;
            let make = || match private::read(&path)? {
                Some(secret) => Ok(secret),
                None => private::write(&path, &fresh).map(|()| fresh.to_vec()),
            };
            private::alone(secrets, make).map_err(|source| file(&path, source))?
        }
    };
    let secret: [u8; PAGE_KEY_BYTES] = secret
        .try_into()
        .map_err(|_| DeploymentError::PageKey(path))?;
    Ok(PageKey::new(secret))
}

#[cfg(test)]
mod tests {
    use super::*;
    use backhaul_engine::SystemClock;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_folder_is_made_announced_closed_and_opened_again() {
        let root = tempfile::tempdir().unwrap();
        let data = root.path().join("data");
        let clock = Arc::new(SystemClock);
        let config = Config::in_folder(&data);
        let deployment = Deployment::open(&config, clock.clone()).await.unwrap();
        let address = "127.0.0.1:7420".parse().unwrap();
        deployment.announce(address, None).unwrap();
        let server = ServerFile::read(&data).unwrap().unwrap();
        assert_eq!((server.address, server.pid), (address, std::process::id()));
        let token = std::fs::read_to_string(deployment.access_token_file()).unwrap();
        assert!(deployment.tokens.verify(&token, clock.now()).is_some());
        deployment.close().await.unwrap();
        assert_eq!(ServerFile::read(&data).unwrap(), None);

        let again = Deployment::open(&config, clock.clone()).await.unwrap();
        assert!(again.tokens.verify(&token, clock.now()).is_some());
        again.close().await.unwrap();
    }

    #[test]
    fn processes_that_begin_together_seal_page_tokens_alike() {
        let secrets = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| page_key(secrets.path()).unwrap());
            }
        });
        let path = secrets.path().join(PAGE_KEY_FILE);
        assert_eq!(std::fs::read(path).unwrap().len(), PAGE_KEY_BYTES);
    }
}

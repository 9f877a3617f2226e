//! One server: its process, its folder, its addresses, and what can be done to it.

use std::fs::{self, File};
use std::io;
use std::net::SocketAddr;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};
use tokio::time::{Instant, sleep};

use crate::configuration::Place;
use crate::guard::Guard;
use crate::monitor::{self, Standing};

/// A server has so long to answer after its process was started.
const START_WAIT: Duration = Duration::from_secs(60);
/// A server has so long to end in order, then it is killed.
const STOP_WAIT: Duration = Duration::from_secs(15);
/// How often a process or a server is looked at while one waits for it.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// Of its log, so many lines are told with an error.
const TOLD_LINES_MAX: usize = 12;

/// Something could not be done with a server.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// It ended while it should have started.
    #[error("nats-server {name} ended as it started ({status}); its log ends with:\n{log}")]
    Ended {
        /// Its name.
        name: String,
        /// How it ended.
        status: String,
        /// The last lines of its log.
        log: String,
    },
    /// It runs, but is not ready.
    #[error("nats-server {name} is not ready: {reason}; its log ends with:\n{log}")]
    NotReady {
        /// Its name.
        name: String,
        /// What is missing.
        reason: String,
        /// The last lines of its log.
        log: String,
    },
    /// It is asked for something that only a running server does.
    #[error("nats-server {name} is not running")]
    NotRunning {
        /// Its name.
        name: String,
    },
    /// The process or its files could not be handled.
    #[error("nats-server {name}: {path}")]
    Process {
        /// Its name.
        name: String,
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// One server of a cluster. When it is dropped, its process is killed.
#[derive(Debug)]
pub struct Node {
    pub(crate) executable: PathBuf,
    pub(crate) place: Place,
    /// Of its address: whether the way is encrypted.
    pub(crate) scheme: &'static str,
    pub(crate) configuration: PathBuf,
    pub(crate) environment: Vec<(String, String)>,
    pub(crate) running: Mutex<Option<Running>>,
}

/// A process and what watches over it.
#[derive(Debug)]
pub(crate) struct Running {
    server: Child,
    _guard: Guard,
}

impl Node {
    /// Its name in the cluster, `n1` to `n3`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.place.name
    }

    /// Where clients reach it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.place.client)
    }

    /// Where it tells about itself, over HTTP.
    #[must_use]
    pub fn monitor(&self) -> SocketAddr {
        self.place.monitor
    }

    /// Its configuration, its log and its data.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.place.folder
    }

    /// What it wrote about its life.
    #[must_use]
    pub fn log(&self) -> PathBuf {
        self.place.folder.join("server.log")
    }

    /// The number of its process, while it runs.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.running().as_ref().map(|running| running.server.id())
    }

    /// Whether its process ended although nobody asked it to.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        let mut running = self.running();
        let ended = running.as_mut().map(|running| running.server.try_wait());
        matches!(ended, Some(Ok(Some(_))))
    }

    /// Kills it at once, as a crash would; what it did not sync stays in the page cache.
    pub fn kill(&self) {
        self.running().take();
    }

    /// Ends it in order; kills it, if it takes too long.
    ///
    /// # Errors
    ///
    /// When it does not run.
    pub async fn stop(&self) -> Result<(), NodeError> {
        self.signal(Signal::TERM)?;
        let until = Instant::now() + STOP_WAIT;
        while self.ended()?.is_none() && Instant::now() < until {
            sleep(LOOK_EVERY).await;
        }
        self.kill();
        Ok(())
    }

    /// Starts it, again on the same ports and with the same data, and waits until it answers. That
    /// the cluster is whole again is for [`Cluster::ready`](crate::Cluster::ready) to tell. Does
    /// nothing if it runs.
    ///
    /// # Errors
    ///
    /// When it ends or stays silent; the end of its log is in the error.
    pub async fn start(&self) -> Result<(), NodeError> {
        self.spawn()?;
        let until = Instant::now() + START_WAIT;
        while !monitor::answers(self.place.monitor).await {
            self.still_runs()?;
            if Instant::now() > until {
                return Err(self.not_ready("it does not answer".to_owned()));
            }
            sleep(LOOK_EVERY).await;
        }
        // Somebody else may have answered on its port.
        self.still_runs()
    }

    /// Stops its process where it stands: it keeps its connections and answers nothing.
    ///
    /// # Errors
    ///
    /// When it does not run.
    pub fn freeze(&self) -> Result<(), NodeError> {
        let server = self.signal(Signal::STOP)?;
        // The signal is only on its way: a process that just runs goes on for a moment.
        let stopped = waitid(WaitId::Pid(server), WaitIdOptions::STOPPED);
        stopped.map_err(|error| self.process(&self.executable, error.into()))?;
        Ok(())
    }

    /// Lets its process go on.
    ///
    /// # Errors
    ///
    /// When it does not run.
    pub fn wake(&self) -> Result<(), NodeError> {
        self.signal(Signal::CONT).map(drop)
    }

    /// Makes it read its configuration again.
    ///
    /// # Errors
    ///
    /// When it does not run.
    pub fn reload(&self) -> Result<(), NodeError> {
        self.signal(Signal::HUP).map(drop)
    }

    /// Waits until it serves its streams, in a cluster of so many.
    pub(crate) async fn ready(&self, members: usize, until: Instant) -> Result<(), NodeError> {
        loop {
            self.still_runs()?;
            let reason = match monitor::standing(self.place.monitor, members).await {
                Standing::Ready => return Ok(()),
                Standing::Waiting(reason) => reason,
                Standing::Silent => "it does not answer".to_owned(),
            };
            if Instant::now() > until {
                return Err(self.not_ready(reason));
            }
            sleep(LOOK_EVERY).await;
        }
    }

    fn spawn(&self) -> Result<(), NodeError> {
        let mut running = self.running();
        if running.is_some() {
            return Ok(());
        }
        let log = self.log();
        let open = File::options().create(true).append(true).open(&log);
        let errors = open.map_err(|source| self.process(&log, source))?;
        let server = Command::new(&self.executable)
            .arg("--config")
            .arg(&self.configuration)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(errors)
            // A Ctrl-C in the terminal must not end it before those who use it.
            .process_group(0)
            .spawn();
        let mut server = server.map_err(|source| self.process(&self.executable, source))?;
        let guard = Guard::over(server.id()).map_err(|source| {
            let _ = server.kill();
            let _ = server.wait();
            self.process(Path::new("sh"), source)
        })?;
        *running = Some(Running {
            server,
            _guard: guard,
        });
        Ok(())
    }

    fn still_runs(&self) -> Result<(), NodeError> {
        let Some(status) = self.ended()? else {
            return Ok(());
        };
        self.kill();
        Err(NodeError::Ended {
            name: self.place.name.clone(),
            status,
            log: self.log_end(),
        })
    }

    /// How the process ended, if it did.
    fn ended(&self) -> Result<Option<String>, NodeError> {
        let mut running = self.running();
        let Some(running) = running.as_mut() else {
            return Ok(Some("it was stopped".to_owned()));
        };
        let ended = running.server.try_wait();
        let ended = ended.map_err(|source| self.process(&self.executable, source))?;
        Ok(ended.map(|status| status.to_string()))
    }

    fn signal(&self, signal: Signal) -> Result<Pid, NodeError> {
        let running = self.running();
        let not_running = || NodeError::NotRunning {
            name: self.place.name.clone(),
        };
        let running = running.as_ref().ok_or_else(not_running)?;
        let server = Pid::from_child(&running.server);
        let sent = kill_process(server, signal);
        sent.map_err(|error| self.process(&self.executable, error.into()))?;
        Ok(server)
    }

    fn not_ready(&self, reason: String) -> NodeError {
        NodeError::NotReady {
            name: self.place.name.clone(),
            reason,
            log: self.log_end(),
        }
    }

    fn process(&self, path: &Path, source: io::Error) -> NodeError {
        NodeError::Process {
            name: self.place.name.clone(),
            path: path.to_owned(),
            source,
        }
    }

    fn log_end(&self) -> String {
        let log = fs::read_to_string(self.log()).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(TOLD_LINES_MAX)..].join("\n")
    }

    fn running(&self) -> MutexGuard<'_, Option<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Running {
    /// Waited for, so that its ports and files are free when this returns.
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

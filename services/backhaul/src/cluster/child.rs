//! One process of a service. It ends when its input does: so it can be asked to end, and never
//! outlives whoever started it.

use std::ffi::OsString;
use std::fs::{self, File};
use std::net::SocketAddr;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child as Spawned, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use backhaul_api::proto::operations::v1::GetStatusRequest;
use backhaul_host::deployment::ServerFile;

use super::Running;
use crate::connect::Deployment;
use crate::services::Service;

/// A process has so long to serve with views that have caught up.
const READY_BOUND: Duration = Duration::from_secs(300);
/// A process has so long to end in order: calls under way, work under way, views.
const STOP_BOUND: Duration = Duration::from_secs(60);
/// How often it is looked at while it starts or ends.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// Of what it wrote, so many lines are told with an error.
const TOLD_LINES_MAX: usize = 6;
/// Any free port of loopback.
const ANY_PORT: &str = "127.0.0.1:0";
/// Where the processes have their folders.
const FOLDER: &str = "processes";

/// Makes the command that is `backhaul` with these arguments.
pub type Launch = Arc<dyn Fn(&[OsString]) -> Command + Send + Sync>;

/// Starts the executable that runs now.
pub fn this_executable() -> anyhow::Result<Launch> {
    let executable = std::env::current_exe().context("this executable cannot be found")?;
    Ok(Arc::new(move |arguments| {
        let mut command = Command::new(&executable);
        command.args(arguments);
        command
    }))
}

/// A process of a service, started or not.
pub(super) struct Child {
    name: String,
    service: Service,
    data: PathBuf,
    shared: PathBuf,
    /// How it reaches the log, and as whom.
    log: Vec<OsString>,
    launch: Launch,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    process: Option<(Spawned, ChildStdin)>,
    /// Where it answers, from its first start on.
    place: Option<Place>,
}

#[derive(Clone, Copy)]
struct Place {
    address: SocketAddr,
    probes: SocketAddr,
}

impl Child {
    pub(super) fn new(
        shared: &Path,
        name: String,
        service: Service,
        log: Vec<OsString>,
        launch: &Launch,
    ) -> Self {
        Self {
            data: shared.join(FOLDER).join(&name),
            shared: shared.to_owned(),
            log,
            launch: Arc::clone(launch),
            state: Mutex::default(),
            name,
            service,
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Where it is, once it was started.
    pub(super) fn running(&self) -> Option<Running> {
        let place = self.state().place?;
        Some(Running {
            name: self.name.clone(),
            service: self.service.name(),
            address: http(place.address),
            probes: http(place.probes),
            data: self.data.clone(),
        })
    }

    /// Starts it, always at the same address, and waits until its views have caught up.
    pub(super) async fn start(&self) -> anyhow::Result<()> {
        let number = self.spawn()?;
        let until = Instant::now() + READY_BOUND;
        while !self.is_ready(number).await? {
            if let Some(how) = self.ended() {
                bail!(
                    "{} ended as it started ({how}):\n{}",
                    self.name,
                    self.told()
                );
            }
            if Instant::now() > until {
                bail!("{} does not become ready:\n{}", self.name, self.told());
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Ok(())
    }

    /// How it ended, if it did by itself.
    pub(super) fn ended(&self) -> Option<String> {
        let mut state = self.state();
        let (process, _) = state.process.as_mut()?;
        let how = match process.try_wait() {
            Ok(None) => return None,
            Ok(Some(status)) => status.to_string(),
            Err(error) => error.to_string(),
        };
        Some(how)
    }

    /// Ends it in order; kills it if it takes too long.
    pub(super) async fn stop(&self) -> anyhow::Result<()> {
        let Some((mut process, input)) = self.state().process.take() else {
            return Ok(());
        };
        drop(input);
        let until = Instant::now() + STOP_BOUND;
        loop {
            match process.try_wait()? {
                Some(status) if status.success() => return Ok(()),
                Some(status) => bail!("{} ended badly ({status}):\n{}", self.name, self.told()),
                None if Instant::now() > until => {
                    process.kill()?;
                    process.wait()?;
                    bail!("{} did not end in time and was killed", self.name);
                }
                None => tokio::time::sleep(LOOK_EVERY).await,
            }
        }
    }

    /// Starts the process, and gives its number.
    fn spawn(&self) -> anyhow::Result<u32> {
        fs::create_dir_all(&self.data)
            .with_context(|| format!("{} cannot be made", self.data.display()))?;
        let written = File::options().create(true).append(true).open(self.log());
        let written =
            written.with_context(|| format!("{} cannot be written", self.log().display()))?;
        let mut state = self.state();
        let mut process = (self.launch)(&self.arguments(state.place))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(written)
            // A Ctrl-C in the terminal is for whoever started all this.
            .process_group(0)
            .spawn()
            .with_context(|| format!("{} cannot be started", self.name))?;
        let input = process.stdin.take().context("a process without input")?;
        let number = process.id();
        state.process = Some((process, input));
        Ok(number)
    }

    fn arguments(&self, place: Option<Place>) -> Vec<OsString> {
        let address = |of: fn(Place) -> SocketAddr| {
            place.map_or_else(|| ANY_PORT.to_owned(), |place| of(place).to_string())
        };
        let shared = |folder| self.shared.join(folder).into_os_string();
        let mut arguments: Vec<OsString> = vec!["serve".into(), self.service.name().into()];
        arguments.push("--while-input".into());
        let options: [(&str, OsString); 6] = [
            ("--data", self.data.clone().into()),
            ("--secrets", self.shared.clone().into()),
            ("--provider", shared("provider")),
            ("--outbox", shared("outbox")),
            ("--listen", address(|place| place.address).into()),
            ("--probes", address(|place| place.probes).into()),
        ];
        for (option, value) in options {
            arguments.extend([option.into(), value]);
        }
        arguments.extend(self.log.iter().cloned());
        arguments
    }

    /// Whether the process of that number answers, with views that have caught up.
    async fn is_ready(&self, number: u32) -> anyhow::Result<bool> {
        let Some(server) = ServerFile::read(&self.data)? else {
            return Ok(false);
        };
        // What an earlier process left behind says nothing of this one.
        let Some(probes) = server.probes.filter(|_| server.pid == number) else {
            return Ok(false);
        };
        let place = Place {
            address: server.address,
            probes,
        };
        self.state().place = Some(place);
        let token = self.shared.join(backhaul_host::identity::ACCESS_TOKEN_FILE);
        let token = fs::read_to_string(token).context("the token cannot be read")?;
        let address = http(place.address);
        let Ok(deployment) = Deployment::reach(&address, token.trim(), None).await else {
            return Ok(false);
        };
        let mut operations = deployment.operations();
        let status = operations.get_status(GetStatusRequest {}).await;
        Ok(status.is_ok_and(|status| status.into_inner().ready))
    }

    /// The last of what it wrote.
    fn told(&self) -> String {
        let written = fs::read_to_string(self.log()).unwrap_or_default();
        let lines: Vec<&str> = written.lines().collect();
        lines[lines.len().saturating_sub(TOLD_LINES_MAX)..].join("\n")
    }

    fn log(&self) -> PathBuf {
        self.data.join("process.log")
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A process that nobody waits for any more is killed.
impl Drop for Child {
    fn drop(&mut self) {
        if let Some((mut process, _)) = self.state().process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

fn http(address: SocketAddr) -> String {
    format!("http://{address}")
}

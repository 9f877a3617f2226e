//! Three servers and two processes that serve everything, which can be killed, frozen and cut off;
//! and whom they talk to, who are never struck: a mail server and a collector of traces.

use std::fs::File;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use backhaul::connect::Deployment;
use backhaul_engine::faults::{Safeguard, Step};
use backhaul_eventlog_nats::{Options, Provision, ingest_streams, provision};
use backhaul_gateways::mail::test_server::TestSmtpServer;
use backhaul_host::telemetry::LOG_VARIABLE;
use backhaul_nats_server::{Cluster, Options as Servers, Routes, Size};
use tempfile::TempDir;
use tokio::task::JoinSet;

use super::echo;
use crate::collector::{Collector, Served};
use crate::executable::backhaul;

/// Processes that serve everything.
pub const PROCESSES: usize = 2;
/// How long anything may take to come about while nothing is wrong.
pub const PATIENCE: Duration = Duration::from_secs(120);
/// The same where a safeguard is missing: some things never come about then.
const PATIENCE_WITHOUT: Duration = Duration::from_secs(15);
/// How often to look.
pub const LOOK_EVERY: Duration = Duration::from_millis(50);
/// What processes write into their logs: everything of ours, and what worries the libraries.
const LOG: &str = "warn,backhaul=trace";

/// Everything that can be struck.
pub struct Field {
    pub servers: Cluster,
    pub processes: Vec<Process>,
    pub mail: TestSmtpServer,
    pub traces: Collector,
    /// Faults so far.
    pub struck: usize,
    traces_address: String,
    _collecting: JoinSet<Served>,
    /// Repeats every message, for as long as it is kept.
    _echo: JoinSet<()>,
    folder: TempDir,
    without: Option<Safeguard>,
}

/// One process, and where it answers whenever it is started.
pub struct Process {
    number: usize,
    listen: String,
    child: Option<Child>,
}

impl Field {
    /// Starts everything, with a safeguard less if one is named.
    pub async fn start_without(without: Option<Safeguard>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let size = if without.is_none() {
            Size::Three
        } else {
            Size::One
        };
        let servers = Servers::new(size)
            .routes(Routes::Cuttable)
            .folder(folder.path().join("servers"));
        let servers = Cluster::start(servers).await.unwrap();
        let options = Options {
            servers: servers.urls(),
            ..Options::default()
        };
        let wanted = Provision {
            others: ingest_streams(&options.prefix, size.nodes()).unwrap(),
            ..Provision::replicas(size.nodes())
        };
        provision(&options, &wanted).await.unwrap();
        let (traces, traces_address, collecting) = Collector::start().await;
        let mut field = Self {
            _echo: echo::start(servers.urls()).await,
            servers,
            processes: Vec::new(),
            mail: TestSmtpServer::start(),
            traces,
            struck: 0,
            traces_address,
            _collecting: collecting,
            folder,
            without,
        };
        for number in 0..PROCESSES {
            let listen = free_address();
            field.processes.push(Process {
                number,
                listen,
                child: None,
            });
            field.start_process(number, None);
        }
        field.answers().await;
        field
    }

    /// How long what was begun may take to come to its end.
    pub fn patience(&self) -> Duration {
        match self.without {
            None => PATIENCE,
            Some(_) => PATIENCE_WITHOUT,
        }
    }

    /// What all processes share.
    pub fn shared(&self) -> PathBuf {
        self.folder.path().join("shared")
    }

    /// What one process keeps to itself.
    pub fn data(&self, number: usize) -> PathBuf {
        self.folder.path().join(format!("process-{number}"))
    }

    /// Starts a process, to die at a step if one is named.
    pub fn start_process(&mut self, number: usize, die_at: Option<(Step, u64)>) {
        let shared = self.shared();
        std::fs::create_dir_all(&shared).unwrap();
        let data = self.data(number);
        let listen = self.processes[number].listen.clone();
        let log = self.servers.urls().join(",");
        let text = |path: &Path| path.to_str().unwrap().to_owned();
        let provider = shared.join("provider");
        let arguments = [
            "up",
            "--data",
            &text(&data),
            "--secrets",
            &text(&shared),
            "--provider",
            &text(&provider),
            "--smtp",
            &self.mail.url(),
            "--otlp",
            &self.traces_address,
            "--listen",
            &listen,
            "--probes",
            "127.0.0.1:0",
            "--log",
            &log,
        ];
        let told = File::options()
            .create(true)
            .append(true)
            .open(self.log(number))
            .unwrap();
        let mut command: Command = backhaul(&arguments);
        command.stderr(told).env(LOG_VARIABLE, LOG);
        if let Some((step, times)) = die_at {
            command.env("BACKHAUL_DIE_AT", format!("{}:{times}", step.name()));
        }
        if let Some(safeguard) = self.without {
            command.env("BACKHAUL_WITHOUT", safeguard.name());
        }
        self.processes[number].child = Some(command.spawn().unwrap());
    }

    /// Waits until every process answers.
    pub async fn answers(&self) {
        for process in &self.processes {
            self.reach(process.number).await;
        }
    }

    /// A connection to one process, once it answers.
    pub async fn reach(&self, number: usize) -> Deployment {
        let address = format!("http://{}", self.processes[number].listen);
        let end = Instant::now() + PATIENCE;
        loop {
            let token = std::fs::read_to_string(self.shared().join("access-token"));
            if let Ok(token) = token
                && let Ok(deployment) = Deployment::reach(&address, token.trim(), None).await
            {
                return deployment;
            }
            assert!(
                Instant::now() < end,
                "process {number}: {}",
                self.told(number)
            );
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Waits until every process has ended.
    pub async fn ended(&mut self, bound: Duration) {
        for number in 0..PROCESSES {
            let ended = self.has_ended(number, bound).await;
            assert!(
                ended,
                "process {number} does not end: {}",
                self.told(number)
            );
        }
    }

    /// Whether a process ends within a bound.
    pub async fn has_ended(&mut self, number: usize, bound: Duration) -> bool {
        let end = Instant::now() + bound;
        while !self.processes[number].has_ended() {
            if Instant::now() > end {
                return false;
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        true
    }

    /// Where a process answers, and the token that its callers carry.
    pub fn doors(&self) -> (Vec<String>, String) {
        let listen = self.processes.iter();
        let addresses = listen
            .map(|each| format!("http://{}", each.listen))
            .collect();
        let token = std::fs::read_to_string(self.shared().join("access-token")).unwrap();
        (addresses, token.trim().to_owned())
    }

    /// Undoes everything that was struck.
    pub async fn mend(&mut self) {
        for index in 0..self.servers.nodes().len() {
            self.servers.heal(index);
            let node = self.servers.node(index);
            if node.pid().is_none() {
                node.start().await.unwrap();
            }
        }
        self.servers.ready().await.unwrap();
        for number in 0..PROCESSES {
            self.processes[number].signal("-CONT");
            if self.processes[number].has_ended() {
                self.start_process(number, None);
            }
        }
        self.answers().await;
    }

    /// Ends everything; nothing that is looked at afterwards is in a process.
    pub async fn stop(mut self) {
        for process in &mut self.processes {
            process.kill();
        }
    }

    /// What a process wrote into its log, over all its lives.
    pub fn told(&self, number: usize) -> String {
        std::fs::read_to_string(self.log(number)).unwrap_or_default()
    }

    /// What the servers wrote into their logs.
    pub fn told_by_servers(&self) -> String {
        let nodes = self.servers.nodes().iter();
        nodes
            .filter_map(|node| std::fs::read_to_string(node.log()).ok())
            .collect()
    }

    fn log(&self, number: usize) -> PathBuf {
        self.folder.path().join(format!("process-{number}.log"))
    }
}

impl Process {
    /// As hard as a kill is.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            // It may have ended by itself.
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Whether it has ended, by itself or by a kill.
    pub fn has_ended(&mut self) -> bool {
        match &mut self.child {
            Some(child) => child.try_wait().unwrap().is_some(),
            None => true,
        }
    }

    /// Sends a signal, such as `-STOP`.
    pub fn signal(&self, signal: &str) {
        if let Some(child) = &self.child {
            let pid = child.id().to_string();
            // It may have ended meanwhile.
            let _ = Command::new("kill").args([signal, &pid]).status();
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// An address that is free now. Others take ports from the same range only by asking for any.
fn free_address() -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap().to_string()
}

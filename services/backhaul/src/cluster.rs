//! A whole cluster on this machine: nats-servers on loopback, the streams, and every service in
//! processes of its own, each with its own user.
//!
//! Read `file` (what a data folder remembers of its cluster), `child` (one process of a service),
//! then here how they are started, watched and stopped. Children end with this process, however it
//! ends: each ends when its input does.
//!
//! ```text
//! data/
//!   cluster.json  size of the cluster, and where its processes answer while they run
//!   nats/         the servers: configuration, log and data of each, and in access/ the passwords of
//!                 their users
//!   processes/    the views of each process, and what it wrote about its life
//!   provider/ outbox/ access-token tokens.json page-key     shared by all processes
//! ```

mod child;
mod file;
mod servers;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use backhaul_engine::Tasks;
use futures::future::{join_all, try_join_all};
use tracing::warn;

use crate::cli::NatsLogin;
use crate::progress;
use crate::services::Service;
use child::Child;
pub use child::{Launch, this_executable};
pub use file::{ClusterFile, Size};
use servers::Servers;

/// How often a process is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// Between the end of a process and its next start; doubled each time it ends again at once.
const RESTART_FIRST: Duration = Duration::from_millis(200);
const RESTART_MAX: Duration = Duration::from_secs(10);
/// How long the watch over the processes may take to stop.
const STOP_BOUND: Duration = Duration::from_secs(10);
/// Folder of the local log of an embedded deployment.
const EMBEDDED_LOG: &str = "log";

/// A cluster that runs.
pub struct Cluster {
    data: PathBuf,
    size: Size,
    servers: Arc<Servers>,
    children: Arc<Vec<Child>>,
    tasks: Tasks,
}

/// A process of a service, for people.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Running {
    /// Its name, such as `returns-1`.
    pub name: String,
    /// What it serves.
    pub service: &'static str,
    /// Where it answers.
    pub address: String,
    /// Where its probes are answered.
    pub probes: String,
    /// Its folder.
    pub data: PathBuf,
}

/// Who is told of a process that ended and was started again, in a sentence.
pub type Tell = Arc<dyn Fn(&str) + Send + Sync>;

impl Cluster {
    /// Starts a cluster in a data folder: this executable again and again, and its life told on
    /// stderr.
    pub async fn start(data: &Path, size: Size) -> anyhow::Result<Self> {
        let tell: Tell = Arc::new(|what| eprintln!("note: {what}"));
        Self::start_with(data, size, this_executable()?, tell).await
    }

    /// Starts a cluster of processes that `launch` makes.
    pub async fn start_with(
        data: &Path,
        size: Size,
        launch: Launch,
        tell: Tell,
    ) -> anyhow::Result<Self> {
        let data = claim(data, size)?;
        let bar = progress::spinner("servers");
        let servers = Servers::start(&data, size).await?;
        bar.set_message("streams");
        servers.provision(size).await?;
        bar.finish_and_clear();

        let children = children(&data, size, &servers, &launch)?;
        let bar = progress::bar("processes", children.len());
        // The secrets are there before anybody needs them, so the first start has no race to lose.
        let started = try_join_all(children.iter().map(async |child| {
            child.start().await?;
            bar.inc(1);
            anyhow::Ok(())
        }));
        started.await?;
        bar.finish_and_clear();

        let cluster = Self {
            data,
            size,
            servers: Arc::new(servers),
            children: Arc::new(children),
            tasks: Tasks::default(),
        };
        cluster.file().write(&cluster.data)?;
        for number in 0..cluster.children.len() {
            let children = Arc::clone(&cluster.children);
            cluster.keep(watch(children, number, Arc::clone(&tell)));
        }
        cluster.keep(watch_servers(Arc::clone(&cluster.servers), tell));
        Ok(cluster)
    }

    /// Runs a watch that ends only when everything does.
    fn keep(&self, watching: impl Future<Output = ()> + Send + 'static) {
        let tasks = self.tasks.clone();
        self.tasks.spawn("watch", async move {
            let _: Option<()> = tasks.until_stopped(watching).await;
        });
    }

    /// Where every process answers.
    pub fn addresses(&self) -> Vec<String> {
        let running = self.processes().into_iter();
        running.map(|process| process.address).collect()
    }

    /// Every process.
    pub fn processes(&self) -> Vec<Running> {
        self.children.iter().filter_map(Child::running).collect()
    }

    /// Where the servers answer.
    pub fn servers(&self) -> Vec<String> {
        self.servers.urls()
    }

    /// Stops everything in order: the processes first, then the servers they write to.
    pub async fn stop(self) -> anyhow::Result<()> {
        // A process that is being started right now is stopped below as well.
        if let Err(error) = self.tasks.shutdown(STOP_BOUND).await {
            warn!(%error, "stopping without them");
        }
        let stopped = join_all(self.children.iter().map(Child::stop)).await;
        let cut_off: Vec<_> = stopped.into_iter().filter_map(Result::err).collect();
        self.servers.stop().await;
        ClusterFile::stopped(self.size).write(&self.data)?;
        match cut_off.into_iter().next() {
            None => Ok(()),
            Some(error) => Err(error),
        }
    }

    fn file(&self) -> ClusterFile {
        let mut file = ClusterFile::stopped(self.size);
        file.servers = self.servers.urls();
        for process in self.processes() {
            let addresses = file.services.entry(process.service.to_owned());
            addresses.or_default().push(process.address);
        }
        file
    }
}

/// Where the servers of a data folder's cluster answer, with commas between, and how they let
/// somebody in who looks at them; none when the folder has no cluster.
pub(crate) fn visit(data: &Path) -> anyhow::Result<Option<(String, NatsLogin)>> {
    let Some(file) = ClusterFile::read(data)? else {
        return Ok(None);
    };
    ensure!(
        !file.servers.is_empty(),
        "the cluster in {0} does not run; `backhaul cluster up --data {0}` starts it",
        data.display()
    );
    Ok(Some((file.servers.join(","), servers::visitor(data))))
}

/// Makes the folder this cluster's, unless it holds something else.
fn claim(data: &Path, size: Size) -> anyhow::Result<PathBuf> {
    let named = || data.display();
    ensure!(
        !data.join(EMBEDDED_LOG).exists(),
        "{} holds a deployment of one process; --data names another folder",
        named()
    );
    if let Some(file) = ClusterFile::read(data)? {
        let nodes = file.size.nodes;
        ensure!(
            nodes == size.nodes,
            "{} holds a cluster of {nodes} servers; --data names another folder",
            named()
        );
    }
    std::fs::create_dir_all(data)
        .and_then(|()| data.canonicalize())
        .with_context(|| format!("{} cannot be used", named()))
}

fn children(
    data: &Path,
    size: Size,
    servers: &Servers,
    launch: &Launch,
) -> anyhow::Result<Vec<Child>> {
    let mut children = Vec::new();
    for service in Service::ALL {
        for number in 1..=size.processes {
            let name = format!("{service}-{number}");
            let log = servers.arguments(service)?;
            children.push(Child::new(data, name, service, log, launch));
        }
    }
    Ok(children)
}

/// Starts a process again whenever it ends.
async fn watch(children: Arc<Vec<Child>>, number: usize, tell: Tell) {
    let child = &children[number];
    let mut wait = RESTART_FIRST;
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        let Some(how) = child.ended() else {
            continue;
        };
        tell(&format!(
            "{} ended ({how}) and is started again",
            child.name()
        ));
        tokio::time::sleep(wait).await;
        wait = match child.start().await {
            Ok(()) => RESTART_FIRST,
            Err(error) => {
                tell(&format!("{} did not start: {error:#}", child.name()));
                (wait * 2).min(RESTART_MAX)
            }
        };
    }
}

/// Starts a server again whenever it ends.
async fn watch_servers(servers: Arc<Servers>, tell: Tell) {
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        let ended = servers.ended();
        if ended.is_empty() {
            continue;
        }
        tell(&format!("{} ended and is started again", ended.join(", ")));
        if let Err(error) = servers.mend().await {
            tell(&format!("it did not start: {error:#}"));
            tokio::time::sleep(RESTART_MAX).await;
        }
    }
}

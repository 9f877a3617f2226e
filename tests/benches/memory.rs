//! What open returns take in memory: of a process of its own, so that nothing of the bench is
//! counted, first while it works and then after it has been started again on the same folder.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use backhaul::process::Process;
use backhaul_api::proto::operations::v1::GetStatusRequest;
use tokio::task::JoinSet;

use crate::deployment::{Callers, config};
use crate::folder::Folder;
use crate::journeys::{begin, publish};
use crate::load::{Until, run};
use crate::process::resident_bytes;
use crate::report::{Figure, Report};
use crate::scale::{SERVE, Scale};

/// Returns that are open before anything is measured, so that buffers are as large as they get.
const WARM_UP: u64 = 200;
const IN_FLIGHT: usize = 128;
/// The figure is told for so many.
const TOLD_FOR: f64 = 100_000.0;
const QUIET_LOOKS: u32 = 2;
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// Work that was left over takes no longer.
const QUIET_BOUND: Duration = Duration::from_secs(60);
const MIB: f64 = 1_048_576.0;

pub(crate) async fn measure(scale: &Scale, report: &mut Report) -> anyhow::Result<()> {
    let folder = Folder::new("memory")?;
    let served = Served::start(folder.path())?;
    let callers = served.callers().await?;
    publish(&callers).await?;
    open(&callers, WARM_UP).await?;
    let before = served.quiet_bytes().await?;
    open(&callers, scale.open_returns).await?;
    let after = served.quiet_bytes().await?;
    drop(callers);
    served.stop()?;

    let again = Served::start(folder.path())?;
    let restarted = again.quiet_bytes().await?;
    again.stop()?;

    let grown = after.saturating_sub(before) as f64 / MIB;
    let told = grown * TOLD_FOR / scale.open_returns as f64;
    report.add(
        Figure::new("100,000 open returns", told, "MiB").note(format!(
            "scaled from {} returns: {:.0} MiB before, {:.0} MiB after; caches are bounded, so more \
             returns take less each",
            scale.open_returns,
            before as f64 / MIB,
            after as f64 / MIB
        )),
    );
    let note = format!("with the same {} open returns", scale.open_returns);
    report.add(Figure::new("the process started again", restarted as f64 / MIB, "MiB").note(note));
    Ok(())
}

/// Leaves so many returns open.
async fn open(callers: &Callers, returns: u64) -> anyhow::Result<()> {
    let callers = callers.clone();
    run(IN_FLIGHT, Until::Calls(returns), move |number, worker| {
        let callers = callers.clone();
        async move { begin(&callers, number, worker).await.map(drop) }
    })
    .await?;
    Ok(())
}

/// A deployment in a process of its own. Killed when dropped.
struct Served {
    child: Child,
    address: String,
    token: String,
}

impl Served {
    fn start(data: &Path) -> anyhow::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg(SERVE).arg(data);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let said = child.stdout.take().context("no output")?;
        let mut lines = BufReader::new(said).lines();
        let mut line = || lines.next().context("the deployment did not start");
        Ok(Self {
            address: line()??,
            token: line()??,
            child,
        })
    }

    async fn callers(&self) -> anyhow::Result<Callers> {
        Callers::connect(&self.address, &self.token).await
    }

    /// Memory once nothing moves any more.
    async fn quiet_bytes(&self) -> anyhow::Result<u64> {
        let deployment = backhaul::connect::Deployment::reach(&self.address, &self.token, None);
        quiet(&deployment.await?).await?;
        resident_bytes(self.child.id()).context("the kernel says nothing of memory")
    }

    /// It ends when nobody speaks to it any more.
    fn stop(mut self) -> anyhow::Result<()> {
        drop(self.child.stdin.take());
        ensure!(self.child.wait()?.success(), "the deployment failed");
        Ok(())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until every view and worker has seen everything, twice in a row: what one worker does
/// gives the next its work.
async fn quiet(deployment: &backhaul::connect::Deployment) -> anyhow::Result<()> {
    let began = Instant::now();
    let mut looks = 0;
    while looks < QUIET_LOOKS {
        ensure!(
            began.elapsed() < QUIET_BOUND,
            "the deployment does not come to rest"
        );
        tokio::time::sleep(LOOK_EVERY).await;
        let mut operations = deployment.operations();
        let status = operations
            .get_status(GetStatusRequest {})
            .await?
            .into_inner();
        let mut positions = status.consumers.iter().flat_map(|each| &each.positions);
        let is_quiet = positions.all(|each| each.position >= each.head);
        looks = if is_quiet { looks + 1 } else { 0 };
    }
    Ok(())
}

/// Serves a folder until the input ends.
pub(crate) async fn serve(data: &Path) -> anyhow::Result<()> {
    let process = Process::start(&config(data)).await?;
    let token = std::fs::read_to_string(&process.token_file)?;
    let mut out = std::io::stdout();
    writeln!(out, "http://{}\n{}", process.address, token.trim())?;
    out.flush()?;
    let mut input = JoinSet::new();
    input.spawn_blocking(|| std::io::copy(&mut std::io::stdin(), &mut std::io::sink()));
    let _ended = input.join_next().await;
    process.stop().await
}

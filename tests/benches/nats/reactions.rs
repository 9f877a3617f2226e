//! How long an event takes to the event that a reaction makes of it, while whole returns go
//! through: both times stand in the log, written by one clock.

use std::collections::HashMap;
use std::sync::Arc;

use anyhow::Context as _;
use backhaul_eventlog::{Commit, EventLog};
use backhaul_events::ContextName;
use backhaul_host::log::LogTarget;
use backhaul_kernel::Timestamp;
use hdrhistogram::Histogram;
use uuid::Uuid;

use super::{OURS, Running, SETUPS};
use crate::deployment::Deployment;
use crate::folder::Folder;
use crate::journeys::{play, publish};
use crate::report::{Figure, Report};
use crate::scale::Scale;
use crate::watcher::Watcher;

const PAGE_COMMITS: usize = 4_096;
/// Returns under way at once: enough to be busy, too few to queue for long.
const IN_FLIGHT: usize = 8;

/// Who reads whose events: the reaction, what it reads, and where it writes.
const REACTIONS: [(&str, ContextName, ContextName); 3] = [
    (
        "a return to its label's request",
        ContextName::Returns,
        ContextName::Tracking,
    ),
    (
        "a release to its refund",
        ContextName::Returns,
        ContextName::Refunds,
    ),
    (
        "a settled refund to its return",
        ContextName::Refunds,
        ContextName::Returns,
    ),
];

pub(super) async fn measure(scale: &Scale, report: &mut Report) -> anyhow::Result<()> {
    let folder = Folder::new("nats")?;
    let running = Running::start(SETUPS[1], &folder.path().join("servers")).await?;
    let log = LogTarget::Nats(Box::new(running.options(OURS)));
    let deployment = Deployment::start_on(&folder.path().join("data"), log).await?;
    publish(&deployment.callers).await?;
    let log = Arc::clone(&deployment.process.deployment().engine.log);
    let watcher = Arc::new(Watcher::start(&*log));
    let (run, _) = play(&deployment.callers, &watcher, scale.journeys, IN_FLIGHT).await?;
    for (name, read, written) in REACTIONS {
        let latencies = latencies(&*log, read, written).await?;
        let millis = |part| latencies.value_at_quantile(part) as f64 / 1_000.0;
        let figure = Figure::new(format!("{name}, p50"), millis(0.5), "ms");
        report.add(figure.note(format!(
            "p99 {:.2} ms, of {} while {:.0} returns/s went through",
            millis(0.99),
            latencies.len(),
            run.rate
        )));
    }
    drop(watcher);
    deployment.stop().await
}

/// Microseconds from each event to the commit that it caused.
async fn latencies(
    log: &dyn EventLog,
    read: ContextName,
    written: ContextName,
) -> anyhow::Result<Histogram<u64>> {
    let mut recorded: HashMap<Uuid, Timestamp> = HashMap::new();
    all(log, read, |commit| {
        let at = commit.metadata.recorded_at;
        recorded.extend(commit.events.iter().map(|event| (event.id, at)));
        Ok(())
    })
    .await?;
    let mut latencies = Histogram::new(3)?;
    all(log, written, |commit| {
        let cause = commit.metadata.causation_id;
        if let Some(caused) = cause.and_then(|id| recorded.get(&id)) {
            let took = commit.metadata.recorded_at.duration_since(*caused);
            latencies.record(u64::try_from(took.as_micros().max(0))?)?;
        }
        Ok(())
    })
    .await?;
    (!latencies.is_empty())
        .then_some(latencies)
        .context("nothing was caused")
}

async fn all(
    log: &dyn EventLog,
    context: ContextName,
    mut see: impl FnMut(&Commit) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut after = 0;
    loop {
        let commits = log.read(context, after, PAGE_COMMITS).await?;
        let Some(last) = commits.last() else {
            return Ok(());
        };
        after = last.position;
        for commit in &commits {
            see(commit)?;
        }
    }
}

//! The whole log read again from JetStream, beside a bare consumer of the same stream, and a view
//! rebuilt from it.

use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, ensure};
use backhaul_eventlog::{EventLog, Expected};
use backhaul_eventlog_nats::{NatsLog, Options};
use backhaul_events::ContextName;

use super::{OURS, Running, SETUPS, stream};
use crate::folder::Folder;
use crate::load::median;
use crate::replay::{LastSeen, rebuild_over};
use crate::report::{Aim, Figure, Report};
use crate::samples::Samples;
use crate::scale::Scale;

/// Streams whose events stand in turns.
const STREAMS: u64 = 50_000;
const COMMITS_PER_APPEND: u64 = 1_000;
const PAGE_COMMITS: usize = 4_096;
/// Of a bare consumer that forgets what it reads.
const AIM: Aim = Aim::OfCeilingAtLeast(0.5);

pub(super) async fn measure(scale: &Scale, report: &mut Report) -> anyhow::Result<()> {
    let folder = Folder::new("nats")?;
    // Durability costs only the filling, and nothing is written while it is read.
    let running = Running::start(SETUPS[0], &folder.path().join("servers")).await?;
    let log = NatsLog::connect(&running.options(OURS)).await?;
    let events = scale.replayed;
    let began = Instant::now();
    fill(&log, events).await?;
    let filled = events as f64 / began.elapsed().as_secs_f64();
    let mut raw = running.raw().await?;
    let (mut bare, mut bare_batches) = (Vec::new(), Vec::new());
    let (mut ours, mut batches, mut views) = (Vec::new(), Vec::new(), Vec::new());
    let without_consumer = Options {
        reader: None,
        ..running.options(OURS)
    };
    for number in 0..scale.runs {
        let tracking = stream(OURS, ContextName::Tracking);
        let took = raw.replay(&tracking, events).await?;
        bare.push(events as f64 / took.as_secs_f64());
        let took = raw.replay_in_batches(&tracking, events).await?;
        bare_batches.push(events as f64 / took.as_secs_f64());
        // Another connection each time, so that nothing is in memory.
        let log = NatsLog::connect(&without_consumer).await?;
        batches.push(read_all(&log, events).await?);
        let log = NatsLog::connect(&running.options(OURS)).await?;
        ours.push(read_all(&log, events).await?);
        let log = NatsLog::connect(&running.options(OURS)).await?;
        let log: Arc<dyn EventLog> = Arc::new(log);
        let table = folder.path().join(format!("views-{number}"));
        let began = Instant::now();
        let done = rebuild_over(log, &table, LastSeen { name: "rebuilt" }).await?;
        ensure!(done == events, "the view saw {done} of {events} events");
        views.push(events as f64 / began.elapsed().as_secs_f64());
    }
    report.add(Figure::new(
        format!("filled with {events} events, {COMMITS_PER_APPEND} commits an append"),
        filled,
        "events/s",
    ));
    let bare = median(bare);
    report.add(
        Figure::new("replay, checked and decoded", median(ours), "events/s")
            .beside("messages/s of a bare pull consumer", bare)
            .aims(AIM),
    );
    report.add(
        Figure::new("the same in batches", median(batches), "events/s")
            .beside("messages/s of bare batches", median(bare_batches))
            .note("for each message of a batch the server looks it up and writes six headers anew"),
    );
    report.add(
        Figure::new(
            format!("a view rebuilt from {events} events"),
            median(views),
            "events/s",
        )
        .beside("messages/s of a bare pull consumer", bare),
    );
    Ok(())
}

async fn fill(log: &NatsLog, events: u64) -> anyhow::Result<()> {
    let samples = Samples::new()?;
    for first in (0..events).step_by(COMMITS_PER_APPEND as usize) {
        let numbers = first..events.min(first + COMMITS_PER_APPEND);
        let commit = |n: u64| {
            let mut commit = samples.commit(&(n % STREAMS).to_string(), Expected::Any)?;
            // The same command on the same stream would be the same message.
            commit.metadata.command_id = format!("fill-{n}").parse()?;
            anyhow::Ok(commit)
        };
        let commits: Vec<_> = numbers.map(commit).collect::<anyhow::Result<_>>()?;
        for answer in log.append(commits).await {
            answer.context("the log cannot be filled")?;
        }
    }
    Ok(())
}

/// Events a second.
async fn read_all(log: &NatsLog, events: u64) -> anyhow::Result<f64> {
    let began = Instant::now();
    ensure!(read(log).await? == events, "commits are missing");
    Ok(events as f64 / began.elapsed().as_secs_f64())
}

async fn read(log: &NatsLog) -> anyhow::Result<u64> {
    let (mut after, mut events) = (0, 0);
    loop {
        let commits = log.read(ContextName::Tracking, after, PAGE_COMMITS).await?;
        let Some(last) = commits.last() else {
            return Ok(events);
        };
        after = last.position;
        for recorded in commits.iter().flat_map(|commit| &commit.events) {
            recorded.event().map_err(Clone::clone)?;
            events += 1;
        }
    }
}

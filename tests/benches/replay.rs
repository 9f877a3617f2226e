//! Reads the whole log again: frames only, events decoded, and folded into a view.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use backhaul_engine::rebuild::Built;
use backhaul_engine::{Engine, Projection, Rows, SystemClock, Tasks};
use backhaul_eventlog::{Commit, EventLog, Expected};
use backhaul_eventlog_local::{LocalLog, Options};
use backhaul_events::tracking::CheckpointRecorded;
use backhaul_events::{ContextName, Event, tracking};
use backhaul_views::Views;
use tokio::sync::watch;

use crate::folder::Folder;
use crate::load::median;
use crate::process::processor_time;
use crate::report::{Aim, Figure, Report};
use crate::samples::Samples;
use crate::scale::Scale;

/// Streams whose events stand in turns: the next event of a stream is far away, as in a real year.
const STREAMS: u64 = 50_000;
const COMMITS_PER_APPEND: u64 = 1_000;
/// As many as the rebuild of a view asks for.
const PAGE_COMMITS: usize = 8_192;
/// How long a view may take to follow a whole log.
const FOLLOW_BOUND: Duration = Duration::from_secs(120);
const STOP_BOUND: Duration = Duration::from_secs(10);

const REPLAY_AIM: Aim = Aim::AtLeast(300_000.0);
const REBUILD_AIM: Aim = Aim::AtLeast(100_000.0);

/// Events a second, by the clock and by the processor time of this process.
#[derive(Default)]
struct Rates {
    by_clock: Vec<f64>,
    by_processor: Vec<f64>,
}

impl Rates {
    fn add(&mut self, events: u64, began: &Began) {
        let events = events as f64;
        self.by_clock
            .push(events / began.at.elapsed().as_secs_f64());
        if let (Some(before), Some(after)) = (began.processor, processor_time()) {
            let used = after.saturating_sub(before).as_secs_f64();
            self.by_processor.push(events / used);
        }
    }

    fn rate(&self) -> f64 {
        median(self.by_clock.iter().copied())
    }

    fn note(&self) -> String {
        let processor = median(self.by_processor.iter().copied());
        format!("{processor:.0} events per second of processor time, over all threads")
    }
}

struct Began {
    at: Instant,
    processor: Option<Duration>,
}

impl Began {
    fn now() -> Self {
        Self {
            at: Instant::now(),
            processor: processor_time(),
        }
    }
}

pub(crate) async fn measure(scale: &Scale, report: &mut Report) -> anyhow::Result<()> {
    let folder = Folder::new("replay")?;
    let log_folder = folder.path().join("log");
    let events = scale.replayed;
    let log = open(&log_folder)?;
    let began = Instant::now();
    fill(&log, events).await?;
    let filled = events as f64 / began.elapsed().as_secs_f64();
    let disk_bytes = log.disk_bytes()?;
    log.close().await;

    let (mut raw, mut frames) = (Rates::default(), Rates::default());
    let (mut decoded, mut rebuilt) = (Rates::default(), Rates::default());
    let mut followed = Rates::default();
    for number in 0..scale.runs {
        ensure!(
            scan(&log_folder, &mut raw)? == events,
            "the store lost commits"
        );

        let log = open(&log_folder)?;
        let began = Began::now();
        ensure!(read(&log, Decodes::Nothing).await? == events);
        frames.add(events, &began);
        let began = Began::now();
        ensure!(read(&log, Decodes::Events).await? == events);
        decoded.add(events, &began);
        let views = folder.path().join(format!("views-{number}"));
        rebuild(&log, &views, &mut rebuilt).await?;
        follow(&log, &views, scale.replayed, &mut followed).await?;
        log.close().await;
    }

    report.add(
        Figure::new("filled, 1,000 commits an append", filled, "events/s")
            .note(format!("{} bytes of disk an event", disk_bytes / events)),
    );
    let replay = Figure::new("into nothing, frames checked", frames.rate(), "events/s");
    let replay = replay.beside("records/s of the bare store", raw.rate());
    report.add(replay.aims(REPLAY_AIM).note(frames.note()));
    let replay = Figure::new("into nothing, events decoded", decoded.rate(), "events/s");
    let replay = replay.beside("records/s of the bare store", raw.rate());
    report.add(replay.aims(REPLAY_AIM).note(decoded.note()));
    let name = format!("a view rebuilt aside, {} events", scale.replayed);
    let rebuild = Figure::new(name, rebuilt.rate(), "events/s");
    let rebuild = rebuild.beside("events/s only decoded", decoded.rate());
    report.add(rebuild.aims(REBUILD_AIM).note(rebuilt.note()));
    let name = format!("a view that follows, {} events", scale.replayed);
    let follow = Figure::new(name, followed.rate(), "events/s");
    let follow = follow.beside("events/s only decoded", decoded.rate());
    report.add(follow.note(followed.note()));
    Ok(())
}

fn open(folder: &Path) -> anyhow::Result<LocalLog> {
    Ok(LocalLog::open(folder, &Options::default())?.0)
}

async fn fill(log: &LocalLog, events: u64) -> anyhow::Result<()> {
    let samples = Samples::new()?;
    for first in (0..events).step_by(COMMITS_PER_APPEND as usize) {
        let numbers = first..first + COMMITS_PER_APPEND;
        let commit = |n: u64| samples.commit(&(n % STREAMS).to_string(), Expected::Any);
        let commits: Vec<_> = numbers.map(commit).collect::<anyhow::Result<_>>()?;
        for answer in log.append(commits).await {
            answer?;
        }
    }
    Ok(())
}

/// The ceiling: the store's own scan, every byte seen, nothing checked by us and nothing decoded.
fn scan(folder: &Path, rates: &mut Rates) -> anyhow::Result<u64> {
    let database = fjall::Database::builder(folder.join("store")).open()?;
    let commits = database.keyspace("commits", fjall::KeyspaceCreateOptions::default)?;
    let began = Began::now();
    let (mut records, mut bytes) = (0, 0);
    for entry in commits.iter() {
        let (_, value) = entry.into_inner()?;
        records += 1;
        bytes += value.len();
    }
    std::hint::black_box(bytes);
    rates.add(records, &began);
    Ok(records)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Decodes {
    Nothing,
    Events,
}

async fn read(log: &LocalLog, decodes: Decodes) -> anyhow::Result<u64> {
    let (mut after, mut events) = (0, 0);
    loop {
        let commits = log.read(ContextName::Tracking, after, PAGE_COMMITS).await?;
        let Some(last) = commits.last() else {
            return Ok(events);
        };
        after = last.position;
        for recorded in commits.iter().flat_map(|commit| &commit.events) {
            events += 1;
            if decodes == Decodes::Events {
                recorded.event().map_err(Clone::clone)?;
            }
        }
    }
}

async fn rebuild(log: &LocalLog, folder: &Path, rates: &mut Rates) -> anyhow::Result<()> {
    let began = Began::now();
    let view = LastSeen { name: "rebuilt" };
    let done = rebuild_over(Arc::new(log.clone()), folder, view).await?;
    rates.add(done, &began);
    Ok(())
}

/// What the `operations` service does when an operator asks for a rebuild; answers how many events
/// there were.
pub(crate) async fn rebuild_over(
    log: Arc<dyn EventLog>,
    folder: &Path,
    view: LastSeen,
) -> anyhow::Result<u64> {
    let (views, _) = Views::open(folder, Default::default())?;
    let view = Arc::new(view);
    views.table(view.name(), view.schema())?;
    let engine = Engine::new(log, Arc::new(SystemClock), views.clone(), Tasks::default());
    let (progress, built) = watch::channel(Built::default());
    engine.rebuild(view, progress).await?;
    let done = built.borrow().done;
    views.close()?;
    Ok(done)
}

/// The engine's own loop, as after a wipe.
async fn follow(
    log: &LocalLog,
    folder: &Path,
    events: u64,
    rates: &mut Rates,
) -> anyhow::Result<()> {
    let (views, _) = Views::open(folder, Default::default())?;
    let (tasks, log) = (Tasks::default(), Arc::new(log.clone()));
    let engine = Engine::new(log, Arc::new(SystemClock), views.clone(), tasks.clone());
    let began = Began::now();
    let view = engine.project(LastSeen { name: "followed" })?;
    view.wait_for(ContextName::Tracking, events, FOLLOW_BOUND)
        .await
        .context("the view does not follow")?;
    rates.add(events, &began);
    tasks.shutdown(STOP_BOUND).await?;
    Ok(views.close()?)
}

/// Where each parcel was seen last, and how often it was seen: every event reads and writes a row.
pub(crate) struct LastSeen {
    pub(crate) name: &'static str,
}

#[derive(serde::Serialize, serde::Deserialize)]
struct Seen {
    status: tracking::Status,
    at: backhaul_kernel::Timestamp,
    times: u64,
}

impl Projection for LastSeen {
    fn name(&self) -> &'static str {
        self.name
    }

    fn schema(&self) -> u32 {
        1
    }

    fn contexts(&self) -> &'static [ContextName] {
        &[ContextName::Tracking]
    }

    fn apply(&self, commit: &Commit, event: &Event, rows: &mut Rows) {
        let Event::Tracking(tracking::Event::CheckpointRecorded(seen)) = event else {
            return;
        };
        let CheckpointRecorded {
            status, seen_at, ..
        } = seen;
        let key = format!("{}/{}", commit.stream.tenant, commit.stream.key).into_bytes();
        let before = rows.get(&key);
        let before = before.and_then(|row| serde_json::from_slice::<Seen>(&row).ok());
        let row = Seen {
            status: *status,
            at: *seen_at,
            times: before.map_or(1, |before| before.times + 1),
        };
        if let Ok(row) = serde_json::to_vec(&row) {
            rows.put(key, row);
        }
    }
}

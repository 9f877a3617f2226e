//! Measures the log on the disk that the temporary folder lies on: appends, replay, opening.
//!
//! `cargo run --release -p backhaul-eventlog-local --example measure`

use std::path::Path;
use std::time::{Duration, Instant};

use backhaul_eventlog::{EventLog, Expected, NewCommit, sample};
use backhaul_eventlog_local::{LocalLog, Options};
use backhaul_events::ContextName;

const APPENDING: Duration = Duration::from_secs(3);
const REPLAY_EVENTS: u64 = 1_000_000;
const COMMITS_PER_APPEND: u64 = 1_000;
const PAGE: usize = 4_096;

#[tokio::main]
async fn main() {
    for writers in [1, 64, 256] {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let log = open(folder.path());
        append(&log, writers).await;
        log.close().await;
    }
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let log = open(folder.path());
    fill(&log).await;
    log.close().await;
    let log = open(folder.path());
    for (decodes, what) in [(false, "frames only"), (true, "with JSON")] {
        replay(&log, decodes, what).await;
    }
    cold_streams(&log).await;
    let began = Instant::now();
    log.verify(|_| {}).await.expect("the log is whole");
    println!("verify: {:.2} s", began.elapsed().as_secs_f64());
    println!(
        "disk: {} bytes/event",
        log.disk_bytes().expect("it has a size") / REPLAY_EVENTS
    );
    log.close().await;
    open(folder.path());
}

fn open(folder: &Path) -> LocalLog {
    let began = Instant::now();
    let (log, opening) = LocalLog::open(folder, &Options::default()).expect("the log opens");
    let commits: u64 = opening.positions.iter().sum();
    println!(
        "open {commits} commits: {:.3} s",
        began.elapsed().as_secs_f64()
    );
    log
}

/// About 300 bytes of payload.
fn commit(stream: &str, expected: Expected) -> NewCommit {
    let mut commit = sample::commit(stream, expected, "0190a7c2-0000-7000-8000-000000000001");
    let order = commit.stream.key.as_order().expect("samples are of orders");
    commit.events = vec![sample::new_event(sample::scan(&order, &"x".repeat(200)))];
    commit
}

async fn append(log: &LocalLog, writers: usize) {
    let began = Instant::now();
    let tasks: Vec<_> = (0..writers)
        .map(|writer| {
            let log = log.clone();
            tokio::spawn(async move {
                let mut latencies = Vec::new();
                let mut n = 0;
                while began.elapsed() < APPENDING {
                    let stream = format!("tracking/acme/{writer}-{}", n / 5);
                    let commit = commit(&stream, Expected::Exactly(n % 5));
                    let asked = Instant::now();
                    log.append(vec![commit]).await[0]
                        .as_ref()
                        .expect("appended");
                    latencies.push(asked.elapsed());
                    n += 1;
                }
                latencies
            })
        })
        .collect();
    let mut latencies = Vec::new();
    for task in tasks {
        latencies.extend(task.await.expect("no writer panics"));
    }
    let rate = latencies.len() as f64 / began.elapsed().as_secs_f64();
    latencies.sort_unstable();
    let at = |part: f64| latencies[(latencies.len() as f64 * part) as usize].as_micros();
    let counters = log.counters();
    println!(
        "{writers} writers: {rate:.0} commits/s, p50 {} us, p99 {} us, {:.1} commits/sync",
        at(0.5),
        at(0.99),
        counters.commits as f64 / counters.syncs as f64
    );
}

async fn fill(log: &LocalLog) {
    let began = Instant::now();
    for round in 0..REPLAY_EVENTS / COMMITS_PER_APPEND {
        let commits = (0..COMMITS_PER_APPEND).map(|n| {
            let stream = format!(
                "tracking/acme/{}",
                (round * COMMITS_PER_APPEND + n) % 200_000
            );
            commit(&stream, Expected::Any)
        });
        let answers = log.append(commits.collect()).await;
        assert!(answers.iter().all(Result::is_ok));
    }
    let rate = REPLAY_EVENTS as f64 / began.elapsed().as_secs_f64();
    println!("fill: {rate:.0} events/s");
}

async fn replay(log: &LocalLog, decodes: bool, what: &str) {
    let began = Instant::now();
    let (mut after, mut events) = (0, 0);
    loop {
        let commits = log
            .read(ContextName::Tracking, after, PAGE)
            .await
            .expect("read");
        let Some(last) = commits.last() else { break };
        after = last.position;
        for commit in &commits {
            for event in &commit.events {
                events += 1;
                if decodes {
                    event.event().expect("samples decode");
                }
            }
        }
    }
    let rate = f64::from(events) / began.elapsed().as_secs_f64();
    println!("replay {what}: {rate:.0} events/s");
}

async fn cold_streams(log: &LocalLog) {
    let mut latencies = Vec::new();
    for n in 0..2_000 {
        let stream = format!("tracking/acme/{}", n * 97)
            .parse()
            .expect("a stream name");
        let asked = Instant::now();
        let commits = log.read_stream(&stream, 0).await.expect("read");
        assert_eq!(commits.len(), 5);
        latencies.push(asked.elapsed());
    }
    latencies.sort_unstable();
    let (p50, p99) = (latencies[1_000].as_micros(), latencies[1_980].as_micros());
    println!("one stream of 5 commits among 200,000: p50 {p50} us, p99 {p99} us");
}

//! A process that is killed while it writes: whatever it acknowledged is there afterwards.
//!
//! The writer is this test's own binary, started again with a folder in its environment. It tells
//! each acknowledged commit on its standard output before it goes on.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, in its helpers too"
)]

use std::collections::HashSet;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use backhaul_eventlog::{EventLog, Expected, sample};
use backhaul_eventlog_local::{LocalLog, Options};
use backhaul_events::ContextName;

const FOLDER: &str = "BACKHAUL_TEST_KILL_FOLDER";
const ROUND: &str = "BACKHAUL_TEST_KILL_ROUND";
const ROUNDS: usize = 12;
const WRITERS: usize = 16;

/// Only the second process does anything here.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_writer_that_is_killed() {
    let (Ok(folder), Ok(round)) = (std::env::var(FOLDER), std::env::var(ROUND)) else {
        return;
    };
    let (log, _) = LocalLog::open(Path::new(&folder), &Options::default()).unwrap();
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| tokio::spawn(write_for_ever(log.clone(), round.clone(), writer)))
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
}

async fn write_for_ever(log: LocalLog, round: String, writer: usize) {
    for n in 0.. {
        let id = format!("{round}-{writer}-{n}");
        let stream = format!("tracking/acme/{writer}-{}", n % 10);
        let commit = sample::commit_of(&stream, Expected::Any, &id, n % 3 + 1);
        log.append(vec![commit]).await[0].as_ref().unwrap();
        let mut out = std::io::stdout().lock();
        writeln!(out, "acknowledged {id}")
            .and_then(|()| out.flush())
            .unwrap();
    }
}

#[tokio::test]
async fn what_was_acknowledged_survives_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged = HashSet::new();
    for round in 0..ROUNDS {
        // Ever later moments, so that opening, writing and flushing are all met.
        let kill_after = 1 + round * round * 40;
        let before = acknowledged.len();
        acknowledged.extend(write_and_kill(folder.path(), round, kill_after));
        assert!(
            acknowledged.len() > before,
            "the writer wrote in round {round}"
        );

        let (log, _) = LocalLog::open(folder.path(), &Options::default()).unwrap();
        let mut found = HashSet::new();
        let mut after = 0;
        loop {
            let commits = log.read(ContextName::Tracking, after, 1_000).await.unwrap();
            let Some(last) = commits.last() else { break };
            after = last.position;
            found.extend(
                commits
                    .iter()
                    .map(|c| c.metadata.command_id.as_str().to_owned()),
            );
        }
        let lost: Vec<_> = acknowledged.difference(&found).collect();
        assert!(lost.is_empty(), "round {round} lost {lost:?}");
        log.verify(|_| {}).await.unwrap();
        log.close().await;
    }
}

/// The command ids that the writer acknowledged before it was killed.
fn write_and_kill(folder: &Path, round: usize, kill_after: usize) -> Vec<String> {
    let mut writer = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "the_writer_that_is_killed", "--nocapture"])
        .env(FOLDER, folder)
        .env(ROUND, round.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut acknowledged = Vec::new();
    for line in BufReader::new(writer.stdout.take().unwrap()).lines() {
        // The last line may be cut, and then was not acknowledged.
        let Ok(line) = line else { break };
        if let Some((_, id)) = line.split_once("acknowledged ") {
            acknowledged.push(id.to_owned());
        }
        if acknowledged.len() == kill_after {
            writer.kill().unwrap();
        }
    }
    writer.wait().unwrap();
    acknowledged
}

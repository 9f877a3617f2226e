//! Damaged files: found, or without effect; never wrong data as good.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, in its helpers too; its tasks end with it"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use backhaul_eventlog::{AppendError, EventLog, Expected, Health, sample};
use backhaul_eventlog_local::{LocalLog, OpenError, Options};
use backhaul_events::ContextName;

const COMMITS: usize = 60;

async fn write_log(folder: &Path) {
    let (log, _) = LocalLog::open(folder, &Options::default()).unwrap();
    for n in 0..COMMITS {
        let stream = format!("tracking/acme/{}", n % 5);
        let commit = sample::commit_of(&stream, Expected::Any, &format!("c-{n}"), 2);
        log.append(vec![commit]).await[0].as_ref().unwrap();
    }
    log.close().await;
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(self::files(&path));
        } else {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn copy(from: &Path, to: &Path) {
    for file in files(from) {
        let target = to.join(file.strip_prefix(from).unwrap());
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::copy(&file, target).unwrap();
    }
}

fn journal(folder: &Path) -> PathBuf {
    let mut files = files(&folder.join("store"));
    files.retain(|file| file.extension().is_some_and(|end| end == "jnl"));
    files.pop().unwrap()
}

/// What a log says of its own content: everything, or what is wrong.
async fn read_back(folder: &Path) -> Result<Vec<String>, String> {
    let (log, _) =
        LocalLog::open(folder, &Options::default()).map_err(|error| error.to_string())?;
    log.verify(|_| {})
        .await
        .map_err(|error| error.to_string())?;
    let commits = log.read(ContextName::Tracking, 0, 1_000).await;
    let commits = commits.map_err(|error| error.to_string())?;
    let content = |commit: &std::sync::Arc<backhaul_eventlog::Commit>| format!("{commit:?}");
    Ok(commits.iter().map(content).collect())
}

const FLIPS_FOLDER: &str = "BACKHAUL_TEST_FLIPS_FOLDER";
const FLIPS_FROM: &str = "BACKHAUL_TEST_FLIPS_FROM";
const FLIPS_PER_FILE: usize = 20;

/// Every bit to flip: a file, and a place in it.
fn flips(folder: &Path) -> Vec<(PathBuf, usize)> {
    let mut flips = Vec::new();
    for file in files(folder) {
        let bytes = fs::read(&file).unwrap();
        let written = bytes
            .iter()
            .rposition(|byte| *byte != 0)
            .map_or(0, |last| last + 1);
        let step = (written / FLIPS_PER_FILE).max(1);
        flips.extend((0..written).step_by(step).map(|at| (file.clone(), at)));
    }
    flips
}

/// Only a second process does anything here. The store gives up the whole process when a damaged
/// length makes it ask for more memory than there is; the first process counts that as found.
#[tokio::test]
async fn the_reader_of_flipped_bits() {
    let (Ok(folder), Ok(from)) = (std::env::var(FLIPS_FOLDER), std::env::var(FLIPS_FROM)) else {
        return;
    };
    let original = Path::new(&folder);
    let good = copy_and_read(original, |_| {}).await.unwrap();
    assert_eq!(good.len(), COMMITS);
    let flips = flips(original).into_iter().enumerate();
    for (turn, (file, at)) in flips.skip(from.parse().unwrap()) {
        let name = file.strip_prefix(original).unwrap();
        let flip = |copy: &Path| {
            let mut bytes = fs::read(copy.join(name)).unwrap();
            bytes[at] ^= 1 << (turn % 8);
            fs::write(copy.join(name), bytes).unwrap();
        };
        let outcome = match copy_and_read(original, flip).await {
            Err(_) => "found",
            Ok(content) if content == good => "harmless",
            Ok(_) => "wrong",
        };
        println!("\nflip {turn} {outcome}");
    }
}

async fn copy_and_read(original: &Path, damage: impl Fn(&Path)) -> Result<Vec<String>, String> {
    let folder = tempfile::tempdir().unwrap();
    copy(original, folder.path());
    damage(folder.path());
    read_back(folder.path()).await
}

#[tokio::test]
async fn a_flipped_bit_never_gives_wrong_data() {
    let original = tempfile::tempdir().unwrap();
    write_log(original.path()).await;
    // Opening cuts the unwritten end off the journal, and makes every copy as small.
    read_back(original.path()).await.unwrap();
    let flips = flips(original.path());
    assert!(flips.len() > 200, "{} flips", flips.len());

    let mut outcomes: Vec<String> = Vec::new();
    while outcomes.len() < flips.len() {
        let before = outcomes.len();
        let reader = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "the_reader_of_flipped_bits", "--nocapture"])
            .env(FLIPS_FOLDER, original.path())
            .env(FLIPS_FROM, before.to_string())
            .stderr(Stdio::null())
            .output()
            .unwrap();
        let out = String::from_utf8_lossy(&reader.stdout).into_owned();
        let told = out.lines().filter_map(|line| line.strip_prefix("flip "));
        outcomes.extend(told.map(|line| line.split_once(' ').unwrap().1.to_owned()));
        if outcomes.len() < flips.len() {
            assert!(!reader.status.success(), "the reader ended early");
            outcomes.push("aborted".to_owned());
        }
    }
    let count = |outcome| outcomes.iter().filter(|other| *other == outcome).count();
    let wrong: Vec<_> = flips
        .iter()
        .zip(&outcomes)
        .filter(|(_, o)| *o == "wrong")
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    assert!(count("found") > 100, "{} found", count("found"));
}

#[tokio::test]
async fn a_torn_end_is_cut_and_said() {
    let folder = tempfile::tempdir().unwrap();
    write_log(folder.path()).await;
    let journal = journal(folder.path());
    let mut bytes = fs::read(&journal).unwrap();
    let written = bytes.iter().rposition(|byte| *byte != 0).unwrap() + 1;
    // Half of a batch that looks like the last one.
    let torn = bytes[written - 400..written - 100].to_vec();
    bytes.truncate(written);
    let start = bytes[..40].to_vec();
    bytes.extend_from_slice(&start);
    bytes.extend_from_slice(&torn);
    fs::write(&journal, bytes).unwrap();

    let (log, opening) = LocalLog::open(folder.path(), &Options::default()).unwrap();
    assert_eq!(opening.positions, [0, 0, 0, COMMITS as u64, 0]);
    let torn_end = opening.torn_end.unwrap();
    assert_eq!(torn_end.file, journal);
    assert!(torn_end.bytes > 0);
    log.verify(|_| {}).await.unwrap();
    let commit = sample::commit("tracking/acme/1", Expected::Any, "after");
    log.append(vec![commit]).await[0].as_ref().unwrap();
    log.close().await;
    let (_log, opening) = LocalLog::open(folder.path(), &Options::default()).unwrap();
    assert_eq!(opening.positions, [0, 0, 0, COMMITS as u64 + 1, 0]);
    assert_eq!(opening.torn_end, None);
}

#[tokio::test]
async fn acknowledged_commits_that_are_gone_stop_the_opening() {
    let folder = tempfile::tempdir().unwrap();
    write_log(folder.path()).await;
    let journal = journal(folder.path());
    let bytes = fs::read(&journal).unwrap();
    let written = bytes.iter().rposition(|byte| *byte != 0).unwrap() + 1;
    fs::write(&journal, &bytes[..written - 300]).unwrap();

    let Err(error) = LocalLog::open(folder.path(), &Options::default()) else {
        panic!("a loss goes unseen");
    };
    let OpenError::Lost {
        context: ContextName::Tracking,
        durable,
        found,
    } = error
    else {
        panic!("{error}");
    };
    assert_eq!(durable, COMMITS as u64);
    assert!(found < durable);

    // An operator may accept the loss.
    fs::remove_file(folder.path().join("durable")).unwrap();
    let (_log, opening) = LocalLog::open(folder.path(), &Options::default()).unwrap();
    assert_eq!(opening.positions, [0, 0, 0, found, 0]);
}

#[tokio::test]
async fn a_disk_that_does_not_answer_shows_in_the_health() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        stall_after: std::time::Duration::from_millis(20),
        ..Options::default()
    };
    let (log, _) = LocalLog::open(folder.path(), &options).unwrap();
    options.faults.hold();
    let commit = || sample::commit("tracking/acme/1", Expected::Any, "c-1");
    let mut waiting = log.append(vec![commit()]);
    assert!(futures::poll!(&mut waiting).is_pending());
    let mut health = log.health();
    let read_only = health.wait_for(|health| *health != Health::Writable).await;
    assert!(read_only.is_ok());
    drop(read_only);
    let refused = log.append(vec![commit()]).await;
    assert!(
        matches!(refused[0], Err(AppendError::ReadOnly(_))),
        "{refused:?}"
    );
    options.faults.release();
    // What the disk took in the end is not taken back.
    let late = waiting.await;
    assert_eq!(
        late[0].is_ok(),
        *log.head(ContextName::Tracking).borrow() == 1
    );
}

#[tokio::test]
async fn a_closed_log_refuses_and_tells_its_readers() {
    let folder = tempfile::tempdir().unwrap();
    let (log, _) = LocalLog::open(folder.path(), &Options::default()).unwrap();
    let mut subscription = log.subscribe(ContextName::Tracking, 0);
    let reader = tokio::spawn(async move { subscription.next(1).await.map(|c| c.len()) });
    log.close().await;
    assert!(reader.await.unwrap().is_err());
    let commit = sample::commit("tracking/acme/1", Expected::Any, "c-1");
    let refused = log.append(vec![commit]).await;
    assert!(
        matches!(refused[0], Err(AppendError::ReadOnly(_))),
        "{refused:?}"
    );
    let (_again, _) = LocalLog::open(folder.path(), &Options::default()).unwrap();
}

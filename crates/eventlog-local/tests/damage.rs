//! Damaged files: found, or without effect; never wrong data as good.

use std::fs;
use std::path::{Path, PathBuf};

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
    // A folder that is empty belongs to the store as well.
    for folder in ["store/keyspaces"] {
        fs::create_dir_all(to.join(folder)).unwrap();
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

#[tokio::test]
async fn a_flipped_bit_never_gives_wrong_data() {
    let original = tempfile::tempdir().unwrap();
    write_log(original.path()).await;
    let good = read_back(original.path()).await.unwrap();
    assert_eq!(good.len(), COMMITS);

    let mut found = 0;
    let mut without_effect = 0;
    for file in files(original.path()) {
        let bytes = fs::read(&file).unwrap();
        let written = bytes
            .iter()
            .rposition(|byte| *byte != 0)
            .map_or(0, |last| last + 1);
        const FLIPS_PER_FILE: usize = 60;
        let step = (written / FLIPS_PER_FILE).max(1);
        for (turn, at) in (0..written).step_by(step).enumerate() {
            let damaged = tempfile::tempdir().unwrap();
            copy(original.path(), damaged.path());
            let mut bytes = bytes.clone();
            bytes[at] ^= 1 << (turn % 8);
            let name = file.strip_prefix(original.path()).unwrap();
            fs::write(damaged.path().join(name), bytes).unwrap();
            match read_back(damaged.path()).await {
                Err(_) => found += 1,
                Ok(content) => {
                    assert!(content == good, "{} at byte {at}", name.display());
                    without_effect += 1;
                }
            }
        }
    }
    assert!(found > 50, "{found} found, {without_effect} without effect");
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

//! What a log says when it is opened again.

use backhaul_eventlog::{EventLog, Expected, sample};
use backhaul_eventlog_local::{LocalLog, OpenError, Options};
use backhaul_events::ContextName;

#[tokio::test]
async fn a_closed_log_opens_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let (log, created) = LocalLog::open(folder.path(), &Options::default()).unwrap();
    let commits = (1..=100).map(|n| {
        let stream = format!("tracking/acme/{}", n % 7);
        sample::commit_of(&stream, Expected::Any, &format!("c-{n}"), n % 3 + 1)
    });
    let answers = log.append(commits.collect()).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    log.close().await;

    let (log, opened) = LocalLog::open(folder.path(), &Options::default()).unwrap();
    assert_eq!(opened.id, created.id);
    assert_eq!(opened.positions, [0, 0, 0, 100, 0]);
    assert_eq!((opened.torn_end, opened.mark_is_damaged), (None, false));
    assert_eq!(
        log.read(ContextName::Tracking, 0, 1_000)
            .await
            .unwrap()
            .len(),
        100
    );
    let verified = log.verify(|_| {}).await.unwrap();
    assert_eq!((verified.commits, verified.streams), (100, 7));
}

#[tokio::test]
async fn a_second_process_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let (_log, _) = LocalLog::open(folder.path(), &Options::default()).unwrap();
    let Err(error) = LocalLog::open(folder.path(), &Options::default()) else {
        panic!("two writers have one log");
    };
    assert!(matches!(error, OpenError::InUse { .. }), "{error}");
    let holder = format!("process {}", std::process::id());
    assert!(error.to_string().ends_with(&holder), "{error}");
}

/// A child process that is being started shares the lock until it runs its own program.
#[tokio::test]
async fn a_lock_that_is_about_to_go_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let (log, _) = LocalLog::open(folder.path(), &Options::default()).unwrap();
    log.close().await;
    drop(log);
    let lock = std::fs::File::open(folder.path().join("lock")).unwrap();
    lock.lock().unwrap();
    let holder = std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_millis(60));
        drop(lock);
    });
    assert!(LocalLog::open(folder.path(), &Options::default()).is_ok());
    holder.join().unwrap();
}

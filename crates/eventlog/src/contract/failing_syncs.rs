//! After the disk has failed once, nobody can tell what it kept: the log takes no more writes.

use super::{CONTEXT, FailsSyncs, append_one, command_ids, read_all, read_stream};
use crate::sample::commit;
use crate::{AppendError, Expected, Health, NewCommit};

const STREAM: &str = "tracking/acme/1";

fn any(command_id: &str) -> NewCommit {
    commit(STREAM, Expected::Any, command_id)
}

async fn failed<H: FailsSyncs>() -> H {
    let harness = H::start().await;
    let log = harness.log();
    append_one(&*log, any("before")).await.expect("stored");
    harness.fail_next_sync();
    let failed = append_one(&*log, any("failed")).await;
    // Whether the disk kept it is not known; whether anybody was told is.
    let is_failure = matches!(
        failed,
        Err(AppendError::Unknown(_) | AppendError::ReadOnly(_))
    );
    assert!(is_failure, "{failed:?}");
    harness
}

/// And never shown.
pub async fn a_failed_sync_is_not_acknowledged<H: FailsSyncs>() {
    let harness = failed::<H>().await;
    let log = harness.log();
    assert_eq!(
        command_ids(&read_stream(&*log, STREAM, 0).await),
        ["before"]
    );
    assert_eq!(command_ids(&read_all(&*log, CONTEXT, 0).await), ["before"]);
    assert_eq!(*log.head(CONTEXT).borrow(), 1);
}

/// The sync is not tried again.
pub async fn after_a_failed_sync_nothing_is_stored<H: FailsSyncs>() {
    let harness = failed::<H>().await;
    let log = harness.log();
    for _ in 0..3 {
        let later = append_one(&*log, any("later")).await;
        assert!(matches!(later, Err(AppendError::ReadOnly(_))), "{later:?}");
    }
    assert_eq!(
        command_ids(&read_stream(&*log, STREAM, 0).await),
        ["before"]
    );
}

/// Nobody waits for ever.
pub async fn after_a_failed_sync_what_waits_fails_too<H: FailsSyncs>() {
    let harness = H::start().await;
    let log = harness.log();
    harness.hold();
    harness.fail_next_sync();
    let mut waiting: Vec<_> = (0..20)
        .map(|n| {
            let stream = format!("tracking/acme/{n}");
            log.append(vec![commit(&stream, Expected::Any, "waiting")])
        })
        .collect();
    for append in &mut waiting {
        assert!(futures::poll!(append).is_pending());
    }
    harness.release();
    for append in waiting {
        let answers = append.await;
        let is_failure = matches!(
            answers[0],
            Err(AppendError::Unknown(_) | AppendError::ReadOnly(_))
        );
        assert!(is_failure, "{answers:?}");
    }
    assert!(read_all(&*log, CONTEXT, 0).await.is_empty());
}

/// What is durable stays readable.
pub async fn after_a_failed_sync_reads_go_on<H: FailsSyncs>() {
    let harness = failed::<H>().await;
    let log = harness.log();
    let mut subscription = log.subscribe(CONTEXT, 0);
    assert_eq!(
        command_ids(&super::take(&mut *subscription, 1).await),
        ["before"]
    );
}

/// Whoever watches the health is told, with the reason.
pub async fn a_failed_sync_shows_in_the_health<H: FailsSyncs>() {
    let harness = failed::<H>().await;
    let mut health = harness.log().health();
    let told = health.wait_for(|health| *health != Health::Writable).await;
    let told = told.expect("the log is open").clone();
    assert!(
        matches!(told, Health::ReadOnly { ref reason } if !reason.is_empty()),
        "{told:?}"
    );
}

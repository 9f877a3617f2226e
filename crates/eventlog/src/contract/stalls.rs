//! While the disk does not answer.

use std::sync::Arc;

use super::{CONTEXT, Stalls, append_one, command_ids, read_all, read_stream};
use crate::sample::commit;
use crate::{AppendError, EventLog, Expected, NewCommit, WAITING_COMMITS_MAX};

const STREAM: &str = "tracking/acme/1";

fn any(command_id: &str) -> NewCommit {
    commit(STREAM, Expected::Any, command_id)
}

/// Not by stream, not by context, not by the head.
pub async fn nothing_is_seen_before_it_is_durable<H: Stalls>() {
    let harness = H::start().await;
    let log = harness.log();
    append_one(&*log, any("before")).await.expect("stored");
    harness.hold();
    let mut append = log.append(vec![any("waiting")]);
    for _ in 0..10 {
        assert!(futures::poll!(&mut append).is_pending());
        assert_eq!(
            command_ids(&read_stream(&*log, STREAM, 0).await),
            ["before"]
        );
        assert_eq!(command_ids(&read_all(&*log, CONTEXT, 0).await), ["before"]);
        assert_eq!(*log.head(CONTEXT).borrow(), 1);
    }
    harness.release();
    assert!(append.await[0].is_ok());
    let stored = read_stream(&*log, STREAM, 0).await;
    assert_eq!(command_ids(&stored), ["before", "waiting"]);
}

/// At once, and nothing of them is stored; what waits is stored in the end.
pub async fn too_many_waiting_commits_are_refused<H: Stalls>() {
    let harness = H::start().await;
    let log = harness.log();
    harness.hold();
    let most = vec![any("waiting"); WAITING_COMMITS_MAX];
    let mut waiting = log.append(most);
    assert!(futures::poll!(&mut waiting).is_pending());
    let refused = append_one(&*log, any("too-many")).await;
    assert_eq!(refused, Err(AppendError::Overloaded));
    harness.release();
    assert!(waiting.await.iter().all(Result::is_ok));
    append_one(&*log, any("later"))
        .await
        .expect("there is room again");
    let stored = read_all(&*log, CONTEXT, 0).await;
    assert_eq!(stored.len(), WAITING_COMMITS_MAX + 1);
    assert!(!command_ids(&stored).contains(&"too-many"));
}

/// Readers do not need the writer.
pub async fn reads_go_on_while_writes_wait<H: Stalls>() {
    let harness = H::start().await;
    let log = harness.log();
    for _ in 0..10 {
        append_one(&*log, any("before")).await.expect("stored");
    }
    harness.hold();
    let mut append = log.append(vec![any("waiting")]);
    assert!(futures::poll!(&mut append).is_pending());
    assert_eq!(read_stream(&*log, STREAM, 0).await.len(), 10);
    let mut subscription = log.subscribe(CONTEXT, 4);
    assert_eq!(super::take(&mut *subscription, 6).await.len(), 6);
    harness.release();
    assert!(append.await[0].is_ok());
}

/// The caller is gone; the log goes on, with the commit or without it.
pub async fn an_append_given_up_is_whole_or_nothing<H: Stalls>() {
    let harness = H::start().await;
    let log = harness.log();
    harness.hold();
    let given_up = crate::sample::commit_of(STREAM, Expected::Any, "given-up", 3);
    {
        let mut append = log.append(vec![given_up]);
        assert!(futures::poll!(&mut append).is_pending());
    }
    harness.release();
    append_one(&*log, any("later"))
        .await
        .expect("the log goes on");
    let stored = read_stream(&*log, STREAM, 0).await;
    match command_ids(&stored)[..] {
        ["later"] => assert_eq!(stored[0].first_version, 1),
        ["given-up", "later"] => {
            assert_eq!(stored[0].events.len(), 3);
            assert_eq!(stored[1].first_version, 4);
        }
        ref other => panic!("{other:?}"),
    }
}

/// Of commits that wait together and expect the same, the first wins.
pub async fn waiting_commits_are_checked_in_their_order<H: Stalls>() {
    let harness = H::start().await;
    let log = harness.log();
    harness.hold();
    let append = |id: &'static str| {
        let log: Arc<dyn EventLog> = Arc::clone(&log);
        async move { append_one(&*log, commit(STREAM, Expected::Exactly(0), id)).await }
    };
    let (mut first, mut second) = (Box::pin(append("first")), Box::pin(append("second")));
    assert!(futures::poll!(&mut first).is_pending());
    assert!(futures::poll!(&mut second).is_pending());
    harness.release();
    let (first, second) = futures::join!(first, second);
    assert!(first.is_ok(), "{first:?}");
    assert!(
        matches!(second, Err(AppendError::Conflict { actual: 1, .. })),
        "{second:?}"
    );
}

//! What outlives the process.

use backhaul_events::ContextName;

use super::{CONTEXT, Restarts, append_one, command_ids, positions, read_all, read_stream, take};
use crate::sample::{commit, commit_of};
use crate::{AppendError, Appended, Commit, Expected};

async fn filled<H: Restarts>() -> H {
    let harness = H::start().await;
    let log = harness.log();
    for n in 1..=50 {
        let context = if n % 5 == 0 {
            "notifications"
        } else {
            "tracking"
        };
        let stream = format!("{context}/acme/{}", n % 7);
        let command = commit_of(&stream, Expected::Any, &format!("c-{n}"), n % 3 + 1);
        append_one(&*log, command).await.expect("stored");
    }
    harness
}

fn identity(commit: &Commit) -> impl PartialEq + std::fmt::Debug + use<> {
    let payloads: Vec<_> = commit
        .events
        .iter()
        .map(|event| event.payload.clone())
        .collect();
    let place = (
        commit.position,
        commit.stream.clone(),
        commit.first_version,
        commit.chain,
    );
    (place, commit.metadata.clone(), payloads)
}

/// Every commit, in every part.
pub async fn everything_is_kept<H: Restarts>() {
    let harness = filled::<H>().await;
    let mut before = Vec::new();
    for context in ContextName::ALL {
        before.extend(read_all(&*harness.log(), context, 0).await);
    }
    let harness = harness.restart().await;
    let mut after = Vec::new();
    for context in ContextName::ALL {
        after.extend(read_all(&*harness.log(), context, 0).await);
    }
    let identities = |commits: &[std::sync::Arc<Commit>]| -> Vec<_> {
        commits.iter().map(|commit| identity(commit)).collect()
    };
    assert_eq!(identities(&before), identities(&after));
    assert_eq!(after.len(), 50);
}

/// Nothing starts again from 1.
pub async fn positions_and_versions_go_on<H: Restarts>() {
    let mut harness = H::start().await;
    let stream = "tracking/acme/1";
    for round in 1..=3 {
        let command = commit(stream, Expected::Exactly(round - 1), "c-1");
        let appended = append_one(&*harness.log(), command).await;
        let expected = Appended {
            position: round,
            version: round,
        };
        assert_eq!(appended, Ok(expected));
        harness = harness.restart().await;
        assert_eq!(*harness.log().head(CONTEXT).borrow(), round);
    }
    assert_eq!(
        positions(&read_stream(&*harness.log(), stream, 0).await),
        [1, 2, 3]
    );
}

/// A version that was taken stays taken.
pub async fn conflicts_are_found_still<H: Restarts>() {
    let harness = H::start().await;
    let stream = "tracking/acme/1";
    let command = commit_of(stream, Expected::Exactly(0), "before", 3);
    append_one(&*harness.log(), command).await.expect("stored");
    let harness = harness.restart().await;
    let log = harness.log();
    for expected in [0, 2, 4] {
        let command = commit(stream, Expected::Exactly(expected), "late");
        let answer = append_one(&*log, command).await;
        assert!(
            matches!(answer, Err(AppendError::Conflict { actual: 3, .. })),
            "{answer:?}"
        );
    }
    assert_eq!(
        command_ids(&read_stream(&*log, stream, 0).await),
        ["before"]
    );
}

/// A checkpoint taken before is good after.
pub async fn a_reader_goes_on_where_it_was<H: Restarts>() {
    let harness = filled::<H>().await;
    let mut subscription = harness.log().subscribe(CONTEXT, 0);
    let seen = positions(&take(&mut *subscription, 25).await);
    drop(subscription);
    let harness = harness.restart().await;
    let mut subscription = harness.log().subscribe(CONTEXT, 25);
    let rest = positions(&take(&mut *subscription, 15).await);
    assert_eq!([seen, rest].concat(), (1..=40).collect::<Vec<_>>());
}

/// Opening writes nothing that reads as a commit.
pub async fn an_empty_log_stays_empty<H: Restarts>() {
    let harness = H::start().await.restart().await;
    for context in ContextName::ALL {
        assert!(read_all(&*harness.log(), context, 0).await.is_empty());
        assert_eq!(*harness.log().head(context).borrow(), 0);
    }
}

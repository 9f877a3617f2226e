//! What an append answers, and what it stores.

use super::{CONTEXT, Harness, append_one, command_ids, name, read_all, read_stream};
use crate::sample::{commit, commit_of, new_event, scan};
use crate::{
    AppendError, Appended, COMMIT_BYTES_MAX, COMMIT_EVENTS_MAX, Expected, NewCommit, Version,
};

const STREAM: &str = "tracking/acme/1";

fn at(version: Version, command_id: &str) -> NewCommit {
    commit(STREAM, Expected::Exactly(version), command_id)
}

fn conflict(expected: Version, actual: Version) -> Result<Appended, AppendError> {
    Err(AppendError::Conflict {
        stream: name(STREAM),
        expected,
        actual,
    })
}

fn appended(position: u64, version: Version) -> Result<Appended, AppendError> {
    Ok(Appended { position, version })
}

/// One append on a stream that is at a version already, made of that many commits.
async fn check<H: Harness>(
    already: Version,
    expected: Expected,
    answer: Result<Appended, AppendError>,
) {
    let harness = H::start().await;
    let log = harness.log();
    for version in 0..already {
        append_one(&*log, at(version, "before"))
            .await
            .expect("the stream is set up");
    }
    let command = commit(STREAM, expected, "asked");
    assert_eq!(append_one(&*log, command).await, answer);
    let stored = read_stream(&*log, STREAM, 0).await;
    assert_eq!(command_ids(&stored).contains(&"asked"), answer.is_ok());
}

/// `Any` makes a stream.
pub async fn any_version_on_a_new_stream<H: Harness>() {
    check::<H>(0, Expected::Any, appended(1, 1)).await;
}

/// `Any` goes on with a stream.
pub async fn any_version_on_a_stream_that_exists<H: Harness>() {
    check::<H>(2, Expected::Any, appended(3, 3)).await;
}

/// Version 0 makes a stream.
pub async fn version_zero_on_a_new_stream<H: Harness>() {
    check::<H>(0, Expected::Exactly(0), appended(1, 1)).await;
}

/// Version 0 is refused where there is a stream.
pub async fn version_zero_on_a_stream_that_exists<H: Harness>() {
    check::<H>(2, Expected::Exactly(0), conflict(0, 2)).await;
}

/// The last version goes on with a stream.
pub async fn the_right_version<H: Harness>() {
    check::<H>(2, Expected::Exactly(2), appended(3, 3)).await;
}

/// An older version is refused.
pub async fn a_version_too_low<H: Harness>() {
    check::<H>(3, Expected::Exactly(2), conflict(2, 3)).await;
}

/// A version to come is refused.
pub async fn a_version_too_high<H: Harness>() {
    check::<H>(2, Expected::Exactly(3), conflict(3, 2)).await;
}

/// A version is refused where there is no stream.
pub async fn a_version_too_high_on_a_new_stream<H: Harness>() {
    check::<H>(0, Expected::Exactly(1), conflict(1, 0)).await;
}

/// Neither stream nor context holds anything of a refused commit.
pub async fn a_conflict_stores_nothing<H: Harness>() {
    let harness = H::start().await;
    let log = harness.log();
    append_one(&*log, at(0, "first")).await.expect("the first");
    append_one(&*log, at(0, "second"))
        .await
        .expect_err("a conflict");
    assert_eq!(command_ids(&read_stream(&*log, STREAM, 0).await), ["first"]);
    assert_eq!(command_ids(&read_all(&*log, CONTEXT, 0).await), ["first"]);
    assert_eq!(append_one(&*log, at(1, "third")).await, appended(2, 2));
}

/// A commit takes as many versions as it has events, and one position.
pub async fn events_of_a_commit_have_consecutive_versions<H: Harness>() {
    let harness = H::start().await;
    let log = harness.log();
    let three = commit_of(STREAM, Expected::Exactly(0), "three", 3);
    assert_eq!(append_one(&*log, three).await, appended(1, 3));
    let two = commit_of(STREAM, Expected::Exactly(3), "two", 2);
    assert_eq!(append_one(&*log, two).await, appended(2, 5));
    let stored = read_stream(&*log, STREAM, 0).await;
    let versions: Vec<_> = stored
        .iter()
        .map(|commit| (commit.first_version, commit.last_version()))
        .collect();
    assert_eq!(versions, [(1, 3), (4, 5)]);
}

/// A stream is never in the middle of a commit.
pub async fn a_version_within_a_commit_is_not_the_streams<H: Harness>() {
    let harness = H::start().await;
    let log = harness.log();
    let three = commit_of(STREAM, Expected::Any, "three", 3);
    append_one(&*log, three).await.expect("the first");
    assert_eq!(append_one(&*log, at(2, "asked")).await, conflict(2, 3));
}

/// A conflict is refused alone.
pub async fn one_conflict_among_many_commits<H: Harness>() {
    let harness = H::start().await;
    let log = harness.log();
    append_one(&*log, at(0, "before")).await.expect("the first");
    let commits = (1..=9).map(|n| {
        let stream = format!("tracking/acme/{}", if n == 5 { 1 } else { n * 10 });
        commit(&stream, Expected::Exactly(0), &format!("c-{n}"))
    });
    let answers = log.append(commits.collect()).await;
    assert_eq!(answers.len(), 9);
    for (n, answer) in (1..).zip(&answers) {
        match n {
            5 => assert_eq!(*answer, conflict(0, 1)),
            _ => assert!(answer.is_ok(), "commit {n}: {answer:?}"),
        }
    }
    assert_eq!(read_all(&*log, CONTEXT, 0).await.len(), 9);
}

/// The second sees the first.
pub async fn two_commits_on_one_stream_in_one_append<H: Harness>() {
    let harness = H::start().await;
    let log = harness.log();
    let answers = log.append(vec![at(0, "first"), at(1, "second")]).await;
    assert_eq!(answers, [appended(1, 1), appended(2, 2)]);
    let stored = read_stream(&*log, STREAM, 0).await;
    assert_eq!(command_ids(&stored), ["first", "second"]);
}

/// The first wins.
pub async fn two_commits_that_expect_the_same_in_one_append<H: Harness>() {
    let harness = H::start().await;
    let log = harness.log();
    let answers = log.append(vec![at(0, "first"), at(0, "second")]).await;
    assert_eq!(answers, [appended(1, 1), conflict(0, 1)]);
}

/// Nothing is no error.
pub async fn an_append_of_nothing<H: Harness>() {
    let harness = H::start().await;
    let log = harness.log();
    assert_eq!(log.append(Vec::new()).await, []);
    assert!(read_all(&*log, CONTEXT, 0).await.is_empty());
}

/// To find a command that was stored already is the caller's work.
pub async fn the_same_commit_twice_is_stored_twice<H: Harness>() {
    let harness = H::start().await;
    let log = harness.log();
    let command = commit(STREAM, Expected::Any, "same");
    assert_eq!(append_one(&*log, command.clone()).await, appended(1, 1));
    assert_eq!(append_one(&*log, command).await, appended(2, 2));
}

async fn check_invalid<H: Harness>(command: NewCommit) {
    let harness = H::start().await;
    let log = harness.log();
    let answer = append_one(&*log, command).await;
    assert!(matches!(answer, Err(AppendError::Invalid(_))), "{answer:?}");
    assert!(read_all(&*log, CONTEXT, 0).await.is_empty());
    assert!(read_stream(&*log, STREAM, 0).await.is_empty());
}

fn with_payload(bytes: usize) -> NewCommit {
    let mut command = at(0, "large");
    let json = b"{}".iter().copied();
    command.events[0].payload = json.chain(std::iter::repeat_n(b' ', bytes - 2)).collect();
    command
}

/// Nothing happened, so there is nothing to store.
pub async fn a_commit_without_events<H: Harness>() {
    check_invalid::<H>(commit_of(STREAM, Expected::Any, "none", 0)).await;
}

/// A thousand events are one commit.
pub async fn the_most_events<H: Harness>() {
    let harness = H::start().await;
    let log = harness.log();
    let most = COMMIT_EVENTS_MAX as u32;
    let command = commit_of(STREAM, Expected::Any, "many", most);
    assert_eq!(append_one(&*log, command).await, appended(1, most.into()));
    let stored = read_stream(&*log, STREAM, 0).await;
    assert_eq!(stored[0].events.len(), COMMIT_EVENTS_MAX);
}

/// One more is refused.
pub async fn too_many_events<H: Harness>() {
    let count = COMMIT_EVENTS_MAX as u32 + 1;
    check_invalid::<H>(commit_of(STREAM, Expected::Any, "many", count)).await;
}

/// Half of the most bytes is stored by every log; how a log frames them is its own affair.
pub async fn the_most_bytes<H: Harness>() {
    let harness = H::start().await;
    let log = harness.log();
    let command = with_payload(COMMIT_BYTES_MAX / 2);
    let payload = command.events[0].payload.clone();
    assert_eq!(append_one(&*log, command).await, appended(1, 1));
    let stored = read_stream(&*log, STREAM, 0).await;
    assert!(
        stored[0].events[0].payload == payload,
        "the payload is another"
    );
}

/// One byte more than the most is refused.
pub async fn too_many_bytes<H: Harness>() {
    check_invalid::<H>(with_payload(COMMIT_BYTES_MAX + 1)).await;
}

/// A stream holds events of its own context.
pub async fn an_event_of_another_context<H: Harness>() {
    let mut command = commit("notifications/acme/1", Expected::Any, "foreign");
    let order = "1".parse().expect("an order id");
    command.events.push(new_event(scan(&order, "s-1")));
    check_invalid::<H>(command).await;
}

/// An invalid commit is refused alone.
pub async fn an_invalid_commit_holds_up_no_other<H: Harness>() {
    let harness = H::start().await;
    let log = harness.log();
    let invalid = commit_of(STREAM, Expected::Any, "none", 0);
    let answers = log
        .append(vec![at(0, "first"), invalid, at(1, "third")])
        .await;
    assert_eq!(
        (&answers[0], &answers[2]),
        (&appended(1, 1), &appended(2, 2))
    );
    assert!(
        matches!(answers[1], Err(AppendError::Invalid(_))),
        "{answers:?}"
    );
}

//! What readers get.

use std::collections::HashSet;

use backhaul_events::ContextName;
use uuid::Uuid;

use super::{CONTEXT, Harness, append_one, command_ids, name, positions, read_all, read_stream};
use crate::sample::{commit, commit_of};
use crate::{EventLog, Expected, Health, Position};

const STREAM: &str = "tracking/acme/1";

/// Commits `c-1`, `c-2` and so on, on seven streams.
async fn fill(log: &dyn EventLog, count: u32) {
    const COMMITS_PER_APPEND: usize = 1_000;
    let numbers: Vec<u32> = (1..=count).collect();
    for numbers in numbers.chunks(COMMITS_PER_APPEND) {
        let commits = numbers.iter().map(|n| {
            let stream = format!("tracking/acme/{}", n % 7);
            commit(&stream, Expected::Any, &format!("c-{n}"))
        });
        let answers = log.append(commits.collect()).await;
        assert!(answers.iter().all(Result::is_ok), "the log is filled");
    }
}

/// A stream that nobody wrote has no commits; that is no error.
pub async fn an_unknown_stream_is_empty<H: Harness>() {
    let harness = H::start().await;
    let log = harness.log();
    assert!(read_stream(&*log, STREAM, 0).await.is_empty());
    fill(&*log, 20).await;
    assert!(read_stream(&*log, "tracking/acme/99", 0).await.is_empty());
    assert!(read_stream(&*log, "tracking/acme/99", 5).await.is_empty());
}

/// Nothing is lost or changed on the way, by either way of reading.
pub async fn what_was_written_is_read_field_by_field<H: Harness>() {
    let harness = H::start().await;
    let log = harness.log();
    let mut command = commit_of(STREAM, Expected::Exactly(0), "c-1", 2);
    command.metadata.causation_id = Some(Uuid::from_u128(9));
    command.metadata.traceparent = Some("00-4bf92f3577b34da6-00f067aa-01".into());
    append_one(&*log, command.clone()).await.expect("stored");
    let by_stream = read_stream(&*log, STREAM, 0).await;
    let by_context = read_all(&*log, CONTEXT, 0).await;
    for stored in [&by_stream[0], &by_context[0]] {
        assert_eq!((stored.position, stored.first_version), (1, 1));
        assert_eq!(stored.stream, command.stream);
        assert_eq!(stored.metadata, command.metadata);
        assert_eq!(stored.events.len(), 2);
        for (stored, written) in stored.events.iter().zip(&command.events) {
            assert_eq!(
                (stored.id, stored.occurred_at),
                (written.id, written.occurred_at)
            );
            assert_eq!(stored.type_name, written.event.type_name());
            assert_eq!(stored.schema_version, written.event.schema_version());
            assert_eq!(stored.payload, written.payload);
            assert_eq!(stored.event(), Ok(&written.event));
        }
    }
}

/// Only what comes after.
pub async fn a_stream_after_a_version<H: Harness>() {
    let harness = H::start().await;
    let log = harness.log();
    for (id, events) in [("first", 3), ("second", 1), ("third", 2)] {
        let command = commit_of(STREAM, Expected::Any, id, events);
        append_one(&*log, command).await.expect("stored");
    }
    let after = [
        (0, vec!["first", "second", "third"]),
        (3, vec!["second", "third"]),
        (4, vec!["third"]),
    ];
    for (version, expected) in after {
        let stored = read_stream(&*log, STREAM, version).await;
        assert_eq!(command_ids(&stored), expected, "after version {version}");
    }
}

/// There is nothing yet.
pub async fn a_stream_after_its_last_version<H: Harness>() {
    let harness = H::start().await;
    let log = harness.log();
    let command = commit_of(STREAM, Expected::Any, "c-1", 3);
    append_one(&*log, command).await.expect("stored");
    assert!(read_stream(&*log, STREAM, 3).await.is_empty());
}

/// A stream is found however many there are.
pub async fn one_stream_among_a_hundred_thousand<H: Harness>() {
    let harness = H::start().await;
    let log = harness.log();
    const STREAMS: u32 = 100_000;
    for round in 0..STREAMS / 1_000 {
        let commits = (0..1_000).map(|n| {
            let stream = format!("tracking/acme/{}", round * 1_000 + n);
            commit(&stream, Expected::Exactly(0), &stream)
        });
        let answers = log.append(commits.collect()).await;
        assert!(answers.iter().all(Result::is_ok));
    }
    for n in [0, 1, 777, 50_000, STREAMS - 1] {
        let stream = format!("tracking/acme/{n}");
        append_one(&*log, commit(&stream, Expected::Exactly(1), "second"))
            .await
            .expect("stored");
        let stored = read_stream(&*log, &stream, 0).await;
        assert_eq!(command_ids(&stored), [stream.as_str(), "second"]);
    }
}

/// That is no error.
pub async fn an_empty_context_is_empty<H: Harness>() {
    let harness = H::start().await;
    let log = harness.log();
    for context in ContextName::ALL {
        assert!(read_all(&*log, context, 0).await.is_empty());
    }
}

/// Only what comes after.
pub async fn a_context_after_a_position<H: Harness>() {
    let harness = H::start().await;
    let log = harness.log();
    fill(&*log, 20).await;
    for after in [0, 1, 10, 19] {
        let stored = read_all(&*log, CONTEXT, after).await;
        assert_eq!(positions(&stored), (after + 1..=20).collect::<Vec<_>>());
    }
}

/// There is nothing yet, however far after.
pub async fn a_context_after_its_end<H: Harness>() {
    let harness = H::start().await;
    let log = harness.log();
    fill(&*log, 5).await;
    for after in [5, 6, 1_000_000] {
        assert!(read_all(&*log, CONTEXT, after).await.is_empty());
    }
}

/// Never more than asked for.
pub async fn at_most_the_limit<H: Harness>() {
    let harness = H::start().await;
    let log = harness.log();
    fill(&*log, 20).await;
    for limit in [0, 1, 7, 20] {
        let stored = log.read(CONTEXT, 3, limit).await.expect("it can be read");
        assert!(stored.len() <= limit);
        assert_eq!(stored.is_empty(), limit == 0);
        assert_eq!(
            stored.first().map(|commit| commit.position),
            (limit > 0).then_some(4)
        );
    }
}

/// Page after page, nothing twice and nothing missed, also what is long gone from any memory.
pub async fn pages_meet_everything_once<H: Harness>() {
    let harness = H::start().await;
    let log = harness.log();
    const COMMITS: u32 = 12_000;
    fill(&*log, COMMITS).await;
    let stored = read_all(&*log, CONTEXT, 0).await;
    assert_eq!(
        positions(&stored),
        (1..=Position::from(COMMITS)).collect::<Vec<_>>()
    );
    // In the order of writing on each stream; how streams lie among one another is free.
    for stream in 0..7 {
        let of_stream = name(&format!("tracking/acme/{stream}"));
        let commits = stored.iter().filter(|commit| commit.stream == of_stream);
        let commits: Vec<_> = commits.cloned().collect();
        let expected = (1..=COMMITS).filter(|n| n % 7 == stream);
        let expected: Vec<String> = expected.map(|n| format!("c-{n}")).collect();
        assert_eq!(command_ids(&commits), expected);
    }
}

/// A stream is what its context holds of it.
pub async fn stream_and_context_agree<H: Harness>() {
    let harness = H::start().await;
    let log = harness.log();
    fill(&*log, 50).await;
    let everything = read_all(&*log, CONTEXT, 0).await;
    for n in 0..7 {
        let stream = format!("tracking/acme/{n}");
        let by_stream = read_stream(&*log, &stream, 0).await;
        let by_context = everything
            .iter()
            .filter(|commit| commit.stream == name(&stream));
        let identity = |commit: &crate::Commit| {
            (
                commit.position,
                commit.first_version,
                commit.chain,
                commit.metadata.clone(),
            )
        };
        let by_context: Vec<_> = by_context.map(|commit| identity(commit)).collect();
        let by_stream: Vec<_> = by_stream.iter().map(|commit| identity(commit)).collect();
        assert_eq!(by_stream, by_context);
    }
}

/// A chain that were the same for the same content could not tell a missing commit.
pub async fn every_chain_is_its_own<H: Harness>() {
    let harness = H::start().await;
    let log = harness.log();
    for _ in 0..20 {
        append_one(&*log, commit(STREAM, Expected::Any, "same"))
            .await
            .expect("stored");
    }
    let stored = read_stream(&*log, STREAM, 0).await;
    let chains: HashSet<u32> = stored.iter().map(|commit| commit.chain).collect();
    assert_eq!(chains.len(), 20);
}

/// Read your own writes.
pub async fn what_is_acknowledged_is_read_at_once<H: Harness>() {
    let harness = H::start().await;
    let log = harness.log();
    for n in 0..50 {
        let id = format!("c-{n}");
        let appended = append_one(&*log, commit(STREAM, Expected::Exactly(n), &id)).await;
        let appended = appended.expect("stored");
        assert_eq!(
            command_ids(&read_stream(&*log, STREAM, n).await),
            [id.as_str()]
        );
        let read = log
            .read(CONTEXT, appended.position - 1, 1)
            .await
            .expect("it can be read");
        assert_eq!(command_ids(&read), [id.as_str()]);
        assert!(*log.head(CONTEXT).borrow() >= appended.position);
    }
}

/// Before the first position is 0.
pub async fn a_head_starts_at_nothing<H: Harness>() {
    let harness = H::start().await;
    let log = harness.log();
    for context in ContextName::ALL {
        assert_eq!(*log.head(context).borrow(), 0);
    }
}

/// Of its own context only.
pub async fn a_head_tells_the_last_position<H: Harness>() {
    let harness = H::start().await;
    let log = harness.log();
    let mut head = log.head(CONTEXT);
    fill(&*log, 20).await;
    head.wait_for(|head| *head == 20)
        .await
        .expect("the log is open");
    assert_eq!(*log.head(ContextName::Notifications).borrow(), 0);
}

/// Nobody has to ask again and again.
pub async fn a_head_wakes_who_watches_it<H: Harness>() {
    let harness = H::start().await;
    let log = harness.log();
    let mut head = log.head(CONTEXT);
    let watcher = tokio::spawn(async move { head.wait_for(|head| *head >= 5).await.map(|h| *h) });
    fill(&*log, 5).await;
    let woken = watcher.await.expect("no watcher panics");
    assert_eq!(woken.expect("the log is open"), 5);
}

/// Whoever sees a position can read up to it.
pub async fn a_head_never_leads_what_can_be_read<H: Harness>() {
    let harness = H::start().await;
    let log = harness.log();
    const COMMITS: Position = 300;
    let reader = tokio::spawn({
        let log = harness.log();
        async move {
            let mut head = log.head(CONTEXT);
            let mut seen = 0;
            while seen < COMMITS {
                let now = head.wait_for(|head| *head > seen).await.map(|head| *head);
                let now = now.expect("the log is open");
                let last = log.read(CONTEXT, now - 1, 1).await.expect("it can be read");
                assert_eq!(positions(&last), [now]);
                seen = now;
            }
        }
    });
    for _ in 0..COMMITS {
        append_one(&*log, commit(STREAM, Expected::Any, "c-1"))
            .await
            .expect("stored");
    }
    reader.await.expect("the reader found everything");
}

/// Until something fails.
pub async fn a_new_log_is_writable<H: Harness>() {
    let harness = H::start().await;
    let log = harness.log();
    assert_eq!(*log.health().borrow(), Health::Writable);
    fill(&*log, 5).await;
    assert_eq!(*log.health().borrow(), Health::Writable);
}

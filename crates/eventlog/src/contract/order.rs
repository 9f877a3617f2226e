//! Streams, contexts and tenants apart, and everybody in one order.

use std::sync::Arc;

use backhaul_events::ContextName;
use futures::future::join_all;

use super::{CONTEXT, Harness, append_one, command_ids, name, positions, read_all, read_stream};
use crate::sample::{commit, commit_of};
use crate::{AppendError, Expected, Version};

/// A refused commit leaves no hole.
pub async fn positions_have_no_gaps<H: Harness>() {
    let harness = H::start().await;
    let log = harness.log();
    for n in 0..30 {
        let stream = format!("tracking/acme/{}", n % 4);
        // Every third is refused.
        let expected = if n % 3 == 2 {
            Expected::Exactly(99)
        } else {
            Expected::Any
        };
        let answer = append_one(&*log, commit(&stream, expected, "c-1")).await;
        assert_eq!(answer.is_ok(), n % 3 != 2);
    }
    let stored = read_all(&*log, CONTEXT, 0).await;
    assert_eq!(positions(&stored), (1..=20).collect::<Vec<_>>());
}

/// Each context has a first position.
pub async fn contexts_count_for_themselves<H: Harness>() {
    let harness = H::start().await;
    let log = harness.log();
    for stream in ["tracking/acme/1", "notifications/acme/1"] {
        for position in 1..=3 {
            let appended = append_one(&*log, commit(stream, Expected::Any, "c-1")).await;
            assert_eq!(appended.map(|appended| appended.position), Ok(position));
        }
    }
}

async fn check_apart<H: Harness>(streams: &[&str]) {
    let harness = H::start().await;
    let log = harness.log();
    for round in 0..3 {
        for stream in streams {
            let command = commit(stream, Expected::Exactly(round), stream);
            append_one(&*log, command)
                .await
                .expect("streams have versions of their own");
        }
    }
    for stream in streams {
        let stored = read_stream(&*log, stream, 0).await;
        assert_eq!(command_ids(&stored), [*stream; 3]);
        assert!(stored.iter().all(|commit| commit.stream == name(stream)));
    }
}

/// The same order in two contexts is two streams, and is read in its own context.
pub async fn contexts_do_not_mix<H: Harness>() {
    check_apart::<H>(&["tracking/acme/1", "notifications/acme/1"]).await;
    let harness = H::start().await;
    let log = harness.log();
    for stream in ["tracking/acme/1", "notifications/acme/1"] {
        append_one(&*log, commit(stream, Expected::Any, stream))
            .await
            .expect("stored");
    }
    for context in [ContextName::Tracking, ContextName::Notifications] {
        let stored = read_all(&*log, context, 0).await;
        assert_eq!(command_ids(&stored), [format!("{context}/acme/1")]);
    }
}

/// The same order of two merchants is two streams.
pub async fn tenants_do_not_mix<H: Harness>() {
    check_apart::<H>(&["tracking/acme/1", "tracking/other/1", "tracking/acme-1/1"]).await;
}

/// No stream holds what belongs to one with a longer name.
pub async fn keys_that_begin_alike_do_not_mix<H: Harness>() {
    let streams = [
        "tracking/a/1",
        "tracking/a/11",
        "tracking/a/1-1",
        "tracking/aa/1",
    ];
    check_apart::<H>(&streams).await;
}

/// Of all who expect a version, one gets it.
pub async fn of_racing_writers_one_wins_each_version<H: Harness>() {
    let harness = H::start().await;
    let log = harness.log();
    for version in 0..20 {
        let racers = (0..16).map(|racer| {
            let log = Arc::clone(&log);
            tokio::spawn(async move {
                let id = format!("c-{version}-{racer}");
                let expected = Expected::Exactly(version);
                append_one(&*log, commit("tracking/acme/1", expected, &id)).await
            })
        });
        let answers = join_all(racers).await;
        let mut wins = 0;
        for answer in answers {
            match answer.expect("no writer panics") {
                Ok(appended) => {
                    wins += 1;
                    assert_eq!(appended.version, version + 1);
                }
                Err(AppendError::Conflict { actual, .. }) => assert_eq!(actual, version + 1),
                Err(other) => panic!("{other}"),
            }
        }
        assert_eq!(wins, 1, "version {version}");
    }
    assert_eq!(read_stream(&*log, "tracking/acme/1", 0).await.len(), 20);
}

/// Writers on different streams never refuse each other.
pub async fn writers_on_many_streams_all_succeed<H: Harness>() {
    let harness = H::start().await;
    let log = harness.log();
    let writers = (0..32).map(|writer| {
        let log = Arc::clone(&log);
        tokio::spawn(async move {
            let stream = format!("tracking/acme/{writer}");
            let mut version = 0;
            for n in 1..=10 {
                let expected = Expected::Exactly(version);
                let command = commit_of(&stream, expected, "c-1", n % 3 + 1);
                let appended = append_one(&*log, command).await;
                version = appended.expect("nobody else writes this stream").version;
            }
        })
    });
    for writer in join_all(writers).await {
        writer.expect("no writer panics");
    }
    let stored = read_all(&*log, CONTEXT, 0).await;
    assert_eq!(positions(&stored), (1..=320).collect::<Vec<_>>());
}

/// A conflict tells the version to try again with.
pub async fn racing_writers_who_try_again_lose_nothing<H: Harness>() {
    let harness = H::start().await;
    let log = harness.log();
    let writers = (0..8).map(|writer| {
        let log = Arc::clone(&log);
        tokio::spawn(async move {
            let mut version: Version = 0;
            for n in 0..10 {
                let id = format!("c-{writer}-{n}");
                loop {
                    let expected = Expected::Exactly(version);
                    let command = commit("tracking/acme/1", expected, &id);
                    match append_one(&*log, command).await {
                        Ok(appended) => break version = appended.version,
                        Err(AppendError::Conflict { actual, .. }) => version = actual,
                        Err(other) => panic!("{other}"),
                    }
                }
            }
        })
    });
    for writer in join_all(writers).await {
        writer.expect("no writer panics");
    }
    let stored = read_stream(&*log, "tracking/acme/1", 0).await;
    let mut ids = command_ids(&stored);
    ids.sort_unstable();
    ids.dedup();
    assert_eq!((ids.len(), stored.len()), (80, 80));
}

//! Who follows a log meets everything once, in order.

use std::sync::Arc;

use backhaul_events::ContextName;
use futures::future::join_all;

use super::{CONTEXT, Harness, append_one, command_ids, positions, take};
use crate::sample::commit;
use crate::{EventLog, Expected, Position};

async fn fill(log: &dyn EventLog, count: usize) {
    for n in 0..count {
        let stream = format!("tracking/acme/{}", n % 5);
        append_one(log, commit(&stream, Expected::Any, "c-1"))
            .await
            .expect("stored");
    }
}

fn range(first: Position, last: Position) -> Vec<Position> {
    (first..=last).collect()
}

/// Everything that is stored.
pub async fn from_the_beginning<H: Harness>() {
    let harness = H::start().await;
    let log = harness.log();
    fill(&*log, 20).await;
    let mut subscription = log.subscribe(CONTEXT, 0);
    assert_eq!(positions(&take(&mut *subscription, 20).await), range(1, 20));
}

/// Only what comes after a position.
pub async fn from_the_middle<H: Harness>() {
    let harness = H::start().await;
    let log = harness.log();
    fill(&*log, 20).await;
    let mut subscription = log.subscribe(CONTEXT, 13);
    assert_eq!(positions(&take(&mut *subscription, 7).await), range(14, 20));
}

/// Only what comes from now on.
pub async fn from_the_end<H: Harness>() {
    let harness = H::start().await;
    let log = harness.log();
    fill(&*log, 20).await;
    let mut subscription = log.subscribe(CONTEXT, 20);
    fill(&*log, 3).await;
    assert_eq!(positions(&take(&mut *subscription, 3).await), range(21, 23));
}

/// A subscription to nothing is no error: it waits.
pub async fn waits_for_what_comes<H: Harness>() {
    let harness = H::start().await;
    let log = harness.log();
    let mut subscription = log.subscribe(CONTEXT, 0);
    {
        let mut next = subscription.next(10);
        assert!(futures::poll!(&mut next).is_pending());
    }
    let reader = tokio::spawn(async move { positions(&take(&mut *subscription, 3).await) });
    fill(&*log, 3).await;
    assert_eq!(
        reader.await.expect("the reader does not panic"),
        range(1, 3)
    );
}

/// Never more than asked for, never nothing.
pub async fn at_most_a_few_at_a_time<H: Harness>() {
    let harness = H::start().await;
    let log = harness.log();
    fill(&*log, 20).await;
    let mut subscription = log.subscribe(CONTEXT, 0);
    let mut seen = Vec::new();
    while seen.len() < 20 {
        let next = subscription.next(3).await.expect("it can be read");
        assert!((1..=3).contains(&next.len()));
        seen.extend(positions(&next));
    }
    assert_eq!(seen, range(1, 20));
}

/// Other contexts neither appear nor wake it for good.
pub async fn its_own_context_only<H: Harness>() {
    let harness = H::start().await;
    let log = harness.log();
    let mut subscription = log.subscribe(ContextName::Notifications, 0);
    fill(&*log, 5).await;
    let command = commit("notifications/acme/1", Expected::Any, "mine");
    append_one(&*log, command).await.expect("stored");
    assert_eq!(command_ids(&take(&mut *subscription, 1).await), ["mine"]);
}

/// While others write, a reader that starts far behind misses nothing and meets nothing twice.
pub async fn catches_up_into_live_without_gap_or_duplicate<H: Harness>() {
    let harness = H::start().await;
    let log = harness.log();
    fill(&*log, 200).await;
    let mut subscription = log.subscribe(CONTEXT, 0);
    let reader = tokio::spawn(async move { positions(&take(&mut *subscription, 1_000).await) });
    let writers = (0..8).map(|_| {
        let log = Arc::clone(&log);
        tokio::spawn(async move { fill(&*log, 100).await })
    });
    for writer in join_all(writers).await {
        writer.expect("no writer panics");
    }
    assert_eq!(
        reader.await.expect("the reader does not panic"),
        range(1, 1_000)
    );
}

/// Each reader has its own place.
pub async fn several_at_different_places<H: Harness>() {
    let harness = H::start().await;
    let log = harness.log();
    fill(&*log, 30).await;
    let readers = [0, 1, 15, 29, 30].map(|after| {
        let mut subscription = log.subscribe(CONTEXT, after);
        tokio::spawn(async move {
            let count = 60 - after as usize;
            assert_eq!(
                positions(&take(&mut *subscription, count).await),
                range(after + 1, 60)
            );
        })
    });
    fill(&*log, 30).await;
    for reader in join_all(readers).await {
        reader.expect("every reader met what it should");
    }
}

/// Neither writers nor other readers wait for a reader, and it still meets everything.
pub async fn a_slow_reader_holds_up_nobody<H: Harness>() {
    let harness = H::start().await;
    let log = harness.log();
    let mut slow = log.subscribe(CONTEXT, 0);
    let mut fast = log.subscribe(CONTEXT, 0);
    fill(&*log, 1).await;
    assert_eq!(positions(&take(&mut *slow, 1).await), [1]);
    for _ in 0..12 {
        let commits = (0..1_000).map(|_| commit("tracking/acme/1", Expected::Any, "c-1"));
        let answers = log.append(commits.collect()).await;
        assert!(answers.iter().all(Result::is_ok));
    }
    assert_eq!(positions(&take(&mut *fast, 12_001).await), range(1, 12_001));
    assert_eq!(positions(&take(&mut *slow, 12_000).await), range(2, 12_001));
}

/// Who stops waiting and waits again is still in the same place.
pub async fn a_wait_given_up_loses_nothing<H: Harness>() {
    let harness = H::start().await;
    let log = harness.log();
    let mut subscription = log.subscribe(CONTEXT, 0);
    let mut seen = Vec::new();
    while seen.len() < 50 {
        {
            let mut next = subscription.next(4);
            let _given_up = futures::poll!(&mut next).is_pending();
        }
        fill(&*log, 1).await;
        // What the wait that was given up had got already counts as never handed out.
        let next = subscription.next(4).await.expect("it can be read");
        seen.extend(positions(&next));
    }
    let met = seen.len() as Position;
    assert_eq!(seen.first(), Some(&1));
    assert_eq!(seen, range(1, met));
}

use backhaul_eventlog::{
    BoxFuture, Commit, Expected, MemoryLog, Metadata, NewEvent, StreamName, Version,
};
use backhaul_events::Event;
use backhaul_events::tracking::{self, CheckpointRecorded, Status};
use backhaul_kernel::{Actor, OrderId, ParcelId, Text, Tier, Timestamp};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::watch;
use uuid::Uuid;

use super::*;

const AT: Timestamp = Timestamp::constant(1_767_225_600, 123_456_000);

/// A commit in which nothing is as usual.
fn commit(
    number: u64,
    stream: &str,
    version: Version,
    events: u32,
) -> backhaul_eventlog::NewCommit {
    let order: OrderId = stream.parse().unwrap();
    let stream: StreamName = format!("tracking/acme/{stream}").parse().unwrap();
    let event = |index: u32| {
        let seen = CheckpointRecorded {
            parcel: ParcelId::numbered(&order, 1),
            scan: Text::new(format!("scan {number}.{index}")).unwrap(),
            status: Status::InTransit,
            carrier_code: Text::default(),
            country: None,
            seen_at: AT,
        };
        let event: Event = tracking::Event::from(seen).into();
        NewEvent::new(
            Uuid::from_u128(u128::from(number) << 32 | u128::from(index)),
            AT.saturating_sub(jiff::SignedDuration::from_secs(60))
                .unwrap(),
            event,
        )
    };
    backhaul_eventlog::NewCommit {
        stream,
        expected: Expected::Exactly(version),
        metadata: Metadata {
            command_id: format!("c-{number}").parse().unwrap(),
            command_digest: backhaul_eventlog::Digest([u8::try_from(number % 251).unwrap(); 16]),
            actor: Actor {
                name: "depot-7".to_owned(),
                tier: Tier::Warehouse,
            },
            correlation_id: Uuid::from_u128(7),
            causation_id: number.is_multiple_of(2).then(|| Uuid::from_u128(9)),
            traceparent: number
                .is_multiple_of(3)
                .then(|| "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into()),
            recorded_at: AT,
        },
        events: (0..events).map(event).collect(),
    }
}

/// A log of several streams, some commits with several events.
async fn sample(commits: u64) -> MemoryLog {
    let log = MemoryLog::new();
    let mut versions = [0; 3];
    for number in 0..commits {
        let stream = usize::try_from(number % 3).unwrap();
        let events = u32::try_from(number % 4).unwrap() + 1;
        let new = commit(number, &stream.to_string(), versions[stream], events);
        versions[stream] += u64::from(events);
        log.append(vec![new]).await.pop().unwrap().unwrap();
    }
    log
}

async fn all(log: &dyn EventLog) -> Vec<Arc<Commit>> {
    log.read(ContextName::Tracking, 0, usize::MAX)
        .await
        .unwrap()
}

async fn copied(source: &dyn EventLog, target: &dyn EventLog) -> Result<Copied, CopyError> {
    let contexts = copy(source, target, &ProgressBar::hidden()).await?;
    let sum = |sum: Copied, each: CopiedContext| sum.plus(each.copied);
    Ok(contexts.into_iter().fold(Copied::default(), sum))
}

async fn assert_equal(left: &dyn EventLog, right: &dyn EventLog) {
    let (left, right) = (all(left).await, all(right).await);
    assert_eq!(left.len(), right.len());
    for (left, right) in left.iter().zip(&right) {
        assert_eq!(compare::difference(left, right), None);
    }
}

#[tokio::test]
async fn a_copy_is_equal_in_everything_and_a_second_one_writes_nothing() {
    let (source, target) = (sample(3_000).await, MemoryLog::new());
    let events = all(&source)
        .await
        .iter()
        .map(|c| c.events.len() as u64)
        .sum();
    let first = copied(&source, &target).await.unwrap();
    assert_eq!(
        (first.compared, first.copied, first.events),
        (0, 3_000, events)
    );
    assert_equal(&source, &target).await;
    let second = copied(&source, &target).await.unwrap();
    assert_eq!((second.compared, second.copied), (3_000, 0));
}

#[tokio::test]
async fn a_copy_goes_on_where_the_target_ends() {
    let (source, target) = (sample(2_500).await, MemoryLog::new());
    let begun: Vec<_> = all(&source).await[..1_300]
        .iter()
        .map(|commit| commit.to_new().unwrap())
        .collect();
    assert!(target.append(begun).await.iter().all(Result::is_ok));
    let rest = copied(&source, &target).await.unwrap();
    assert_eq!((rest.compared, rest.copied), (1_300, 1_200));
    assert_equal(&source, &target).await;
}

#[tokio::test]
async fn another_log_is_refused_and_the_first_difference_is_named() {
    let source = sample(9).await;
    let other = MemoryLog::new();
    for (number, new) in (1..).zip(
        all(&source)
            .await
            .iter()
            .map(|commit| commit.to_new().unwrap()),
    ) {
        let mut new = new;
        if number == 5 {
            new.metadata.actor.name = "depot-8".to_owned();
        }
        other.append(vec![new]).await.pop().unwrap().unwrap();
    }
    let error = copied(&source, &other).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the target is no beginning of the source: tracking at position 5: the actor is depot-7 \
         here, depot-8 there"
    );
    let error = copied(&sample(8).await, &source).await.unwrap_err();
    assert!(
        matches!(error, CopyError::Longer { position: 8, .. }),
        "{error}"
    );
}

#[tokio::test(start_paused = true)]
async fn an_unknown_outcome_is_read_back_and_not_written_twice() {
    let (source, target) = (sample(2_000).await, MemoryLog::new());
    target.lose_next_answer();
    let copied = copied(&source, &target).await.unwrap();
    assert_eq!(copied.compared + copied.copied, 2_000);
    assert_equal(&source, &target).await;
}

#[tokio::test]
async fn a_target_that_takes_no_more_writes_ends_the_copy() {
    let (source, target) = (sample(10).await, MemoryLog::new());
    target.fail_next_sync();
    let error = copied(&source, &target).await.unwrap_err();
    assert!(
        matches!(
            &error,
            CopyError::Append {
                error: AppendError::ReadOnly(_),
                ..
            }
        ),
        "{error}"
    );
}

struct ByStream;

impl backhaul_engine::Projection for ByStream {
    fn name(&self) -> &'static str {
        "commands"
    }

    fn schema(&self) -> u32 {
        1
    }

    fn contexts(&self) -> &'static [ContextName] {
        &[ContextName::Tracking]
    }

    fn apply(&self, commit: &Commit, _: &Event, rows: &mut backhaul_engine::Rows) {
        let command = commit.metadata.command_id.as_str();
        rows.put(commit.stream.to_string(), command);
    }
}

#[tokio::test]
async fn two_logs_are_compared_commit_by_commit_and_row_by_row() {
    let against = async |left: &dyn EventLog, right: &dyn EventLog| {
        let projections: [Arc<dyn backhaul_engine::Projection>; 1] = [Arc::new(ByStream)];
        let comparison = against::compare(left, right, &projections, &ProgressBar::hidden()).await;
        let findings = comparison.findings.iter().map(ToString::to_string);
        let findings: Vec<_> = findings.collect();
        (findings, comparison)
    };
    let (findings, equal) = against(&sample(7).await, &sample(7).await).await;
    assert_eq!(findings, [""; 0]);
    assert_eq!((equal.commits, equal.events, equal.rows), (7, 16, 3));

    let (findings, _) = against(&sample(7).await, &sample(6).await).await;
    assert_eq!(
        findings,
        [
            "tracking at position 7: the commit is present here, absent there",
            "view commands: row tracking/acme/0 is c-6 here, c-3 there",
        ]
    );
    let damaged = Damaged(sample(4).await, AtomicUsize::new(0));
    let (findings, _) = against(&sample(4).await, &damaged).await;
    assert_eq!(
        findings,
        [
            "tracking at position 4: the command id is c-3 here, other there",
            "the log there: tracking at position 4, stream tracking/acme/0: its chain does not \
             cover what it holds",
            "view commands: row tracking/acme/0 is c-3 here, other there",
        ]
    );
    let (findings, many) = against(&sample(300).await, &MemoryLog::new()).await;
    assert_eq!((findings.len(), many.more), (100, 203));
}

/// A log of which one commit was changed behind its chain.
struct Damaged(MemoryLog, AtomicUsize);

impl EventLog for Damaged {
    fn append(
        &self,
        commits: Vec<backhaul_eventlog::NewCommit>,
    ) -> BoxFuture<'_, Vec<Result<backhaul_eventlog::Appended, AppendError>>> {
        self.0.append(commits)
    }

    fn read_stream<'a>(
        &'a self,
        stream: &'a StreamName,
        after: Version,
    ) -> BoxFuture<'a, Result<Vec<Arc<Commit>>, ReadError>> {
        self.0.read_stream(stream, after)
    }

    fn read(
        &self,
        context: ContextName,
        after: Position,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<Arc<Commit>>, ReadError>> {
        Box::pin(async move {
            let mut commits = self.0.read(context, after, limit).await?;
            for commit in &mut commits {
                if commit.position == 4 {
                    self.1.fetch_add(1, Ordering::Relaxed);
                    Arc::make_mut(commit).metadata.command_id = "other".parse().unwrap();
                }
            }
            Ok(commits)
        })
    }

    fn head(&self, context: ContextName) -> watch::Receiver<Position> {
        self.0.head(context)
    }

    fn health(&self) -> watch::Receiver<backhaul_eventlog::Health> {
        self.0.health()
    }

    fn subscribe(
        &self,
        context: ContextName,
        after: Position,
    ) -> Box<dyn backhaul_eventlog::Subscription> {
        self.0.subscribe(context, after)
    }
}

#[tokio::test]
async fn a_damaged_source_is_not_copied() {
    let source = Damaged(sample(6).await, AtomicUsize::new(0));
    let error = copied(&source, &MemoryLog::new()).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the source is damaged: tracking at position 4, stream tracking/acme/0: its chain does not \
         cover what it holds"
    );
    assert_eq!(source.1.into_inner(), 1);
}

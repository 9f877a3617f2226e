//! Readers that are far behind: by a consumer of their own, without one, and with one that others
//! take from them.

#![expect(clippy::disallowed_methods, reason = "tasks of a test end with it")]

use std::time::Duration;

use async_nats::jetstream;
use backhaul_eventlog::sample::commit;
use backhaul_eventlog::{EventLog, Expected, Position};
use backhaul_eventlog_nats::{NatsLog, Options, Provision, Reader, provision};
use backhaul_events::ContextName;
use backhaul_nats_server::Size;
use support::Case;

mod support;

const CONTEXT: ContextName = ContextName::Tracking;
/// So far behind that a consumer pays.
const COMMITS: u64 = 6_000;
const COMMITS_PER_APPEND: u64 = 1_000;
const READER: &str = "reader";
const CONSUMER: &str = "catch-up-reader";
/// Nothing here takes longer.
const PATIENCE: Duration = Duration::from_secs(60);

/// A full context, and a consumer to read it by.
async fn filled() -> Case {
    let case = Case::start(Size::One).await;
    let wanted = Provision {
        readers: vec![Reader {
            name: READER.to_owned(),
            contexts: vec![CONTEXT],
        }],
        ..Provision::replicas(1)
    };
    // Twice, because it must be possible to provision again.
    for _ in 0..2 {
        let made = provision(&case.options, &wanted).await;
        made.expect("the consumer is made");
    }
    let log = case.connect().await;
    for first in (0..COMMITS).step_by(COMMITS_PER_APPEND as usize) {
        let numbers = first..first + COMMITS_PER_APPEND;
        let commits = numbers.map(|n| {
            let stream = format!("tracking/acme/{}", n % 97);
            commit(&stream, Expected::Any, &format!("c-{n}"))
        });
        for answer in log.append(commits.collect()).await {
            answer.expect("stored");
        }
    }
    log.close().await;
    case
}

/// Another process of that reader.
async fn connect(case: &Case, reader: &str) -> NatsLog {
    let options = Options {
        reader: Some(reader.to_owned()),
        ..case.options.clone()
    };
    let log = NatsLog::connect(&options).await;
    log.expect("the log can be connected to")
}

/// Every position that a subscription meets.
async fn follow(log: &NatsLog) -> Vec<Position> {
    let mut subscription = log.subscribe(CONTEXT, 0);
    let mut met = Vec::new();
    while met.len() < COMMITS as usize {
        let next = tokio::time::timeout(PATIENCE, subscription.next(700)).await;
        let next = next.expect("something comes").expect("it can be read");
        met.extend(next.iter().map(|commit| commit.position));
    }
    met
}

/// Every position that reads page by page meet.
async fn page(log: &NatsLog) -> Vec<Position> {
    let mut met: Vec<Position> = Vec::new();
    loop {
        let after = met.last().copied().unwrap_or(0);
        let page = log.read(CONTEXT, after, 700).await;
        let page = page.expect("it can be read");
        if page.is_empty() {
            return met;
        }
        met.extend(page.iter().map(|commit| commit.position));
    }
}

fn all() -> Vec<Position> {
    (1..=COMMITS).collect()
}

/// How far the consumer has delivered.
async fn delivered(case: &Case) -> Position {
    let client = async_nats::connect(case.options.servers.clone()).await;
    let context = jetstream::new(client.expect("the server is there"));
    let stream = format!("{}_{CONTEXT}", case.options.prefix).to_ascii_uppercase();
    let stream = context.get_stream(stream).await.expect("it is there");
    let info = stream.consumer_info(CONSUMER).await;
    info.expect("it is there").delivered.stream_sequence
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_catches_up_by_its_consumer_and_leaves_it_to_the_next() {
    let case = filled().await;
    assert_eq!(delivered(&case).await, 0);
    let log = connect(&case, READER).await;
    assert_eq!(follow(&log).await, all());
    assert_eq!(delivered(&case).await, COMMITS);
    // The tail is empty in a process that has only just connected.
    let next = connect(&case, READER).await;
    assert_eq!(page(&next).await, all());
    let verified = next.verify(|_| {}).await.expect("it is whole");
    assert_eq!(verified.commits, COMMITS);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_without_a_consumer_reads_in_batches() {
    let case = filled().await;
    for log in [case.connect().await, connect(&case, "stranger").await] {
        assert_eq!(follow(&log).await, all());
        assert_eq!(page(&log).await, all());
    }
    assert_eq!(delivered(&case).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_that_take_a_consumer_from_one_another_miss_nothing() {
    let case = filled().await;
    let client = async_nats::connect(case.options.servers.clone()).await;
    let client = client.expect("the server is there");
    let stream = format!("{}_{CONTEXT}", case.options.prefix).to_ascii_uppercase();
    let reset = format!("$JS.API.CONSUMER.RESET.{stream}.{CONSUMER}");
    // Sets the consumer back all the time, as processes would that all start at once.
    let rude = tokio::spawn(async move {
        loop {
            let answer = client.request(reset.clone(), "{\"seq\":17}".into()).await;
            answer.expect("the server answers");
        }
    });
    let mut readers = Vec::new();
    for _ in 0..3 {
        let log = connect(&case, READER).await;
        readers.push(tokio::spawn(async move { follow(&log).await }));
    }
    for reader in readers {
        assert_eq!(reader.await.expect("it does not panic"), all());
    }
    rude.abort();
}

//! One of all processes holds a lease, and the next goes on where it stopped.

#![expect(clippy::disallowed_methods, reason = "tasks of a test end with it")]

use std::time::Duration;

use backhaul_eventlog::{Lease, Leases};
use backhaul_eventlog_nats::{LeaseTimes, NatsLog};
use backhaul_nats_server::Size;
use support::Case;
use tokio::time::{Instant, timeout};

mod support;

const PATIENCE: Duration = Duration::from_secs(30);
/// Times short enough to be waited for, and long enough for a busy machine.
const TIMES: LeaseTimes = LeaseTimes {
    held_for: Duration::from_secs(1),
    free_after: Duration::from_secs(2),
    look_interval: Duration::from_millis(50),
};

async fn two_processes() -> (Case, NatsLog, NatsLog) {
    let mut case = Case::start(Size::One).await;
    case.options.lease_times = TIMES;
    let (one, other) = (case.connect().await, case.connect().await);
    (case, one, other)
}

async fn hold(log: &NatsLog, name: &str) -> Box<dyn Lease> {
    let lease = timeout(PATIENCE, async { log.leases("returns").hold(name).await }).await;
    lease.expect("it is given").expect("the log is open")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_kept_goes_to_the_next_holder_at_once() {
    let (_case, one, other) = two_processes().await;
    let first = hold(&one, "returns.settle").await;
    assert_eq!(first.kept(), None);
    assert!(first.is_held());
    first.keep(b"17").await.expect("it is held");
    first.keep(b"18").await.expect("it is held");
    let began = Instant::now();
    drop(first);
    let second = hold(&other, "returns.settle").await;
    assert_eq!(second.kept(), Some(&b"18"[..]));
    assert!(began.elapsed() < TIMES.free_after, "it was given back");
    // Who kept nothing hands on what was kept before.
    drop(second);
    assert_eq!(hold(&one, "returns.settle").await.kept(), Some(&b"18"[..]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_holder_that_renews_keeps_its_lease_and_one_that_stops_loses_it() {
    let (_case, one, other) = two_processes().await;
    let first = hold(&one, "a").await;
    let leases = other.leases("returns");
    let mut waiting = leases.hold("a");
    let began = Instant::now();
    while began.elapsed() < TIMES.free_after * 2 {
        let early = timeout(TIMES.look_interval, &mut waiting).await;
        assert!(early.is_err(), "two hold it");
        first.keep(b"on").await.expect("it is held");
    }
    // From here on it does not renew any more, like a process that hangs.
    let second = timeout(PATIENCE, waiting).await.expect("it is given");
    let second = second.expect("the log is open");
    assert!(!first.is_held(), "it gave up before the other took over");
    assert_eq!(second.kept(), Some(&b"on"[..]));
    assert!(first.keep(b"late").await.is_err());
    second.keep(b"mine").await.expect("it is held");
    drop(first);
    assert!(second.is_held());
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_one_holds_it() {
    let (case, one, other) = two_processes().await;
    let third = case.connect().await;
    let held = [&one, &other, &third].map(|log| {
        let log = log.clone();
        tokio::spawn(async move { log.leases("returns").hold("b").await })
    });
    let (first, _, rest) = futures::future::select_all(held).await;
    let lease = first.expect("no panic").expect("the log is open");
    assert!(lease.is_held());
    for waiting in rest {
        waiting.abort();
    }
    // Other names and services are other leases.
    assert!(hold(&one, "c").await.is_held());
}

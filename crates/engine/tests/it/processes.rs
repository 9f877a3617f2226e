//! Several processes on one log: one acts, another takes over, and a frozen one does nothing more.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use backhaul_engine::{Caused, Deadlines, Due, Reaction, ReactionError, Runs, Tenure};
use backhaul_eventlog::{BoxFuture, EventLog};
use backhaul_events::{ContextName, Event};
use backhaul_kernel::deadline::DeadlineChange;
use tokio::sync::Semaphore;

use crate::desk::{Bench, named, stream, until};
use crate::leases::Registry;

pub const NAME: &str = "test.call";
const STOP_BOUND: Duration = Duration::from_secs(10);

/// Calls the outside for every event; the test decides when an event may go on to its call, and
/// when the outside answers.
#[derive(Clone)]
pub struct Call {
    begun: Arc<AtomicU32>,
    calls: Arc<AtomicU32>,
    pub may_call: Arc<Semaphore>,
    may_answer: Arc<Semaphore>,
}

impl Call {
    pub fn free() -> Self {
        Self::held(Semaphore::MAX_PERMITS, Semaphore::MAX_PERMITS)
    }

    pub fn held(may_call: usize, may_answer: usize) -> Self {
        Self {
            begun: Arc::default(),
            calls: Arc::default(),
            may_call: Arc::new(Semaphore::new(may_call)),
            may_answer: Arc::new(Semaphore::new(may_answer)),
        }
    }

    pub fn begun(&self) -> u32 {
        self.begun.load(Ordering::Relaxed)
    }

    fn calls(&self) -> u32 {
        self.calls.load(Ordering::Relaxed)
    }
}

impl Reaction for Call {
    fn name(&self) -> &'static str {
        NAME
    }
    fn contexts(&self) -> &'static [ContextName] {
        &[ContextName::Orders]
    }
    fn wants(&self, _: &str) -> bool {
        true
    }
    fn react<'a>(&'a self, caused: Caused<'a>) -> BoxFuture<'a, Result<(), ReactionError>> {
        Box::pin(async move {
            self.begun.fetch_add(1, Ordering::Relaxed);
            self.may_call.acquire().await.unwrap().forget();
            let call = async {
                self.calls.fetch_add(1, Ordering::Relaxed);
                self.may_answer.acquire().await.unwrap().forget();
            };
            caused.tenure.call("outside", |()| "answered", call).await
        })
    }
}

/// Two processes that share a log and leases; the first holds the lease.
async fn two(registry: &Registry, calls: [Call; 2]) -> [Bench; 2] {
    let here = Bench::sharing(registry);
    let there = here.beside();
    for (bench, call) in [&here, &there].into_iter().zip(calls) {
        bench.engine.react(call).unwrap();
        until("the first holds the lease", async || {
            registry.standing(NAME).1
        })
        .await;
    }
    [here, there]
}

async fn hand_over(bench: &Bench, numbers: std::ops::Range<u32>) {
    for number in numbers {
        let (order, id) = (format!("o{number}"), format!("c{number}"));
        bench
            .desk
            .execute(&stream(&order), 1, &named(&id))
            .await
            .unwrap();
    }
}

fn runs(bench: &Bench) -> Runs {
    let all = bench.engine.consumers.all();
    let call = all.iter().find(|consumer| consumer.name == NAME).unwrap();
    call.standing.borrow().runs
}

fn position(bench: &Bench) -> u64 {
    let all = bench.engine.consumers.all();
    let call = all.iter().find(|consumer| consumer.name == NAME).unwrap();
    call.standing.borrow().position(ContextName::Orders)
}

#[tokio::test]
async fn one_of_two_acts_and_the_next_goes_on_where_it_stopped() {
    let registry = Registry::new();
    let calls = [Call::free(), Call::free()];
    let [here, there] = two(&registry, calls.clone()).await;
    hand_over(&here, 0..3).await;
    hand_over(&there, 3..5).await;
    until("all are acted on", async || position(&here) == 5).await;
    assert_eq!((calls[0].calls(), calls[1].calls()), (5, 0));
    assert_eq!((runs(&here), runs(&there)), (Runs::Here, Runs::Elsewhere));

    here.engine.tasks.shutdown(STOP_BOUND).await.unwrap();
    assert_eq!(registry.kept(NAME).unwrap(), r#"{"orders":5}"#);
    hand_over(&there, 5..7).await;
    until("the other takes over", async || position(&there) == 7).await;
    assert_eq!((calls[0].calls(), calls[1].calls()), (5, 2));
    assert_eq!(runs(&there), Runs::Here);
}

#[tokio::test]
async fn what_a_crashed_holder_kept_is_gone_on_from() {
    let registry = Registry::new();
    let calls = [Call::free(), Call::free()];
    let [here, there] = two(&registry, calls.clone()).await;
    hand_over(&here, 0..3).await;
    until("the checkpoint travels", async || {
        registry.kept(NAME).as_deref() == Some(r#"{"orders":3}"#)
    })
    .await;
    registry.take_away(NAME);
    hand_over(&there, 3..4).await;
    until("the other takes over", async || position(&there) == 4).await;
    assert_eq!((calls[0].calls(), calls[1].calls()), (3, 1));
}

#[tokio::test]
async fn a_frozen_holder_that_wakes_makes_no_call() {
    let registry = Registry::new();
    let calls = [Call::held(0, 1), Call::free()];
    let [here, there] = two(&registry, calls.clone()).await;
    hand_over(&here, 0..2).await;
    until("the first is about to call", async || calls[0].begun() == 2).await;

    registry.take_away(NAME);
    until("the other has called", async || position(&there) == 2).await;
    calls[0].may_call.add_permits(2);
    until("the first has given up", async || {
        runs(&here) == Runs::Elsewhere
    })
    .await;
    assert_eq!((calls[0].calls(), calls[1].calls()), (0, 2));
    assert_eq!(position(&here), 0, "nothing undone is called finished");

    // And the other way round: the first one may come back, and goes on behind the second.
    there.engine.tasks.shutdown(STOP_BOUND).await.unwrap();
    calls[0].may_call.add_permits(1);
    hand_over(&here, 2..3).await;
    until("the first acts again", async || position(&here) == 3).await;
    assert_eq!((calls[0].calls(), calls[1].calls()), (1, 2));
}

#[tokio::test]
async fn a_call_under_way_ends_before_the_lease_is_given_back() {
    let registry = Registry::new();
    let calls = [Call::held(1, 0), Call::free()];
    let [here, there] = two(&registry, calls.clone()).await;
    hand_over(&here, 0..1).await;
    until("the call is under way", async || calls[0].calls() == 1).await;

    let tasks = here.engine.tasks.clone();
    let mut stop = std::pin::pin!(tasks.shutdown(STOP_BOUND));
    assert!(futures::poll!(&mut stop).is_pending());
    assert_eq!(registry.standing(NAME), (1, true), "still held");
    calls[0].may_answer.add_permits(1);
    stop.await.unwrap();
    hand_over(&there, 1..2).await;
    until("the other goes on", async || position(&there) == 2).await;
    assert_eq!((calls[0].calls(), calls[1].calls()), (1, 1));
}

/// Every order is due one hour after it began.
struct Reminder(Arc<AtomicU32>);

impl Deadlines for Reminder {
    fn name(&self) -> &'static str {
        "test.reminders"
    }
    fn context(&self) -> &'static [ContextName; 1] {
        &[ContextName::Orders]
    }
    fn change(&self, event: &Event) -> Option<DeadlineChange> {
        let Event::Orders(backhaul_events::orders::Event::LinesDispatched(event)) = event else {
            return None;
        };
        Some(DeadlineChange::Set {
            key: "reminder".to_owned(),
            at: event.dispatched_at + Duration::from_secs(3600),
        })
    }
    fn fire<'a>(
        &'a self,
        _: &'a Due,
        tenure: &'a Tenure,
    ) -> BoxFuture<'a, Result<(), ReactionError>> {
        let call = async {
            self.0.fetch_add(1, Ordering::Relaxed);
        };
        Box::pin(tenure.call("outside", |()| "answered", call))
    }
}

#[tokio::test]
async fn deadlines_fire_where_their_lease_is_held() {
    let registry = Registry::new();
    let here = Bench::sharing(&registry);
    let there = here.beside();
    let fired = [Arc::<AtomicU32>::default(), Arc::default()];
    for (bench, fired) in [&here, &there].into_iter().zip(&fired) {
        let reminder = Reminder(Arc::clone(fired));
        bench.engine.watch_deadlines(reminder).unwrap();
        until("the lease is held", async || {
            registry.standing("test.reminders").1
        })
        .await;
    }
    hand_over(&here, 0..2).await;
    for bench in [&here, &there] {
        bench.engine.caught_up().await;
        bench.clock.advance(Duration::from_secs(3600));
    }
    until("the holder fires", async || {
        fired[0].load(Ordering::Relaxed) == 2
    })
    .await;
    here.engine.tasks.shutdown(STOP_BOUND).await.unwrap();
    // Nothing has told the log that they were fired, so the next holder fires them again.
    until("the next holder fires", async || {
        fired[1].load(Ordering::Relaxed) == 2
    })
    .await;
    assert_eq!(fired[0].load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn a_new_process_is_caught_up_when_its_views_are() {
    let here = Bench::new();
    hand_over(&here, 0..100).await;
    let there = here.beside();
    let reminder = Reminder(Arc::default());
    there.engine.watch_deadlines(reminder).unwrap();
    there.engine.caught_up().await;
    let all = there.engine.consumers.all();
    let head = *there.log.head(ContextName::Orders).borrow();
    assert_eq!(all[0].standing.borrow().position(ContextName::Orders), head);
    let rows = there.engine.views.table("test.reminders", 2).unwrap();
    assert_eq!(rows.count().unwrap(), 200);
}

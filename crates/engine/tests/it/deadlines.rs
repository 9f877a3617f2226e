//! Deadlines: fired when due, once, by whichever process.

use std::sync::Arc;
use std::time::Duration;

use backhaul_engine::{Aggregates, Deadlines, Due, ReactionError, Tenure};
use backhaul_eventlog::BoxFuture;
use backhaul_events::{ContextName, Event, orders};
use backhaul_kernel::deadline::DeadlineChange;

use crate::desk::{Bench, Desk, named, stream, until};

/// One hour after something was handed over, one more unit is, and that is the end of it.
struct OneMore(Arc<Aggregates<Desk>>);

impl Deadlines for OneMore {
    fn name(&self) -> &'static str {
        "test.deadlines"
    }
    fn context(&self) -> &'static [ContextName; 1] {
        &[ContextName::Orders]
    }
    fn change(&self, event: &Event) -> Option<DeadlineChange> {
        let Event::Orders(orders::Event::LinesDispatched(event)) = event else {
            return None;
        };
        let key = "one-more".to_owned();
        Some(match event.lines[0].quantity {
            1 => DeadlineChange::Clear { key },
            _ => DeadlineChange::Set {
                key,
                at: event.dispatched_at + Duration::from_secs(3600),
            },
        })
    }
    fn fire<'a>(&'a self, due: &'a Due, _: &'a Tenure) -> BoxFuture<'a, Result<(), ReactionError>> {
        Box::pin(async move {
            self.0
                .execute(&due.stream, 1, &due.intent("test.deadlines"))
                .await?;
            Ok(())
        })
    }
}

async fn units(bench: &Bench) -> u32 {
    *bench.desk.load(&stream("a")).await.unwrap().state
}

#[tokio::test]
async fn fires_when_the_clock_is_turned_and_only_then() {
    let bench = Bench::new();
    bench
        .engine
        .watch_deadlines(OneMore(Arc::clone(&bench.desk)))
        .unwrap();
    bench
        .desk
        .execute(&stream("a"), 2, &named("one"))
        .await
        .unwrap();
    bench.clock.advance(Duration::from_secs(3599));
    assert_eq!(units(&bench).await, 2);
    bench.clock.advance(Duration::from_secs(1));
    until("the deadline fires", async || units(&bench).await == 3).await;
    bench.clock.advance(Duration::from_secs(36_000));
    assert_eq!(units(&bench).await, 3);
}

#[tokio::test]
async fn two_processes_fire_it_once() {
    let here = Bench::new();
    let there = here.beside();
    for bench in [&here, &there] {
        bench
            .engine
            .watch_deadlines(OneMore(Arc::clone(&bench.desk)))
            .unwrap();
    }
    here.desk
        .execute(&stream("a"), 2, &named("one"))
        .await
        .unwrap();
    for bench in [&here, &there] {
        bench.clock.advance(Duration::from_secs(3600));
    }
    until("the deadline fires", async || units(&here).await == 3).await;
    for bench in [&here, &there] {
        until("the view has seen it", async || {
            bench
                .engine
                .views
                .table("test.deadlines", 2)
                .unwrap()
                .count()
                .unwrap()
                == 0
        })
        .await;
    }
    assert_eq!(units(&there).await, 3);
}

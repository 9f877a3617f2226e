//! Reactions: once for each event, over crashes, redelivery and two processes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use backhaul_engine::{Aggregates, Caused, Reaction, ReactionError};
use backhaul_eventlog::{BoxFuture, EventLog};
use backhaul_events::ContextName;

use crate::desk::{Bench, Desk, named, stream, until};

/// Hands over one unit of `copy` for each time something was handed over of another order.
struct Copy {
    desk: Arc<Aggregates<Desk>>,
    acted: Arc<AtomicU32>,
    fail_first: bool,
}

const NAME: &str = "test.copy";

impl Reaction for Copy {
    fn name(&self) -> &'static str {
        NAME
    }
    fn contexts(&self) -> &'static [ContextName] {
        &[ContextName::Orders]
    }
    fn wants(&self, type_name: &str) -> bool {
        type_name == "orders.LinesDispatched"
    }
    fn react<'a>(&'a self, caused: Caused<'a>) -> BoxFuture<'a, Result<(), ReactionError>> {
        Box::pin(async move {
            if caused.commit.stream.key.as_str() == "copy" {
                return Ok(());
            }
            let acted = self.acted.fetch_add(1, Ordering::Relaxed);
            if self.fail_first && acted == 0 {
                return Err(ReactionError::Retry(
                    "the first time always fails".to_owned(),
                ));
            }
            self.desk
                .execute(&stream("copy"), 1, &caused.intent(NAME))
                .await?;
            Ok(())
        })
    }
}

fn start(bench: &Bench, fail_first: bool) -> Arc<AtomicU32> {
    let acted = Arc::<AtomicU32>::default();
    let copy = Copy {
        desk: Arc::clone(&bench.desk),
        acted: Arc::clone(&acted),
        fail_first,
    };
    bench.engine.react(copy).unwrap();
    acted
}

async fn copies(bench: &Bench) -> u32 {
    *bench.desk.load(&stream("copy")).await.unwrap().state
}

async fn finished(bench: &Bench) {
    until("the reaction is through", async || {
        let head = *bench.log.head(ContextName::Orders).borrow();
        let all = bench.engine.consumers.all();
        let copy = all.iter().find(|consumer| consumer.name == NAME).unwrap();
        copy.standing.borrow().position(ContextName::Orders) >= head
    })
    .await;
}

#[tokio::test]
async fn each_event_is_acted_on_once_over_restarts() {
    let mut bench = Bench::new();
    for round in 0..3 {
        start(&bench, false);
        bench
            .desk
            .execute(&stream("a"), 1, &named(&format!("c{round}")))
            .await
            .unwrap();
        finished(&bench).await;
        assert_eq!(copies(&bench).await, round + 1);
        bench = bench.restarted().await;
    }
}

#[tokio::test]
async fn losing_the_checkpoint_repeats_commands_and_changes_nothing() {
    let bench = Bench::new();
    start(&bench, false);
    for number in 0..3 {
        bench
            .desk
            .execute(&stream("a"), 1, &named(&format!("c{number}")))
            .await
            .unwrap();
    }
    finished(&bench).await;
    let elsewhere = bench.beside();
    let acted = start(&elsewhere, false);
    finished(&elsewhere).await;
    assert_eq!(acted.load(Ordering::Relaxed), 3, "every event came again");
    assert_eq!(copies(&bench).await, 3);
}

#[tokio::test]
async fn a_failing_event_is_tried_again() {
    let bench = Bench::new();
    let acted = start(&bench, true);
    bench
        .desk
        .execute(&stream("a"), 1, &named("one"))
        .await
        .unwrap();
    until("the first try", async || acted.load(Ordering::Relaxed) == 1).await;
    until("the second try", async || {
        bench.clock.advance(std::time::Duration::from_millis(100));
        acted.load(Ordering::Relaxed) == 2
    })
    .await;
    finished(&bench).await;
    assert_eq!(copies(&bench).await, 1);
}

#[tokio::test]
async fn what_can_never_succeed_is_set_aside_and_the_rest_goes_on() {
    let bench = Bench::new();
    bench
        .desk
        .execute(&stream("copy"), 9, &named("nearly-full"))
        .await
        .unwrap();
    start(&bench, false);
    for number in 0..3 {
        bench
            .desk
            .execute(
                &stream(&format!("o{number}")),
                1,
                &named(&format!("c{number}")),
            )
            .await
            .unwrap();
    }
    finished(&bench).await;
    assert_eq!(copies(&bench).await, 10);
    let all = bench.engine.consumers.all();
    let copy = all.iter().find(|consumer| consumer.name == NAME).unwrap();
    assert_eq!(copy.standing.borrow().dead_letters, 2);
}

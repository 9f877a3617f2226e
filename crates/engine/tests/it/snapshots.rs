//! Snapshots: a long stream is read from its last one, and nothing is forgotten by that.

use std::sync::Arc;

use backhaul_engine::Aggregates;
use backhaul_events::orders::Event;
use backhaul_kernel::{Context, Decider};

use crate::desk::{Bench, TooMany, handed_over, named, stream};

/// Hands over without a limit.
#[derive(Debug)]
struct Endless;

impl Decider for Endless {
    type State = u32;
    type Command = u32;
    type Event = Event;
    type Refusal = TooMany;

    fn decide(_: &u32, units: &u32, at: &Context) -> Result<Vec<Event>, TooMany> {
        Ok(vec![handed_over(*units, at.occurred_at)])
    }

    fn evolve(state: &mut u32, event: &Event) {
        if let Event::LinesDispatched(event) = event {
            *state += event.lines.iter().map(|line| line.quantity).sum::<u32>();
        }
    }
}

#[tokio::test]
async fn a_long_stream_is_whole_after_a_restart_and_still_knows_its_first_command() {
    let bench = Bench::new();
    let endless = Arc::new(Aggregates::<Endless>::new(&bench.engine, 1));
    for number in 0..300 {
        endless
            .execute(&stream("a"), 1, &named(&format!("c{number}")))
            .await
            .unwrap();
    }
    let snapshot = bench
        .engine
        .views
        .snapshots(1)
        .unwrap()
        .get("orders/main/a")
        .unwrap();
    assert_eq!(snapshot.version, 256);

    let bench = bench.restarted().await;
    let endless = Aggregates::<Endless>::new(&bench.engine, 1);
    assert_eq!(*endless.load(&stream("a")).await.unwrap().state, 300);
    let again = endless
        .execute(&stream("a"), 1, &named("c0"))
        .await
        .unwrap();
    assert_eq!((again.version, *again.state), (1, 1));

    let other_shape = Aggregates::<Endless>::new(&bench.engine, 2);
    assert_eq!(*other_shape.load(&stream("a")).await.unwrap().state, 300);
}

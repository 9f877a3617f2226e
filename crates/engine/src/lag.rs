//! How far behind everything that follows the log is, in commits and in time, for the metrics.

use std::time::Duration;

use backhaul_kernel::Timestamp;
use tracing::debug;

use crate::Engine;
use crate::consumers::{Consumer, Runs};

/// How often it is measured.
const MEASURE_EVERY: Duration = Duration::from_secs(1);

/// How far behind a consumer is.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Lag {
    /// Commits that it has not finished.
    pub(crate) commits: u64,
    /// How long ago the oldest of them was recorded.
    pub(crate) age: Duration,
}

/// Measures until everything stops.
pub(crate) async fn measure(engine: Engine) {
    let tasks = engine.tasks.clone();
    let measuring = async {
        loop {
            for consumer in engine.consumers.all() {
                let lag = lag_of(&engine, &consumer).await;
                engine.metrics.set_lag(consumer.name, lag);
            }
            tokio::time::sleep(MEASURE_EVERY).await;
        }
    };
    let _: Option<()> = tasks.until_stopped(measuring).await;
}

/// None where another process runs the consumer: how far it is stands there.
async fn lag_of(engine: &Engine, consumer: &Consumer) -> Option<Lag> {
    let standing = consumer.standing.borrow().clone();
    if standing.runs == Runs::Elsewhere {
        return None;
    }
    let mut commits = 0;
    let mut oldest: Option<Timestamp> = None;
    for context in consumer.contexts {
        let position = standing.position(*context);
        let head = *engine.log.head(*context).borrow();
        if position >= head {
            continue;
        }
        commits += head - position;
        match engine.log.read(*context, position, 1).await {
            Ok(next) => {
                let recorded = next.iter().map(|commit| commit.metadata.recorded_at);
                oldest = oldest.into_iter().chain(recorded).min();
            }
            Err(error) => debug!(%context, %error, "age of the oldest commit is not known"),
        }
    }
    let age = oldest.map(|oldest| engine.clock.now().duration_since(oldest));
    Some(Lag {
        commits,
        // Another process's clock may be ahead of ours.
        age: age
            .and_then(|age| Duration::try_from(age).ok())
            .unwrap_or_default(),
    })
}

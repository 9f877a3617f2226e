//! The law's day, by the clock: nobody acts, and it is noted when it is over.

use std::sync::Arc;
use std::time::Duration;

use backhaul_engine::{Aggregates, Clock, Engine, ManualClock, Tasks};
use backhaul_eventlog::MemoryLog;
use backhaul_kernel::{RefundId, Timestamp};
use backhaul_views::Views;

use super::{NOW, Told, named, proposed};
use crate::core::{Core, stream};
use crate::waiting::Dues;

/// The law's day ends in Berlin.
const DUE: &str = "2026-03-14T22:59:59.999999999Z";
/// How long a deadline may take to be noticed.
const NOTICE: Duration = Duration::from_secs(20);
/// How often the test looks.
const LOOK_EVERY: Duration = Duration::from_millis(5);

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// The last minute of the law's day passes in silence, and the next one raises the alarm, once.
#[tokio::test]
async fn the_day_is_noted_when_it_is_over_and_not_before() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::at(time(NOW)));
    let (views, _) = Views::open(folder.path(), Default::default()).unwrap();
    let shared: Arc<dyn Clock> = Arc::clone(&clock) as _;
    let engine = Engine::new(Arc::new(MemoryLog::new()), shared, views, Tasks::default());
    let core = Core::new(&engine);
    engine.watch_deadlines(Dues(Arc::clone(&core))).unwrap();

    let refund: RefundId = "o-F1".parse().unwrap();
    let named = named("told");
    let told: Aggregates<Told> = Aggregates::new(&engine, 1);
    let of_order = stream(&named.tenant, &refund.order());
    let events = vec![proposed(&refund, Some(time(DUE))).into()];
    told.execute(&of_order, events, &named).await.unwrap();

    let breached = async || {
        let refunds = core.load(&named.tenant, &refund.order()).await.unwrap();
        let grant = refunds.state.grant(&refund).unwrap();
        (grant.breached, refunds.version)
    };
    clock.set(time("2026-03-14T22:59:00Z"));
    assert_eq!(breached().await, (None, 1));
    clock.set(time("2026-03-14T23:00:00Z"));
    let noticed = tokio::time::timeout(NOTICE, async {
        while breached().await.0.is_none() {
            tokio::time::sleep(LOOK_EVERY).await;
        }
    });
    noticed.await.unwrap();
    assert_eq!(breached().await, (Some(time(DUE)), 2));
}

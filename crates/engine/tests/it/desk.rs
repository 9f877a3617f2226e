//! The smallest rule there is: parcels of an order are handed over, at most ten units in all. And
//! an engine to run it on.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use backhaul_engine::{Aggregates, Clock, Engine, Intent, ManualClock, Tasks, Traces, intent};
use backhaul_eventlog::{EventLog, Leases, MemoryLog, SoleProcess, StreamName};
use backhaul_events::LineUnits;
use backhaul_events::orders::{Event, LinesDispatched};
use backhaul_kernel::{Actor, Context, Decider, RefusalKind, Refused, Timestamp};
use backhaul_views::{Options, Views};
use tempfile::TempDir;
use uuid::Uuid;

use crate::leases::Registry;

#[derive(Debug)]
pub struct Desk;

pub const UNITS_MAX: u32 = 10;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("more than {UNITS_MAX} units")]
pub struct TooMany;

impl Refused for TooMany {
    fn kind(&self) -> RefusalKind {
        RefusalKind::Precondition {
            subject: "desk".to_owned(),
        }
    }
    fn reason(&self) -> &'static str {
        "TOO_MANY"
    }
}

impl Decider for Desk {
    type State = u32;
    type Command = u32;
    type Event = Event;
    type Refusal = TooMany;

    fn decide(state: &u32, units: &u32, at: &Context) -> Result<Vec<Event>, TooMany> {
        match state + units {
            _ if *units == 0 => Ok(vec![]),
            0..=UNITS_MAX => Ok(vec![handed_over(*units, at.occurred_at)]),
            _ => Err(TooMany),
        }
    }

    fn evolve(state: &mut u32, event: &Event) {
        if let Event::LinesDispatched(event) = event {
            *state += event.lines.iter().map(|line| line.quantity).sum::<u32>();
        }
    }
}

pub fn handed_over(quantity: u32, at: Timestamp) -> Event {
    Event::LinesDispatched(LinesDispatched {
        order: "o-1".parse().unwrap(),
        lines: vec![LineUnits {
            line: "1".parse().unwrap(),
            quantity,
        }],
        dispatched_at: at,
    })
}

/// An engine, and what tests turn and look at.
pub struct Bench {
    pub log: Arc<MemoryLog>,
    pub clock: Arc<ManualClock>,
    pub engine: Engine,
    pub desk: Arc<Aggregates<Desk>>,
    pub dir: Arc<TempDir>,
}

impl Bench {
    pub fn new() -> Self {
        let dir = Arc::new(tempfile::tempdir().unwrap());
        Self::on(Arc::new(MemoryLog::new()), Arc::new(SoleProcess), dir)
    }

    /// A process that acts only where it holds a lease.
    pub fn sharing(registry: &Registry) -> Self {
        let dir = Arc::new(tempfile::tempdir().unwrap());
        Self::on(Arc::new(MemoryLog::new()), Arc::new(registry.clone()), dir)
    }

    /// The same with a tracing system.
    pub fn traced(self, traces: Arc<dyn Traces>) -> Self {
        let engine = self.engine.with_traces(Some(traces));
        let desk = Arc::new(Aggregates::new(&engine, 1));
        Self {
            engine,
            desk,
            ..self
        }
    }

    /// Another process on the same log, with views of its own.
    pub fn beside(&self) -> Self {
        Self::on(
            Arc::clone(&self.log),
            Arc::clone(&self.engine.leases),
            Arc::new(tempfile::tempdir().unwrap()),
        )
    }

    /// The same process after a crash: same log, same views folder.
    pub async fn restarted(self) -> Self {
        self.engine
            .tasks
            .shutdown(Duration::from_secs(10))
            .await
            .unwrap();
        self.engine.views.close().unwrap();
        Self::on(self.log, self.engine.leases, self.dir)
    }

    fn on(log: Arc<MemoryLog>, leases: Arc<dyn Leases>, dir: Arc<TempDir>) -> Self {
        let clock = Arc::new(ManualClock::at("2026-03-01T10:00:00Z".parse().unwrap()));
        let views = open_views(dir.path());
        let shared_log: Arc<dyn EventLog> = Arc::clone(&log) as _;
        let shared_clock: Arc<dyn Clock> = Arc::clone(&clock) as _;
        let engine =
            Engine::new(shared_log, shared_clock, views, Tasks::default()).with_leases(leases);
        let desk = Arc::new(Aggregates::new(&engine, 1));
        Self {
            log,
            clock,
            engine,
            desk,
            dir,
        }
    }
}

fn open_views(dir: &Path) -> Views {
    Views::open(&dir.join("views"), Options::default())
        .unwrap()
        .0
}

pub fn stream(order: &str) -> StreamName {
    format!("orders/main/{order}").parse().unwrap()
}

/// A caller's command of that name; its content is its name unless told otherwise.
pub fn named(name: &str) -> Intent {
    Intent {
        command_id: name.parse().unwrap(),
        digest: intent::digest(name.as_bytes()),
        actor: Actor::system("test"),
        tenant: "main".parse().unwrap(),
        correlation_id: Uuid::from_u128(1),
        causation_id: None,
        traceparent: None,
        occurred_at: None,
    }
}

/// Waits until `done`, but not for ever.
pub async fn until(what: &str, mut done: impl AsyncFnMut() -> bool) {
    let bound = tokio::time::timeout(Duration::from_secs(20), async {
        while !done().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    bound
        .await
        .unwrap_or_else(|_| panic!("never happened: {what}"));
}

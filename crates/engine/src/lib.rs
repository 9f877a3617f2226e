//! Runs rules over a log: commands, views, reactions, deadlines.
//!
//! Read `aggregates` first (how a command becomes durable events), then `projection` (how views
//! follow), then `reaction` (how contexts act on each other's events and on the outside), then
//! `tenure` (which process acts) and `deadlines`. The engine knows no rule and no backend: rules come as a `Decider`, the log as an
//! `EventLog`. Nothing in it holds state that cannot be folded from the log again.

pub mod aggregates;
pub mod clock;
pub mod consumers;
pub mod deadlines;
mod entity;
pub mod facts;
pub mod faults;
pub mod intent;
mod lag;
pub mod listing;
pub mod metrics;
pub mod projection;
pub mod reaction;
pub mod rebuild;
pub mod tasks;
pub mod tenure;
pub mod traces;

use std::sync::Arc;

use backhaul_eventlog::{EventLog, Leases, SoleProcess};
use backhaul_views::Views;

pub use aggregates::{Aggregates, Decided, Failure};
pub use clock::{Clock, ManualClock, SystemClock};
pub use consumers::{Consumers, Runs, Standing};
pub use deadlines::{Deadlines, Due};
pub use facts::{Facts, Fold};
pub use intent::Intent;
pub use listing::{Listed, Listing};
pub use metrics::Metrics;
pub use projection::{Projection, Rows, ViewHandle};
pub use reaction::{Caused, Reaction, ReactionError};
pub use tasks::Tasks;
pub use tenure::Tenure;
pub use traces::Traces;

/// What every service runs on. Cheap to clone; all clones share everything.
#[derive(Clone)]
pub struct Engine {
    /// The truth.
    pub log: Arc<dyn EventLog>,
    /// Which process acts, of all that share the log.
    pub leases: Arc<dyn Leases>,
    /// The only source of "now".
    pub clock: Arc<dyn Clock>,
    /// Tables that can be rebuilt.
    pub views: Views,
    /// Owner of everything that runs in the background.
    pub tasks: Tasks,
    /// Everything that follows the log in this process.
    pub consumers: Consumers,
    /// What is counted.
    pub metrics: Metrics,
    tracing: traces::Tracing,
}

impl Engine {
    /// An engine over a log that only this process acts on, with nothing running yet.
    pub fn new(log: Arc<dyn EventLog>, clock: Arc<dyn Clock>, views: Views, tasks: Tasks) -> Self {
        Self {
            log,
            leases: Arc::new(SoleProcess),
            clock,
            views,
            tasks,
            consumers: Consumers::default(),
            metrics: Metrics::default(),
            tracing: traces::Tracing::default(),
        }
    }

    /// The same on a log that other processes act on as well.
    #[must_use]
    pub fn with_leases(self, leases: Arc<dyn Leases>) -> Self {
        Self { leases, ..self }
    }

    /// The same with a tracing system, or none.
    #[must_use]
    pub fn with_traces(self, traces: Option<Arc<dyn Traces>>) -> Self {
        Self {
            tracing: traces::Tracing(traces),
            ..self
        }
    }
}

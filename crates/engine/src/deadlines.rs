//! Deadlines: times by which something should have happened.
//!
//! A deadline is a fold of "due at" facts, so it survives everything that the log survives. Firing
//! is a command on the stream, named after stream, key and time: it takes effect once, whoever
//! fires it and however often. Every process folds the deadlines; the one that holds the lease of
//! their name fires them.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use backhaul_eventlog::{BoxFuture, Commit, StreamName};
use backhaul_events::{ContextName, Event};
use backhaul_kernel::deadline::DeadlineChange;
use backhaul_kernel::{Actor, Timestamp};
use backhaul_views::Error as ViewError;
use bytestring::ByteString;
use serde::{Deserialize, Serialize};
use tracing::{Instrument, debug, error};
use uuid::Uuid;

use crate::projection::{Projection, Rows, ViewHandle, blocking};
use crate::{Engine, Intent, ReactionError, Tenure, intent};

/// Deadlines are looked at this often at most, however many events set and clear them.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// How long to wait after a deadline could not be fired.
const RETRY: Duration = Duration::from_secs(1);
/// Deadlines looked at in one go.
const DUE_AT_ONCE: usize = 256;

/// The deadlines of a context.
pub trait Deadlines: Send + Sync + 'static {
    /// Name of the view that holds them, such as `refunds.deadlines`.
    fn name(&self) -> &'static str;

    /// The context whose events set and clear them.
    fn context(&self) -> &'static [ContextName; 1];

    /// What an event sets or clears.
    fn change(&self, event: &Event) -> Option<DeadlineChange>;

    /// Tells the stream that a deadline is over. Through `tenure` the outside is called.
    fn fire<'a>(
        &'a self,
        due: &'a Due,
        tenure: &'a Tenure,
    ) -> BoxFuture<'a, Result<(), ReactionError>>;
}

/// A deadline that is over.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Due {
    /// The stream that set it.
    pub stream: StreamName,
    /// Which of its deadlines.
    pub key: String,
    /// When it was due.
    pub at: Timestamp,
    /// W3C trace context of what set it.
    pub traceparent: Option<ByteString>,
}

impl Due {
    /// The command that follows, the same whoever fires.
    pub fn intent(&self, actor: &str) -> Intent {
        let content = format!("{}\n{}\n{}", self.stream, self.key, self.at);
        let name = Uuid::new_v5(&Uuid::NAMESPACE_OID, content.as_bytes());
        Intent {
            command_id: name.to_string().parse().expect("a UUID is visible ASCII"),
            digest: intent::digest(content.as_bytes()),
            actor: Actor::system(actor),
            tenant: self.stream.tenant.clone(),
            correlation_id: name,
            causation_id: None,
            traceparent: self.traceparent.clone(),
            occurred_at: None,
        }
    }
}

impl Engine {
    /// Starts the deadlines of a context.
    pub fn watch_deadlines(&self, deadlines: impl Deadlines) -> Result<(), ViewError> {
        let deadlines: Arc<dyn Deadlines> = Arc::new(deadlines);
        let view = self.project(DeadlineView(Arc::clone(&deadlines)))?;
        let watcher = Watcher {
            engine: self.clone(),
            deadlines,
            view,
            fired: HashSet::new(),
        };
        self.tasks.spawn("deadlines", watcher.run());
        Ok(())
    }
}

/// Rows: `d{due}{stream}\n{key}` in the order they fall due, and `k{stream}\n{key}` to find them.
struct DeadlineView(Arc<dyn Deadlines>);

#[derive(Serialize, Deserialize)]
struct Row {
    stream: String,
    key: String,
    at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    traceparent: Option<String>,
}

impl Projection for DeadlineView {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn schema(&self) -> u32 {
        2
    }

    fn contexts(&self) -> &'static [ContextName] {
        self.0.context()
    }

    fn apply(&self, commit: &Commit, event: &Event, rows: &mut Rows) {
        let Some(change) = self.0.change(event) else {
            return;
        };
        let stream = commit.stream.to_string();
        let (key, at) = match change {
            DeadlineChange::Set { key, at } => (key, Some(at)),
            DeadlineChange::Clear { key } => (key, None),
        };
        let by_key = [b"k".as_slice(), stream.as_bytes(), b"\n", key.as_bytes()].concat();
        if let Some(earlier) = rows.get(&by_key) {
            rows.remove(earlier);
            rows.remove(by_key.clone());
        }
        if let Some(at) = at {
            let by_time = [
                due_prefix(at).as_slice(),
                stream.as_bytes(),
                b"\n",
                key.as_bytes(),
            ]
            .concat();
            let traceparent = commit.metadata.traceparent.as_deref().map(str::to_owned);
            let row = Row {
                stream,
                key,
                at,
                traceparent,
            };
            let row = serde_json::to_vec(&row).expect("strings and a time");
            rows.put(by_key, by_time.clone());
            rows.put(by_time, row);
        }
    }
}

/// `d` and the time as eight bytes that sort like the time.
fn due_prefix(at: Timestamp) -> Vec<u8> {
    let sortable = at.as_microsecond().cast_unsigned() ^ (1 << 63);
    [b"d".as_slice(), &sortable.to_be_bytes()].concat()
}

struct Watcher {
    engine: Engine,
    deadlines: Arc<dyn Deadlines>,
    view: ViewHandle,
    /// Fired, and not yet gone from the view.
    fired: HashSet<Due>,
}

impl Watcher {
    async fn run(mut self) {
        while let Some(tenure) = self.engine.tenure(self.deadlines.name()).await {
            tokio::join!(tenure.renew(Vec::new), self.watch(&tenure));
        }
    }

    /// Fires until the tenure ends.
    async fn watch(&mut self, tenure: &Tenure) {
        loop {
            // Mark what has been seen before looking, so that no change is missed.
            let mut changes = self.view.changes();
            let next = match self.fire_due(tenure).await {
                Ok(next) => next,
                Err(error) => {
                    error!(view = self.deadlines.name(), %error, "deadlines cannot be read");
                    None
                }
            };
            let next = next.unwrap_or(Timestamp::MAX);
            let wake = self.engine.clock.sleep_until(next);
            tokio::select! {
                () = tenure.ended() => return,
                () = wake => {}
                changed = changes.changed() => match changed {
                    // While much changes, one look stands for many changes.
                    Ok(()) => drop(tenure.until_ended(tokio::time::sleep(LOOK_EVERY)).await),
                    Err(_) => return tenure.ended().await,
                },
            }
        }
    }

    /// Fires what is due and not fired yet; gives when to look again.
    async fn fire_due(&mut self, tenure: &Tenure) -> Result<Option<Timestamp>, ViewError> {
        let now = self.engine.clock.now();
        let waiting = self.waiting().await?;
        self.fired.retain(|due| waiting.contains(due));
        for due in waiting {
            if due.at > now {
                return Ok(Some(due.at));
            }
            if self.fired.contains(&due) {
                continue;
            }
            if tenure.is_over() {
                return Ok(None);
            }
            let traceparent = due.traceparent.as_deref();
            let span = self.engine.tracing.fire(self.deadlines.name(), traceparent);
            let firing = self.deadlines.fire(&due, tenure).instrument(span);
            let Some(fired) = tenure.wind_down(firing).await else {
                return Ok(None);
            };
            match fired {
                Ok(()) => debug!(stream = %due.stream, key = due.key, "deadline fired"),
                Err(ReactionError::LeaseLost) => return Ok(None),
                Err(ReactionError::DeadLetter(reason)) => {
                    error!(stream = %due.stream, key = due.key, reason, "deadline refused");
                }
                Err(ReactionError::Retry(reason)) => {
                    debug!(stream = %due.stream, key = due.key, reason, "deadline is tried again");
                    return Ok(Some(now.saturating_add(RETRY).unwrap_or(Timestamp::MAX)));
                }
            }
            self.fired.insert(due);
        }
        Ok(None)
    }

    /// The deadlines that fall due first.
    async fn waiting(&self) -> Result<Vec<Due>, ViewError> {
        let table = self.view.table().clone();
        let limit = DUE_AT_ONCE + self.fired.len();
        let rows = blocking(move || table.scan(b"d", None, limit)).await?;
        Ok(rows.iter().filter_map(|(_, row)| parse(row)).collect())
    }
}

fn parse(row: &[u8]) -> Option<Due> {
    let row: Row = serde_json::from_slice(row).ok()?;
    Some(Due {
        stream: row.stream.parse().ok()?,
        key: row.key,
        at: row.at,
        traceparent: row.traceparent.map(ByteString::from),
    })
}

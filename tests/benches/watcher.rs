//! Sees from the log when a journey is over: polling for it over gRPC would be half of the load.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use backhaul_eventlog::{EventLog, Subscription};
use backhaul_events::ContextName;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

/// Mails of a journey: requested, authorised with its label, received, refunded.
const MAILS: u32 = 4;
/// Commits taken at once.
const BATCH_COMMITS: usize = 512;
/// No journey takes so long.
const BOUND: Duration = Duration::from_secs(60);

/// Follows the contexts in which journeys end.
pub(crate) struct Watcher {
    under_way: Arc<Mutex<HashMap<String, Journey>>>,
    /// Ends with this value.
    _following: JoinSet<()>,
}

struct Journey {
    settled: Option<Instant>,
    is_closed: bool,
    mails: u32,
    over: Option<oneshot::Sender<Instant>>,
}

/// Resolves when the journey is over.
pub(crate) struct Over(oneshot::Receiver<Instant>);

impl Over {
    /// When the money was back.
    pub(crate) async fn settled(self) -> anyhow::Result<Instant> {
        let settled = tokio::time::timeout(BOUND, self.0).await;
        settled
            .context("a journey does not end")?
            .context("nobody watches any more")
    }
}

impl Watcher {
    /// Watches from the end of the log on.
    pub(crate) fn start(log: &dyn EventLog) -> Self {
        let under_way = Arc::<Mutex<HashMap<_, _>>>::default();
        let mut following = JoinSet::new();
        for context in [
            ContextName::Returns,
            ContextName::Refunds,
            ContextName::Notifications,
        ] {
            let end = *log.head(context).borrow();
            let commits = log.subscribe(context, end);
            following.spawn(follow(commits, Arc::clone(&under_way)));
        }
        Self {
            under_way,
            _following: following,
        }
    }

    /// Expects the journey of an order.
    pub(crate) fn expect(&self, order: String) -> Over {
        let (over, answer) = oneshot::channel();
        let journey = Journey {
            settled: None,
            is_closed: false,
            mails: 0,
            over: Some(over),
        };
        lock(&self.under_way).insert(order, journey);
        Over(answer)
    }
}

async fn follow(
    mut commits: Box<dyn Subscription>,
    under_way: Arc<Mutex<HashMap<String, Journey>>>,
) {
    loop {
        let batch = match commits.next(BATCH_COMMITS).await {
            Ok(batch) => batch,
            // Whoever waits for a journey says that it does not end.
            Err(error) => return eprintln!("nobody watches any more: {error}"),
        };
        let mut under_way = lock(&under_way);
        for commit in batch {
            let order = commit.stream.key.as_str();
            let Some(journey) = under_way.get_mut(order) else {
                continue;
            };
            for event in &commit.events {
                journey.note(&event.type_name);
            }
            if journey.end() {
                under_way.remove(order);
            }
        }
    }
}

impl Journey {
    fn note(&mut self, type_name: &str) {
        match type_name {
            "refunds.RefundSettled" => self.settled = Some(Instant::now()),
            "returns.ReturnClosed" => self.is_closed = true,
            "notifications.NotificationSent" => self.mails += 1,
            _ => {}
        }
    }

    /// Says so if it is over.
    fn end(&mut self) -> bool {
        let Some(settled) = self
            .settled
            .filter(|_| self.is_closed && self.mails == MAILS)
        else {
            return false;
        };
        if let Some(over) = self.over.take() {
            // Whoever gave up waiting has said so.
            let _ = over.send(settled);
        }
        true
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

//! Everything that follows the log in this process, and how far it is.

use std::sync::{Arc, Mutex, PoisonError};

use backhaul_eventlog::Position;
use backhaul_events::ContextName;
use backhaul_views::Checkpoint;
use tokio::sync::watch;

use crate::{Engine, Projection, lag};

/// The list of views and workers. Cheap to clone; all clones share the list.
#[derive(Clone, Default)]
pub struct Consumers {
    list: Arc<Mutex<Vec<Consumer>>>,
}

/// A view or a worker.
#[derive(Clone)]
pub struct Consumer {
    /// Its name.
    pub name: &'static str,
    /// What it reads.
    pub contexts: &'static [ContextName],
    /// How far it is.
    pub standing: watch::Receiver<Standing>,
    /// How to fold it, if it is a view.
    pub projection: Option<Arc<dyn Projection>>,
}

/// How far a consumer is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Standing {
    /// By context, the last position it has finished.
    pub checkpoint: Checkpoint,
    /// How many events it gave up on.
    pub dead_letters: u64,
    /// Which process runs it.
    pub runs: Runs,
}

/// Which process runs a consumer. Views run in each, a reaction where its lease is held.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Runs {
    /// This one.
    #[default]
    Here,
    /// Another, or none: how far it is stands there.
    Elsewhere,
}

impl Standing {
    /// The last position it has finished of a context.
    pub fn position(&self, context: ContextName) -> Position {
        self.checkpoint.get(context.as_str())
    }
}

impl Engine {
    /// Puts a consumer on the list.
    pub(crate) fn follows(&self, consumer: Consumer) {
        let mut list = self.consumers.lock();
        if list.is_empty() {
            self.tasks.spawn("lag", lag::measure(self.clone()));
        }
        list.push(consumer);
    }

    /// Returns once every view of this process holds what stood in the log when this was asked.
    /// In a new process that is everything, folded from the start.
    pub async fn caught_up(&self) {
        let views = self.consumers.all();
        let views = views.into_iter().filter(|view| view.projection.is_some());
        let waits = views.map(|view| {
            let head = |context: &ContextName| (*context, *self.log.head(*context).borrow());
            let heads: Vec<_> = view.contexts.iter().map(head).collect();
            async move {
                let there = |standing: &Standing| {
                    let reached = |(context, head): &(ContextName, Position)| {
                        standing.position(*context) >= *head
                    };
                    heads.iter().all(reached)
                };
                let mut standing = view.standing;
                // A view that has stopped is not waited for: everything stops.
                let _ = standing.wait_for(there).await;
            }
        });
        futures::future::join_all(waits).await;
    }
}

impl Consumers {
    /// All of them, in the order they were started.
    pub fn all(&self) -> Vec<Consumer> {
        self.lock().clone()
    }

    /// The view of that name.
    pub fn view(&self, name: &str) -> Option<Arc<dyn Projection>> {
        self.lock()
            .iter()
            .find(|consumer| consumer.name == name)?
            .projection
            .clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Consumer>> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

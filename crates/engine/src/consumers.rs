//! Everything that follows the log in this process, and how far it is.

use std::sync::{Arc, Mutex, PoisonError};

use backhaul_eventlog::Position;
use backhaul_events::ContextName;
use backhaul_views::Checkpoint;
use tokio::sync::watch;

use crate::Projection;

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
}

impl Standing {
    /// The last position it has finished of a context.
    pub fn position(&self, context: ContextName) -> Position {
        self.checkpoint.get(context.as_str())
    }
}

impl Consumers {
    pub(crate) fn add(&self, consumer: Consumer) {
        self.lock().push(consumer);
    }

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

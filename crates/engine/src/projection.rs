//! Views: folds of the log into tables.
//!
//! A projection sees commits and rows, and nothing else: no clock, no gateway, no network. So a
//! replay cannot send an e-mail, and the same log always gives the same rows. Rows and checkpoint
//! are written together, each key once a batch.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use backhaul_eventlog::{Commit, EventLog, Position, ReadError, Subscription};
use backhaul_events::{ContextName, Event};
use backhaul_views::{Batch, Checkpoint, Error as ViewError, Table};
use tokio::sync::{Notify, watch};
use tracing::{error, info, warn};

use crate::Engine;
use crate::consumers::{Consumer, Standing};

/// Commits folded into one batch of rows.
const BATCH_COMMITS: usize = 512;
/// A smaller batch waits this long for more, unless a reader waits for it.
const LINGER: Duration = Duration::from_millis(20);
/// How long to wait before trying again after the log or the views failed.
const PAUSE: Duration = Duration::from_secs(1);

/// A fold of events into rows.
pub trait Projection: Send + Sync + 'static {
    /// Name of the view; also of its table.
    fn name(&self) -> &'static str;

    /// Version of the rows' shape: another empties the view.
    fn schema(&self) -> u32;

    /// Which contexts it reads.
    fn contexts(&self) -> &'static [ContextName];

    /// Takes an event into account.
    fn apply(&self, commit: &Commit, event: &Event, rows: &mut Rows);
}

/// The rows of a view while a batch is folded: what the batch has changed, over what is stored.
pub struct Rows {
    stored: Option<Table>,
    changed: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    failed: Option<ViewError>,
}

impl Rows {
    /// Rows over a stored table.
    pub fn over(table: Table) -> Self {
        Self {
            stored: Some(table),
            changed: BTreeMap::new(),
            failed: None,
        }
    }

    /// Rows over nothing: a fold from the beginning.
    pub fn fresh() -> Self {
        Self {
            stored: None,
            changed: BTreeMap::new(),
            failed: None,
        }
    }

    /// The row, as changed or as stored.
    pub fn get(&mut self, key: &[u8]) -> Option<Vec<u8>> {
        if let Some(row) = self.changed.get(key) {
            return row.clone();
        }
        match self.stored.as_ref()?.get(key) {
            Ok(row) => row,
            Err(error) => {
                self.failed = Some(error);
                None
            }
        }
    }

    /// Writes a row.
    pub fn put(&mut self, key: impl Into<Vec<u8>>, row: impl Into<Vec<u8>>) {
        self.changed.insert(key.into(), Some(row.into()));
    }

    /// Removes a row.
    pub fn remove(&mut self, key: impl Into<Vec<u8>>) {
        self.changed.insert(key.into(), None);
    }

    /// Every row there is after a fold from the beginning.
    pub fn into_rows(self) -> BTreeMap<Vec<u8>, Vec<u8>> {
        self.changed
            .into_iter()
            .filter_map(|(key, row)| Some((key, row?)))
            .collect()
    }

    /// How many rows have changed.
    pub fn len(&self) -> usize {
        self.changed.len()
    }

    /// Whether no row has changed.
    pub fn is_empty(&self) -> bool {
        self.changed.is_empty()
    }

    /// What has changed, by key; none means removed.
    pub(crate) fn into_changes(self) -> Result<BTreeMap<Vec<u8>, Option<Vec<u8>>>, ViewError> {
        match self.failed {
            Some(error) => Err(error),
            None => Ok(self.changed),
        }
    }

    /// What has changed, as one batch.
    pub fn into_batch(self) -> Result<Batch, ViewError> {
        let mut batch = Batch::new();
        for (key, row) in self.into_changes()? {
            match row {
                Some(row) => batch.put(key, row),
                None => batch.remove(key),
            }
        }
        Ok(batch)
    }
}

/// Folds commits into rows; gives how many events this build could not read.
pub fn fold(projection: &dyn Projection, commits: &[Arc<Commit>], rows: &mut Rows) -> u64 {
    let mut unread = 0;
    for commit in commits {
        for recorded in &commit.events {
            match recorded.event() {
                Ok(event) => projection.apply(commit, event, rows),
                Err(error) => {
                    unread += 1;
                    error!(view = projection.name(), stream = %commit.stream, %error, "event skipped");
                }
            }
        }
    }
    unread
}

/// A view that readers ask.
#[derive(Clone)]
pub struct ViewHandle {
    table: Table,
    standing: watch::Receiver<Standing>,
    readers: Arc<Readers>,
}

/// The view did not get there in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the view has not reached position {0} in time")]
pub struct NotYet(pub Position);

#[derive(Default)]
struct Readers {
    waiting: AtomicUsize,
    came: Notify,
}

impl ViewHandle {
    /// The rows as they are.
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// Reads several rows where it holds up no other task.
    pub async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Table) -> Result<T, ViewError> + Send + 'static,
    ) -> Result<T, ViewError> {
        let table = self.table.clone();
        blocking(move || read(&table)).await
    }

    /// Word of every change of the view.
    pub(crate) fn changes(&self) -> watch::Receiver<Standing> {
        self.standing.clone()
    }

    /// Returns once the view holds everything up to a position, but waits no longer than `bound`:
    /// so that callers can read their own writes.
    pub async fn wait_for(
        &self,
        context: ContextName,
        position: Position,
        bound: Duration,
    ) -> Result<(), NotYet> {
        let mut standing = self.standing.clone();
        if standing.borrow_and_update().position(context) >= position {
            return Ok(());
        }
        self.readers.waiting.fetch_add(1, Ordering::Relaxed);
        self.readers.came.notify_one();
        let there = standing.wait_for(|standing| standing.position(context) >= position);
        let outcome = tokio::time::timeout(bound, there).await;
        self.readers.waiting.fetch_sub(1, Ordering::Relaxed);
        match outcome {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(NotYet(position)),
        }
    }
}

impl Engine {
    /// Starts a view.
    pub fn project(&self, projection: impl Projection) -> Result<ViewHandle, ViewError> {
        let projection: Arc<dyn Projection> = Arc::new(projection);
        let table = self.views.table(projection.name(), projection.schema())?;
        let checkpoint = table.checkpoint()?;
        let (sender, standing) = watch::channel(Standing {
            checkpoint,
            ..Standing::default()
        });
        let readers = Arc::<Readers>::default();

        self.follows(Consumer {
            name: projection.name(),
            contexts: projection.contexts(),
            standing: standing.clone(),
            projection: Some(Arc::clone(&projection)),
        });
        let handle = ViewHandle {
            table,
            standing,
            readers,
        };
        let projector = Projector {
            engine: self.clone(),
            projection,
            table: handle.table.clone(),
            standing: sender,
            readers: Arc::clone(&handle.readers),
        };
        self.tasks.spawn("projection", projector.run());
        Ok(handle)
    }
}

/// The loop that keeps a view up to date.
struct Projector {
    engine: Engine,
    projection: Arc<dyn Projection>,
    table: Table,
    standing: watch::Sender<Standing>,
    readers: Arc<Readers>,
}

/// Why a projector has to begin again from its checkpoint.
#[derive(Debug, thiserror::Error)]
enum Interrupted {
    #[error(transparent)]
    Log(#[from] ReadError),
    #[error(transparent)]
    View(#[from] ViewError),
}

impl Projector {
    async fn run(self) {
        let tasks = self.engine.tasks.clone();
        loop {
            match tasks.until_stopped(self.follow()).await {
                None => return,
                Some(Ok(never)) => match never {},
                Some(Err(interrupted)) => self.recover(&interrupted),
            }
            if tasks
                .until_stopped(tokio::time::sleep(PAUSE))
                .await
                .is_none()
            {
                return;
            }
        }
    }

    async fn follow(&self) -> Result<std::convert::Infallible, Interrupted> {
        let checkpoint = self.checkpoint()?;
        let mut feeds = Feeds::after(&*self.engine.log, self.projection.contexts(), &checkpoint);
        let mut checkpoint = checkpoint;
        loop {
            let (context, commits) = feeds.next(BATCH_COMMITS).await?;
            let last = commits.last().map_or(0, |commit| commit.position);
            checkpoint.set(context.as_str(), last);
            let few = commits.len() < BATCH_COMMITS / 8;
            let unread = self.write(commits, checkpoint.clone()).await?;
            self.standing.send_modify(|standing| {
                standing.checkpoint = checkpoint.clone();
                standing.dead_letters += unread;
            });
            if few && self.readers.waiting.load(Ordering::Relaxed) == 0 {
                let _ = tokio::time::timeout(LINGER, self.readers.came.notified()).await;
            }
        }
    }

    /// The stored checkpoint. One beyond the log's end means another or a cut log: the view is of
    /// no use and is built again.
    fn checkpoint(&self) -> Result<Checkpoint, ViewError> {
        let checkpoint = self.table.checkpoint()?;
        let beyond = self.projection.contexts().iter().any(|context| {
            checkpoint.get(context.as_str()) > *self.engine.log.head(*context).borrow()
        });
        if !beyond {
            return Ok(checkpoint);
        }
        warn!(
            view = self.projection.name(),
            "checkpoint beyond the end of the log"
        );
        self.engine
            .views
            .wipe("a checkpoint lies beyond the end of the log")?;
        self.table.checkpoint()
    }

    async fn write(
        &self,
        commits: Vec<Arc<Commit>>,
        checkpoint: Checkpoint,
    ) -> Result<u64, ViewError> {
        let (projection, table) = (Arc::clone(&self.projection), self.table.clone());
        blocking(move || {
            let mut rows = Rows::over(table.clone());
            let unread = fold(&*projection, &commits, &mut rows);
            table.apply(rows.into_batch()?, &checkpoint)?;
            Ok(unread)
        })
        .await
    }

    fn recover(&self, interrupted: &Interrupted) {
        let view = self.projection.name();
        match interrupted {
            Interrupted::View(ViewError::Replaced { .. }) => info!(view, "view begins again"),
            Interrupted::View(ViewError::Damaged { .. }) => {
                match self.engine.views.wipe_if_damaged() {
                    Ok(reason) => warn!(view, reason, "views were damaged and are built again"),
                    Err(error) => error!(view, %error, "damaged views cannot be wiped"),
                }
            }
            Interrupted::View(_) | Interrupted::Log(_) => {
                error!(view, error = %interrupted, "view stopped")
            }
        }
        if let Ok(checkpoint) = self.table.checkpoint() {
            self.standing
                .send_modify(|standing| standing.checkpoint = checkpoint);
        }
    }
}

/// Runs work that may touch the disk where it holds up no other task.
#[expect(
    clippy::disallowed_methods,
    reason = "awaited at once, so it has an owner"
)]
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(answer) => answer,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => std::future::pending().await,
        },
    }
}

/// Several contexts, each read in order.
pub(crate) struct Feeds(Vec<(ContextName, Box<dyn Subscription>)>);

impl Feeds {
    pub(crate) fn after(
        log: &dyn EventLog,
        contexts: &[ContextName],
        checkpoint: &Checkpoint,
    ) -> Self {
        let feed = |context: &ContextName| {
            (
                *context,
                log.subscribe(*context, checkpoint.get(context.as_str())),
            )
        };
        Self(contexts.iter().map(feed).collect())
    }

    /// The next commits of whichever context has some.
    pub(crate) async fn next(
        &mut self,
        limit: usize,
    ) -> Result<(ContextName, Vec<Arc<Commit>>), ReadError> {
        let waits = self.0.iter_mut().map(|(context, feed)| {
            let context = *context;
            Box::pin(async move { Ok((context, feed.next(limit).await?)) })
        });
        futures::future::select_all(waits).await.0
    }
}

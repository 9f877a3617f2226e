//! The log itself: a cheap handle to the writer and to what readers share.

use std::sync::{Arc, Mutex, PoisonError, RwLock, mpsc};
use std::thread::JoinHandle;

use backhaul_eventlog::follow::Follow;
use backhaul_eventlog::{
    AppendError, BoxFuture, Commit, EventLog, Health, NewCommit, Position, Progress, ReadError,
    StreamName, Subscription, Verified, Version, Waiting,
};
use backhaul_events::ContextName;
use tokio::sync::watch;
use tokio::task::spawn_blocking;
use uuid::Uuid;

use crate::counters::Counting;
use crate::heads::Heads;
use crate::queue::{Answers, Queue};
use crate::store::Store;
use crate::tail::Tail;
use crate::verify::verify;
use crate::{Counters, read};

/// An event log on local disk. Clones share it; it closes with the last of them, or by
/// [`LocalLog::close`].
#[derive(Clone)]
pub struct LocalLog(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) id: Uuid,
    pub(crate) shared: Arc<Shared>,
    pub(crate) queue: Queue,
    pub(crate) threads: Mutex<Option<Threads>>,
}

/// The log's own threads.
pub(crate) struct Threads {
    pub(crate) writer: JoinHandle<()>,
    pub(crate) watchdog: JoinHandle<()>,
    /// The watchdog ends when this is gone.
    pub(crate) stop_watchdog: mpsc::Sender<()>,
}

/// What the writer gives and the readers take.
pub(crate) struct Shared {
    /// None once the log is closed.
    pub(crate) store: RwLock<Option<Arc<Store>>>,
    pub(crate) tails: [Tail; ContextName::ALL.len()],
    pub(crate) heads: Heads,
    /// The durable positions.
    pub(crate) positions: [watch::Sender<Position>; ContextName::ALL.len()],
    pub(crate) health: watch::Sender<Health>,
    pub(crate) waiting: Arc<Waiting>,
    pub(crate) counting: Counting,
}

impl LocalLog {
    /// The log's id, the same from its first day on.
    pub fn id(&self) -> Uuid {
        self.0.id
    }

    /// What the writer has done since the log was opened.
    pub fn counters(&self) -> Counters {
        self.0.shared.counting.now()
    }

    /// Bytes on disk.
    pub fn disk_bytes(&self) -> Result<u64, ReadError> {
        self.0.shared.store()?.disk_bytes()
    }

    /// Reads the whole log and checks it against itself: every checksum, every chain, no gap in
    /// positions or versions, the index equal to the commits. `progress` is called now and then.
    pub async fn verify(
        &self,
        progress: impl FnMut(Progress) + Send + 'static,
    ) -> Result<Verified, ReadError> {
        let store = self.0.shared.store()?;
        let durable = self.0.shared.durable();
        blocking(move || verify(&store, &durable, progress)).await
    }

    /// Stores what waits already, refuses everything after, and gives the folder free.
    #[expect(
        clippy::disallowed_methods,
        reason = "awaited at once, so it has an owner"
    )]
    pub async fn close(&self) {
        let inner = Arc::clone(&self.0);
        // It cannot panic, and whoever gives up waiting still gets the log closed.
        let _closed = spawn_blocking(move || inner.close()).await;
    }

    async fn append_all(&self, commits: Vec<NewCommit>) -> Answers {
        let count = commits.len();
        let refuse = |error: AppendError| vec![Err(error); count];
        if let Err(error) = self.0.shared.check_writable() {
            return refuse(error);
        }
        match self.0.queue.enter(commits) {
            Ok(answers) => match answers.await {
                Ok(answers) => answers,
                Err(_) => refuse(AppendError::Unknown("the writer gave no answer".to_owned())),
            },
            Err(error) => refuse(error),
        }
    }

    async fn read_after(
        &self,
        context: ContextName,
        after: Position,
        limit: usize,
    ) -> Result<Vec<Arc<Commit>>, ReadError> {
        let shared = &self.0.shared;
        let store = shared.store()?;
        let durable = *shared.positions[context as usize].borrow();
        if after >= durable || limit == 0 {
            return Ok(Vec::new());
        }
        if let Some(commits) = shared.tails[context as usize].after(after, limit) {
            return Ok(commits);
        }
        blocking(move || read::read(&store, context, after, durable, limit)).await
    }

    async fn read_stream_after(
        &self,
        stream: &StreamName,
        after: Version,
    ) -> Result<Vec<Arc<Commit>>, ReadError> {
        let shared = &self.0.shared;
        let store = shared.store()?;
        let durable = *shared.positions[stream.context as usize].borrow();
        match shared.heads.get(stream) {
            Some(head) if head.version <= after => return Ok(Vec::new()),
            // What was written lately lies in memory: a thread of its own would cost more than
            // the read.
            Some(_) => return read::read_stream(&store, stream, after, durable),
            // A filter knows most streams that do not exist without looking at the disk.
            None if !store.has_stream(stream)? => return Ok(Vec::new()),
            None => {}
        }
        let stream = stream.clone();
        blocking(move || read::read_stream(&store, &stream, after, durable)).await
    }
}

/// Reads from disk take their time on a thread that may block. A panic there is damage that the
/// store did not expect.
#[expect(
    clippy::disallowed_methods,
    reason = "awaited at once, so it has an owner"
)]
async fn blocking<T: Send + 'static>(
    read: impl FnOnce() -> Result<T, ReadError> + Send + 'static,
) -> Result<T, ReadError> {
    spawn_blocking(read).await.unwrap_or_else(|error| {
        Err(ReadError::Corrupt {
            record: "an unknown record".to_owned(),
            detail: format!("reading it failed: {error}"),
        })
    })
}

impl Shared {
    pub(crate) fn store(&self) -> Result<Arc<Store>, ReadError> {
        let store = self.store.read().unwrap_or_else(PoisonError::into_inner);
        let closed = || ReadError::Unavailable("it is closed".to_owned());
        store.clone().ok_or_else(closed)
    }

    pub(crate) fn durable(&self) -> [Position; ContextName::ALL.len()] {
        std::array::from_fn(|context| *self.positions[context].borrow())
    }

    pub(crate) fn check_writable(&self) -> Result<(), AppendError> {
        match &*self.health.borrow() {
            Health::Writable => Ok(()),
            Health::ReadOnly { reason } => Err(AppendError::ReadOnly(reason.clone())),
        }
    }

    /// Takes no more writes, for good. The first reason stands.
    pub(crate) fn fail(&self, reason: String) {
        self.health.send_if_modified(|health| {
            if *health != Health::Writable {
                return false;
            }
            tracing::error!(reason, "the event log takes no more writes");
            *health = Health::ReadOnly { reason };
            true
        });
    }
}

impl Inner {
    fn close(&self) {
        let threads = self
            .threads
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let Some(threads) = threads else {
            return;
        };
        self.queue.stop();
        drop(threads.stop_watchdog);
        // A thread that panicked has said so in the log's health.
        let _writer = threads.writer.join();
        let _watchdog = threads.watchdog.join();
        let reason = "it is closed".to_owned();
        self.shared.health.send_replace(Health::ReadOnly { reason });
        let mut store = self
            .shared
            .store
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *store = None;
        drop(store);
        for position in &self.shared.positions {
            // Wakes whoever waits for the next commit, to learn that there is none.
            position.send_modify(|_| {});
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.close();
    }
}

impl EventLog for LocalLog {
    fn append(&self, commits: Vec<NewCommit>) -> BoxFuture<'_, Answers> {
        Box::pin(self.append_all(commits))
    }

    fn read_stream<'a>(
        &'a self,
        stream: &'a StreamName,
        after: Version,
    ) -> BoxFuture<'a, Result<Vec<Arc<Commit>>, ReadError>> {
        Box::pin(self.read_stream_after(stream, after))
    }

    fn read(
        &self,
        context: ContextName,
        after: Position,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<Arc<Commit>>, ReadError>> {
        Box::pin(self.read_after(context, after, limit))
    }

    fn head(&self, context: ContextName) -> watch::Receiver<Position> {
        self.0.shared.positions[context as usize].subscribe()
    }

    fn health(&self) -> watch::Receiver<Health> {
        self.0.shared.health.subscribe()
    }

    fn sole_writer(&self) -> bool {
        true
    }

    fn subscribe(&self, context: ContextName, after: Position) -> Box<dyn Subscription> {
        Box::new(Follow::new(self.clone(), context, after))
    }
}

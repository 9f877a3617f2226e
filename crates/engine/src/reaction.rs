//! Reactions: an event in, commands or outside calls out.
//!
//! Events of one stream are acted on in order, different streams side by side. The checkpoint
//! follows the oldest event that is not finished, so after a crash some events come again: every
//! command is named after its event (`Intent::caused_by`), and every outside call stands in the log
//! under its own key before it is made, so coming again changes nothing.

use std::collections::{BTreeMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use backhaul_eventlog::{BoxFuture, Commit, Position, ReadError, Recorded};
use backhaul_events::{ContextName, Event};
use backhaul_kernel::Refused;
use backhaul_views::{Batch, Error as ViewError, Table};
use tokio::sync::{mpsc, watch};
use tracing::{debug, error, warn};

use crate::consumers::{Consumer, Standing};
use crate::projection::Feeds;
use crate::{Engine, Failure, Intent};

/// Commits read at once.
const BATCH_COMMITS: usize = 256;
/// Commits that wait in one lane.
const LANE_COMMITS: usize = 64;
/// How often the checkpoint is stored: what is lost of it is only done again.
const STORE_EVERY: Duration = Duration::from_millis(500);
/// Waiting times between tries of one event.
const BACKOFF_FIRST: Duration = Duration::from_millis(100);
const BACKOFF_MAX: Duration = Duration::from_secs(10);
/// How long to wait before reading again after the log failed.
const PAUSE: Duration = Duration::from_secs(1);

/// Acts on events.
pub trait Reaction: Send + Sync + 'static {
    /// Its name, such as `refunds.release`: part of every command id that follows from it.
    fn name(&self) -> &'static str;

    /// Which contexts it reads.
    fn contexts(&self) -> &'static [ContextName];

    /// Whether it acts on events of this type, such as `returns.RefundReleased`.
    fn wants(&self, type_name: &str) -> bool;

    /// How many streams are acted on side by side. 1 where the outside must see one at a time.
    fn lanes(&self) -> usize {
        64
    }

    /// Acts on an event.
    fn react<'a>(&'a self, caused: Caused<'a>) -> BoxFuture<'a, Result<(), ReactionError>>;
}

/// An event to act on.
#[derive(Clone, Copy)]
pub struct Caused<'a> {
    /// The commit it stands in.
    pub commit: &'a Commit,
    /// The event as stored.
    pub recorded: &'a Recorded,
    /// The event.
    pub event: &'a Event,
    /// Whether an earlier process may have acted on it already.
    pub maybe_again: bool,
}

impl Caused<'_> {
    /// The command that the reaction of that name derives from the event.
    pub fn intent(&self, reaction: &str) -> Intent {
        Intent::caused_by(self.commit, self.recorded, reaction)
    }
}

/// The event could not be acted on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReactionError {
    /// It may go better later.
    #[error("try again: {0}")]
    Retry(String),
    /// It never will: set aside for an operator.
    #[error("given up: {0}")]
    DeadLetter(String),
}

impl<R: Refused> From<Failure<R>> for ReactionError {
    fn from(failure: Failure<R>) -> Self {
        match failure {
            Failure::Refused(_) | Failure::CommandReused { .. } | Failure::Invalid(_) => {
                Self::DeadLetter(failure.to_string())
            }
            Failure::Contended { .. }
            | Failure::Overloaded
            | Failure::ReadOnly(_)
            | Failure::Unknown(_)
            | Failure::Read(_) => Self::Retry(failure.to_string()),
        }
    }
}

impl From<ReadError> for ReactionError {
    fn from(error: ReadError) -> Self {
        Self::Retry(error.to_string())
    }
}

impl Engine {
    /// Starts a reaction.
    pub fn react(&self, reaction: impl Reaction) -> Result<(), ViewError> {
        let reaction: Arc<dyn Reaction> = Arc::new(reaction);
        let table = self.views.table(reaction.name(), 1)?;
        let dead_letters = table.count()?;
        let (standing, receiver) = watch::channel(Standing {
            checkpoint: table.checkpoint()?,
            dead_letters,
        });
        self.consumers.add(Consumer {
            name: reaction.name(),
            contexts: reaction.contexts(),
            standing: receiver,
            projection: None,
        });
        let worker = Arc::new(Worker {
            engine: self.clone(),
            reaction,
            table,
            standing,
            progress: Mutex::default(),
        });
        self.tasks.spawn("reaction", worker.run());
        Ok(())
    }
}

/// The loop behind a reaction.
struct Worker {
    engine: Engine,
    reaction: Arc<dyn Reaction>,
    table: Table,
    standing: watch::Sender<Standing>,
    progress: Mutex<Progress>,
}

/// What is under way, and what was given up but not stored yet.
#[derive(Default)]
struct Progress {
    /// By context, in the order of the log and without gaps.
    under_way: BTreeMap<ContextName, VecDeque<(Position, Finished)>>,
    dead: Vec<(Vec<u8>, Vec<u8>)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Finished {
    Yes,
    No,
}

/// A commit on its way through a lane.
struct Work {
    commit: Arc<Commit>,
    maybe_again: bool,
}

impl Worker {
    async fn run(self: Arc<Self>) {
        let lanes = self.start_lanes();
        let tasks = self.engine.tasks.clone();
        let storing = Arc::clone(&self);
        tasks.spawn("reaction checkpoint", async move {
            storing.store_regularly().await
        });
        loop {
            match tasks.until_stopped(self.follow(&lanes)).await {
                None => return,
                Some(Ok(never)) => match never {},
                Some(Err(error)) => {
                    error!(reaction = self.reaction.name(), %error, "reaction cannot read the log");
                }
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

    fn start_lanes(self: &Arc<Self>) -> Vec<mpsc::Sender<Work>> {
        let start = |_| {
            let (sender, mut receiver) = mpsc::channel::<Work>(LANE_COMMITS);
            let worker = Arc::clone(self);
            self.engine.tasks.spawn("reaction lane", async move {
                let tasks = worker.engine.tasks.clone();
                while let Some(Some(work)) = tasks.until_stopped(receiver.recv()).await {
                    if worker.finish(&work).await.is_none() {
                        return;
                    }
                }
            });
            sender
        };
        (0..self.reaction.lanes().max(1)).map(start).collect()
    }

    async fn follow(
        &self,
        lanes: &[mpsc::Sender<Work>],
    ) -> Result<std::convert::Infallible, ReadError> {
        // What was under way when reading failed is still on its way through the lanes; reading
        // goes on after it.
        let checkpoint = self.read_to();
        let heads: Vec<_> = self
            .reaction
            .contexts()
            .iter()
            .map(|c| (*c, *self.engine.log.head(*c).borrow()))
            .collect();
        let mut feeds = Feeds::after(&*self.engine.log, self.reaction.contexts(), &checkpoint);
        loop {
            let (context, commits) = feeds.next(BATCH_COMMITS).await?;
            let head = heads
                .iter()
                .find(|(name, _)| *name == context)
                .map_or(0, |(_, head)| *head);
            for commit in commits {
                let wanted = commit
                    .events
                    .iter()
                    .any(|event| self.reaction.wants(&event.type_name));
                self.begin(
                    context,
                    commit.position,
                    if wanted { Finished::No } else { Finished::Yes },
                );
                if !wanted {
                    continue;
                }
                let lane = &lanes[lane_of(&commit, lanes.len())];
                let maybe_again = commit.position <= head;
                if lane
                    .send(Work {
                        commit,
                        maybe_again,
                    })
                    .await
                    .is_err()
                {
                    // The lane has stopped, so everything is stopping: wait for it.
                    self.engine.tasks.stopping().await;
                }
            }
            self.publish(context);
        }
    }

    /// Acts on every wanted event of a commit; gives nothing when everything stops first.
    async fn finish(&self, work: &Work) -> Option<()> {
        let commit = &*work.commit;
        for recorded in commit
            .events
            .iter()
            .filter(|event| self.reaction.wants(&event.type_name))
        {
            match recorded.event() {
                Ok(event) => {
                    let caused = Caused {
                        commit,
                        recorded,
                        event,
                        maybe_again: work.maybe_again,
                    };
                    self.engine
                        .tasks
                        .until_stopped(self.try_until_done(caused))
                        .await?;
                }
                Err(error) => self.set_aside(commit, recorded, &error.to_string()),
            }
        }
        self.end(commit.stream.context, commit.position);
        Some(())
    }

    async fn try_until_done(&self, caused: Caused<'_>) {
        let name = self.reaction.name();
        let mut backoff = BACKOFF_FIRST;
        loop {
            match self.reaction.react(caused).await {
                Ok(()) => {
                    self.engine.metrics.count_reaction(name, "done");
                    return;
                }
                Err(ReactionError::DeadLetter(reason)) => {
                    self.set_aside(caused.commit, caused.recorded, &reason);
                    return;
                }
                Err(ReactionError::Retry(reason)) => {
                    self.engine.metrics.count_reaction(name, "retried");
                    debug!(reaction = name, event = %caused.recorded.id, reason, "event is tried again");
                    self.engine.clock.sleep(backoff).await;
                    backoff = (backoff * 2).min(BACKOFF_MAX);
                }
            }
        }
    }

    fn set_aside(&self, commit: &Commit, recorded: &Recorded, reason: &str) {
        let name = self.reaction.name();
        self.engine.metrics.count_reaction(name, "dead letter");
        warn!(reaction = name, event = %recorded.id, stream = %commit.stream, reason, "event set aside");
        let key = format!("{}/{}", commit.stream, recorded.id).into_bytes();
        self.progress().dead.push((key, reason.as_bytes().to_vec()));
        self.standing
            .send_modify(|standing| standing.dead_letters += 1);
    }

    fn begin(&self, context: ContextName, position: Position, finished: Finished) {
        let mut progress = self.progress();
        let under_way = progress.under_way.entry(context).or_default();
        under_way.push_back((position, finished));
    }

    fn end(&self, context: ContextName, position: Position) {
        let mut progress = self.progress();
        let under_way = progress.under_way.entry(context).or_default();
        let found = under_way.binary_search_by_key(&position, |(at, _)| *at);
        if let Ok(index) = found {
            under_way[index].1 = Finished::Yes;
        }
        drop(progress);
        self.publish(context);
    }

    /// Moves the standing past everything that is finished and has nothing unfinished before it.
    fn publish(&self, context: ContextName) {
        let mut progress = self.progress();
        let under_way = progress.under_way.entry(context).or_default();
        let mut done = None;
        while let Some((position, Finished::Yes)) = under_way.front() {
            done = Some(*position);
            under_way.pop_front();
        }
        // Still under the lock, so that a later publication cannot be overtaken by this one.
        if let Some(position) = done {
            self.standing.send_modify(|standing| {
                standing.checkpoint.set(context.as_str(), position);
            });
        }
    }

    /// Up to where commits have been handed to lanes.
    fn read_to(&self) -> backhaul_views::Checkpoint {
        let mut checkpoint = self.standing.borrow().checkpoint.clone();
        for (context, under_way) in &self.progress().under_way {
            if let Some((position, _)) = under_way.back() {
                checkpoint.set(context.as_str(), *position);
            }
        }
        checkpoint
    }

    async fn store_regularly(&self) {
        let mut stored = self.standing.borrow().clone();
        loop {
            let stopping = self
                .engine
                .tasks
                .until_stopped(tokio::time::sleep(STORE_EVERY))
                .await
                .is_none();
            let standing = self.standing.borrow().clone();
            if standing != stored {
                self.store(&standing);
                stored = standing;
            }
            if stopping {
                return;
            }
        }
    }

    /// Stores checkpoint and dead letters. After the views were wiped there is no checkpoint to
    /// follow on from; then everything is stored anew, which is what it would come to anyway.
    fn store(&self, standing: &Standing) {
        let dead = std::mem::take(&mut self.progress().dead);
        let write = || -> Result<(), ViewError> {
            let mut checkpoint = self.table.checkpoint()?;
            for (context, position) in standing.checkpoint.iter() {
                checkpoint.set(context, position);
            }
            let mut batch = Batch::new();
            dead.iter()
                .for_each(|(key, reason)| batch.put(key.clone(), reason.clone()));
            self.table.apply(batch, &checkpoint)
        };
        if let Err(error) = write() {
            warn!(reaction = self.reaction.name(), %error, "checkpoint not stored");
            self.progress().dead.extend(dead.clone());
        }
    }

    fn progress(&self) -> std::sync::MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn lane_of(commit: &Commit, lanes: usize) -> usize {
    let mut hasher = DefaultHasher::new();
    (&commit.stream.tenant, &commit.stream.key).hash(&mut hasher);
    usize::try_from(hasher.finish() % lanes as u64).unwrap_or_default()
}

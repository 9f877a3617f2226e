//! One tenure of a reaction: reads the log, hands commits to lanes, and keeps the books.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use backhaul_eventlog::{Commit, Position, ReadError};
use backhaul_events::ContextName;
use tokio::sync::mpsc;
use tokio_util::task::TaskTracker;
use tracing::{Instrument, debug, error};

use super::books::Books;
use super::progress::{Finished, Progress};
use super::{Caused, PAUSE, Reaction, ReactionError};
use crate::faults::{Step, reached};
use crate::projection::Feeds;
use crate::{Engine, Tenure};

/// Commits read at once.
const BATCH_COMMITS: usize = 256;
/// Commits that wait in one lane.
const LANE_COMMITS: usize = 64;
/// Waiting times between tries of one event.
const BACKOFF_FIRST: Duration = Duration::from_millis(100);
const BACKOFF_MAX: Duration = Duration::from_secs(10);

/// A reaction at work.
pub(super) struct Shift {
    engine: Engine,
    reaction: Arc<dyn Reaction>,
    books: Arc<Books>,
    tenure: Tenure,
    progress: Mutex<Progress>,
}

/// A commit on its way through a lane.
struct Work {
    commit: Arc<Commit>,
    maybe_again: bool,
}

/// A lane ended before it should have.
struct LaneClosed;

impl Shift {
    pub(super) fn new(
        engine: Engine,
        reaction: Arc<dyn Reaction>,
        books: Arc<Books>,
        tenure: Tenure,
    ) -> Self {
        books.take_up(tenure.kept());
        Self {
            engine,
            reaction,
            books,
            tenure,
            progress: Mutex::default(),
        }
    }

    /// Acts until the tenure ends, and gives the lease back only when nothing is under way.
    pub(super) async fn run(self: Arc<Self>) {
        let under_way = TaskTracker::new();
        let lanes = self.start_lanes(&under_way);
        let (keeping, place) = (Arc::clone(&self), under_way.token());
        self.engine.tasks.spawn("reaction checkpoint", async move {
            let _place = place;
            keeping.tenure.renew(|| keeping.close_books()).await;
        });
        self.follow_on(&lanes).await;
        self.tenure.end();
        drop(lanes);
        under_way.close();
        under_way.wait().await;
        let last = self.close_books();
        self.tenure.keep(&last).await;
        self.books.lay_down();
    }

    fn close_books(&self) -> Vec<u8> {
        self.books.store();
        self.books.to_keep()
    }

    fn start_lanes(self: &Arc<Self>, under_way: &TaskTracker) -> Vec<mpsc::Sender<Work>> {
        let start = |_| {
            let (sender, mut receiver) = mpsc::channel::<Work>(LANE_COMMITS);
            let (shift, place) = (Arc::clone(self), under_way.token());
            self.engine.tasks.spawn("reaction lane", async move {
                let _place = place;
                while let Some(Some(work)) = shift.tenure.until_ended(receiver.recv()).await {
                    if shift.finish(&work).await.is_none() {
                        return;
                    }
                }
            });
            sender
        };
        (0..self.reaction.lanes().max(1)).map(start).collect()
    }

    /// Reads until the tenure ends, and again after the log could not be read.
    async fn follow_on(&self, lanes: &[mpsc::Sender<Work>]) {
        let name = self.reaction.name();
        loop {
            match self.tenure.until_ended(self.follow(lanes)).await {
                None => return,
                Some(Ok(LaneClosed)) => return error!(reaction = name, "reaction begins again"),
                Some(Err(error)) => error!(reaction = name, %error, "reaction cannot read the log"),
            }
            let pause = self.tenure.until_ended(tokio::time::sleep(PAUSE));
            if pause.await.is_none() {
                return;
            }
        }
    }

    async fn follow(&self, lanes: &[mpsc::Sender<Work>]) -> Result<LaneClosed, ReadError> {
        // What was under way when reading failed is still on its way through the lanes; reading
        // goes on after it.
        let begun = self.progress().begun(&self.books.checkpoint());
        let contexts = self.reaction.contexts();
        let head = |context: &ContextName| (*context, *self.engine.log.head(*context).borrow());
        let heads: Vec<(ContextName, Position)> = contexts.iter().map(head).collect();
        let mut feeds = Feeds::after(&*self.engine.log, contexts, &begun);
        loop {
            let (context, commits) = feeds.next(BATCH_COMMITS).await?;
            let head = heads.iter().find(|(name, _)| *name == context);
            let head = head.map_or(0, |(_, head)| *head);
            for commit in commits {
                let wanted = commit
                    .events
                    .iter()
                    .any(|event| self.reaction.wants(&event.type_name));
                let finished = if wanted { Finished::No } else { Finished::Yes };
                self.progress().begin(context, commit.position, finished);
                if !wanted {
                    continue;
                }
                let lane = &lanes[lane_of(&commit, lanes.len())];
                let maybe_again = commit.position <= head;
                let work = Work {
                    commit,
                    maybe_again,
                };
                if lane.send(work).await.is_err() {
                    return Ok(LaneClosed);
                }
            }
            self.publish(context);
        }
    }

    /// Acts on every wanted event of a commit; gives nothing when the tenure ends first.
    async fn finish(&self, work: &Work) -> Option<()> {
        let commit = &*work.commit;
        for recorded in commit
            .events
            .iter()
            .filter(|event| self.reaction.wants(&event.type_name))
        {
            match recorded.event() {
                Ok(event) => {
                    self.try_until_done(Caused {
                        commit,
                        recorded,
                        event,
                        maybe_again: work.maybe_again,
                        tenure: &self.tenure,
                    })
                    .await?;
                }
                Err(error) => self.books.set_aside(commit, recorded, &error.to_string()),
            }
        }
        let context = commit.stream.context;
        self.progress().end(context, commit.position);
        self.publish(context);
        Some(())
    }

    async fn try_until_done(&self, caused: Caused<'_>) -> Option<()> {
        let (name, metrics) = (self.reaction.name(), &self.engine.metrics);
        let mut backoff = BACKOFF_FIRST;
        loop {
            self.tenure.check().ok()?;
            let traceparent = caused.commit.metadata.traceparent.as_deref();
            let context = caused.commit.stream.context;
            let span = self.engine.tracing.react(name, context, traceparent);
            reached(Step::Taken);
            let reacting = self.reaction.react(caused).instrument(span);
            match self.tenure.wind_down(reacting).await? {
                Ok(()) => {
                    reached(Step::Acted);
                    metrics.count_reaction(name, "done");
                    return Some(());
                }
                Err(ReactionError::LeaseLost) => return None,
                Err(ReactionError::DeadLetter(reason)) => {
                    self.books
                        .set_aside(caused.commit, caused.recorded, &reason);
                    return Some(());
                }
                Err(ReactionError::Retry(reason)) => {
                    metrics.count_reaction(name, "retried");
                    debug!(reaction = name, event = %caused.recorded.id, reason, "event is tried again");
                    let wait = self.engine.clock.sleep(backoff);
                    self.tenure.until_ended(wait).await?;
                    backoff = (backoff * 2).min(BACKOFF_MAX);
                }
            }
        }
    }

    /// Moves the standing past everything that is finished and has nothing unfinished before it.
    fn publish(&self, context: ContextName) {
        let mut progress = self.progress();
        // Still under the lock, so that a later publication cannot be overtaken by this one.
        if let Some(position) = progress.advance(context) {
            self.books.advance(context, position);
        }
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn lane_of(commit: &Commit, lanes: usize) -> usize {
    let mut hasher = DefaultHasher::new();
    (&commit.stream.tenant, &commit.stream.key).hash(&mut hasher);
    usize::try_from(hasher.finish() % lanes as u64).unwrap_or_default()
}

//! Reactions: an event in, commands or outside calls out.
//!
//! Events of one stream are acted on in order, different streams side by side. The checkpoint
//! follows the oldest event that is not finished, so after a crash some events come again: every
//! command is named after its event (`Intent::caused_by`), and every outside call stands in the log
//! under its own key before it is made, so coming again changes nothing. Of all processes that
//! could act, one does: the one that holds the lease named after the reaction.

mod books;
mod progress;
mod shift;

use std::sync::Arc;
use std::time::Duration;

use backhaul_eventlog::{BoxFuture, Commit, ReadError, Recorded};
use backhaul_events::{ContextName, Event};
use backhaul_kernel::Refused;
use backhaul_views::Error as ViewError;

use self::books::Books;
use self::shift::Shift;
use crate::consumers::Consumer;
use crate::{Engine, Failure, Intent, Tenure};

/// How long to wait before beginning again after a task of a reaction failed.
const PAUSE: Duration = Duration::from_secs(1);

/// Acts on events.
pub trait Reaction: Send + Sync + 'static {
    /// Its name, such as `refunds.release`: of its lease, and part of every command id that follows
    /// from it.
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
    /// Whether an earlier holder of the lease may have acted on it already.
    pub maybe_again: bool,
    /// The right to act: through it the outside is called.
    pub tenure: &'a Tenure,
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
    /// Another process acts by now.
    #[error("the lease is lost")]
    LeaseLost,
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
        let (books, standing) = Books::open(self, reaction.name())?;
        self.follows(Consumer {
            name: reaction.name(),
            contexts: reaction.contexts(),
            standing,
            projection: None,
        });
        let engine = self.clone();
        self.tasks
            .spawn("reaction", run(engine, reaction, Arc::new(books)));
        Ok(())
    }
}

/// One tenure after another, until everything stops.
async fn run(engine: Engine, reaction: Arc<dyn Reaction>, books: Arc<Books>) {
    while let Some(tenure) = engine.tenure(reaction.name()).await {
        let shift = Shift::new(
            engine.clone(),
            Arc::clone(&reaction),
            Arc::clone(&books),
            tenure,
        );
        Arc::new(shift).run().await;
        let pause = engine.tasks.until_stopped(tokio::time::sleep(PAUSE));
        if pause.await.is_none() {
            return;
        }
    }
}

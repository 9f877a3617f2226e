//! The copy of one context: compare what is there, then append what is not, in order.

use std::sync::Arc;
use std::time::Duration;

use backhaul_eventlog::{AppendError, Appended, Commit, EventLog, NewCommit, Position, ReadError};
use backhaul_events::ContextName;
use indicatif::ProgressBar;

use super::chain::Chains;
use super::compare::difference;
use super::{BATCH_COMMITS, Copied, CopyError};

/// How often in a row the target may fail to take anything.
const TRIES_MAX: u32 = 10;
/// Before the next try, times the number of the try.
const RETRY_DELAY: Duration = Duration::from_millis(250);

/// One context on its way.
pub(super) struct ContextCopy<'a> {
    source: &'a dyn EventLog,
    target: &'a dyn EventLog,
    context: ContextName,
    bar: &'a ProgressBar,
    chains: Chains,
    /// The source has been found whole up to here.
    checked: Position,
    done: Copied,
}

/// How an append ended.
enum Ended {
    /// Everything was written.
    Whole,
    /// The commit at this position was not, or nobody knows.
    At(Position, AppendError),
}

impl<'a> ContextCopy<'a> {
    pub(super) fn new(
        source: &'a dyn EventLog,
        target: &'a dyn EventLog,
        context: ContextName,
        bar: &'a ProgressBar,
    ) -> Self {
        Self {
            source,
            target,
            context,
            bar,
            chains: Chains::default(),
            checked: 0,
            done: Copied::default(),
        }
    }

    /// Until the target holds everything up to `end`. A target that failed is read again before
    /// anything else is written to it: only what it holds tells what it took.
    pub(super) async fn run(mut self, end: Position) -> Result<Copied, CopyError> {
        let mut after = self.compare(0).await?;
        let mut tries = 0;
        loop {
            let (reached, ended) = self.append(after, end).await?;
            let Ended::At(position, error) = ended else {
                return Ok(self.done);
            };
            tries = if reached > after { 1 } else { tries + 1 };
            if matches!(error, AppendError::ReadOnly(_)) || tries > TRIES_MAX {
                return Err(CopyError::Append {
                    context: self.context,
                    position,
                    error,
                });
            }
            tokio::time::sleep(RETRY_DELAY * tries).await;
            after = self.compare(reached).await?;
        }
    }

    /// Compares what the target holds after a position; gives its last position.
    async fn compare(&mut self, mut after: Position) -> Result<Position, CopyError> {
        loop {
            let held = self.target.read(self.context, after, BATCH_COMMITS).await;
            let held = held.map_err(CopyError::Target)?;
            if held.is_empty() {
                return Ok(after);
            }
            let wanted = self.read(after, held.len()).await?;
            if wanted.is_empty() {
                return Err(CopyError::Longer {
                    context: self.context,
                    position: after,
                });
            }
            for (wanted, held) in wanted.iter().zip(&held) {
                if let Some(difference) = difference(wanted, held) {
                    return Err(CopyError::Diverged(difference));
                }
                after = wanted.position;
                self.done.compared += 1;
                self.count(wanted);
            }
        }
    }

    /// Appends what comes after a position; the next commits are read while these are written.
    async fn append(
        &mut self,
        mut after: Position,
        end: Position,
    ) -> Result<(Position, Ended), CopyError> {
        let mut commits = self.read(after, room(after, end)).await?;
        while after < end && !commits.is_empty() {
            let last = commits.last().map_or(after, |commit| commit.position);
            let target = self.target;
            let writing = target.append_after(after, self.to_new(&commits)?);
            let (answers, next) = tokio::join!(writing, self.read(last, room(last, end)));
            let (written, ended) = self.written(&commits, answers)?;
            after = written.unwrap_or(after);
            if let Ended::At(..) = ended {
                return Ok((after, ended));
            }
            commits = next?;
        }
        if after < end {
            return Err(CopyError::Source(ReadError::Unavailable(format!(
                "{} ends at position {after}, it said {end}",
                self.context
            ))));
        }
        Ok((after, Ended::Whole))
    }

    /// Counts what was written, up to the first commit that was not.
    fn written(
        &mut self,
        commits: &[Arc<Commit>],
        answers: Vec<Result<Appended, AppendError>>,
    ) -> Result<(Option<Position>, Ended), CopyError> {
        let mut last = None;
        let mut answers = answers.into_iter();
        for commit in commits {
            let none = || Err(AppendError::Unknown("the log gave no answer".to_owned()));
            match answers.next().unwrap_or_else(none) {
                Ok(appended) if appended.position == commit.position => {
                    last = Some(commit.position);
                    self.done.copied += 1;
                    self.count(commit);
                }
                Ok(appended) => {
                    return Err(CopyError::Misplaced {
                        context: self.context,
                        expected: commit.position,
                        found: appended.position,
                    });
                }
                Err(error) => return Ok((last, Ended::At(commit.position, error))),
            }
        }
        Ok((last, Ended::Whole))
    }

    /// The source's next commits, each found whole.
    async fn read(&mut self, after: Position, limit: usize) -> Result<Vec<Arc<Commit>>, CopyError> {
        if limit == 0 {
            return Ok(Vec::new());
        }
        let commits = self.source.read(self.context, after, limit).await;
        let commits = commits.map_err(CopyError::Source)?;
        for commit in &commits {
            if commit.position > self.checked {
                self.chains.follow(commit)?;
                self.checked = commit.position;
            }
        }
        Ok(commits)
    }

    fn to_new(&self, commits: &[Arc<Commit>]) -> Result<Vec<NewCommit>, CopyError> {
        let unknown = |commit: &Commit, error| CopyError::Unknown {
            context: self.context,
            position: commit.position,
            error,
        };
        let new = |commit: &Arc<Commit>| commit.to_new().map_err(|error| unknown(commit, error));
        commits.iter().map(new).collect()
    }

    fn count(&mut self, commit: &Commit) {
        self.done.events += commit.events.len() as u64;
        self.bar.inc(1);
    }
}

/// How many commits to read at once between two positions.
fn room(after: Position, end: Position) -> usize {
    usize::try_from(end.saturating_sub(after))
        .unwrap_or(usize::MAX)
        .min(BATCH_COMMITS)
}

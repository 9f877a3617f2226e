//! Two logs beside each other: every commit, and every view folded from both. For after a copy,
//! and for any doubt whether two logs are one.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::sync::Arc;

use backhaul_engine::{Projection, Rows, projection::fold};
use backhaul_eventlog::{Commit, EventLog, Position, ReadError};
use backhaul_events::ContextName;
use indicatif::ProgressBar;
use serde::Serialize;

use super::BATCH_COMMITS;
use super::chain::Chains;
use super::compare::{ABSENT, Difference, difference, one_sided};

/// Findings that are told one by one; more are only counted.
const FINDINGS_MAX: usize = 100;
/// Most of a row that a finding shows, in characters.
const SHOWN_CHARS_MAX: usize = 80;

/// What two logs have in common, and what not.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Comparison {
    /// Commits of the first log.
    pub(crate) commits: u64,
    /// Their events.
    pub(crate) events: u64,
    /// Rows of the views folded from the first log.
    pub(crate) rows: u64,
    /// What differs; nothing when the logs are equal.
    pub(crate) findings: Vec<Finding>,
    /// Findings that are not told one by one.
    pub(crate) more: u64,
}

/// Something in which two logs differ, or that is wrong with one of them.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Finding {
    /// A commit.
    Commit(Difference),
    /// A row of a view.
    Row(RowDifference),
    /// A log does not hold together.
    Damage {
        /// Which: `here` or `there`.
        side: Side,
        /// What is wrong.
        detail: String,
    },
}

/// A row that two folds do not agree on.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct RowDifference {
    /// The view.
    pub(crate) view: &'static str,
    /// Key of the row.
    pub(crate) key: String,
    /// The row, folded from the first log.
    pub(crate) left: String,
    /// The row, folded from the second log.
    pub(crate) right: String,
}

/// Which of two logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Side {
    /// The first.
    Here,
    /// The second.
    There,
}

impl Comparison {
    /// Whether the logs are equal.
    pub(crate) fn is_equal(&self) -> bool {
        self.findings.is_empty()
    }

    fn find(&mut self, finding: Finding) {
        if self.findings.len() < FINDINGS_MAX {
            self.findings.push(finding);
        } else {
            self.more += 1;
        }
    }
}

/// One of two logs, as far as it was read.
struct Reader<'a> {
    side: Side,
    log: &'a dyn EventLog,
    chains: Chains,
    /// The rows of each projection.
    rows: Vec<Rows>,
    /// Contexts that cannot be read any further.
    ended: HashSet<ContextName>,
}

/// Compares two logs up to where both end now; the projections are folded from both, in memory.
pub(crate) async fn compare(
    left: &dyn EventLog,
    right: &dyn EventLog,
    projections: &[Arc<dyn Projection>],
    bar: &ProgressBar,
) -> Comparison {
    let longest = |context| (*left.head(context).borrow()).max(*right.head(context).borrow());
    bar.set_length(ContextName::ALL.into_iter().map(longest).sum());
    let mut comparison = Comparison::default();
    let mut left = Reader::new(Side::Here, left, projections.len());
    let mut right = Reader::new(Side::There, right, projections.len());
    for context in ContextName::ALL {
        let mut after = 0;
        loop {
            let (ours, theirs) =
                tokio::join!(left.read(context, after), right.read(context, after));
            let ours = left.checked(context, ours, &mut comparison);
            let theirs = right.checked(context, theirs, &mut comparison);
            // Reads end where bytes or the log do: what both gave is compared, the rest read again.
            let both = match (ours.len(), theirs.len()) {
                (0, all) | (all, 0) => all,
                (ours, theirs) => ours.min(theirs),
            };
            if both == 0 {
                break;
            }
            let ours = &ours[..both.min(ours.len())];
            let theirs = &theirs[..both.min(theirs.len())];
            commits(context, after, (ours, theirs), &mut comparison);
            left.fold(projections, ours, &mut comparison);
            right.fold(projections, theirs, &mut comparison);
            after += both as Position;
            bar.inc(both as u64);
        }
    }
    for (index, projection) in projections.iter().enumerate() {
        let ours = std::mem::replace(&mut left.rows[index], Rows::fresh()).into_rows();
        let theirs = std::mem::replace(&mut right.rows[index], Rows::fresh()).into_rows();
        comparison.rows += ours.len() as u64;
        rows(projection.name(), &ours, &theirs, &mut comparison);
    }
    comparison
}

impl<'a> Reader<'a> {
    fn new(side: Side, log: &'a dyn EventLog, projections: usize) -> Self {
        Self {
            side,
            log,
            chains: Chains::default(),
            rows: (0..projections).map(|_| Rows::fresh()).collect(),
            ended: HashSet::new(),
        }
    }

    async fn read(
        &self,
        context: ContextName,
        after: Position,
    ) -> Result<Vec<Arc<Commit>>, ReadError> {
        match self.ended.contains(&context) {
            true => Ok(Vec::new()),
            false => self.log.read(context, after, BATCH_COMMITS).await,
        }
    }

    /// The commits; where they could not be read, that is a finding, and the context ends there.
    fn checked(
        &mut self,
        context: ContextName,
        read: Result<Vec<Arc<Commit>>, ReadError>,
        comparison: &mut Comparison,
    ) -> Vec<Arc<Commit>> {
        read.unwrap_or_else(|error| {
            self.ended.insert(context);
            comparison.find(Finding::Damage {
                side: self.side,
                detail: error.to_string(),
            });
            Vec::new()
        })
    }

    fn fold(
        &mut self,
        projections: &[Arc<dyn Projection>],
        commits: &[Arc<Commit>],
        comparison: &mut Comparison,
    ) {
        for commit in commits {
            if let Err(broken) = self.chains.follow(commit) {
                comparison.find(Finding::Damage {
                    side: self.side,
                    detail: broken.to_string(),
                });
            }
            if self.side == Side::Here {
                comparison.commits += 1;
                comparison.events += commit.events.len() as u64;
            }
        }
        let context = commits.first().map(|commit| commit.stream.context);
        for (projection, rows) in projections.iter().zip(&mut self.rows) {
            if context.is_some_and(|context| projection.contexts().contains(&context)) {
                fold(&**projection, commits, rows);
            }
        }
    }
}

fn commits(
    context: ContextName,
    after: Position,
    (ours, theirs): (&[Arc<Commit>], &[Arc<Commit>]),
    comparison: &mut Comparison,
) {
    for index in 0..ours.len().max(theirs.len()) {
        let position = after + 1 + index as Position;
        let found = match (ours.get(index), theirs.get(index)) {
            (Some(ours), Some(theirs)) => difference(ours, theirs),
            (Some(_), None) => Some(one_sided(context, position, ["present", ABSENT])),
            (None, _) => Some(one_sided(context, position, [ABSENT, "present"])),
        };
        if let Some(difference) = found {
            comparison.find(Finding::Commit(difference));
        }
    }
}

fn rows(
    view: &'static str,
    ours: &BTreeMap<Vec<u8>, Vec<u8>>,
    theirs: &BTreeMap<Vec<u8>, Vec<u8>>,
    comparison: &mut Comparison,
) {
    let ours_keys = ours.keys();
    let only_theirs = theirs.keys().filter(|key| !ours.contains_key(*key));
    for key in ours_keys.chain(only_theirs) {
        let (left, right) = (ours.get(key), theirs.get(key));
        if left != right {
            comparison.find(Finding::Row(RowDifference {
                view,
                key: shown(Some(key)),
                left: shown(left),
                right: shown(right),
            }));
        }
    }
}

fn shown(bytes: Option<&Vec<u8>>) -> String {
    let Some(bytes) = bytes else {
        return ABSENT.to_owned();
    };
    let text = String::from_utf8_lossy(bytes);
    text.chars()
        .filter(|c| !c.is_control())
        .take(SHOWN_CHARS_MAX)
        .collect()
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Commit(difference) => difference.fmt(f),
            Self::Row(RowDifference {
                view,
                key,
                left,
                right,
            }) => write!(f, "view {view}: row {key} is {left} here, {right} there"),
            Self::Damage { side, detail } => match side {
                Side::Here => write!(f, "the log here: {detail}"),
                Side::There => write!(f, "the log there: {detail}"),
            },
        }
    }
}

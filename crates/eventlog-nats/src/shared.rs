//! What appends, readers and the log's own tasks share.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_nats::{Client, jetstream};
use backhaul_eventlog::frame::Framed;
use backhaul_eventlog::{AppendError, Commit, Health, Position, ReadError, Waiting};
use backhaul_events::ContextName;
use tokio::sync::watch;

use crate::ask::StoredMessage;
use crate::catch_up::Consumers;
use crate::findings::restore;
use crate::heads::Heads;
use crate::message;
use crate::names::Names;
use crate::options::Access;
use crate::replay::Resume;
use crate::tail::{Put, Tail};
use crate::turns::Turns;
use crate::{Durability, Faults, Finding, Severity};

pub(crate) struct Shared {
    pub(crate) client: Client,
    /// Only to publish.
    pub(crate) jetstream: jetstream::Context,
    pub(crate) names: Names,
    pub(crate) access: Access,
    pub(crate) replicas: [usize; ContextName::ALL.len()],
    pub(crate) tails: [Tail; ContextName::ALL.len()],
    /// The last position of each context that is known to be durable.
    pub(crate) positions: [watch::Sender<Position>; ContextName::ALL.len()],
    pub(crate) heads: Heads,
    pub(crate) consumers: Consumers,
    pub(crate) resume: Resume,
    pub(crate) turns: Turns,
    pub(crate) waiting: Arc<Waiting>,
    pub(crate) health: watch::Sender<Health>,
    pub(crate) findings: watch::Sender<Vec<Finding>>,
    pub(crate) durability: watch::Sender<Durability>,
    pub(crate) faults: Faults,
    pub(crate) closed: AtomicBool,
}

impl Shared {
    /// The last position that is known.
    pub(crate) fn position(&self, context: ContextName) -> Position {
        *self.positions[context as usize].borrow()
    }

    /// The context goes at least so far, and every position up to there can be read.
    pub(crate) fn advance(&self, context: ContextName, position: Position) {
        self.positions[context as usize].send_if_modified(|known| {
            let further = position > *known;
            *known = position.max(*known);
            further
        });
    }

    /// Takes a commit in that is durable: readers find it, and its stream's end is known.
    pub(crate) fn learn(&self, commit: Arc<Commit>) {
        let (context, position) = (commit.stream.context, commit.position);
        self.heads.advance(&commit);
        match self.tails[context as usize].put(commit) {
            Put::Kept => self.advance(context, position),
            Put::Contradiction => self.report(Finding::new(
                Severity::Damage,
                format!("stream {}", self.names.stream(context)),
                format!("position {position} was given to two commits"),
                restore(&self.names.stream(context)),
            )),
        }
    }

    /// The commit of a message, or what is wrong with it. Damage is reported.
    pub(crate) fn decode(
        &self,
        context: ContextName,
        message: &StoredMessage,
    ) -> Result<Framed, ReadError> {
        let place = || format!("{context} at position {}", message.sequence);
        let corrupt = |detail: String| {
            self.report(Finding::new(
                Severity::Damage,
                format!("stream {}", self.names.stream(context)),
                format!("position {}: {detail}", message.sequence),
                restore(&self.names.stream(context)),
            ));
            ReadError::Corrupt {
                record: place(),
                detail,
            }
        };
        let stream = self.names.parse(&message.subject);
        let stream = stream.filter(|stream| stream.context == context);
        let foreign = || corrupt(format!("subject {} is no stream", message.subject));
        let stream = stream.ok_or_else(foreign)?;
        let framed = message::decode(stream, message.sequence, &message.headers, &message.body)
            .map_err(|error| corrupt(error.to_string()))?;
        match self.heads.contradicts(&framed) {
            true => Err(corrupt(
                "it does not follow on the commit before it".to_owned(),
            )),
            false => Ok(framed),
        }
    }

    /// Notes what is wrong, once. Damage stops the writing.
    pub(crate) fn report(&self, finding: Finding) {
        let fresh = self.findings.send_if_modified(|findings| {
            let fresh = !findings.contains(&finding) && findings.len() < FINDINGS_MAX;
            if fresh {
                findings.push(finding.clone());
            }
            fresh
        });
        if !fresh {
            return;
        }
        let Finding {
            severity,
            place,
            what,
            repair,
        } = &finding;
        match severity {
            Severity::Note => tracing::info!(place, what, repair, "about the event log"),
            Severity::Warning => tracing::warn!(place, what, repair, "the event log needs care"),
            Severity::Damage => {
                tracing::error!(place, what, repair, "the event log is damaged");
                self.fail(finding.to_string());
            }
        }
    }

    /// Takes no more writes, for good. The first reason stands.
    pub(crate) fn fail(&self, reason: String) {
        self.health.send_if_modified(|health| {
            let first = *health == Health::Writable;
            if first {
                *health = Health::ReadOnly { reason };
            }
            first
        });
    }

    pub(crate) fn check_writable(&self) -> Result<(), AppendError> {
        match &*self.health.borrow() {
            Health::Writable => Ok(()),
            Health::ReadOnly { reason } => Err(AppendError::ReadOnly(reason.clone())),
        }
    }

    pub(crate) fn check_open(&self) -> Result<(), ReadError> {
        match self.closed.load(Ordering::Relaxed) {
            true => Err(ReadError::Unavailable("the log is closed".to_owned())),
            false => Ok(()),
        }
    }

    pub(crate) fn check_reads(&self, context: ContextName) -> Result<(), ReadError> {
        match self.access.reads(context) {
            true => self.check_open(),
            false => Err(ReadError::Unavailable(format!(
                "this process does not read {context}"
            ))),
        }
    }
}

/// More findings than anybody reads are not kept.
const FINDINGS_MAX: usize = 100;

//! Whether the log is whole: what the servers say of their replicas, again and again where this
//! process may ask; and on request every commit of it, read and checked against the one before it.

use std::collections::HashMap;
use std::sync::Arc;

use async_nats::Client;
use backhaul_eventlog::{Commit, Position, Progress, ReadError, StreamName, Verified, frame};
use backhaul_events::ContextName;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use crate::findings::{Durability, Finding, Severity, restore};
use crate::heads::Head;
use crate::options::{INTEGRITY_INTERVAL, READ_COMMITS_MAX};
use crate::shared::Shared;
use crate::{NatsLog, replay, system};

impl NatsLog {
    /// Reads every context that this process reads, and checks it against itself: every checksum,
    /// every chain, no gap in positions or versions. What is wrong stops the writing, too.
    /// `progress` is called now and then.
    pub async fn verify(&self, mut progress: impl FnMut(Progress)) -> Result<Verified, ReadError> {
        let shared = &self.0.shared;
        let total = ContextName::ALL.map(|context| shared.position(context));
        let total = total.iter().sum();
        let (mut verified, mut before) = (Verified::default(), 0);
        for context in ContextName::ALL {
            let one = self.verify_context(context, |now| {
                let checked = before + now.checked;
                progress(Progress { checked, total });
            });
            let one = one.await?;
            before += one.commits;
            verified.commits += one.commits;
            verified.events += one.events;
            verified.streams += one.streams;
        }
        Ok(verified)
    }

    /// The same for one context.
    pub async fn verify_context(
        &self,
        context: ContextName,
        mut progress: impl FnMut(Progress),
    ) -> Result<Verified, ReadError> {
        let shared = &self.0.shared;
        let total = shared.position(context);
        let mut verified = Verified::default();
        let mut chains = Chains::new(shared, context);
        let mut after: Position = 0;
        while after < total {
            let commits = replay::read(shared, context, after, READ_COMMITS_MAX).await?;
            for commit in &commits {
                chains.check(commit)?;
                verified.commits += 1;
                verified.events += commit.events.len() as u64;
            }
            after = commits.last().map_or(total, |commit| commit.position);
            progress(Progress {
                checked: after,
                total,
            });
        }
        verified.streams = chains.heads.len() as u64;
        Ok(verified)
    }
}

/// The streams of a context while it is read from its start.
struct Chains<'a> {
    shared: &'a Shared,
    context: ContextName,
    heads: HashMap<StreamName, Head>,
}

impl<'a> Chains<'a> {
    fn new(shared: &'a Shared, context: ContextName) -> Self {
        Self {
            shared,
            context,
            heads: HashMap::new(),
        }
    }

    /// The commit follows on the one before it in its stream.
    fn check(&mut self, commit: &Commit) -> Result<(), ReadError> {
        let head = self.heads.entry(commit.stream.clone()).or_default();
        let chain = frame::chain(commit, head.chain);
        if commit.first_version == head.version + 1 && chain == commit.chain {
            *head = Head::of(commit);
            return Ok(());
        }
        let (version, stream) = (head.version, self.shared.names.stream(self.context));
        let detail = format!(
            "it does not follow on version {version} of {}",
            commit.stream
        );
        self.shared.report(Finding::new(
            Severity::Damage,
            format!("stream {stream}"),
            format!("position {}: {detail}", commit.position),
            restore(&stream),
        ));
        Err(ReadError::Corrupt {
            record: format!("{} at position {}", self.context, commit.position),
            detail,
        })
    }
}

/// Looks at all servers and their replicas, by a client of the system account.
pub(crate) async fn look(shared: &Shared, system: &Client) {
    let readable = ContextName::ALL
        .into_iter()
        .filter(|context| shared.access.reads(*context));
    let streams: Vec<String> = readable
        .map(|context| shared.names.stream(context))
        .collect();
    match system::look(system, &streams).await {
        Ok(servers) => {
            for finding in system::findings(&servers) {
                shared.report(finding);
            }
            let durability = system::durability(&servers);
            shared.durability.send_replace(durability);
        }
        Err(error) => {
            // What was seen once stays seen: servers do not change it while they run.
            shared.durability.send_if_modified(|durability| {
                let unconfirmed = matches!(durability, Durability::Unconfirmed { .. });
                if unconfirmed {
                    let reason = error.to_string();
                    *durability = Durability::Unconfirmed { reason };
                }
                unconfirmed
            });
            tracing::warn!(%error, "the servers could not be looked at");
        }
    }
}

/// Looks again and again.
pub(crate) async fn watch(shared: Arc<Shared>, system: Client) {
    let mut ticks = interval_at(Instant::now() + INTEGRITY_INTERVAL, INTEGRITY_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        look(&shared, &system).await;
    }
}

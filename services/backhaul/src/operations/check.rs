//! What must hold of a whole log: positions and versions without gap, every event readable, money
//! conserved, the provider's books equal to ours, every view equal to a fresh fold.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

use backhaul_api::proto::operations::v1::{CheckLogResponse, CheckSummary};
use backhaul_api::types::version_to_proto;
use backhaul_engine::consumers::Consumer;
use backhaul_engine::projection::fold;
use backhaul_engine::{Engine, Projection, Rows};
use backhaul_eventlog::{Commit, Position, StreamName, Version};
use backhaul_events::ContextName;
use backhaul_gateways::payment::PaymentSandbox;
use backhaul_views::Row;
use tokio::sync::mpsc;
use tonic::{Code, Status};

use super::BATCH_COMMITS;
use super::money::Books;

/// Findings that are told one by one; more are only counted.
const FINDINGS_MAX: usize = 100;
/// How often a view that keeps moving is looked at again.
const LOOKS_MAX: u32 = 5;
/// Rows of a view read at once.
const SCAN_ROWS: usize = 4_096;

/// What is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// The log, the money, and the views of this process.
    Everything,
    /// Only the views of this process.
    Views,
}

/// A check under way. Ends when its caller goes.
pub(super) struct Check {
    engine: Engine,
    provider: Option<PathBuf>,
    scope: Scope,
    answers: mpsc::Sender<Result<CheckLogResponse, Status>>,
    done: u64,
    total: u64,
    summary: CheckSummary,
}

impl Check {
    pub(super) fn new(
        engine: Engine,
        provider: Option<PathBuf>,
        scope: Scope,
        answers: mpsc::Sender<Result<CheckLogResponse, Status>>,
    ) -> Self {
        Self {
            engine,
            provider,
            scope,
            answers,
            done: 0,
            total: 0,
            summary: CheckSummary::default(),
        }
    }

    pub(super) async fn run(mut self) {
        let tasks = self.engine.tasks.clone();
        let answers = self.answers.clone();
        if let Some(Err(error)) = tasks.until_stopped(self.check()).await {
            let _ = answers
                .send(Err(Status::new(Code::Aborted, error.to_string())))
                .await;
        }
    }

    async fn check(&mut self) -> anyhow::Result<()> {
        if self.scope == Scope::Everything {
            self.log().await?;
        }
        for consumer in self.engine.consumers.all() {
            if let Some(projection) = &consumer.projection {
                let findings = self.view(&consumer, projection).await?;
                self.say(findings).await?;
            }
        }
        let last = CheckLogResponse {
            summary: Some(self.summary),
            ..self.progress()
        };
        Ok(self.answers.send(Ok(last)).await?)
    }

    /// The log and the money in it.
    async fn log(&mut self) -> anyhow::Result<()> {
        let heads =
            ContextName::ALL.map(|context| (context, *self.engine.log.head(context).borrow()));
        self.total = heads.iter().map(|(_, head)| head).sum();
        let mut streams = HashMap::new();
        let mut books = Books::default();
        for (context, head) in heads {
            let findings = self
                .context(context, head, &mut streams, &mut books)
                .await?;
            self.say(findings).await?;
        }
        self.summary.streams = version_to_proto(streams.len() as u64);
        self.summary.orders = version_to_proto(books.orders());
        self.say(books.findings()).await?;
        if let Some(provider) = &self.provider {
            let ledger = PaymentSandbox::read_ledger(provider)?;
            self.say(books.against_provider(&ledger)).await?;
        }
        Ok(())
    }

    /// Reads a context from the start. A corrupt record ends it, and is a finding.
    async fn context(
        &mut self,
        context: ContextName,
        head: Position,
        streams: &mut HashMap<StreamName, Version>,
        books: &mut Books,
    ) -> anyhow::Result<Vec<String>> {
        let mut findings = Vec::new();
        let mut after = 0;
        while after < head {
            let commits = match self.engine.log.read(context, after, BATCH_COMMITS).await {
                Ok(commits) => commits,
                Err(error) => {
                    findings.push(error.to_string());
                    return Ok(findings);
                }
            };
            if commits.is_empty() {
                findings.push(format!(
                    "{context} ends at position {after}, the log says {head}"
                ));
                return Ok(findings);
            }
            for commit in &commits {
                after += 1;
                if commit.position != after {
                    findings.push(format!("{context}: position {after} is missing"));
                    after = commit.position;
                }
                versions(commit, streams, &mut findings);
                books.add(commit);
                self.summary.events += version_to_proto(commit.events.len() as u64);
            }
            self.done += commits.len() as u64;
            self.say(Vec::new()).await?;
        }
        Ok(findings)
    }

    /// A view against a fold of the log from the beginning, up to the view's own checkpoint.
    async fn view(
        &mut self,
        consumer: &Consumer,
        projection: &Arc<dyn Projection>,
    ) -> anyhow::Result<Vec<String>> {
        let table = self
            .engine
            .views
            .table(projection.name(), projection.schema())?;
        for _ in 0..LOOKS_MAX {
            let checkpoint = table.checkpoint()?;
            let stored = all_rows(&table)?;
            if table.checkpoint()? != checkpoint {
                continue;
            }
            let mut rows = Rows::fresh();
            for context in consumer.contexts {
                let end = checkpoint.get(context.as_str());
                let mut after = 0;
                while after < end {
                    let limit = usize::try_from(end - after)
                        .unwrap_or(usize::MAX)
                        .min(BATCH_COMMITS);
                    let commits = self.engine.log.read(*context, after, limit).await?;
                    let Some(last) = commits.last() else { break };
                    after = last.position;
                    fold(&**projection, &commits, &mut rows);
                }
            }
            self.summary.rows += version_to_proto(stored.len() as u64);
            return Ok(differences(consumer.name, &stored, &rows.into_rows()));
        }
        Ok(vec![format!(
            "view {}: keeps moving and was not compared",
            consumer.name
        )])
    }

    async fn say(&self, mut findings: Vec<String>) -> anyhow::Result<()> {
        if findings.len() > FINDINGS_MAX {
            let more = findings.len() - FINDINGS_MAX;
            findings.truncate(FINDINGS_MAX);
            findings.push(format!("and {more} more of the same kind"));
        }
        Ok(self
            .answers
            .send(Ok(CheckLogResponse {
                findings,
                ..self.progress()
            }))
            .await?)
    }

    fn progress(&self) -> CheckLogResponse {
        CheckLogResponse {
            done: version_to_proto(self.done),
            total: version_to_proto(self.total),
            ..Default::default()
        }
    }
}

fn versions(
    commit: &Commit,
    streams: &mut HashMap<StreamName, Version>,
    findings: &mut Vec<String>,
) {
    let version = streams.entry(commit.stream.clone()).or_default();
    if commit.first_version != *version + 1 {
        let (found, expected) = (commit.first_version, *version + 1);
        findings.push(format!(
            "stream {}: version {found} follows where {expected} is due",
            commit.stream
        ));
    }
    *version = commit.last_version();
    for recorded in &commit.events {
        if let Err(error) = recorded.event() {
            findings.push(format!(
                "stream {}: event {}: {error}",
                commit.stream, recorded.id
            ));
        }
    }
}

fn all_rows(table: &backhaul_views::Table) -> anyhow::Result<BTreeMap<Vec<u8>, Vec<u8>>> {
    let mut all = BTreeMap::new();
    let mut after: Option<Vec<u8>> = None;
    loop {
        let rows: Vec<Row> = table.scan(b"", after.as_deref(), SCAN_ROWS)?;
        let Some((last, _)) = rows.last() else {
            return Ok(all);
        };
        after = Some(last.clone());
        all.extend(rows);
    }
}

fn differences(
    view: &str,
    stored: &BTreeMap<Vec<u8>, Vec<u8>>,
    fresh: &BTreeMap<Vec<u8>, Vec<u8>>,
) -> Vec<String> {
    let name = |key: &[u8]| String::from_utf8_lossy(key).into_owned();
    let missing = fresh.keys().filter(|key| !stored.contains_key(*key));
    let missing = missing.map(|key| format!("view {view}: row {} is missing", name(key)));
    let wrong = stored
        .iter()
        .filter(|(key, row)| fresh.get(*key) != Some(row));
    let wrong =
        wrong.map(|(key, _)| format!("view {view}: row {} differs from a fresh fold", name(key)));
    missing.chain(wrong).collect()
}

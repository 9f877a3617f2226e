//! Builds a view again from the log, aside, while the old one goes on answering.

use std::sync::Arc;

use backhaul_api::proto::operations::v1::RebuildViewResponse;
use backhaul_api::types::version_to_proto;
use backhaul_engine::projection::fold;
use backhaul_engine::{Engine, Projection, Rows};
use backhaul_eventlog::Position;
use backhaul_events::ContextName;
use tokio::sync::mpsc;
use tonic::{Code, Status};
use tracing::info;

/// Commits folded into one batch of rows: the larger, the fewer times a key is written.
const FOLD_COMMITS: usize = 8_192;

/// A rebuild under way. Ends, without effect, when its caller goes before it is done.
pub(super) struct Rebuild {
    pub(super) engine: Engine,
    pub(super) projection: Arc<dyn Projection>,
    pub(super) answers: mpsc::Sender<Result<RebuildViewResponse, Status>>,
}

impl Rebuild {
    pub(super) async fn run(self) {
        let tasks = self.engine.tasks.clone();
        let answers = self.answers.clone();
        if let Some(Err(error)) = tasks.until_stopped(self.build()).await {
            let _ = answers
                .send(Err(Status::new(Code::Aborted, error.to_string())))
                .await;
        }
    }

    async fn build(self) -> anyhow::Result<()> {
        let (name, schema) = (self.projection.name(), self.projection.schema());
        let heads: Vec<(ContextName, Position)> = self
            .projection
            .contexts()
            .iter()
            .map(|context| (*context, *self.engine.log.head(*context).borrow()))
            .collect();
        let total = heads.iter().map(|(_, head)| head).sum();
        let table = self.engine.views.begin_rebuild(name, schema)?;
        let mut checkpoint = table.checkpoint()?;
        let mut done = 0;
        for (context, head) in heads {
            let mut after = 0;
            while after < head {
                let commits = self.engine.log.read(context, after, FOLD_COMMITS).await?;
                let Some(last) = commits.last() else { break };
                after = last.position;
                done += commits.len() as u64;
                let mut rows = Rows::over(table.clone());
                fold(&*self.projection, &commits, &mut rows);
                checkpoint.set(context.as_str(), after);
                table.apply(rows.into_batch()?, &checkpoint)?;
                self.say(done, total, 0).await?;
            }
        }
        let rows = table.count()?;
        self.engine.views.finish_rebuild(name)?;
        info!(view = name, rows, "view rebuilt");
        self.say(done, total, rows).await
    }

    async fn say(&self, done: u64, total: u64, rows: u64) -> anyhow::Result<()> {
        let [done, total, rows] = [done, total, rows].map(version_to_proto);
        Ok(self
            .answers
            .send(Ok(RebuildViewResponse { done, total, rows }))
            .await?)
    }
}

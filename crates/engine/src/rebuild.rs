//! Builds a view again from the log, aside, while the old one goes on answering.

use std::sync::Arc;

use backhaul_eventlog::{Position, ReadError};
use backhaul_events::ContextName;
use backhaul_views::{Batch, Checkpoint, Error as ViewError, Table};

use tokio::sync::watch;

use crate::projection::{blocking, fold};
use crate::{Engine, Projection, Rows};

/// Commits read at once.
const READ_COMMITS: usize = 4_096;
/// Rows gathered before any is written: each key is written once for all the events that fall
/// between, and there are many more events than rows.
const GATHERED_ROWS: usize = 65_536;
/// Rows written at once.
const WRITTEN_ROWS: usize = 512;

/// A view cannot be built again; the old one goes on.
#[derive(Debug, thiserror::Error)]
pub enum RebuildError {
    /// The log cannot be read.
    #[error(transparent)]
    Log(#[from] ReadError),
    /// The views cannot be written.
    #[error(transparent)]
    View(#[from] ViewError),
}

/// How far a rebuild is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Built {
    /// Commits folded.
    pub done: u64,
    /// Commits there are.
    pub total: u64,
    /// Rows of the new view; 0 until it is whole.
    pub rows: u64,
}

impl Engine {
    /// Folds the log up to its present end into a new table, and makes that the view's. Tells how
    /// far it is, and ends without effect when nobody listens any more.
    pub async fn rebuild(
        &self,
        projection: Arc<dyn Projection>,
        progress: watch::Sender<Built>,
    ) -> Result<(), RebuildError> {
        let contexts = projection.contexts().iter();
        let heads: Vec<(ContextName, Position)> = contexts
            .map(|context| (*context, *self.log.head(*context).borrow()))
            .collect();
        let mut built = Built {
            done: 0,
            total: heads.iter().map(|(_, head)| head).sum(),
            rows: 0,
        };
        let table = self
            .views
            .begin_rebuild(projection.name(), projection.schema())?;
        let mut checkpoint = table.checkpoint()?;
        let mut rows = Rows::over(table.clone());
        for (context, head) in heads {
            let mut after = checkpoint.get(context.as_str());
            while after < head {
                let commits = self.log.read(context, after, READ_COMMITS).await?;
                let Some(last) = commits.last() else { break };
                after = last.position;
                checkpoint.set(context.as_str(), after);
                built.done += commits.len() as u64;
                let folding = Arc::clone(&projection);
                rows = blocking(move || {
                    let mut rows = rows;
                    fold(&*folding, &commits, &mut rows);
                    rows
                })
                .await;
                if rows.len() >= GATHERED_ROWS {
                    write(&table, rows, &checkpoint).await?;
                    rows = Rows::over(table.clone());
                }
                if progress.send(built).is_err() {
                    return Ok(());
                }
            }
        }
        write(&table, rows, &checkpoint).await?;
        built.rows = table.count()?;
        self.views.finish_rebuild(projection.name())?;
        // The view is whole, whether or not somebody still listens.
        let _ = progress.send(built);
        Ok(())
    }
}

/// In slices, because nobody reads the table before it is whole: a crash between two of them only
/// drops it.
async fn write(table: &Table, rows: Rows, checkpoint: &Checkpoint) -> Result<(), ViewError> {
    let (table, checkpoint) = (table.clone(), checkpoint.clone());
    blocking(move || {
        let mut batch = Batch::new();
        for (key, row) in rows.into_changes()? {
            match row {
                Some(row) => batch.put(key, row),
                None => batch.remove(key),
            }
            if batch.len() == WRITTEN_ROWS {
                table.apply(std::mem::take(&mut batch), &checkpoint)?;
            }
        }
        table.apply(batch, &checkpoint)
    })
    .await
}

//! Builds a view again for an operator, and tells how far it is.

use std::sync::Arc;

use backhaul_api::proto::operations::v1::RebuildViewResponse;
use backhaul_api::types::version_to_proto;
use backhaul_engine::rebuild::Built;
use backhaul_engine::{Engine, Projection};
use tokio::sync::{mpsc, watch};
use tonic::{Code, Status};
use tracing::info;

/// A rebuild under way. Ends, without effect, when its caller goes before it is done.
pub(super) struct Rebuild {
    pub(super) engine: Engine,
    pub(super) projection: Arc<dyn Projection>,
    pub(super) answers: mpsc::Sender<Result<RebuildViewResponse, Status>>,
}

impl Rebuild {
    pub(super) async fn run(self) {
        let view = self.projection.name();
        let (progress, built) = watch::channel(Built::default());
        let rebuilding = self.engine.rebuild(Arc::clone(&self.projection), progress);
        let telling = tell(built, self.answers.clone());
        let (outcome, ()) = tokio::join!(self.engine.tasks.until_stopped(rebuilding), telling);
        match outcome {
            Some(Ok(())) => info!(view, "view rebuilt"),
            Some(Err(error)) => {
                let status = Status::new(Code::Aborted, error.to_string());
                // Without a caller nobody needs to know.
                let _ = self.answers.send(Err(status)).await;
            }
            None => {}
        }
    }
}

/// Passes on how far it is; listening ends with the caller.
async fn tell(
    mut built: watch::Receiver<Built>,
    answers: mpsc::Sender<Result<RebuildViewResponse, Status>>,
) {
    while built.changed().await.is_ok() {
        let now = *built.borrow_and_update();
        let [done, total, rows] = [now.done, now.total, now.rows].map(version_to_proto);
        let message = RebuildViewResponse { done, total, rows };
        if answers.send(Ok(message)).await.is_err() {
            return;
        }
    }
}

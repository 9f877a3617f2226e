//! Which views there are, for whoever folds a log without serving it: those of a deployment that
//! holds nothing, and is gone when they are known.

use std::sync::Arc;

use anyhow::Context as _;
use backhaul_engine::Projection;
use backhaul_host::Config;

use crate::process::Process;

/// The views of all services.
pub(crate) async fn all() -> anyhow::Result<Vec<Arc<dyn Projection>>> {
    let folder = tempfile::tempdir().context("no temporary folder can be made")?;
    let config = Config {
        listen: ([127, 0, 0, 1], 0).into(),
        probes: None,
        ..Config::in_folder(folder.path())
    };
    let process = Process::start(&config).await?;
    let consumers = process.deployment().engine.consumers.all();
    process.stop().await?;
    Ok(consumers
        .into_iter()
        .filter_map(|consumer| consumer.projection)
        .collect())
}

//! The server side of the executable: everything that listens.

use std::path::Path;

use anyhow::Context as _;
use backhaul_host::identity::{Grant, create_token as create};
use backhaul_host::{Config, Telemetry};
use tokio::signal::unix::{SignalKind, signal};
use tracing::info;

use crate::process::Process;

/// Serves every context on one port until interrupted or told to end.
pub async fn up(config: &Config) -> anyhow::Result<()> {
    let telemetry = Telemetry::start(config)?;
    let process = Process::start(config).await?;
    eprintln!("serving on http://{} (gRPC)", process.address);
    if let Some(probes) = process.probes {
        eprintln!("probes and metrics on http://{probes}");
    }
    if let Some(webhooks) = process.webhooks {
        eprintln!("webhooks on http://{webhooks}");
    }
    eprintln!("access token in {}", process.token_file.display());
    stop_signal().await?;
    info!("stopping");
    let stopped = process.stop().await;
    telemetry.stop();
    stopped
}

/// Makes an access token for a data folder and answers it. A running deployment knows it at once.
pub fn create_token(data: &Path, grant: &Grant) -> anyhow::Result<String> {
    create(data, grant).with_context(|| format!("no token can be made in {}", data.display()))
}

async fn stop_signal() -> anyhow::Result<()> {
    let mut end = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted?,
        _ = end.recv() => {}
    }
    Ok(())
}

//! The server side of the executable: everything that listens.

use std::path::Path;

use anyhow::Context as _;
use backhaul_host::identity::{Grant, create_token as create};
use backhaul_host::{Config, Telemetry};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;
use tracing::info;

use crate::cli::Serving;
use crate::process::Process;
use crate::services::Service;

/// How long to serve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// Until interrupted or told to end.
    Signal,
    /// Also when standard input ends: whoever holds its other end is gone or has let go.
    InputEnds,
}

impl Until {
    /// What the command line says.
    pub fn of(serving: &Serving) -> Self {
        match serving.while_input {
            true => Self::InputEnds,
            false => Self::Signal,
        }
    }
}

/// Serves these services on one port.
pub async fn serve(config: &Config, services: &[Service], until: Until) -> anyhow::Result<()> {
    let telemetry = Telemetry::start(config)?;
    let input = match until {
        Until::Signal => None,
        Until::InputEnds => Some(input_end()?),
    };
    let process = Process::start_some(config, services).await?;
    eprintln!("serving on http://{} (gRPC)", process.address);
    if let Some(probes) = process.probes {
        eprintln!("probes and metrics on http://{probes}");
    }
    if let Some(webhooks) = process.webhooks {
        eprintln!("webhooks on http://{webhooks}");
    }
    eprintln!("access token in {}", process.token_file.display());
    tokio::select! {
        signal = stop_signal() => signal?,
        () = ended(input) => {}
    }
    info!("stopping");
    let stopped = process.stop().await;
    telemetry.stop();
    stopped
}

/// Resolves when standard input has ended.
fn input_end() -> anyhow::Result<oneshot::Receiver<()>> {
    let (end, ended) = oneshot::channel();
    // A thread, because a read that never ends must not hold up the end of the process.
    std::thread::Builder::new()
        .name("input".to_owned())
        .spawn(move || {
            // A broken input has ended, too.
            let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
            let _ = end.send(());
        })
        .context("standard input cannot be watched")?;
    Ok(ended)
}

async fn ended(input: Option<oneshot::Receiver<()>>) {
    match input {
        Some(input) => drop(input.await),
        None => std::future::pending().await,
    }
}

/// Makes an access token for a folder of secrets and answers it. A running deployment knows it at
/// once.
pub fn create_token(data: &Path, grant: &Grant) -> anyhow::Result<String> {
    create(data, grant).with_context(|| format!("no token can be made in {}", data.display()))
}

/// Resolves when the process is interrupted or told to end.
pub(crate) async fn stop_signal() -> anyhow::Result<()> {
    let mut end = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted?,
        _ = end.recv() => {}
    }
    Ok(())
}

//! A deployment inside this process, for commands that find none running.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use anyhow::Context as _;
use backhaul_host::Config;

use crate::process::Process;

/// A deployment that lives as long as the command.
pub struct Running {
    /// Where it listens, such as `http://127.0.0.1:40001`.
    pub address: String,
    /// What its callers must carry.
    pub token: String,
    process: Process,
}

/// Starts every service on that data folder, on a free port of loopback.
pub async fn start(data: &Path) -> anyhow::Result<Running> {
    let config = Config {
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        probes: None,
        smtp: std::env::var(SMTP_VARIABLE).ok(),
        ..Config::in_folder(data)
    };
    let process = Process::start(&config).await?;
    let token = std::fs::read_to_string(&process.token_file).with_context(|| {
        format!(
            "the token cannot be read from {}",
            process.token_file.display()
        )
    })?;
    let address = format!("http://{}", process.address);
    Ok(Running {
        address,
        token: token.trim().to_owned(),
        process,
    })
}

/// The mail server of an embedded deployment; without it, mail goes to the outbox folder.
pub const SMTP_VARIABLE: &str = "BACKHAUL_SMTP";

impl Running {
    /// Stops it and waits until everything is on disk.
    pub async fn stop(self) -> anyhow::Result<()> {
        self.process.stop().await
    }
}

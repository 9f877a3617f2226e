//! A deployment inside this process, for commands that find none running.

use std::path::Path;

/// A deployment that lives as long as the command.
pub struct Running {
    /// Where it listens, such as `http://127.0.0.1:40001`.
    pub address: String,
    /// What its callers must carry.
    pub token: String,
}

/// Starts every service on that data folder, on loopback.
#[expect(
    clippy::unused_async,
    reason = "the server side is filled in with the services"
)]
pub async fn start(data: &Path) -> anyhow::Result<Running> {
    // SERVER SIDE: start the services here and answer once they serve.
    anyhow::bail!(
        "no deployment can be started in {} by this build",
        data.display()
    )
}

impl Running {
    /// Stops it and waits until everything is on disk.
    #[expect(
        clippy::unused_async,
        reason = "the server side is filled in with the services"
    )]
    pub async fn stop(self) -> anyhow::Result<()> {
        // SERVER SIDE: stop what `start` started.
        Ok(())
    }
}

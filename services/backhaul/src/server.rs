//! The server side of the executable: everything that listens.

use std::path::Path;

/// Serves every context on one port until interrupted.
#[expect(clippy::unused_async, reason = "filled in with the services")]
pub async fn up(data: &Path) -> anyhow::Result<()> {
    anyhow::bail!("this build does not serve {}", data.display())
}

/// Makes an access token and answers it.
pub fn create_token(data: &Path) -> anyhow::Result<String> {
    anyhow::bail!("this build makes no tokens in {}", data.display())
}

//! stub
use crate::cli::{Demo, Global};
use crate::connect::Deployment;
pub(crate) async fn run(_d: &Deployment, _o: Demo, _g: &Global) -> anyhow::Result<()> {
    anyhow::bail!("stub")
}

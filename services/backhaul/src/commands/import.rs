//! `backhaul import`.

use crate::connect::Deployment;
use crate::import::plan::Plan;
use crate::import::play::play;
use crate::output::{self, Output};

pub(crate) async fn online_retail(
    deployment: &Deployment,
    plan: &Plan,
    output: Output,
) -> anyhow::Result<()> {
    eprintln!("note: the data has no delivery dates; every order counts as delivered when paid");
    let report = play(deployment, plan).await?;
    match output {
        Output::Text => output::print(&report.to_string()),
        Output::Json => output::print_json(&report),
    }
}

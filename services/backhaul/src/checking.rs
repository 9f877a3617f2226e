//! A check of a whole deployment: the log by one process that serves operations, the views by every
//! process for its own.

use backhaul_api::proto::operations::v1::{CheckLogRequest, CheckSummary};
use futures::future::join_all;
use indicatif::ProgressBar;

use crate::connect::{Deployment, Process};
use crate::progress;
use crate::services::Service;

/// What was found, and in how much.
#[derive(Debug, Default)]
pub struct Checked {
    /// What is wrong; empty when nothing is.
    pub findings: Vec<String>,
    /// What was checked.
    pub summary: CheckSummary,
}

/// Checks everything.
pub async fn check(deployment: &Deployment) -> anyhow::Result<Checked> {
    let bar = progress::bar("check", 0);
    let processes = deployment.processes();
    let whole = processes
        .iter()
        .position(|process| process.services.contains(&Service::Operations));
    anyhow::ensure!(
        whole.is_some(),
        "no process that was reached serves operations"
    );
    let checks = processes.iter().enumerate().map(|(number, process)| {
        let views_only = whole != Some(number);
        check_one(process, CheckLogRequest { views_only }, &bar)
    });
    let mut all = Checked::default();
    for checked in join_all(checks).await {
        let Checked { findings, summary } = checked?;
        all.findings.extend(findings);
        all.summary.streams += summary.streams;
        all.summary.events += summary.events;
        all.summary.orders += summary.orders;
        all.summary.rows += summary.rows;
    }
    bar.finish_and_clear();
    Ok(all)
}

async fn check_one(
    process: &Process,
    request: CheckLogRequest,
    bar: &ProgressBar,
) -> anyhow::Result<Checked> {
    let shows = !request.views_only;
    let mut answers = process.operations().check_log(request).await?.into_inner();
    let (mut findings, mut summary) = (Vec::new(), None);
    while let Some(answer) = answers.message().await? {
        if shows {
            bar.set_length(answer.total.max(0).unsigned_abs());
            bar.set_position(answer.done.max(0).unsigned_abs());
        }
        findings.extend(answer.findings);
        summary = answer.summary.or(summary);
    }
    // A check that ends without its summary was cut off, and proves nothing.
    let summary = summary.ok_or_else(|| anyhow::anyhow!("the check ended before it was done"))?;
    Ok(Checked { findings, summary })
}

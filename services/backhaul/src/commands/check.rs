//! `backhaul check`.

use std::process::ExitCode;

use backhaul_api::proto::operations::v1::{CheckLogRequest, CheckSummary};
use serde_json::json;

use crate::connect::Deployment;
use crate::output::{self, Output};
use crate::progress;

/// Exit code 1 when there is a finding: a check that finds something has not failed.
pub(crate) async fn check(deployment: &Deployment, output: Output) -> anyhow::Result<ExitCode> {
    let mut answers = deployment
        .operations()
        .check_log(CheckLogRequest {})
        .await?
        .into_inner();
    let bar = progress::bar("check", 0);
    let (mut findings, mut summary) = (Vec::new(), None);
    while let Some(answer) = answers.message().await? {
        bar.set_length(answer.total.max(0).unsigned_abs());
        bar.set_position(answer.done.max(0).unsigned_abs());
        findings.extend(answer.findings);
        summary = answer.summary.or(summary);
    }
    bar.finish_and_clear();
    // A check that ends without its summary was cut off, and proves nothing.
    let summary = summary.ok_or_else(|| anyhow::anyhow!("the check ended before it was done"))?;
    match output {
        Output::Text => print_text(&findings, &summary)?,
        Output::Json => {
            let summary = output::to_json("backhaul.operations.v1.CheckSummary", &summary)?;
            output::print_json(&json!({ "findings": findings, "summary": summary }))?;
        }
    }
    Ok(if findings.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn print_text(findings: &[String], summary: &CheckSummary) -> anyhow::Result<()> {
    findings
        .iter()
        .try_for_each(|finding| output::print(finding))?;
    let verdict = match findings.len() {
        0 => "nothing is wrong".to_owned(),
        1 => "1 finding".to_owned(),
        count => format!("{count} findings"),
    };
    output::print(&format!(
        "{verdict}: {} events in {} streams, money of {} orders, {} rows of views",
        summary.events, summary.streams, summary.orders, summary.rows
    ))
}

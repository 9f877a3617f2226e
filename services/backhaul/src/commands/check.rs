//! `backhaul check`, of one deployment or of two logs against each other.

use std::process::ExitCode;

use backhaul_api::proto::operations::v1::CheckSummary;
use serde_json::json;

use super::log::open;
use crate::checking::{self, Checked};
use crate::cli::{LogAddress, NatsLogin, Purpose};
use crate::connect::Deployment;
use crate::copy::against::{self, Comparison};
use crate::output::{self, Output};
use crate::{progress, views};

/// Exit code 1 when there is a finding: a check that finds something has not failed.
pub(crate) async fn check(deployment: &Deployment, output: Output) -> anyhow::Result<ExitCode> {
    let Checked { findings, summary } = checking::check(deployment).await?;
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

/// Exit code 1 when the logs are not equal.
pub(crate) async fn against(
    here: &LogAddress,
    there: &LogAddress,
    login: &NatsLogin,
    output: Output,
) -> anyhow::Result<ExitCode> {
    anyhow::ensure!(here != there, "{here} is compared with itself");
    let projections = views::all().await?;
    let left = open(here, Purpose::Read, login).await?;
    let right = match open(there, Purpose::Read, login).await {
        Ok(right) => right,
        Err(error) => {
            left.close().await;
            return Err(error);
        }
    };
    let bar = progress::bar("compare", 0);
    let compared = {
        let (left, right) = (left.port(), right.port());
        against::compare(&*left, &*right, &projections, &bar).await
    };
    bar.finish_and_clear();
    left.close().await;
    right.close().await;
    match output {
        Output::Text => print_comparison(&compared, here, there)?,
        Output::Json => output::print_json(&json!({
            "here": here.to_string(),
            "there": there.to_string(),
            "comparison": compared,
        }))?,
    }
    Ok(match compared.is_equal() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

fn print_comparison(
    compared: &Comparison,
    here: &LogAddress,
    there: &LogAddress,
) -> anyhow::Result<()> {
    for finding in &compared.findings {
        output::print(&finding.to_string())?;
    }
    if compared.more > 0 {
        output::print(&format!("and {} more", compared.more))?;
    }
    let verdict = match compared.is_equal() {
        true => "the logs are equal",
        false => "the logs DIFFER",
    };
    output::print(&format!(
        "{verdict}: {} commits with {} events here ({here}), there {there}; {} rows of views folded \
         from both",
        compared.commits, compared.events, compared.rows
    ))
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

//! `backhaul rebuild`.

use anyhow::ensure;
use backhaul_api::proto::operations::v1::{RebuildViewRequest, RebuildViewResponse};
use futures::future::try_join_all;
use indicatif::ProgressBar;
use serde_json::json;

use crate::connect::{Deployment, Process};
use crate::output::{self, Output};
use crate::{progress, standings};

/// Every process that has the view builds its own again, all at the same time.
pub(crate) async fn rebuild(
    deployment: &Deployment,
    view: String,
    output: Output,
) -> anyhow::Result<()> {
    let having = having(deployment, &view).await?;
    let bar = progress::bar("rebuild", 0);
    let built = try_join_all(having.iter().map(|process| one(process, &view, &bar))).await?;
    bar.finish_and_clear();
    // Each copy of a view is a fold of the same log; one that was asked later has seen more.
    let [commits, rows] = [
        built.iter().map(|last| last.done).max(),
        built.iter().map(|last| last.rows).max(),
    ]
    .map(Option::unwrap_or_default);
    match (output, built.len()) {
        (Output::Text, 1) => output::print(&format!("{view}: {rows} rows from {commits} commits")),
        (Output::Text, copies) => output::print(&format!(
            "{view}: {rows} rows from {commits} commits, in {copies} processes"
        )),
        (Output::Json, copies) => output::print_json(
            &json!({ "view": view, "commits": commits, "rows": rows, "processes": copies }),
        ),
    }
}

/// The processes that have the view. With only one process nobody needs to be asked first.
async fn having(deployment: &Deployment, view: &str) -> anyhow::Result<Vec<Process>> {
    if let [only] = deployment.processes() {
        return Ok(vec![only.clone()]);
    }
    let said = standings::ask(deployment).await?.into_iter();
    let having = said.filter(|each| {
        let mut views = each.status.consumers.iter().filter(|one| one.view);
        views.any(|one| one.name == view)
    });
    let having: Vec<_> = having.map(|each| each.process).collect();
    ensure!(
        !having.is_empty(),
        "no process has a view {view}; `status` lists them"
    );
    Ok(having)
}

async fn one(
    process: &Process,
    view: &str,
    bar: &ProgressBar,
) -> anyhow::Result<RebuildViewResponse> {
    let request = RebuildViewRequest {
        view: view.to_owned(),
    };
    let mut operations = process.operations();
    let mut answers = operations.rebuild_view(request).await?.into_inner();
    let mut last = RebuildViewResponse::default();
    while let Some(answer) = answers.message().await? {
        bar.set_length(answer.total.max(0).unsigned_abs());
        bar.set_position(answer.done.max(0).unsigned_abs());
        last = answer;
    }
    Ok(last)
}

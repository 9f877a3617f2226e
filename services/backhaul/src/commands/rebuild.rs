//! `backhaul rebuild`.

use backhaul_api::proto::operations::v1::{RebuildViewRequest, RebuildViewResponse};
use serde_json::json;

use crate::connect::Deployment;
use crate::output::{self, Output};
use crate::progress;

pub(crate) async fn rebuild(
    deployment: &Deployment,
    view: String,
    output: Output,
) -> anyhow::Result<()> {
    let request = RebuildViewRequest { view: view.clone() };
    let mut answers = deployment
        .operations()
        .rebuild_view(request)
        .await?
        .into_inner();
    let bar = progress::bar("rebuild", 0);
    let mut last = RebuildViewResponse::default();
    while let Some(answer) = answers.message().await? {
        bar.set_length(answer.total.max(0).unsigned_abs());
        bar.set_position(answer.done.max(0).unsigned_abs());
        last = answer;
    }
    bar.finish_and_clear();
    match output {
        Output::Text => output::print(&format!(
            "{view}: {} rows from {} commits",
            last.rows, last.done
        )),
        Output::Json => {
            output::print_json(&json!({ "view": view, "commits": last.done, "rows": last.rows }))
        }
    }
}

//! `backhaul events tail`.

use backhaul_api::proto::operations::v1::{Event, TailEventsRequest};

use super::timeline;
use crate::cli::Tail;
use crate::connect::Deployment;
use crate::output::{self, Output};
use crate::story;

/// Shows events as they come. Following ends when the caller interrupts it, and that is no failure.
pub(crate) async fn tail(
    deployment: &Deployment,
    tail: &Tail,
    output: Output,
) -> anyhow::Result<()> {
    let request = TailEventsRequest {
        context: tail
            .context
            .map(|context| context.as_str().to_owned())
            .unwrap_or_default(),
        after_position: 0,
        newest: tail.newest,
        follow: tail.follow,
    };
    let mut answers = deployment
        .operations()
        .tail_events(request)
        .await?
        .into_inner();
    loop {
        let answer = tokio::select! {
            biased;
            _ = tokio::signal::ctrl_c(), if tail.follow => return Ok(()),
            answer = answers.message() => answer?,
        };
        let Some(answer) = answer else {
            return Ok(());
        };
        answer
            .events
            .iter()
            .try_for_each(|event| show(event, output))?;
    }
}

fn show(event: &Event, output: Output) -> anyhow::Result<()> {
    match output {
        Output::Text => output::print(&story::telling(event)),
        Output::Json => output::print_json_line(&timeline::to_json(event)?),
    }
}

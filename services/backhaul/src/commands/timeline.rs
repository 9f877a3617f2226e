//! `backhaul timeline`.

use backhaul_api::proto::operations::v1::{Event, GetTimelineRequest};
use serde_json::Value;

use crate::connect::Deployment;
use crate::output::{self, Output};
use crate::story;

pub(crate) async fn timeline(
    deployment: &Deployment,
    name: String,
    output: Output,
) -> anyhow::Result<()> {
    let request = GetTimelineRequest { name };
    let events = deployment
        .operations()
        .get_timeline(request)
        .await?
        .into_inner()
        .events;
    match output {
        Output::Text => story::lines(&events)
            .iter()
            .try_for_each(|line| output::print(line)),
        Output::Json => {
            let events = events
                .iter()
                .map(to_json)
                .collect::<anyhow::Result<Vec<_>>>();
            output::print_json(&events?)
        }
    }
}

/// An event with its payload as JSON, not as text.
pub(super) fn to_json(event: &Event) -> anyhow::Result<Value> {
    let mut json = output::to_json("backhaul.operations.v1.Event", event)?;
    json["payload"] = serde_json::from_str(&event.payload)?;
    Ok(json)
}

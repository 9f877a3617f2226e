//! `backhaul status`.

use backhaul_api::proto::operations::v1::{Consumer, GetStatusResponse};

use crate::connect::Deployment;
use crate::output::{self, Output};
use crate::standings::{self, ProcessStanding};
use crate::table::Table;

const STATUS: &str = "backhaul.operations.v1.GetStatusResponse";

pub(crate) async fn status(deployment: &Deployment, output: Output) -> anyhow::Result<()> {
    let said = standings::ask(deployment).await?;
    let whole = standings::merge(said.iter().map(|each| each.status.clone()));
    match output {
        Output::Text => output::print(&text(&whole, &said)),
        Output::Json => {
            let mut json = output::to_json(STATUS, &whole)?;
            if said.len() > 1 {
                json["processes"] = said.iter().map(one).collect::<anyhow::Result<_>>()?;
            }
            output::print_json(&json)
        }
    }
}

/// One process of several, by its address.
fn one(said: &ProcessStanding) -> anyhow::Result<serde_json::Value> {
    let mut json = output::to_json(STATUS, &said.status)?;
    json["address"] = said.process.address.as_str().into();
    Ok(json)
}

fn text(whole: &GetStatusResponse, said: &[ProcessStanding]) -> String {
    let mut text = match whole.writable {
        true => "the log takes writes".to_owned(),
        false => format!("the log takes no writes: {}", whole.reason),
    };
    for finding in &whole.findings {
        text += &format!("\n{finding}");
    }
    if said.len() > 1 {
        text += &format!("\n\n{}", processes(said));
    }
    let mut table = Table::new(&["CONSUMER", "KIND", "POSITION", "BEHIND", "DEAD LETTERS"]);
    for consumer in &whole.consumers {
        table.row(row(consumer));
    }
    format!("{text}\n\n{table}")
}

/// Every process, and the workers that it runs for all of its kind.
fn processes(said: &[ProcessStanding]) -> Table {
    let mut table = Table::new(&["PROCESS", "SERVES", "STATE", "RUNS"]);
    for ProcessStanding { process, status } in said {
        let state = match (status.writable, status.ready) {
            (false, _) => "takes no writes",
            (true, false) => "catching up",
            (true, true) => "ready",
        };
        let workers = status.consumers.iter();
        let runs: Vec<_> = workers
            .filter(|each| !each.view && !each.elsewhere)
            .map(|each| each.name.as_str())
            .collect();
        table.row([
            process.address.clone(),
            status.services.join(", "),
            state.to_owned(),
            runs.join(", "),
        ]);
    }
    table
}

fn row(consumer: &Consumer) -> [String; 5] {
    let positions = consumer.positions.iter();
    let at: Vec<_> = positions
        .map(|each| format!("{} {}", each.context, each.position))
        .collect();
    let behind: i64 = consumer
        .positions
        .iter()
        .map(|each| each.head - each.position)
        .sum();
    let kind = match (consumer.view, consumer.elsewhere) {
        (true, _) => "view",
        (false, false) => "worker",
        (false, true) => "worker of nobody",
    };
    [
        consumer.name.clone(),
        kind.to_owned(),
        at.join(", "),
        behind.to_string(),
        consumer.dead_letters.to_string(),
    ]
}

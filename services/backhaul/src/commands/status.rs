//! `backhaul status`.

use backhaul_api::proto::operations::v1::{Consumer, GetStatusRequest, GetStatusResponse};

use crate::connect::Deployment;
use crate::output::{self, Output};
use crate::table::Table;

pub(crate) async fn status(deployment: &Deployment, output: Output) -> anyhow::Result<()> {
    let status = deployment
        .operations()
        .get_status(GetStatusRequest {})
        .await?
        .into_inner();
    match output {
        Output::Text => output::print(&text(&status)),
        Output::Json => {
            let type_name = "backhaul.operations.v1.GetStatusResponse";
            output::print_json(&output::to_json(type_name, &status)?)
        }
    }
}

fn text(status: &GetStatusResponse) -> String {
    let log = match status.writable {
        true => "the log takes writes".to_owned(),
        false => format!("the log takes no writes: {}", status.reason),
    };
    let mut table = Table::new(&["CONSUMER", "KIND", "POSITION", "BEHIND", "DEAD LETTERS"]);
    for consumer in &status.consumers {
        table.row(row(consumer));
    }
    format!("{log}\n\n{table}")
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
    let kind = if consumer.view { "view" } else { "worker" };
    [
        consumer.name.clone(),
        kind.to_owned(),
        at.join(", "),
        behind.to_string(),
        consumer.dead_letters.to_string(),
    ]
}

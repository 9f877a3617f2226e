//! `backhaul cluster up`.

use std::path::Path;
use std::sync::Arc;

use serde_json::json;

use crate::cluster::{Cluster, Size, Tell, this_executable};
use crate::output::{self, Output};
use crate::server::stop_signal;
use crate::table::Table;

/// Runs a cluster until interrupted.
pub(crate) async fn up(data: &Path, size: Size, output: Output) -> anyhow::Result<()> {
    let tell: Tell = Arc::new(move |what| match output {
        Output::Text => eprintln!("note: {what}"),
        // Who reads the output as a program sees it end; there is nobody else to tell.
        Output::Json => drop(output::print_json_line(&json!({ "note": what }))),
    });
    let cluster = tokio::select! {
        cluster = Cluster::start_with(data, size, this_executable()?, tell) => cluster?,
        signal = stop_signal() => return signal,
    };
    show(&cluster, data, output)?;
    stop_signal().await?;
    eprintln!("stopping");
    cluster.stop().await
}

/// Where to look.
fn show(cluster: &Cluster, data: &Path, output: Output) -> anyhow::Result<()> {
    let (processes, servers) = (cluster.processes(), cluster.servers());
    let token = data.join(backhaul_host::identity::ACCESS_TOKEN_FILE);
    if output == Output::Json {
        return output::print_json_line(&json!({
            "servers": servers, "processes": processes, "tokenFile": token,
        }));
    }
    let mut table = Table::new(&["PROCESS", "CALLS", "PROBES AND METRICS", "FOLDER"]);
    for each in processes {
        let folder = each.data.display().to_string();
        table.row([each.name, each.address, each.probes, folder]);
    }
    output::print(&format!(
        "{table}\n\nevents on {}\naccess token in {}\n\n\
         `backhaul status --data {data}` looks at it, and so does every other command;\n\
         Ctrl-C stops it, and the same command starts it again as it was",
        servers.join(", "),
        token.display(),
        data = data.display(),
    ))
}

//! `backhaul provision`.

use std::process::ExitCode;

use backhaul_eventlog_nats::{self as nats, Outcome, Provisioned};
use serde_json::{Value, json};

use crate::cli;
use crate::output::{self, Output};
use crate::services::Service;

/// Exit code 1 when a stream is not as it should be and the server does not change it.
pub(crate) async fn provision(asked: &cli::Provision, output: Output) -> anyhow::Result<ExitCode> {
    let access = nats::Access::default();
    let options = asked.login.options(&asked.log, access, "provision")?;
    let wanted = wanted(&options, asked.replicas)?;
    let streams = nats::provision(&options, &wanted).await?;
    match output {
        Output::Text => streams
            .iter()
            .try_for_each(|stream| output::print(&text(stream)))?,
        Output::Json => {
            let streams: Vec<_> = streams.iter().map(as_json).collect();
            output::print_json(&json!({ "streams": streams }))?;
        }
    }
    let different = |stream: &Provisioned| matches!(stream.outcome, Outcome::Different { .. });
    Ok(match streams.iter().any(different) {
        true => ExitCode::FAILURE,
        false => ExitCode::SUCCESS,
    })
}

/// Everything that a cluster of so many servers needs to have before the services start.
pub(crate) fn wanted(
    options: &nats::Options,
    replicas: usize,
) -> Result<nats::Provision, nats::ConnectError> {
    let readers = Service::readers().map(|(name, contexts)| nats::Reader {
        name: name.to_owned(),
        contexts: contexts.to_vec(),
    });
    Ok(nats::Provision {
        replicas,
        others: nats::ingest_streams(&options.prefix, replicas)?,
        readers: readers.collect(),
    })
}

fn text(stream: &Provisioned) -> String {
    let name = &stream.stream;
    match &stream.outcome {
        Outcome::Made => format!("{name}: made"),
        Outcome::Found => format!("{name}: is as it should be"),
        Outcome::Changed(differences) => format!("{name}: changed, {}", list(differences)),
        Outcome::Different {
            differences,
            reason,
        } => format!("{name}: WRONG, {}: {reason}", list(differences)),
    }
}

fn as_json(stream: &Provisioned) -> Value {
    let (outcome, differences, reason) = match &stream.outcome {
        Outcome::Made => ("made", &[][..], ""),
        Outcome::Found => ("found", &[][..], ""),
        Outcome::Changed(differences) => ("changed", &differences[..], ""),
        Outcome::Different {
            differences,
            reason,
        } => ("different", &differences[..], reason.as_str()),
    };
    let differences: Vec<_> = differences.iter().map(ToString::to_string).collect();
    json!({
        "stream": stream.stream,
        "outcome": outcome,
        "differences": differences,
        "reason": reason,
    })
}

fn list(differences: &[nats::Difference]) -> String {
    let differences: Vec<_> = differences.iter().map(ToString::to_string).collect();
    differences.join(", ")
}

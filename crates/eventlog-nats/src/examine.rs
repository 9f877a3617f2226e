//! What an operator is told about the cluster: everything that can be seen from outside, and what
//! to do where it is not as it should be.

use async_nats::Client;
use backhaul_events::ContextName;

use crate::error::AskError;
use crate::findings::{Durability, Finding, Severity, restore};
use crate::names::Names;
use crate::options::Options;
use crate::settings::{Difference, context_stream, differences, lease_stream};
use crate::system::{self, ServerSeen};
use crate::{ConnectError, ask, connection, live};

/// What was seen of a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examination {
    /// The servers, by name; only the one that was connected to without a user of the system
    /// account.
    pub servers: Vec<ServerSeen>,
    /// The streams.
    pub streams: Vec<StreamSeen>,
    /// Whether acknowledged commits outlive a power cut.
    pub durability: Durability,
    /// What is wrong, the worst first.
    pub findings: Vec<Finding>,
}

/// A stream, by its leader's account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamSeen {
    /// Its name.
    pub stream: String,
    /// The context whose commits it holds, if it is one of those.
    pub context: Option<ContextName>,
    /// Its leader's name, where there is more than one server.
    pub leader: Option<String>,
    /// On how many servers it lies.
    pub replicas: usize,
    /// Messages in it.
    pub messages: u64,
    /// Its last position.
    pub last: u64,
    /// Settings that are not as wanted.
    pub differences: Vec<Difference>,
}

/// Looks at servers and streams, and changes nothing. `system` is a login to the system account;
/// without one, durability and replicas cannot be seen.
pub async fn examine(
    options: &Options,
    system: Option<&Options>,
) -> Result<Examination, ConnectError> {
    let names = Names::new(&options.prefix)?;
    let (client, _events) = connection::connect(options, &options.user).await?;
    let mut findings = Vec::new();
    let mut streams = Vec::new();
    for context in ContextName::ALL {
        if options.contexts.reads(context) {
            let name = names.stream(context);
            let wanted = |replicas| context_stream(&names, context, replicas);
            let seen = look(&client, &name, Some(context), &wanted, &mut findings).await;
            streams.extend(seen);
        }
    }
    let wanted = |replicas| lease_stream(&names, replicas);
    let leases = names.lease_stream();
    streams.extend(look(&client, &leases, None, &wanted, &mut findings).await);
    let (servers, durability) = match system {
        Some(system) => look_as_system(system, &streams, &leases, &mut findings).await?,
        None => alone(&client, &mut findings),
    };
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    findings.dedup();
    Ok(Examination {
        servers,
        streams,
        durability,
        findings,
    })
}

async fn look(
    client: &Client,
    name: &str,
    context: Option<ContextName>,
    wanted: &dyn Fn(usize) -> async_nats::jetstream::stream::Config,
    findings: &mut Vec<Finding>,
) -> Option<StreamSeen> {
    let place = format!("stream {name}");
    let info = match ask::info(client, name).await {
        Ok(info) => info,
        Err(error) => {
            let (severity, repair) = match error {
                AskError::Refused { .. } => (Severity::Damage, "provision the cluster"),
                AskError::Silent(_) => (
                    Severity::Warning,
                    "see that a majority of its servers run, and that this user may ask",
                ),
            };
            let what = error.to_string();
            findings.push(Finding::new(severity, place, what, repair.to_owned()));
            return None;
        }
    };
    let differences = differences(&wanted(info.config.num_replicas), &info.config);
    findings.extend(differences.iter().map(|difference| {
        Finding::new(
            difference.severity,
            place.clone(),
            difference.to_string(),
            "run the provisioning again".to_owned(),
        )
    }));
    // What holds no commits forgets what is old.
    if let Some(what) = live::hole(&info).filter(|_| context.is_some()) {
        findings.push(Finding::new(
            Severity::Damage,
            place.clone(),
            what,
            restore(name),
        ));
    }
    let cluster = info.cluster.as_ref();
    for follower in cluster.into_iter().flat_map(|cluster| &cluster.replicas) {
        if follower.offline || !follower.current {
            findings.push(Finding::new(
                Severity::Warning,
                format!("{place} on {}", follower.name),
                "it is not up to date".to_owned(),
                "see that the server runs and reaches the others; it catches up by itself"
                    .to_owned(),
            ));
        }
    }
    Some(StreamSeen {
        stream: name.to_owned(),
        context,
        leader: cluster.and_then(|cluster| cluster.leader.clone()),
        replicas: info.config.num_replicas,
        messages: info.state.messages,
        last: info.state.last_sequence,
        differences,
    })
}

async fn look_as_system(
    system: &Options,
    streams: &[StreamSeen],
    leases: &str,
    findings: &mut Vec<Finding>,
) -> Result<(Vec<ServerSeen>, Durability), ConnectError> {
    let (client, _events) = connection::connect(system, &system.user).await?;
    let names: Vec<String> = streams
        .iter()
        .map(|seen| seen.stream.clone())
        .filter(|name| name != leases)
        .collect();
    let servers = system::look(&client, &names).await;
    let servers = servers.map_err(|error| ConnectError::NoAnswer {
        question: "state of all servers".to_owned(),
        reason: error.to_string(),
    })?;
    findings.extend(system::findings(&servers));
    let durability = system::durability(&servers);
    Ok((servers, durability))
}

/// What can be seen without the system account: the server at the other end.
fn alone(client: &Client, findings: &mut Vec<Finding>) -> (Vec<ServerSeen>, Durability) {
    let server = client.server_info();
    findings.extend(connection::version_finding(
        &server.server_name,
        &server.version,
    ));
    let reason = "it takes a user of the system account to see".to_owned();
    findings.push(Finding::new(
        Severity::Warning,
        "the cluster".to_owned(),
        format!("durability and replicas were not checked: {reason}"),
        "run the check with a user of the system account".to_owned(),
    ));
    (Vec::new(), Durability::Unconfirmed { reason })
}

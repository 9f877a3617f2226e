//! A log on a cluster: what the servers say of themselves and of the streams.

use backhaul_eventlog_nats::{
    Access, Durability, Examination, Finding, Options, ServerSeen, Severity, StreamSeen,
    examine as look,
};
use backhaul_events::ContextName;

use super::{Examined, Verdict};
use crate::cli::NatsLogin;

pub(super) async fn examine(login: &NatsLogin, servers: &str) -> anyhow::Result<Vec<Examined>> {
    let access = Access {
        read: ContextName::ALL.to_vec(),
        write: Vec::new(),
    };
    let options = login.options(servers, access, "doctor")?;
    let system = options.system.clone().map(|user| Options {
        user,
        // Answers of the system account arrive under the name of its own user.
        inbox: None,
        ..options.clone()
    });
    let seen = match look(&options, system.as_ref()).await {
        Ok(seen) => seen,
        Err(error) => {
            let detail = format!("{:#}", anyhow::Error::from(error));
            return Ok(vec![Examined::of(Verdict::Wrong, "cluster", detail, "")]);
        }
    };
    let Examination {
        servers,
        streams,
        durability,
        findings,
    } = seen;
    let mut examined = vec![durable(&durability)];
    examined.extend(servers.iter().map(server));
    examined.extend(streams.iter().map(stream));
    examined.extend(findings.iter().map(finding));
    Ok(examined)
}

fn durable(durability: &Durability) -> Examined {
    let not_durable = |reason: &str, repair: &str| {
        let detail = format!("NOT DURABLE: {reason}");
        Examined::of(Verdict::Wrong, "durability", detail, repair)
    };
    match durability {
        Durability::Confirmed => Examined::good(
            "durability",
            "every server syncs each message before it acknowledges it",
        ),
        Durability::NotDurable { reason } => {
            not_durable(reason, "set sync_interval: always on every server")
        }
        Durability::Unconfirmed { reason } => not_durable(
            reason,
            "give --nats-system-user and --nats-system-password-file",
        ),
    }
}

fn server(server: &ServerSeen) -> Examined {
    let sync = match server.sync_always {
        true => "syncs before it acknowledges",
        false => "acknowledges before it syncs",
    };
    let copies = server.replicas.iter();
    let copies = copies.map(|copy| format!("{} to {}", copy.stream, copy.last));
    let copies: Vec<_> = copies.collect();
    let detail = format!(
        "version {}, {sync}, holds {}",
        server.version,
        copies.join(", ")
    );
    Examined::good(&format!("server {}", server.name), detail)
}

/// What differs is a finding of its own.
fn stream(stream: &StreamSeen) -> Examined {
    let leader = match &stream.leader {
        Some(leader) => format!(", led by {leader}"),
        None => String::new(),
    };
    let StreamSeen {
        messages,
        last,
        replicas,
        ..
    } = stream;
    let detail = format!("{messages} messages to position {last} on {replicas} servers{leader}");
    Examined::good(&format!("stream {}", stream.stream), detail)
}

fn finding(finding: &Finding) -> Examined {
    let verdict = match finding.severity {
        Severity::Note => Verdict::Note,
        Severity::Warning => Verdict::Warning,
        Severity::Damage => Verdict::Wrong,
    };
    Examined::of(
        verdict,
        &finding.place,
        finding.what.clone(),
        &finding.repair,
    )
}

//! A log on a cluster: what the servers say of themselves and of the streams, what the streams
//! themselves say when everything in them is read, and what became of the messages of warehouses.

use backhaul_eventlog::ReadError;
use backhaul_eventlog_nats::{
    Access, Announced, Durability, Examination, Finding, NatsLog, Options, ServerSeen, Severity,
    StreamSeen, examine as look,
};
use backhaul_events::ContextName;
use backhaul_returns_service::ingest;

use super::{Examined, Verdict};
use crate::cli::NatsLogin;
use crate::progress;
use crate::services::Service;

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
    let readable: Vec<_> = streams.iter().filter_map(|seen| seen.context).collect();
    let reading = Options {
        contexts: Access {
            read: readable.clone(),
            write: Vec::new(),
        },
        ..options
    };
    let mut findings = findings;
    match NatsLog::connect(&reading).await {
        Ok(log) => {
            for context in readable {
                examined.extend(whole(&log, context).await);
            }
            let announced = log.announced(Service::Returns.name(), ingest::NAME).await;
            examined.extend(warehouses(announced));
            let met = log.findings().borrow().clone();
            findings.extend(
                met.into_iter()
                    .filter(|met| met.severity == Severity::Damage),
            );
            log.close().await;
        }
        Err(error) => {
            let detail = format!("{:#}", anyhow::Error::from(error));
            let repair = "mend what else is found here, then ask again";
            examined.push(Examined::of(Verdict::Wrong, "content", detail, repair));
        }
    }
    let mut told: Vec<Finding> = Vec::new();
    for finding in findings {
        if !told.contains(&finding) {
            told.push(finding);
        }
    }
    examined.extend(told.iter().map(finding));
    Ok(examined)
}

/// Everything in a context is read and checked. What is damaged is a finding of the log, which
/// names the repair.
async fn whole(log: &NatsLog, context: ContextName) -> Option<Examined> {
    let bar = progress::bar(context.as_str(), 0);
    let shown = bar.clone();
    let verified = log.verify_context(context, move |progress| {
        shown.set_length(progress.total);
        shown.set_position(progress.checked);
    });
    let verified = verified.await;
    bar.finish_and_clear();
    let what = format!("content of {context}");
    match verified {
        Ok(verified) => {
            let detail = format!(
                "{} commits with {} events in {} streams hold together",
                verified.commits, verified.events, verified.streams
            );
            Some(Examined::good(&what, detail))
        }
        Err(ReadError::Corrupt { .. }) => None,
        Err(error @ ReadError::Unavailable(_)) => {
            let repair = "see that a majority of its servers run, then ask again";
            Some(Examined::of(
                Verdict::Wrong,
                &what,
                error.to_string(),
                repair,
            ))
        }
    }
}

fn warehouses(announced: Result<Announced, ReadError>) -> Vec<Examined> {
    const WAITING: &str = "messages of warehouses";
    const ASIDE: &str = "messages set aside";
    let Announced {
        last,
        finished,
        aside,
    } = match announced {
        Ok(announced) => announced,
        Err(error) => {
            let detail = format!("cannot be seen by this user: {error}");
            let repair = "ask as the user operations, and see that the cluster was provisioned";
            return vec![Examined::of(Verdict::Note, WAITING, detail, repair)];
        }
    };
    let waiting = match last.saturating_sub(finished) {
        0 => Examined::good(WAITING, format!("all {last} were taken in or set aside")),
        count => Examined::of(
            Verdict::Note,
            WAITING,
            format!("{count} of {last} wait to be taken in"),
            "ask again; if they do not become fewer, see that the returns service runs",
        ),
    };
    let count: u64 = aside.values().sum();
    let aside = match count {
        0 => Examined::good(ASIDE, "none"),
        count => {
            let reasons: Vec<_> = aside
                .iter()
                .map(|(reason, count)| format!("{reason} {count}"))
                .collect();
            Examined::of(
                Verdict::Note,
                ASIDE,
                format!("{count}: {}", reasons.join(", ")),
                "read bh-detail of each in BH_DEAD, and announce it again as it should be",
            )
        }
    };
    vec![waiting, aside]
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

#[cfg(test)]
mod tests {
    use backhaul_eventlog::{Inbox as _, Incoming, Rejection};
    use backhaul_eventlog_nats::provision;
    use backhaul_nats_server::{Cluster, Options as Servers, Size};

    use super::*;
    use crate::commands::provision::wanted;

    /// How what is called so was found.
    fn found<'a>(examined: &'a [Examined], what: &str) -> (Verdict, &'a str) {
        let mut of_that = examined.iter().filter(|each| each.what == what);
        let found = of_that.next().expect("it is examined");
        (found.verdict, &found.detail)
    }

    #[tokio::test]
    async fn every_stream_is_read_and_what_was_set_aside_is_counted() {
        let cluster = Cluster::start(Servers::new(Size::One)).await.unwrap();
        let url = cluster.url();
        let login = NatsLogin::default();
        let before = examine(&login, &url).await.unwrap();
        assert_eq!(found(&before, "stream BH_ORDERS").0, Verdict::Wrong);

        let options = Options {
            servers: vec![url.clone()],
            ..Options::default()
        };
        let streams = wanted(&options, 1).unwrap();
        provision(&options, &streams).await.unwrap();
        let examined = examine(&login, &url).await.unwrap();
        for context in ContextName::ALL {
            let whole = "0 commits with 0 events in 0 streams hold together";
            let content = format!("content of {context}");
            assert_eq!(found(&examined, &content), (Verdict::Good, whole));
        }
        assert_eq!(found(&examined, "messages set aside").0, Verdict::Good);

        let log = NatsLog::connect(&options).await.unwrap();
        let inbox = log.inbox().await.unwrap();
        for (position, reason) in [(1, "UNKNOWN_PARCEL"), (2, "STALE"), (3, "STALE")] {
            let message = Incoming {
                position,
                tenant: "acme".to_owned(),
                site: "harbour".to_owned(),
                headers: Vec::new(),
                body: Default::default(),
            };
            let rejection = Rejection {
                reason: reason.to_owned(),
                detail: String::new(),
            };
            inbox.set_aside(&message, &rejection).await.unwrap();
        }
        log.close().await;
        let examined = examine(&login, &url).await.unwrap();
        let aside = (Verdict::Note, "3: STALE 2, UNKNOWN_PARCEL 1");
        assert_eq!(found(&examined, "messages set aside"), aside);
        assert_eq!(found(&examined, "messages of warehouses").0, Verdict::Good);
    }
}

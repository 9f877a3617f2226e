//! What only a user of the system account can see: whether the servers make every message durable,
//! and whether each of their replicas is whole. A damaged replica says it is current, and serves
//! what it has; only its own numbers give it away.

use std::time::Duration;

use async_nats::Client;
use backhaul_eventlog::Position;
use futures::StreamExt;
use serde::Deserialize;
use tokio::time::{Instant, timeout};

use crate::connection::version_finding;
use crate::error::AskError;
use crate::findings::{Durability, Finding, Severity, restore, resync};

/// All servers are asked at once, and nobody knows how many there are: after the last answer so
/// long is waited for another.
const ANSWERS_IDLE: Duration = Duration::from_millis(400);
/// For all answers.
const ANSWERS_TIMEOUT: Duration = Duration::from_secs(5);

/// One server, by its own account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerSeen {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Whether it makes every message durable before it acknowledges it.
    pub sync_always: bool,
    /// Its copies of streams.
    pub replicas: Vec<ReplicaSeen>,
}

/// A server's copy of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplicaSeen {
    /// The stream's name.
    pub stream: String,
    /// Messages in it.
    pub messages: u64,
    /// Its first position.
    pub first: Position,
    /// Its last position.
    pub last: Position,
    /// Messages that are missing between.
    pub deleted: u64,
    /// On how many servers the stream lies.
    pub of: usize,
}

impl ReplicaSeen {
    /// What is missing in it.
    pub(crate) fn hole(&self) -> Option<String> {
        hole(self.messages, self.first, self.last, self.deleted)
    }
}

/// What is missing in a log that has never deleted anything: as many messages as positions, from
/// the first on.
pub(crate) fn hole(messages: u64, first: Position, last: Position, deleted: u64) -> Option<String> {
    let missing = last.saturating_sub(messages);
    if missing > 0 || deleted > 0 {
        return Some(format!(
            "{} of {last} commits are missing",
            missing.max(deleted)
        ));
    }
    (last > 0 && first != 1).then(|| format!("it begins at position {first}"))
}

#[derive(Deserialize)]
struct Answer {
    server: Server,
    #[serde(default)]
    data: Option<Data>,
}

#[derive(Deserialize)]
struct Server {
    name: String,
    #[serde(rename = "ver")]
    version: String,
}

#[derive(Deserialize)]
struct Data {
    #[serde(default)]
    config: ServerConfig,
    #[serde(default)]
    account_details: Vec<Account>,
}

#[derive(Deserialize, Default)]
struct ServerConfig {
    #[serde(default)]
    sync_always: bool,
}

#[derive(Deserialize)]
struct Account {
    #[serde(default)]
    stream_detail: Vec<Stream>,
}

#[derive(Deserialize)]
struct Stream {
    name: String,
    state: State,
    #[serde(default)]
    config: StreamConfig,
}

#[derive(Deserialize)]
struct State {
    messages: u64,
    first_seq: Position,
    last_seq: Position,
    #[serde(default)]
    num_deleted: u64,
}

#[derive(Deserialize, Default)]
struct StreamConfig {
    #[serde(default)]
    num_replicas: usize,
}

/// Asks every server for itself.
pub(crate) async fn look(client: &Client, streams: &[String]) -> Result<Vec<ServerSeen>, AskError> {
    let silent = |error: &dyn std::fmt::Display| AskError::Silent(error.to_string());
    let inbox = client.new_inbox();
    let mut answers = client
        .subscribe(inbox.clone())
        .await
        .map_err(|error| silent(&error))?;
    let question = r#"{"accounts":true,"streams":true,"config":true}"#;
    client
        .publish_with_reply("$SYS.REQ.SERVER.PING.JSZ", inbox, question.into())
        .await
        .map_err(|error| silent(&error))?;
    let mut servers = Vec::new();
    let deadline = Instant::now() + ANSWERS_TIMEOUT;
    // The first may take its time; the others do not come much later.
    let mut patience = ANSWERS_TIMEOUT;
    while Instant::now() < deadline {
        let Ok(Some(message)) = timeout(patience, answers.next()).await else {
            break;
        };
        patience = ANSWERS_IDLE;
        if message.status.is_some() {
            break;
        }
        let answer: Answer = serde_json::from_slice(&message.payload)
            .map_err(|error| AskError::Silent(format!("an answer is not understood: {error}")))?;
        servers.push(seen(answer, streams));
    }
    if servers.is_empty() {
        let reason = "no server answers; is it a user of the system account?";
        return Err(AskError::Silent(reason.to_owned()));
    }
    servers.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(servers)
}

fn seen(answer: Answer, streams: &[String]) -> ServerSeen {
    let Answer { server, data } = answer;
    let sync_always = data.as_ref().is_some_and(|data| data.config.sync_always);
    let accounts = data.map(|data| data.account_details).unwrap_or_default();
    let details = accounts
        .into_iter()
        .flat_map(|account| account.stream_detail);
    let replicas = details
        .filter(|detail| streams.contains(&detail.name))
        .map(|detail| ReplicaSeen {
            stream: detail.name,
            messages: detail.state.messages,
            first: detail.state.first_seq,
            last: detail.state.last_seq,
            deleted: detail.state.num_deleted,
            of: detail.config.num_replicas,
        })
        .collect();
    ServerSeen {
        name: server.name,
        version: server.version,
        sync_always,
        replicas,
    }
}

/// Whether what these servers acknowledge outlives a power cut of all of them.
pub(crate) fn durability(servers: &[ServerSeen]) -> Durability {
    let lazy: Vec<&str> = servers
        .iter()
        .filter(|server| !server.sync_always && !server.replicas.is_empty())
        .map(|server| server.name.as_str())
        .collect();
    if lazy.is_empty() {
        return Durability::Confirmed;
    }
    let reason = format!(
        "{} acknowledges before a message is on disk: sync_interval is not always",
        lazy.join(", ")
    );
    Durability::NotDurable { reason }
}

/// What is wrong by these servers' own account.
pub(crate) fn findings(servers: &[ServerSeen]) -> Vec<Finding> {
    let mut findings: Vec<Finding> = servers
        .iter()
        .filter_map(|server| version_finding(&server.name, &server.version))
        .collect();
    for server in servers {
        for replica in &server.replicas {
            if let Some(what) = replica.hole() {
                findings.push(damaged(server, replica, what));
            }
        }
    }
    if let Durability::NotDurable { reason } = durability(servers) {
        let repair = "set `sync_interval: always` in the jetstream block of every server, and \
                      restart one after the other";
        findings.push(Finding::new(
            Severity::Warning,
            "the cluster".to_owned(),
            reason,
            repair.to_owned(),
        ));
    }
    findings
}

fn damaged(server: &ServerSeen, replica: &ReplicaSeen, what: String) -> Finding {
    let repair = match replica.of {
        0 | 1 => restore(&replica.stream),
        _ => resync(&replica.stream, &server.name),
    };
    Finding::new(
        Severity::Damage,
        format!("stream {} on {}", replica.stream, server.name),
        what,
        repair,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_not_there_is_a_hole() {
        for (messages, first, last, deleted, whole) in [
            (0, 0, 0, 0, true),
            (0, 1, 0, 0, true),
            (30_000, 1, 30_000, 0, true),
            (17_906, 1, 30_000, 12_094, false),
            (17_906, 12_095, 30_000, 0, false),
            (0, 30_001, 30_000, 0, false),
        ] {
            let found = hole(messages, first, last, deleted);
            assert_eq!(found.is_none(), whole, "{found:?}");
        }
    }

    fn server(name: &str, sync_always: bool, messages: u64) -> ServerSeen {
        ServerSeen {
            name: name.to_owned(),
            version: "2.15.1".to_owned(),
            sync_always,
            replicas: vec![ReplicaSeen {
                stream: "BH_TRACKING".to_owned(),
                messages,
                first: 1,
                last: 30_000,
                deleted: 30_000 - messages,
                of: 3,
            }],
        }
    }

    #[test]
    fn the_one_replica_with_a_hole_is_named_and_how_to_copy_it_again() {
        let servers = [
            server("n1", true, 30_000),
            server("n2", true, 17_906),
            server("n3", true, 30_000),
        ];
        let findings = findings(&servers);
        let [damage] = &findings[..] else {
            panic!("{findings:?}");
        };
        assert_eq!(damage.severity, Severity::Damage);
        assert_eq!(damage.place, "stream BH_TRACKING on n2");
        assert_eq!(damage.what, "12094 of 30000 commits are missing");
        assert!(damage.repair.contains("stop n2"), "{}", damage.repair);
        assert_eq!(durability(&servers), Durability::Confirmed);
    }

    #[test]
    fn one_server_that_does_not_sync_is_enough_to_be_not_durable() {
        let servers = [server("n1", true, 30_000), server("n2", false, 30_000)];
        let Durability::NotDurable { reason } = durability(&servers) else {
            panic!("it is taken for durable");
        };
        assert!(reason.contains("n2") && !reason.contains("n1"), "{reason}");
        assert_eq!(findings(&servers)[0].severity, Severity::Warning);
    }
}

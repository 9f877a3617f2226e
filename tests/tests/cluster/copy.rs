//! A log moved from a data folder to a cluster and back: the same in everything, also when the copy
//! is killed in between, and a log that is another one is refused.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use backhaul_eventlog::{EventLog as _, Expected, sample};
use backhaul_eventlog_local::LocalLog;
use backhaul_eventlog_nats::NatsLog;
use backhaul_events::ContextName;
use backhaul_nats_server::Cluster;
use serde_json::Value;

use crate::user::{access, options_of, provisioned};

/// Enough that a copy takes a moment.
const COMMITS: u64 = 30_000;
/// Of so many streams.
const STREAMS: u64 = 4_000;
/// How much of the copy is there before it is killed.
const BEGUN: u64 = 3_000;

/// A log of a data folder in which two contexts hold commits of one event and of several.
async fn log_in(data: &Path, commits: u64, named: &str) {
    let (log, _) = LocalLog::open(&data.join("log"), &Default::default()).unwrap();
    let mut versions = std::collections::HashMap::new();
    let mut batch = Vec::new();
    for number in 0..commits {
        let context = ["tracking", "notifications"][(number % 2) as usize];
        let stream = format!("{context}/acme/{}", number % STREAMS);
        let events = u32::try_from(number % 3).unwrap() + 1;
        let version = versions.entry(stream.clone()).or_insert(0);
        let expected = Expected::Exactly(*version);
        *version += u64::from(events);
        let id = format!("{named}-{number}");
        batch.push(sample::commit_of(&stream, expected, &id, events));
        if batch.len() == 1_000 || number + 1 == commits {
            let answers = log.append(std::mem::take(&mut batch)).await;
            assert!(answers.iter().all(Result::is_ok));
        }
    }
    log.close().await;
}

fn command(cluster: &Cluster, arguments: &[&str]) -> Command {
    let access = access(cluster);
    let (password, ca) = (access.password_file("backhaul"), access.ca_file());
    let login = [
        "--output",
        "json",
        "--nats-user",
        "backhaul",
        "--nats-password-file",
        password.to_str().unwrap(),
        "--nats-ca",
        ca.to_str().unwrap(),
    ];
    let mut command = crate::executable::backhaul(&[arguments, &login[..]].concat());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// What the command printed, between the lines of the test program that it is.
fn answer(output: &Output) -> Value {
    let said = String::from_utf8_lossy(&output.stdout);
    let json = said.find('{').zip(said.rfind('}'));
    let json = json.map(|(first, last)| &said[first..=last]);
    json.and_then(|json| serde_json::from_str(json).ok())
        .unwrap_or_else(|| panic!("{said}{}", String::from_utf8_lossy(&output.stderr)))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_moves_to_a_cluster_and_back_and_stays_the_same() {
    let cluster = provisioned().await;
    let folder = tempfile::tempdir().unwrap();
    let (here, back) = (folder.path().join("here"), folder.path().join("back"));
    log_in(&here, COMMITS, "c").await;
    let local = |data: &Path| format!("local:{}", data.display());
    let (here, back, servers) = (local(&here), local(&back), cluster.url());

    // Killed when some of it is there, and begun again.
    let there = NatsLog::connect(&options_of(&cluster, "backhaul"))
        .await
        .unwrap();
    let mut head = there.head(ContextName::Tracking);
    let to_servers = ["log", "copy", "--from", &here, "--to", &servers];
    let mut killed = command(&cluster, &to_servers)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let begun = head.wait_for(|head| *head >= BEGUN).await.map(|head| *head);
    killed.kill().unwrap();
    killed.wait().unwrap();
    assert!(
        begun.unwrap() < COMMITS / 2,
        "the copy was faster than the killing"
    );
    let output = command(&cluster, &to_servers).output().unwrap();
    let resumed = answer(&output);
    assert!(
        output.status.success() && resumed["compared"].as_u64() >= Some(BEGUN),
        "{resumed}"
    );
    let sum = resumed["compared"].as_u64().unwrap() + resumed["copied"].as_u64().unwrap();
    assert_eq!(sum, COMMITS);
    there.close().await;

    let to_folder = ["log", "copy", "--from", &servers, "--to", &back];
    let output = command(&cluster, &to_folder).output().unwrap();
    assert_eq!(answer(&output)["copied"].as_u64(), Some(COMMITS));
    for (log, against) in [(&here, &servers), (&here, &back)] {
        let check = ["check", "--log", log, "--against", against];
        let output = command(&cluster, &check).output().unwrap();
        let compared = answer(&output);
        assert!(output.status.success(), "{compared}");
        assert_eq!(compared["comparison"]["commits"].as_u64(), Some(COMMITS));
        assert_eq!(compared["comparison"]["findings"], Value::Array(Vec::new()));
    }

    // Another log is no beginning of it.
    let other = folder.path().join("other");
    log_in(&other, 10, "other").await;
    let wrong = ["log", "copy", "--from", &servers, "--to", &local(&other)];
    let output = command(&cluster, &wrong).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    let difference = "the command id is c-";
    assert!(errors.contains(difference), "{errors}");
}

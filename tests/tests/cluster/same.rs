//! A cluster does what one process does, to the penny; also when processes are killed under it.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use backhaul::cluster::{Cluster, Size};
use backhaul::connect::Deployment;
use backhaul_api::proto::operations::v1::TailEventsRequest;
use backhaul_gateways::payment::PaymentSandbox;
use backhaul_host::deployment::ServerFile;
use serde_json::Value;

use crate::run::{embedded, import, plan, reach, start};

/// Enough that every service has something to do, few enough for an impatient reader.
const ORDERS: u32 = 60;

/// What is noted of a refund that had to wait for another process: that its outcome is not known
/// yet, and that the law's day is over, which of these old orders it was long ago.
const WAITING: [&str; 2] = [
    "refunds.RefundOutcomeUnknown",
    "refunds.RefundDeadlineBreached",
];

/// What is left behind: the report, how many events of each type there are but for those, and what
/// the provider paid.
async fn outcome(
    deployment: &Deployment,
    data: &Path,
    report: Value,
) -> (Value, BTreeMap<String, u64>, i64) {
    let all = TailEventsRequest::default();
    let answers = deployment.operations().tail_events(all).await.unwrap();
    let (mut answers, mut events) = (answers.into_inner(), BTreeMap::new());
    while let Some(answer) = answers.message().await.unwrap() {
        for event in answer.events {
            *events.entry(event.r#type).or_default() += 1;
        }
    }
    for name in WAITING {
        events.remove(name);
    }
    let ledger = PaymentSandbox::read_ledger(data.join("provider")).unwrap();
    let paid = ledger.iter().map(|entry| entry.amount.minor).sum();
    (report, events, paid)
}

/// Runs the same shop on one process and on a cluster of that size.
async fn check(size: Size, disturb: impl AsyncFn(&Cluster, &Path)) {
    let folder = tempfile::tempdir().unwrap();
    let (alone, together) = (folder.path().join("alone"), folder.path().join("together"));
    let plan = plan(folder.path(), ORDERS);

    let deployment = embedded(&alone).await;
    let report = import(&deployment, &plan).await;
    let expected = outcome(&deployment, &alone, report).await;
    deployment.shutdown().await.unwrap();
    assert!(expected.2 > 0 && expected.0["refused_requests"].as_u64() > Some(0));

    let (cluster, told) = start(&together, size).await;
    let deployment = reach(&cluster, &together).await;
    assert_eq!(
        deployment.processes().len(),
        6 * usize::from(size.processes)
    );
    let (report, ()) = tokio::join!(import(&deployment, &plan), disturb(&cluster, &together));
    assert_eq!(outcome(&deployment, &together, report).await, expected);
    assert_eq!(examine(&together), Ok(()));
    cluster.stop().await.unwrap();
    let stopped = examine(&together).unwrap_err();
    assert!(stopped.contains("does not run"), "{stopped}");
    drop(told);
}

/// Whether `backhaul doctor` finds the folder's cluster as it should be; what it says, if not.
fn examine(data: &Path) -> Result<(), String> {
    let arguments = ["doctor", "--data", data.to_str().unwrap()];
    let mut doctor = crate::executable::backhaul(&arguments);
    let examined = doctor.output().unwrap();
    let said = [examined.stdout, examined.stderr].concat();
    match examined.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&said).into_owned()),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_server_and_a_process_of_each_service_do_what_one_process_does() {
    let size = Size {
        nodes: 1,
        processes: 1,
    };
    check(size, async |_, _| {}).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn three_servers_and_two_processes_of_each_service_do_it_while_some_are_killed() {
    let size = Size {
        nodes: 3,
        processes: 2,
    };
    check(size, async |cluster, _| {
        for service in ["returns", "refunds"] {
            let processes = cluster.processes();
            let victim = processes
                .iter()
                .find(|each| each.service == service)
                .unwrap();
            let server = ServerFile::read(&victim.data).unwrap().unwrap();
            let killed = Command::new("kill")
                .args(["-KILL", &server.pid.to_string()])
                .status();
            assert!(killed.unwrap().success());
        }
    })
    .await;
}

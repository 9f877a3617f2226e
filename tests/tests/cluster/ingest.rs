//! A warehouse that speaks only NATS: the Python client as it is published, with the credentials
//! of a site, against the servers and the returns service as they are deployed.

use std::io::Write as _;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use backhaul::connect::Deployment;
use backhaul::process::Process;
use backhaul_api::proto::operations::v1::{Event, GetTimelineRequest};
use backhaul_api::proto::orders::v1::RecordDeliveryRequest;
use backhaul_host::identity::{Grant, create_token};
use backhaul_host::{Config, LogTarget};
use backhaul_kernel::Tier;
use backhaul_nats_server::Cluster;
use serde_json::{Value, json};

use crate::orders::{self, days_ago, request_id};
use crate::user::{User, access, options_of, provisioned};

/// The site of the shipped configuration, and what it may publish to.
const SITE: &str = "acme-harbour";
const SUBJECT: &str = "bh.ingest.acme.harbour";
/// The client, as the package index has it.
const CLIENT: &str = "nats-py==2.16.0 \
    --hash=sha256:aeb1ff123966c05833d26c7df7e1d54c1c6d32b612428b21677a2e921f1fecae";
const WHEEL: &str = "nats_py-2.16.0-py3-none-any.whl";
const SCRIPT: &str = include_str!("ingest/publish.py");
/// How long anything may take to come about: far longer than it does.
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(50);

#[tokio::test(flavor = "multi_thread")]
async fn what_a_warehouse_publishes_is_recorded_once_or_set_aside_with_the_reason() {
    let cluster = provisioned().await;
    let folder = tempfile::tempdir().unwrap();
    let config = Config {
        listen: (Ipv4Addr::LOCALHOST, 0).into(),
        probes: None,
        log: LogTarget::Nats(Box::new(options_of(&cluster, "backhaul"))),
        ..Config::in_folder(folder.path())
    };
    let process = Process::start(&config).await.unwrap();
    let shop = reach(&process, folder.path()).await;
    let name = returned(&shop, 3).await;

    let late = "2026-01-02T03:04:05Z";
    let good = event("e-1", None, units(&name, 1));
    let wrong = event("e-3", None, units(&name, 99));
    let messages = [
        structured(SUBJECT, &good),
        structured(SUBJECT, &good),
        binary(SUBJECT, "e-2", late, &units(&name, 2)),
        structured(SUBJECT, &wrong),
        json!({ "subject": "bh.ingest.acme.other", "headers": {}, "body": "{}", "may": false }),
    ];
    let said = publish(&cluster, &messages);
    let (acknowledged, refused) = said.split_at(4);
    assert_eq!(acknowledged, ["acknowledged"; 4]);
    assert!(refused[0].starts_with("refused"), "{refused:?}");

    // Messages are taken in by their order, so the last one tells that all of them were.
    let aside = dead_letter(&cluster).await;
    let headers = aside.headers.as_ref().unwrap();
    let header = |name: &str| headers.get(name).unwrap().as_str();
    assert_eq!(header("bh-reason"), "QUANTITY");
    assert!(!header("bh-detail").is_empty());
    assert_eq!(aside.payload, wrong.to_string());

    let receipts = receipts(&shop, &name).await;
    let told: Vec<_> = receipts
        .iter()
        .map(|event| {
            let payload: Value = serde_json::from_str(&event.payload).unwrap();
            let actor = event.actor.clone().unwrap();
            (payload["units"][0]["quantity"].as_u64(), actor.name)
        })
        .collect();
    let harbour = || "harbour".to_owned();
    assert_eq!(told, [(Some(1), harbour()), (Some(2), harbour())]);
    let occurred = receipts[1].occur_time.unwrap();
    assert_eq!(
        occurred.seconds,
        late.parse::<jiff::Timestamp>().unwrap().as_second()
    );
    process.stop().await.unwrap();
}

/// The merchant whose site it is.
async fn reach(process: &Process, data: &Path) -> Deployment {
    let grant = Grant {
        tenant: "acme".parse().unwrap(),
        account: "shop".to_owned(),
        tier: Tier::Admin,
        expires_at: None,
    };
    let token = create_token(data, &grant).unwrap();
    let address = format!("http://{}", process.address);
    Deployment::reach(&address, &token, None).await.unwrap()
}

/// The id of a return of so many units, authorised and not received yet.
async fn returned(shop: &Deployment, quantity: u32) -> String {
    let order = orders::order("1001", quantity);
    let (mut sold, mut back) = (shop.orders(), shop.returns());
    let policy = orders::publish(orders::policy());
    back.publish_policy(policy).await.unwrap();
    sold.record_order(orders::record(&order)).await.unwrap();
    let delivery = RecordDeliveryRequest {
        request_id: request_id(),
        name: order.name.clone(),
        lines: Vec::new(),
        delivery_time: Some(days_ago(9)),
    };
    sold.record_delivery(delivery).await.unwrap();
    let asked = orders::ask(&order.name, quantity);
    let answer = back.request_return(asked).await.unwrap().into_inner();
    let name = answer.r#return.unwrap().name;
    name.trim_start_matches("returns/").to_owned()
}

fn units(name: &str, quantity: u32) -> Value {
    json!({
        "return": name,
        "units": [{ "line": "1", "quantity": quantity, "condition": "intact" }],
    })
}

fn event(id: &str, time: Option<&str>, data: Value) -> Value {
    let mut event = json!({
        "specversion": "1.0",
        "id": id,
        "source": "/wms/harbour",
        "type": "warehouse.UnitsReceived",
        "data": data,
    });
    if let Some(time) = time {
        event["time"] = time.into();
    }
    event
}

fn structured(subject: &str, event: &Value) -> Value {
    json!({
        "subject": subject,
        "headers": { "content-type": "application/cloudevents+json" },
        "body": event.to_string(),
        "may": true,
    })
}

fn binary(subject: &str, id: &str, time: &str, data: &Value) -> Value {
    json!({
        "subject": subject,
        "headers": {
            "ce-specversion": "1.0",
            "ce-id": id,
            "ce-source": "/wms/harbour",
            "ce-type": "warehouse.UnitsReceived",
            "ce-time": time,
            "content-type": "application/json",
        },
        "body": data.to_string(),
        "may": true,
    })
}

/// Publishes as the site; what came of each message.
fn publish(cluster: &Cluster, messages: &[Value]) -> Vec<String> {
    let access = access(cluster);
    let asked = json!({
        "servers": cluster.urls(),
        "user": SITE,
        "password": access.password(SITE).unwrap(),
        "ca": access.ca_file(),
        "messages": messages,
    });
    let mut python = Command::new("python3")
        .args(["-c", SCRIPT])
        .env("PYTHONPATH", client())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = python.stdin.take().unwrap();
    input.write_all(asked.to_string().as_bytes()).unwrap();
    drop(input);
    let output = python.wait_with_output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}");
    said.lines().map(str::to_owned).collect()
}

/// The package of the client; fetched once, into cargo's target folder.
fn client() -> PathBuf {
    let executable = std::env::current_exe().unwrap();
    let mut folders = executable.ancestors();
    let target = folders.find(|folder| folder.join(".rustc_info.json").is_file());
    let folder = target.unwrap().join("tools").join("nats-py");
    let wheel = folder.join(WHEEL);
    if !wheel.is_file() {
        std::fs::create_dir_all(&folder).unwrap();
        // pip compares what it fetched with the digest, and keeps nothing else.
        let requirements = folder.join("requirements.txt");
        std::fs::write(&requirements, CLIENT).unwrap();
        let fetched = Command::new("python3")
            .args(["-m", "pip", "download", "--disable-pip-version-check"])
            .args(["--no-deps", "--only-binary", ":all:", "--require-hashes"])
            .arg("--dest")
            .arg(&folder)
            .arg("--requirement")
            .arg(&requirements)
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&fetched.stderr);
        assert!(wheel.is_file(), "the client cannot be fetched: {errors}");
    }
    wheel
}

/// The one message that was set aside, once it is.
async fn dead_letter(cluster: &Cluster) -> async_nats::Message {
    let operations = User::connect(cluster, "operations").await.client;
    let get = |number: u64| {
        let question = json!({ "seq": number }).to_string();
        operations.request("$JS.API.DIRECT.GET.BH_DEAD", question.into())
    };
    let end = Instant::now() + PATIENCE;
    let first = loop {
        let found = get(1).await.unwrap();
        if found.status.is_none() {
            break found;
        }
        assert!(Instant::now() < end, "nothing was set aside");
        tokio::time::sleep(LOOK_EVERY).await;
    };
    let second = get(2).await.unwrap();
    assert!(second.status.is_some(), "{second:?} was set aside as well");
    first
}

/// What was recorded as received.
async fn receipts(shop: &Deployment, name: &str) -> Vec<Event> {
    let request = GetTimelineRequest {
        name: format!("returns/{name}"),
    };
    let answer = shop.operations().get_timeline(request).await.unwrap();
    let events = answer.into_inner().events.into_iter();
    events
        .filter(|event| event.r#type == "returns.UnitsReceived")
        .collect()
}

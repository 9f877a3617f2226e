//! What each user may do, and above all what it may not.

use std::time::Duration;

use backhaul::services::Service;
use backhaul_eventlog::{EventLog as _, Expected, Leases as _, Subscription, Version, sample};
use backhaul_eventlog_nats::{Access, NatsLog, Options};
use backhaul_events::ContextName;
use tokio::net::TcpStream;

use crate::user::{User, options_of, provisioned};

/// What nobody may do to a stream: lose it, thin it out, copy it away, or have it delivered.
const NEVER: [&str; 10] = [
    "STREAM.DELETE.{}",
    "STREAM.PURGE.{}",
    "STREAM.MSG.DELETE.{}",
    "STREAM.SNAPSHOT.{}",
    "STREAM.RESTORE.{}",
    "CONSUMER.CREATE.{}",
    "CONSUMER.CREATE.{}.mine",
    "CONSUMER.DURABLE.CREATE.{}.mine",
    "CONSUMER.MSG.NEXT.{}.mine",
    "STREAM.LEADER.STEPDOWN.{}",
];

/// How a stream is read.
const READS: [&str; 3] = ["STREAM.INFO.{}", "STREAM.MSG.GET.{}", "DIRECT.GET.{}"];

/// How a service catches up, and what it asks then: here for what comes after the end, so that the
/// answer to a pull is that there is nothing.
const CATCHES_UP: [(&str, &str); 3] = [
    ("CONSUMER.INFO.{}", ""),
    ("CONSUMER.RESET.{}", "{\"seq\":1000}"),
    ("CONSUMER.MSG.NEXT.{}", "{\"batch\":1,\"no_wait\":true}"),
];

/// The consumer of a stream by which a service catches up.
fn consumer(context: ContextName, service: Service) -> String {
    format!("{}.catch-up-{service}", stream(context))
}

fn stream(context: ContextName) -> String {
    format!("BH_{}", context.as_str().to_uppercase())
}

fn api(question: &str, stream: &str) -> String {
    format!("$JS.API.{}", question.replace("{}", stream))
}

fn access(service: Service) -> Access {
    Access {
        read: service.reads().to_vec(),
        write: service.writes().into_iter().collect(),
    }
}

#[tokio::test]
async fn a_service_reads_and_writes_what_it_must() {
    let cluster = provisioned().await;
    for service in Service::ALL {
        let mut user = User::connect(&cluster, service.name()).await;
        for context in service.reads() {
            for question in READS {
                user.may_ask(&api(question, &stream(*context)), "{\"seq\":1}")
                    .await;
            }
            for (what, question) in CATCHES_UP {
                let subject = api(what, &consumer(*context, service));
                user.may_ask(&subject, question).await;
            }
        }
        if let Some(own) = service.writes() {
            user.may_ask(&format!("bh.{own}.00.acme.1"), "{}").await;
            let lease = format!("bh.lease.{service}.a.reaction");
            user.may_ask(&lease, "{}").await;
        }
    }
}

#[tokio::test]
async fn the_log_works_under_the_user_of_a_service() {
    let cluster = provisioned().await;
    let readers = [Service::Operations, Service::Notifications];
    let options = |service: Service| Options {
        contexts: access(service),
        ..options_of(&cluster, service.name())
    };
    let tracking = NatsLog::connect(&options(Service::Tracking)).await.unwrap();
    let lease = tracking.leases("tracking");
    let lease = lease.hold("tracking.labels").await.unwrap();
    lease.keep(b"1").await.unwrap();

    append(&tracking, 0).await;
    let stream = "tracking/acme/1".parse().unwrap();
    let read = tracking.read_stream(&stream, 0).await.unwrap();
    assert_eq!(read.len(), 1);
    for (version, reader) in (1..).zip(readers) {
        let log = NatsLog::connect(&options(reader)).await.unwrap();
        let mut subscription = log.subscribe(ContextName::Tracking, 0);
        // What is there, and then what comes.
        receive(subscription.as_mut(), version).await;
        append(&tracking, version).await;
        receive(subscription.as_mut(), 1).await;
        log.close().await;
    }
    drop(lease);
    tracking.close().await;
}

/// Appends one event to the stream of the test, which is at that version.
async fn append(log: &NatsLog, version: Version) {
    let expected = Expected::Exactly(version);
    let commit = sample::commit("tracking/acme/1", expected, &format!("c-{version}"));
    log.append(vec![commit])
        .await
        .remove(0)
        .expect("the user may append");
}

/// Waits for so many commits.
async fn receive(subscription: &mut dyn Subscription, count: u64) {
    /// They come within milliseconds; a busy machine may need more.
    const BOUND: Duration = Duration::from_secs(30);
    let all = async {
        let mut received = 0;
        while received < count {
            received += subscription
                .next(10)
                .await
                .expect("the user may read")
                .len() as u64;
        }
        received
    };
    assert_eq!(tokio::time::timeout(BOUND, all).await, Ok(count));
}

#[tokio::test]
async fn a_service_is_refused_everything_else() {
    let cluster = provisioned().await;
    for service in Service::ALL {
        let mut user = User::connect(&cluster, service.name()).await;
        for context in ContextName::ALL {
            let own = service.writes() == Some(context);
            if !own {
                user.may_not_publish(&format!("bh.{context}.00.acme.1"))
                    .await;
                user.may_not_publish(&format!("bh.lease.{context}.a")).await;
            }
            if !service.reads().contains(&context) {
                for question in READS {
                    user.may_not_publish(&api(question, &stream(context))).await;
                }
                user.may_not_subscribe(&format!("bh.live.{context}.>"))
                    .await;
            }
            for question in NEVER {
                user.may_not_publish(&api(question, &stream(context))).await;
            }
            let others = Service::ALL.into_iter().filter(|other| *other != service);
            for (what, _) in CATCHES_UP {
                for other in others.clone() {
                    let subject = api(what, &consumer(context, other));
                    user.may_not_publish(&subject).await;
                }
            }
            // What is repeated live is believed, so only the server may say it.
            user.may_not_publish(&format!("bh.live.{context}.00.acme.1"))
                .await;
            user.may_not_publish(&api("STREAM.UPDATE.{}", &stream(context)))
                .await;
        }
        for subject in ["$JS.API.STREAM.CREATE.MINE", "bh.ingest.acme.harbour"] {
            user.may_not_publish(subject).await;
        }
        for subject in ["$SYS.REQ.SERVER.PING.JSZ", "_INBOX_doctor.x", "_INBOX.x"] {
            user.may_not_publish(subject).await;
        }
        for subject in [
            ">",
            "bh.>",
            "bh.live.>",
            "_INBOX.>",
            "_INBOX_backhaul.>",
            "$SYS.>",
        ] {
            user.may_not_subscribe(subject).await;
        }
    }
}

#[tokio::test]
async fn the_provisioner_makes_streams_and_can_not_lose_them() {
    let cluster = provisioned().await;
    let mut user = User::connect(&cluster, "provisioner").await;
    for context in ContextName::ALL {
        for question in NEVER {
            user.may_not_publish(&api(question, &stream(context))).await;
        }
        user.may_not_publish(&format!("bh.{context}.00.acme.1"))
            .await;
        user.may_not_publish(&api("STREAM.MSG.GET.{}", &stream(context)))
            .await;
    }
    user.may_not_subscribe(">").await;
    user.may_not_subscribe("bh.live.>").await;
}

#[tokio::test]
async fn the_doctor_asks_the_servers_and_sees_no_event() {
    let cluster = provisioned().await;
    let mut user = User::connect(&cluster, "doctor").await;
    user.may_ask("$SYS.REQ.SERVER.PING.JSZ", "{\"streams\":true}")
        .await;
    for subject in [
        "$SYS.REQ.SERVER.PING.VARZ",
        "$SYS.REQ.SERVER.NA.RELOAD",
        "$SYS.REQ.ACCOUNT.BACKHAUL.CONNZ",
        "bh.orders.00.acme.1",
    ] {
        user.may_not_publish(subject).await;
    }
    for subject in [">", "$SYS.>", "bh.>"] {
        user.may_not_subscribe(subject).await;
    }
}

#[tokio::test]
async fn a_warehouse_announces_under_its_own_name_and_reads_nothing() {
    let cluster = provisioned().await;
    let mut site = User::connect(&cluster, "acme-harbour").await;
    // The answer is the stream's: what was announced is stored.
    let stored = site
        .client
        .request("bh.ingest.acme.harbour", "{}".into())
        .await;
    let stored = stored.expect("the stream acknowledges it").payload;
    let stored = String::from_utf8_lossy(&stored).into_owned();
    assert!(stored.contains("BH_INGEST"), "{stored}");

    for subject in [
        "bh.ingest.acme.hill",
        "bh.ingest.other.harbour",
        "bh.returns.00.acme.1",
        "bh.dead.ingest.acme.harbour",
        "$JS.API.STREAM.INFO.BH_INGEST",
        "$JS.API.STREAM.MSG.GET.BH_INGEST",
    ] {
        site.may_not_publish(subject).await;
    }
    for subject in [">", "bh.ingest.>", "bh.live.ingest.>", "_INBOX.>"] {
        site.may_not_subscribe(subject).await;
    }

    let mut returns = User::connect(&cluster, "returns").await;
    returns
        .may_ask("$JS.API.STREAM.MSG.GET.BH_INGEST", "{\"seq\":1}")
        .await;
    returns.may_ask("bh.dead.ingest.acme.harbour", "{}").await;
    let mut refunds = User::connect(&cluster, "refunds").await;
    refunds.may_not_publish("bh.dead.ingest.acme.harbour").await;
    refunds
        .may_not_publish("$JS.API.STREAM.MSG.GET.BH_INGEST")
        .await;
}

#[tokio::test]
async fn nobody_comes_in_without_a_password_or_without_encryption() {
    let cluster = provisioned().await;
    let ca = crate::user::access(&cluster).ca_file();
    let nameless = async_nats::ConnectOptions::new().add_root_certificates(ca.clone());
    assert!(nameless.connect(cluster.urls()).await.is_err());

    let wrong = async_nats::ConnectOptions::new()
        .add_root_certificates(ca)
        .user_and_password("returns".to_owned(), "guessed".to_owned());
    assert!(wrong.connect(cluster.urls()).await.is_err());

    let stranger = crate::user::access(&cluster).password("returns").unwrap();
    let untrusted = async_nats::ConnectOptions::new()
        .user_and_password("returns".to_owned(), stranger.to_owned());
    assert!(untrusted.connect(cluster.urls()).await.is_err());

    // Whoever speaks in clear is cut off before it is heard.
    let address = cluster.node(0).url().replace("tls://", "");
    let mut plain = TcpStream::connect(address).await.unwrap();
    let heard = talk_in_clear(&mut plain).await;
    assert!(!heard.contains("PONG"), "{heard}");
}

async fn talk_in_clear(stream: &mut TcpStream) -> String {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut heard = Vec::new();
    // An error is as good an answer as an end.
    let _ = stream
        .write_all(b"CONNECT {\"verbose\":true}\r\nPING\r\n")
        .await;
    let _ = stream.read_to_end(&mut heard).await;
    String::from_utf8_lossy(&heard).into_owned()
}

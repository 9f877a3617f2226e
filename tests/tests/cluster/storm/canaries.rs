//! Personal data stands where it belongs and nowhere else: in the commits that record it, in views
//! of them, and in mail.
//!
//! Every order carries words that stand nowhere else in it. They are looked for in everything that
//! a process tells anybody: its own log at its most talkative, traces, metrics, subjects and
//! headers, other contexts' commits, the books of the provider, the logs of the servers. In every
//! such place a word that must be there is looked for in the same way, so that nobody takes a place
//! for clean that was never read.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Instant;

use async_nats::jetstream::consumer::pull::Config;
use async_nats::jetstream::consumer::{AckPolicy, Consumer};
use async_nats::jetstream::stream::Stream;
use async_nats::jetstream::{self, Message};
use backhaul_api::proto::orders::v1::Order;
use backhaul_host::deployment::ServerFile;
use futures::{StreamExt as _, TryStreamExt as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::field::{Field, PATIENCE, PROCESSES};

/// What a buyer is called.
const NAME: &str = "canary-name-7f3a";
/// In every buyer's address.
const MAIL: &str = "canary-mail-91bc";
/// What buyers and agents write.
pub const NOTE: &str = "canary-note-c05d";
/// All of them, and the streams whose commits may hold them.
const CANARIES: [(&str, &[&str]); 3] = [
    (NAME, &["BH_ORDERS"]),
    (MAIL, &["BH_ORDERS"]),
    (NOTE, &["BH_RETURNS", "BH_REFUNDS"]),
];
/// Streams of commits.
const CONTEXTS: [&str; 5] = [
    "BH_ORDERS",
    "BH_RETURNS",
    "BH_REFUNDS",
    "BH_TRACKING",
    "BH_NOTIFICATIONS",
];
/// Messages of one request.
const MESSAGES: usize = 500;

/// The order, of a buyer about whom something is known.
pub fn personal(id: &str, mut order: Order) -> Order {
    if let Some(buyer) = &mut order.buyer {
        buyer.display_name = NAME.to_owned();
        buyer.email = address(id);
    }
    order
}

/// Where the buyer of an order is written to.
pub fn address(order: &str) -> String {
    format!("{MAIL}.{order}@example.invalid")
}

/// What was told in one place.
struct Place {
    name: String,
    told: String,
    /// Stands there if anything does.
    known: &'static str,
    /// Canaries that belong there.
    may: Vec<&'static str>,
}

/// Every place with a word that does not belong there, and every place that was not read.
pub async fn leaks(field: &Field) -> Vec<String> {
    let mut places = vec![
        place("the traces", field.traces.words(), "call mail server"),
        place("the books", read_all(&field.shared()), "sandbox-timeout"),
        place("the logs of the servers", field.told_by_servers(), "[INF]"),
    ];
    for number in 0..PROCESSES {
        let log = format!("the log of process {number}");
        places.push(place(&log, field.told(number), "serving"));
        let metrics = format!("the metrics of process {number}");
        places.push(place(
            &metrics,
            metrics_of(field, number).await,
            "orders.list",
        ));
    }
    places.extend(streams(field).await);
    places.push(Place {
        may: vec![NAME, MAIL],
        ..place("the mail", mail(field), MAIL)
    });
    places.iter().flat_map(Place::findings).collect()
}

fn place(name: &str, told: String, known: &'static str) -> Place {
    Place {
        name: name.to_owned(),
        told,
        known,
        may: Vec::new(),
    }
}

impl Place {
    fn findings(&self) -> Vec<String> {
        let Self { name, told, .. } = self;
        let strays = CANARIES.iter().map(|(word, _)| *word);
        let strays = strays.filter(|word| !self.may.contains(word) && told.contains(word));
        let mut findings: Vec<_> = strays
            .map(|word| format!("{word} stands in {name}"))
            .collect();
        if !told.contains(self.known) {
            findings.push(format!("{name} do not even tell of {}", self.known));
        }
        findings
    }
}

/// Every stream of the servers: what routes its messages, and what they hold.
async fn streams(field: &Field) -> Vec<Place> {
    let client = async_nats::connect(field.servers.urls()).await.unwrap();
    let jetstream = jetstream::new(client);
    let names: Vec<String> = jetstream.stream_names().try_collect().await.unwrap();
    let mut routed = String::new();
    let mut held = BTreeMap::<String, String>::new();
    for name in names {
        let stream = jetstream.get_stream(&name).await.unwrap();
        let held = held.entry(name).or_default();
        for message in messages_of(&stream).await {
            routed += &format!("{} {:?}\n", message.subject, message.headers);
            *held += &String::from_utf8_lossy(&message.payload);
        }
    }
    let mut places = vec![place("subjects and headers", routed, "bh.orders.")];
    for (name, held) in held {
        let may = CANARIES
            .iter()
            .filter(|(_, streams)| streams.contains(&&*name));
        let may: Vec<_> = may.map(|(word, _)| *word).collect();
        // What belongs into a stream must stand there, for then it would be seen elsewhere.
        let known = match may.first() {
            Some(word) => word,
            None if CONTEXTS.contains(&&*name) => "S0-",
            None => "",
        };
        places.push(Place {
            may,
            ..place(&format!("the messages of {name}"), held, known)
        });
    }
    places
}

/// Every message that a stream holds by now.
async fn messages_of(stream: &Stream) -> Vec<Message> {
    let config = Config {
        ack_policy: AckPolicy::None,
        ..Config::default()
    };
    let consumer: Consumer<Config> = stream.create_consumer(config).await.unwrap();
    let (count, end) = (
        stream.cached_info().state.messages,
        Instant::now() + PATIENCE,
    );
    let mut all = Vec::new();
    while (all.len() as u64) < count {
        assert!(
            Instant::now() < end,
            "{} of {count} messages are read",
            all.len()
        );
        let some = consumer.fetch().max_messages(MESSAGES).messages().await;
        let mut some = some.unwrap();
        // A consumer that was just made may know of nothing yet, or not even be there.
        while let Some(Ok(message)) = some.next().await {
            all.push(message);
        }
    }
    all
}

async fn metrics_of(field: &Field, number: usize) -> String {
    let file = ServerFile::read(&field.data(number)).unwrap().unwrap();
    let mut page = TcpStream::connect(file.probes.unwrap()).await.unwrap();
    let ask = b"GET /metrics HTTP/1.1\r\nhost: probes\r\nconnection: close\r\n\r\n";
    page.write_all(ask).await.unwrap();
    let mut told = String::new();
    page.read_to_string(&mut told).await.unwrap();
    told
}

fn mail(field: &Field) -> String {
    let messages = field.mail.messages();
    let told = messages
        .iter()
        .map(|mail| format!("{:?} {}", mail.to, String::from_utf8_lossy(&mail.data)));
    told.collect()
}

/// Every file of a folder and of the folders in it.
fn read_all(folder: &Path) -> String {
    let mut told = String::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            told += &read_all(&path);
        } else {
            told += &String::from_utf8_lossy(&fs::read(path).unwrap());
        }
    }
    told
}

#[test]
fn a_word_where_it_does_not_belong_is_seen() {
    let told = |told: &str| place("it", format!("known {told}"), "known").findings();
    assert!(told("nothing else").is_empty());
    for (word, _) in CANARIES {
        assert_eq!(told(word), [format!("{word} stands in it")]);
    }
    assert_eq!(place("it", String::new(), "known").findings().len(), 1);
}

//! Three servers.

use std::time::{Duration, Instant};

use backhaul_nats_server::{Cluster, Options, Routes, Size};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A change of leader takes some seconds, and more on a machine that is busy.
const ELECTION_WAIT: Duration = Duration::from_secs(60);

/// Whom a server believes to lead; nothing while it believes in nobody or does not answer.
async fn leader(cluster: &Cluster, index: usize) -> Option<String> {
    let mut stream = TcpStream::connect(cluster.node(index).monitor())
        .await
        .ok()?;
    stream.write_all(b"GET /jsz HTTP/1.0\r\n\r\n").await.ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.ok()?;
    let (_, body) = answer.split_once("\r\n\r\n")?;
    let body: Value = serde_json::from_str(body).ok()?;
    body["meta_cluster"]["leader"].as_str().map(str::to_owned)
}

async fn leads(cluster: &Cluster, at: usize, expected: impl Fn(Option<&str>) -> bool) {
    let until = Instant::now() + ELECTION_WAIT;
    loop {
        let leader = leader(cluster, at).await;
        if expected(leader.as_deref()) {
            return;
        }
        assert!(Instant::now() < until, "still led by {leader:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn index(name: &str) -> usize {
    name.trim_start_matches('n')
        .parse::<usize>()
        .expect("names end with a number")
        - 1
}

#[tokio::test]
async fn three_servers_find_one_another_and_survive_the_loss_of_one() {
    let cluster = Cluster::start(Options::new(Size::Three)).await.unwrap();
    assert_eq!(cluster.urls().len(), 3);
    let first = leader(&cluster, 0).await.expect("a ready cluster is led");
    let (lost, other) = (index(&first), (index(&first) + 1) % 3);

    cluster.node(lost).kill();
    leads(&cluster, other, |leader| {
        leader.is_some_and(|name| name != first)
    })
    .await;

    cluster.node(lost).start().await.unwrap();
    cluster.ready().await.unwrap();
}

#[tokio::test]
async fn a_server_that_is_cut_off_is_missed_and_comes_back() {
    let options = Options::new(Size::Three).routes(Routes::Cuttable);
    let cluster = Cluster::start(options).await.unwrap();
    let first = leader(&cluster, 0).await.expect("a ready cluster is led");
    let (lost, other) = (index(&first), (index(&first) + 1) % 3);

    cluster.isolate(lost);
    leads(&cluster, other, |leader| {
        leader.is_some_and(|name| name != first)
    })
    .await;
    leads(&cluster, lost, |leader| leader.is_none()).await;

    cluster.heal(lost);
    let second = leader(&cluster, other).await.unwrap();
    leads(&cluster, lost, |leader| leader == Some(&second)).await;
    cluster.ready().await.unwrap();
}

#[tokio::test]
async fn a_frozen_server_answers_when_it_is_woken() {
    let cluster = Cluster::start(Options::new(Size::One)).await.unwrap();
    cluster.node(0).freeze().unwrap();
    let asked = tokio::time::timeout(Duration::from_millis(300), leader(&cluster, 0));
    assert!(asked.await.is_err(), "a frozen server answered");
    cluster.node(0).wake().unwrap();
    cluster.ready().await.unwrap();
}

//! Servers with the configuration that is deployed.

use std::time::Duration;

use backhaul_nats_server::{Cluster, Options, Routes, Security, Size};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::TcpStream;

/// What a server says to whoever connects, before any encryption.
async fn greeting(cluster: &Cluster) -> String {
    let url = cluster.node(0).url();
    let address = url.trim_start_matches("tls://");
    let stream = TcpStream::connect(address).await.expect("it listens");
    let mut line = String::new();
    let read = BufReader::new(stream).read_line(&mut line).await;
    read.expect("it speaks first");
    line
}

#[tokio::test]
async fn one_server_asks_for_a_password_over_tls() {
    let options = Options::new(Size::One).security(Security::Deployed);
    let cluster = Cluster::start(options).await.unwrap();
    let greeting = greeting(&cluster).await;
    for demand in ["\"tls_required\":true", "\"auth_required\":true"] {
        assert!(greeting.contains(demand), "{greeting}");
    }
    let access = cluster.access().unwrap();
    assert!(access.ca_file().is_file());
    assert!(access.password_file("provisioner").is_file());
}

#[tokio::test]
async fn three_servers_trust_one_another() {
    let options = Options::new(Size::Three)
        .security(Security::Deployed)
        .routes(Routes::Cuttable);
    let cluster = Cluster::start(options).await.unwrap();
    let lost = cluster.node(2);
    lost.kill();
    lost.start().await.unwrap();
    cluster.ready().await.unwrap();
    // A configuration that could not be read again would end in the log of the server.
    lost.reload().unwrap();
    let reloaded = async {
        while !log(&cluster).contains("Reloaded server configuration") {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let within = tokio::time::timeout(Duration::from_secs(30), reloaded);
    assert!(within.await.is_ok(), "{}", log(&cluster));
}

fn log(cluster: &Cluster) -> String {
    std::fs::read_to_string(cluster.node(2).log()).expect("it has a log")
}

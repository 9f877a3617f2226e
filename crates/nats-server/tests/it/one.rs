//! One server.

use backhaul_nats_server::{Cluster, ClusterError, NodeError, Options, Ports, Size, SyncInterval};
use tokio::net::TcpStream;

fn address(url: &str) -> String {
    url.trim_start_matches("nats://").to_owned()
}

#[tokio::test]
async fn a_server_starts_stops_and_starts_again_at_the_same_place() {
    let cluster = Cluster::start(Options::new(Size::One)).await.unwrap();
    let node = cluster.node(0);
    let url = node.url();
    let first = node.pid().unwrap();
    TcpStream::connect(address(&url)).await.unwrap();

    node.stop().await.unwrap();
    assert_eq!(node.pid(), None);
    assert!(TcpStream::connect(address(&url)).await.is_err());
    assert!(matches!(
        node.reload().unwrap_err(),
        NodeError::NotRunning { .. }
    ));

    node.start().await.unwrap();
    cluster.ready().await.unwrap();
    assert_eq!(node.url(), url);
    assert_ne!(node.pid(), Some(first));
    node.reload().unwrap();
}

#[tokio::test]
async fn a_dropped_cluster_leaves_no_process_and_no_file() {
    let cluster = Cluster::start(Options::new(Size::One)).await.unwrap();
    let url = cluster.node(0).url();
    let folder = cluster.node(0).folder().to_owned();
    assert!(folder.join("data").is_dir());
    drop(cluster);
    assert!(TcpStream::connect(address(&url)).await.is_err());
    assert!(!folder.exists());
}

#[tokio::test]
async fn a_folder_that_is_given_stays_and_has_one_cluster_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options::new(Size::One)
        .folder(folder.path())
        .sync_interval(SyncInterval::ServerDefault);
    let cluster = Cluster::start(options.clone()).await.unwrap();
    let second = Cluster::start(options).await.unwrap_err();
    assert!(matches!(second, ClusterError::InUse(_)), "{second:?}");
    let node = cluster.node(0).folder().to_owned();
    drop(cluster);
    assert!(node.join("server.log").is_file());
}

#[tokio::test]
async fn a_server_that_can_not_start_says_why() {
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let mut port = taken.local_addr().unwrap().port();
    // So that monitoring, 4000 above, is a port as well.
    let _kept = taken;
    let mut _other = None;
    if port > 61_000 {
        port = 20_333;
        _other = Some(std::net::TcpListener::bind(("127.0.0.1", port)).unwrap());
    }
    let options = Options::new(Size::One).ports(Ports::From(port));
    let error = Cluster::start(options).await.unwrap_err();
    assert!(
        error.to_string().contains("address already in use"),
        "{error}"
    );
}

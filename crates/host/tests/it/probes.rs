use backhaul_eventlog::Health;
use backhaul_host::log::Durability;
use backhaul_host::{Probes, Ready, Standing};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::registry::Registry;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

async fn get(address: std::net::SocketAddr, path: &str) -> String {
    let mut connection = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    connection.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn a_supervisor_and_prometheus_are_answered() {
    let (ready, log) = (Ready::default(), watch::Sender::new(Health::Writable));
    let mut registry = Registry::default();
    let counter = Counter::<u64>::default();
    registry.register("backhaul_tests", "Tests", counter.clone());
    counter.inc();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let standing = Standing::new(&ready, log.subscribe(), || Durability::NotDurable {
        reason: "who knows".to_owned(),
    });
    let probes = Probes::new(standing, registry);
    let tasks = backhaul_engine::Tasks::default();
    tasks.spawn("probes", async move {
        probes
            .serve(listener, std::future::pending())
            .await
            .unwrap();
    });

    assert!(get(address, "/live").await.starts_with("HTTP/1.1 200"));
    assert!(get(address, "/ready").await.starts_with("HTTP/1.1 503"));
    ready.set(true);
    let answer = get(address, "/ready").await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("NOT DURABLE"));
    let reason = "disk full".to_owned();
    log.send_replace(Health::ReadOnly { reason });
    let answer = get(address, "/ready").await;
    assert!(answer.starts_with("HTTP/1.1 503") && !answer.contains("disk full"));
    assert!(
        get(address, "/metrics")
            .await
            .contains("backhaul_tests_total 1")
    );
    assert!(get(address, "/secret").await.starts_with("HTTP/1.1 404"));
}

use std::time::Duration;

use backhaul_host::{Drained, Limits};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{PATIENCE, Running, start, start_usual};

const DRAIN: Duration = Duration::from_millis(100);
/// The first bytes of an HTTP/2 connection, RFC 9113, 3.4.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Reads until the server ends the connection.
async fn ends(mut connection: TcpStream) {
    let mut said = Vec::new();
    let end = tokio::time::timeout(PATIENCE, connection.read_to_end(&mut said)).await;
    let _ = end.expect("the connection is ended");
}

async fn connect(running: &Running, bytes: &[u8]) -> TcpStream {
    let mut connection = TcpStream::connect(running.address).await.unwrap();
    connection.write_all(bytes).await.unwrap();
    connection
}

#[tokio::test]
async fn whoever_asks_for_nothing_is_cut_off() {
    let limits = Limits {
        first_request: Duration::from_millis(50),
        ..Limits::default()
    };
    let running = start(limits, DRAIN).await;
    // An empty SETTINGS frame makes the connection complete, but is no request.
    let settled = [PREFACE, &[0, 0, 0, 4, 0, 0, 0, 0, 0]].concat();
    for bytes in [&b""[..], &PREFACE[..10], &settled] {
        ends(connect(&running, bytes).await).await;
    }
}

#[tokio::test]
async fn whoever_asked_once_may_be_silent() {
    let limits = Limits {
        first_request: Duration::from_millis(200),
        connections: 2,
        ..Limits::default()
    };
    let running = start(limits, DRAIN).await;
    let channel = running.channel().await;
    running.get(&channel, "x").await.unwrap();
    // This one came later and is cut off; with it there, the channel could not connect again.
    ends(connect(&running, b"").await).await;
    let _place = connect(&running, b"").await;
    assert!(running.get(&channel, "x").await.is_ok());
}

#[tokio::test]
async fn other_protocols_are_ended_at_once() {
    let running = start_usual().await;
    ends(connect(&running, b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await).await;
}

#[tokio::test]
async fn more_connections_than_allowed_are_ended_at_once() {
    let limits = Limits {
        connections_from_loopback: 1,
        ..Limits::default()
    };
    let running = start(limits, DRAIN).await;
    let channel = running.channel().await;
    ends(TcpStream::connect(running.address).await.unwrap()).await;
    assert!(running.get(&channel, "x").await.is_ok());
}

#[tokio::test]
async fn a_stop_waits_for_nobody_who_is_done() {
    let running = start(Limits::default(), PATIENCE).await;
    let channel = running.channel().await;
    running.get(&channel, "x").await.unwrap();
    assert_eq!(running.stop().await, Drained::Whole);
}

#[tokio::test]
async fn a_stop_is_bounded_whoever_is_connected() {
    let running = start_usual().await;
    let silent = connect(&running, &PREFACE[..10]).await;
    let channel = running.channel().await;
    let hangs = running.hangs.clone();
    let mut client =
        backhaul_api::proto::notifications::v1::notifications_service_client::NotificationsServiceClient::new(channel);
    let request = running.request(
        backhaul_api::proto::notifications::v1::GetNotificationRequest {
            name: "hang".to_owned(),
        },
    );
    let hanging = client.get_notification(request);
    tokio::pin!(hanging);
    tokio::select! {
        _ = &mut hanging => panic!("it answered"),
        () = hangs.notified() => {}
    }
    let (drained, answer) = tokio::join!(running.stop(), hanging);
    assert_eq!(drained, Drained::CutOff);
    assert!(answer.is_err());
    ends(silent).await;
}

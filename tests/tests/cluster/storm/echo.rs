//! Delivers every message again, and some more than once again: late, and whatever else goes wrong.

use async_nats::{Client, Message};
use futures::StreamExt as _;
use tokio::task::JoinSet;

/// Where the servers repeat what they have stored.
const LIVE: &str = "bh.live.>";
/// On a repetition, so that it is not repeated for ever.
const MARK: &str = "echo";
/// A message comes again so often at most.
const TIMES_MAX: u64 = 4;

/// Repeats until it is dropped.
pub async fn start(servers: Vec<String>) -> JoinSet<()> {
    let options = async_nats::ConnectOptions::new().retry_on_initial_connect();
    let client = options.connect(servers).await.unwrap();
    let mut messages = client.subscribe(LIVE).await.unwrap();
    let mut echo = JoinSet::new();
    echo.spawn(async move {
        let mut number = 0;
        while let Some(message) = messages.next().await {
            number += 1;
            repeat(&client, message, number % TIMES_MAX + 1).await;
        }
    });
    echo
}

async fn repeat(client: &Client, message: Message, times: u64) {
    let mut headers = message.headers.unwrap_or_default();
    if headers.get(MARK).is_some() {
        return;
    }
    headers.insert(MARK, "again");
    for _ in 0..times {
        let (subject, headers) = (message.subject.clone(), headers.clone());
        // A server that is away makes it wait; none is ever missed for good.
        let _ = client
            .publish_with_headers(subject, headers, message.payload.clone())
            .await;
    }
}

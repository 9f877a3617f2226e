//! What a server tells about itself, over plain HTTP on loopback.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// A server that takes longer is asked again.
const ANSWER_WAIT: Duration = Duration::from_secs(2);
/// No answer that is asked for here is longer, in bytes.
const ANSWER_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// How far a server is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It does not answer.
    Silent,
    /// It answers, but something is missing, said here.
    Waiting(String),
    /// It serves its streams.
    Ready,
}

/// How far the server is; `members` is how many must have found one another.
pub(crate) async fn standing(address: SocketAddr, members: usize) -> Standing {
    let Ok((status, health)) = get(address, "/healthz").await else {
        return Standing::Silent;
    };
    if status != 200 {
        return Standing::Waiting(format!("it says {health}"));
    }
    let Ok((_, streams)) = get(address, "/jsz").await else {
        return Standing::Silent;
    };
    let Ok(streams) = serde_json::from_str::<Value>(&streams) else {
        return Standing::Waiting("its answer is not JSON".to_owned());
    };
    if streams["disabled"] == true {
        return Standing::Waiting("JetStream is off".to_owned());
    }
    if members > 1 {
        return elected(&streams["meta_cluster"], members);
    }
    Standing::Ready
}

/// Whether it answers at all.
pub(crate) async fn answers(address: SocketAddr) -> bool {
    get(address, "/healthz").await.is_ok()
}

fn elected(meta: &Value, members: usize) -> Standing {
    let known = meta["cluster_size"].as_u64().unwrap_or_default();
    let leader = meta["leader"].as_str().unwrap_or_default();
    if usize::try_from(known) != Ok(members) {
        return Standing::Waiting(format!("it knows {known} of {members} servers"));
    }
    if leader.is_empty() {
        return Standing::Waiting("no leader is elected".to_owned());
    }
    Standing::Ready
}

/// Status and body of the answer.
async fn get(address: SocketAddr, path: &str) -> io::Result<(u16, String)> {
    let exchange = async {
        let mut stream = TcpStream::connect(address).await?;
        // HTTP/1.0: the answer ends where the connection does.
        let request = format!("GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        let mut bounded = stream.take(ANSWER_BYTES_MAX);
        bounded.read_to_end(&mut answer).await?;
        Ok::<_, io::Error>(answer)
    };
    let answer = timeout(ANSWER_WAIT, exchange).await??;
    parse(&String::from_utf8_lossy(&answer)).ok_or_else(|| io::ErrorKind::InvalidData.into())
}

fn parse(answer: &str) -> Option<(u16, String)> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some((status, body.to_owned()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn answers_are_read() {
        let answer = "HTTP/1.0 503 Service Unavailable\r\nContent-Length: 2\r\n\r\n{}";
        assert_eq!(parse(answer), Some((503, "{}".to_owned())));
        assert_eq!(parse("nonsense"), None);
    }

    #[test]
    fn a_cluster_is_ready_when_all_are_known_and_one_leads() {
        let waiting = |text: &str| Standing::Waiting(text.to_owned());
        let cases = [
            (json!({"leader": "n1", "cluster_size": 3}), Standing::Ready),
            (json!({"cluster_size": 3}), waiting("no leader is elected")),
            (
                json!({"leader": "n1", "cluster_size": 2}),
                waiting("it knows 2 of 3 servers"),
            ),
            (Value::Null, waiting("it knows 0 of 3 servers")),
        ];
        for (meta, expected) in cases {
            assert_eq!(elected(&meta, 3), expected, "{meta}");
        }
    }
}

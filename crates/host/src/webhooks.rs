//! What other parties tell us by plain HTTP, such as a payment provider its news. Something in
//! front encrypts; who may speak is known by the signature of what is said, which the receiver
//! checks.

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Request, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use backhaul_eventlog::BoxFuture;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tracing::{debug, warn};

/// Webhooks of payment providers have some kilobytes.
const BODY_BYTES_MAX: usize = 256 * 1024;
/// Providers call again when nothing was answered for some ten to thirty seconds.
const CALL_MAX: Duration = Duration::from_secs(15);
/// Calls at once; more are told to come again.
const CALLS_MAX: usize = 64;
/// What a taken call is answered. Adyen asks for these words, others for none.
const TAKEN: &str = "[accepted]";

/// Takes what one party tells.
pub trait Receiver: Send + Sync + 'static {
    /// Where it is told, such as `/webhooks/stripe`.
    fn path(&self) -> &'static str;

    /// Takes one call. It may be dropped before it is done, and the same may come again.
    fn receive<'a>(&'a self, headers: &'a HeaderMap, body: &'a [u8]) -> BoxFuture<'a, Received>;
}

/// What became of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Received {
    /// It is taken, or is no concern of ours.
    Taken,
    /// Nobody we know signed it.
    Unsigned,
    /// It is signed, but cannot be read.
    Unreadable,
    /// It may be taken later: the caller shall come again.
    Later,
}

/// The receivers of a process.
pub struct Webhooks {
    receivers: Vec<Arc<dyn Receiver>>,
}

/// One receiver's side of the server.
struct Gate {
    receiver: Arc<dyn Receiver>,
    calls: Semaphore,
}

impl Webhooks {
    /// Webhooks of those receivers.
    pub fn new(receivers: Vec<Arc<dyn Receiver>>) -> Self {
        Self { receivers }
    }

    /// Answers until `stop` resolves.
    pub async fn serve(
        self,
        listener: TcpListener,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        let mut router = Router::new();
        for receiver in self.receivers {
            let gate = Gate {
                receiver,
                calls: Semaphore::new(CALLS_MAX),
            };
            let path = gate.receiver.path();
            router = router.merge(
                Router::new()
                    .route(path, post(take))
                    .with_state(Arc::new(gate)),
            );
        }
        axum::serve(listener, router)
            .with_graceful_shutdown(stop)
            .await
    }
}

async fn take(State(gate): State<Arc<Gate>>, request: Request<Body>) -> Response {
    let path = gate.receiver.path();
    let Ok(_place) = gate.calls.try_acquire() else {
        warn!(path, "too many webhooks at once");
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let (Parts { headers, .. }, body) = request.into_parts();
    let received = timeout(CALL_MAX, async {
        let body = to_bytes(body, BODY_BYTES_MAX).await.ok()?;
        Some(gate.receiver.receive(&headers, &body).await)
    });
    match received.await {
        Ok(Some(received)) => {
            debug!(path, ?received, "webhook");
            answer(received)
        }
        Ok(None) => StatusCode::PAYLOAD_TOO_LARGE.into_response(),
        Err(_) => {
            warn!(path, "a webhook took too long");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

/// Who is not believed learns nothing but that.
fn answer(received: Received) -> Response {
    match received {
        Received::Taken => TAKEN.into_response(),
        Received::Unsigned => StatusCode::UNAUTHORIZED.into_response(),
        Received::Unreadable => StatusCode::BAD_REQUEST.into_response(),
        Received::Later => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    /// Answers with what the body names.
    struct Echo;

    impl Receiver for Echo {
        fn path(&self) -> &'static str {
            "/webhooks/echo"
        }

        fn receive<'a>(
            &'a self,
            headers: &'a HeaderMap,
            body: &'a [u8],
        ) -> BoxFuture<'a, Received> {
            let signed = headers.contains_key("signature");
            Box::pin(async move {
                match body {
                    _ if !signed => Received::Unsigned,
                    b"taken" => Received::Taken,
                    b"later" => Received::Later,
                    _ => Received::Unreadable,
                }
            })
        }
    }

    async fn say(address: std::net::SocketAddr, request: String) -> String {
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        // The server may close before it has read all of a call that is too large.
        let _ = stream.read_to_string(&mut answer).await;
        answer
    }

    fn request(line: &str, signature: &str, body: &str) -> String {
        let length = body.len();
        format!(
            "{line} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n{signature}content-length: {length}\r\n\r\n{body}"
        )
    }

    #[tokio::test]
    async fn every_outcome_has_its_status_and_no_reason() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let tasks = backhaul_engine::Tasks::default();
        let (stop, webhooks) = (tasks.clone(), Webhooks::new(vec![Arc::new(Echo)]));
        tasks.spawn("webhooks", async move {
            let stop = async move { stop.stopping().await };
            webhooks.serve(listener, stop).await.unwrap();
        });
        const SIGNED: &str = "signature: 1\r\n";
        const LINE: &str = "POST /webhooks/echo";
        let large = "x".repeat(BODY_BYTES_MAX + 1);
        for (line, signature, body, status, words) in [
            (LINE, SIGNED, "taken", "200 OK", TAKEN),
            (LINE, SIGNED, "later", "503 Service Unavailable", ""),
            (LINE, SIGNED, "odd", "400 Bad Request", ""),
            (LINE, "", "taken", "401 Unauthorized", ""),
            (LINE, SIGNED, &large, "413 Payload Too Large", ""),
            (
                "GET /webhooks/echo",
                SIGNED,
                "",
                "405 Method Not Allowed",
                "",
            ),
            ("POST /webhooks/other", SIGNED, "", "404 Not Found", ""),
        ] {
            let answer = say(address, request(line, signature, body)).await;
            assert!(
                answer.starts_with(&format!("HTTP/1.1 {status}\r\n")),
                "{line}: {answer}"
            );
            assert!(
                answer.ends_with(&format!("\r\n\r\n{words}")),
                "{line}: {answer}"
            );
        }
        tasks.shutdown(Duration::from_secs(10)).await.unwrap();
    }
}

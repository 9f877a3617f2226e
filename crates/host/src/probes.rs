//! What a supervisor and Prometheus ask over plain HTTP: `/live`, `/ready` and `/metrics`.

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use backhaul_eventlog::Health;
use prometheus_client::encoding::text;
use prometheus_client::registry::Registry;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// The media type of the metrics page.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Whether calls can be answered. Cheap to clone; all clones agree.
#[derive(Debug, Clone, Default)]
pub struct Ready(Arc<AtomicBool>);

impl Ready {
    /// Says whether they can.
    pub fn set(&self, ready: bool) {
        self.0.store(ready, Ordering::Relaxed);
    }

    fn get(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// What is asked of a process from outside.
pub struct Probes {
    ready: Ready,
    log: watch::Receiver<Health>,
    registry: Registry,
}

impl Probes {
    /// Probes of a process: ready once it says so and while its log takes writes.
    pub fn new(ready: Ready, log: watch::Receiver<Health>, registry: Registry) -> Self {
        Self {
            ready,
            log,
            registry,
        }
    }

    /// Answers until `stop` resolves.
    pub async fn serve(
        self,
        listener: TcpListener,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        let router = Router::new()
            .route("/live", get(async || "live\n"))
            .route("/ready", get(ready))
            .route("/metrics", get(metrics))
            .with_state(Arc::new(self));
        axum::serve(listener, router)
            .with_graceful_shutdown(stop)
            .await
    }

    fn not_ready(&self) -> Option<&'static str> {
        match &*self.log.borrow() {
            _ if !self.ready.get() => Some("not ready\n"),
            Health::ReadOnly { .. } => Some("the log is read-only\n"),
            Health::Writable => None,
        }
    }
}

async fn ready(State(probes): State<Arc<Probes>>) -> Response {
    match probes.not_ready() {
        None => "ready\n".into_response(),
        Some(why) => (StatusCode::SERVICE_UNAVAILABLE, why).into_response(),
    }
}

async fn metrics(State(probes): State<Arc<Probes>>) -> Response {
    let mut page = String::new();
    match text::encode(&mut page, &probes.registry) {
        Ok(()) => ([(header::CONTENT_TYPE, OPEN_METRICS)], page).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ready_needs_the_process_and_its_log() {
        let ready = Ready::default();
        let health = watch::Sender::new(Health::Writable);
        let probes = Probes::new(ready.clone(), health.subscribe(), Registry::default());
        assert!(probes.not_ready().is_some());
        ready.set(true);
        assert_eq!(probes.not_ready(), None);
        let reason = "disk full".to_owned();
        health.send_replace(Health::ReadOnly { reason });
        assert_eq!(probes.not_ready(), Some("the log is read-only\n"));
    }
}

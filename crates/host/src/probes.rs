//! What a supervisor and Prometheus ask over plain HTTP: `/live`, `/ready` and `/metrics`.

use std::future::Future;
use std::io;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use prometheus_client::encoding::text;
use prometheus_client::registry::Registry;
use tokio::net::TcpListener;

use crate::log::Durability;
use crate::standing::Standing;

/// The media type of the metrics page.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What is asked of a process from outside.
pub struct Probes {
    standing: Standing,
    registry: Registry,
}

impl Probes {
    /// Probes of a process.
    pub fn new(standing: Standing, registry: Registry) -> Self {
        Self { standing, registry }
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
}

/// Ready is who answers calls; what is promised of an answer stands beside it.
async fn ready(State(probes): State<Arc<Probes>>) -> Response {
    match (probes.standing.not_ready(), probes.standing.durability()) {
        (Some(why), _) => (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")).into_response(),
        (None, Durability::Durable) => "ready\n".into_response(),
        (None, Durability::NotDurable { .. }) => "ready\nNOT DURABLE\n".into_response(),
    }
}

async fn metrics(State(probes): State<Arc<Probes>>) -> Response {
    let mut page = String::new();
    match text::encode(&mut page, &probes.registry) {
        Ok(()) => ([(header::CONTENT_TYPE, OPEN_METRICS)], page).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

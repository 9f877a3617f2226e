//! Answers calls: the services, health and reflection, behind the edge.

use std::convert::Infallible;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::middleware;
use axum::response::IntoResponse;
use backhaul_engine::Clock;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tonic::server::NamedService;
use tonic::service::Routes;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;
use tower::Service;
use tracing::{info, warn};

use crate::edge::{Connections, Edge, Limits, guard};
use crate::identity::Tokens;
use crate::log::Durability;
use crate::standing::Standing;

/// The name under which health says whether acknowledged events are known to be on disk.
pub const DURABILITY: &str = "backhaul.durability";
/// How long connections may take to notice that they were cut off.
const CUT_OFF: Duration = Duration::from_secs(1);

/// Calls cannot be answered.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The contracts cannot be shown.
    #[error("the compiled contracts cannot be shown")]
    Reflection(#[from] tonic_reflection::server::Error),
    /// The transport failed.
    #[error("calls can no longer be answered")]
    Transport(#[from] tonic::transport::Error),
    /// The transport ended although nobody asked for it.
    #[error("the server ended by itself")]
    EndedByItself,
}

/// How serving ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drained {
    /// Every call was answered.
    Whole,
    /// Some calls took too long and were cut off.
    CutOff,
}

/// How calls are answered.
pub struct Serving {
    /// The bounds of the edge.
    pub limits: Limits,
    /// Who may call.
    pub tokens: Arc<Tokens>,
    /// When tokens end.
    pub clock: Arc<dyn Clock>,
    /// How long calls may go on after a stop was asked for.
    pub drain: Duration,
    /// What health says.
    pub standing: Standing,
}

/// The services of a process.
pub struct Server {
    routes: Routes,
    services: Vec<&'static str>,
    health: HealthReporter,
}

impl Server {
    /// A server with health and reflection, and no service yet.
    pub fn new() -> Result<Self, ServeError> {
        let (health, health_service) = tonic_health::server::health_reporter();
        let contracts = || {
            tonic_reflection::server::Builder::configure()
                .register_encoded_file_descriptor_set(backhaul_api::DESCRIPTORS)
                .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        };
        let routes = Routes::new(health_service)
            .add_service(contracts().build_v1()?)
            .add_service(contracts().build_v1alpha()?);
        Ok(Self {
            routes,
            services: Vec::new(),
            health,
        })
    }

    /// Adds a service, with its own bound on messages: `MESSAGE_BYTES_MAX` for all but orders.
    #[must_use]
    #[expect(
        clippy::should_implement_trait,
        reason = "nobody takes a server for a number"
    )]
    pub fn add<S>(mut self, service: S) -> Self
    where
        S: Service<http::Request<Body>, Error = Infallible>
            + NamedService
            + Clone
            + Send
            + Sync
            + 'static,
        S::Response: IntoResponse,
        S::Future: Send + 'static,
    {
        self.routes = self.routes.add_service(service);
        self.services.push(S::NAME);
        self
    }

    /// Answers calls until `stop` resolves. Then health says so, connections are told to go, and
    /// calls may go on for a bounded time; what is left is cut off.
    pub async fn serve(
        self,
        listener: TcpListener,
        serving: Serving,
        stop: impl Future<Output = ()>,
    ) -> Result<Drained, ServeError> {
        let (go_away, cut) = (CancellationToken::new(), CancellationToken::new());
        let edge = Arc::new(Edge::new(
            serving.limits.clone(),
            serving.tokens,
            serving.clock,
        ));
        let guarded = self
            .routes
            .into_axum_router()
            .layer(middleware::from_fn_with_state(edge, guard));
        let connections = Connections::new(listener, serving.limits.clone(), cut.clone());
        let mut calls = pin!(
            transport(&serving.limits)
                .add_routes(Routes::from(guarded))
                .serve_with_incoming_shutdown(connections, go_away.cancelled())
        );
        tokio::select! {
            ended = &mut calls => {
                ended?;
                return Err(ServeError::EndedByItself);
            }
            never = tell(&self.health, &self.services, serving.standing) => match never {},
            () = stop => info!("no new calls are taken"),
        }

        set_health(&self.health, &self.services, ServingStatus::NotServing).await;
        go_away.cancel();
        if let Ok(ended) = tokio::time::timeout(serving.drain, &mut calls).await {
            ended?;
            return Ok(Drained::Whole);
        }
        warn!("some connections did not end in time and are cut off");
        cut.cancel();
        // They end by themselves now; if not, the end of the process ends them.
        let _ = tokio::time::timeout(CUT_OFF, &mut calls).await;
        Ok(Drained::CutOff)
    }
}

fn transport(limits: &Limits) -> tonic::transport::Server {
    tonic::transport::Server::builder()
        .max_concurrent_streams(limits.streams_per_connection)
        .http2_keepalive_interval(Some(limits.keepalive))
        .http2_keepalive_timeout(Some(limits.keepalive_timeout))
        .http2_max_header_list_size(limits.header_bytes)
        .http2_max_pending_accept_reset_streams(Some(limits.pending_resets))
        .max_connection_age(limits.connection_age)
        .max_connection_age_grace(limits.connection_grace)
}

/// Says over and over how every service is, and under a name of its own what is promised of an
/// answer.
async fn tell(health: &HealthReporter, services: &[&str], mut standing: Standing) -> Infallible {
    loop {
        let durability = serving_if(standing.durability() == Durability::Durable);
        health.set_service_status(DURABILITY, durability).await;
        let status = serving_if(standing.not_ready().is_none());
        set_health(health, services, status).await;
        standing.changed().await;
    }
}

fn serving_if(good: bool) -> ServingStatus {
    match good {
        true => ServingStatus::Serving,
        false => ServingStatus::NotServing,
    }
}

/// Says how every service is; the empty name stands for the whole server.
async fn set_health(health: &HealthReporter, services: &[&str], status: ServingStatus) {
    for service in services.iter().copied().chain([""]) {
        health.set_service_status(service, status).await;
    }
}

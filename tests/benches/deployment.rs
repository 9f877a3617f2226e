//! A whole deployment in this process, and a bare server beside it on the same runtime, each with
//! as many connections as the other.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use anyhow::{Context as _, bail};
use backhaul::connect;
use backhaul::process::Process;
use backhaul_eventlog_local::Counters;
use backhaul_host::log::{Log, LogTarget};
use backhaul_host::{Config, Limits};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tonic::service::Routes;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Channel, Endpoint, Server};
use tonic::{Request, Response, Status};
use tonic_health::pb::health_client::HealthClient;
use tonic_health::pb::health_server::{Health, HealthServer};
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};

/// A platform's own backend keeps a few connections, and so do the loops.
const CONNECTIONS: usize = 4;
/// Above everything that the loops have in flight: what is measured is work, not refusals.
const CALLS_MAX: usize = 4_096;

/// The configuration of every deployment that is measured: the defaults, on any free port, with
/// room for one merchant to use all of it.
pub(crate) fn config(data: &Path) -> Config {
    Config {
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        probes: None,
        limits: Limits {
            calls: CALLS_MAX,
            calls_per_tenant: CALLS_MAX,
            ..Limits::default()
        },
        ..Config::in_folder(data)
    }
}

/// A deployment and connections to it.
pub(crate) struct Deployment {
    pub(crate) process: Process,
    pub(crate) callers: Callers,
}

/// Connections that carry the token. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Callers(std::sync::Arc<Vec<connect::Deployment>>);

impl Callers {
    pub(crate) async fn connect(address: &str, token: &str) -> anyhow::Result<Self> {
        let mut connections = Vec::new();
        for _ in 0..CONNECTIONS {
            connections.push(connect::Deployment::reach(address, token, None).await?);
        }
        Ok(Self(connections.into()))
    }

    /// The connection of a worker.
    pub(crate) fn of(&self, worker: usize) -> &connect::Deployment {
        &self.0[worker % CONNECTIONS]
    }
}

impl Deployment {
    pub(crate) async fn start(data: &Path) -> anyhow::Result<Self> {
        Self::start_on(data, LogTarget::Local).await
    }

    /// One whose events are elsewhere.
    pub(crate) async fn start_on(data: &Path, log: LogTarget) -> anyhow::Result<Self> {
        let config = Config {
            log,
            ..config(data)
        };
        let process = Process::start(&config).await?;
        let token = std::fs::read_to_string(&process.token_file).context("no token")?;
        let address = format!("http://{}", process.address);
        let callers = Callers::connect(&address, token.trim()).await?;
        Ok(Self { process, callers })
    }

    /// What the writer of a local log has done so far.
    pub(crate) fn counters(&self) -> anyhow::Result<Counters> {
        match &self.process.deployment().log {
            Log::Local(log) => Ok(log.counters()),
            Log::Nats(_) => bail!("only a local log counts"),
        }
    }

    pub(crate) async fn stop(self) -> anyhow::Result<()> {
        let Self { process, callers } = self;
        drop(callers);
        process.stop().await
    }
}

/// A server that answers one empty call, and nothing around it.
pub(crate) struct BareServer {
    callers: Vec<HealthClient<Channel>>,
    stop: oneshot::Sender<()>,
    served: JoinSet<Result<(), tonic::transport::Error>>,
}

struct Empty;

#[tonic::async_trait]
impl Health for Empty {
    async fn check(
        &self,
        _: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        Ok(Response::new(HealthCheckResponse::default()))
    }

    type WatchStream = tonic::codegen::tokio_stream::Empty<Result<HealthCheckResponse, Status>>;

    async fn watch(
        &self,
        _: Request<HealthCheckRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        Err(Status::unimplemented("nothing to watch"))
    }
}

impl BareServer {
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = format!("http://{}", listener.local_addr()?);
        let (stop, stopped) = oneshot::channel::<()>();
        let mut served = JoinSet::new();
        served.spawn(
            Server::builder()
                .add_routes(Routes::new(HealthServer::new(Empty)))
                .serve_with_incoming_shutdown(
                    TcpIncoming::from(listener).with_nodelay(Some(true)),
                    async { drop(stopped.await) },
                ),
        );
        let callers = connections(&address).await?;
        Ok(Self {
            callers,
            stop,
            served,
        })
    }

    /// The connection of a worker.
    pub(crate) fn callers(&self) -> Vec<HealthClient<Channel>> {
        self.callers.clone()
    }

    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        drop(self.callers);
        // It ends by itself when its connections are gone.
        let _ = self.stop.send(());
        while let Some(served) = self.served.join_next().await {
            served??;
        }
        Ok(())
    }
}

/// Connections without a token, for the empty call.
pub(crate) async fn connections(address: &str) -> anyhow::Result<Vec<HealthClient<Channel>>> {
    let mut connections = Vec::new();
    for _ in 0..CONNECTIONS {
        let endpoint = Endpoint::from_shared(address.to_owned())?.tcp_nodelay(true);
        connections.push(HealthClient::new(endpoint.connect().await?));
    }
    Ok(connections)
}

//! A whole deployment in this process: the data folder, every service, the port.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use backhaul_engine::SystemClock;
use backhaul_gateways::carrier::CarrierSandbox;
use backhaul_gateways::mail::{MailGateway, Mailbox, Outbox, Smtp};
use backhaul_host::config::Payments;
use backhaul_host::webhooks::Receiver;
use backhaul_host::{
    Config, Deployment, MESSAGE_BYTES_MAX, ORDER_MESSAGE_BYTES_MAX, Probes, Ready, Server, Serving,
    Webhooks,
};
use prometheus_client::registry::Registry;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tracing::{info, warn};

use crate::{operations, payments};

/// Whom messages to buyers come from when nothing else is configured.
const SENDER: &str = "returns@backhaul.invalid";
/// How long background work may take to stop.
const STOP_BOUND: Duration = Duration::from_secs(20);

/// A deployment that runs in this process.
pub struct Process {
    /// Where calls are answered.
    pub address: SocketAddr,
    /// Where probes and metrics are answered.
    pub probes: Option<SocketAddr>,
    /// Where webhooks are answered.
    pub webhooks: Option<SocketAddr>,
    /// File of the first administrator's token.
    pub token_file: std::path::PathBuf,
    deployment: Deployment,
    ready: Ready,
    stop: oneshot::Sender<()>,
    served: oneshot::Receiver<anyhow::Result<()>>,
}

impl Process {
    /// Opens the data folder and serves everything in it.
    pub async fn start(config: &Config) -> anyhow::Result<Self> {
        config.check()?;
        let deployment =
            Deployment::open(&config.data, Arc::new(SystemClock)).with_context(|| {
                format!("the data folder {} cannot be opened", config.data.display())
            })?;
        let (server, webhook) = services(config, &deployment)?;

        let listener = TcpListener::bind(config.listen)
            .await
            .with_context(|| format!("{} cannot be listened on", config.listen))?;
        let address = listener.local_addr()?;
        let ready = Ready::default();
        let probes = match config.probes {
            Some(probes) => Some(serve_probes(probes, &deployment, ready.clone()).await?),
            None => None,
        };
        let webhooks = match (config.webhooks, webhook) {
            (Some(webhooks), Some(webhook)) => {
                Some(serve_webhooks(webhooks, webhook, &deployment).await?)
            }
            _ => None,
        };
        let (stop, stopped) = oneshot::channel::<()>();
        let (ended, served) = oneshot::channel();
        let serving = Serving {
            limits: config.limits.clone(),
            tokens: Arc::clone(&deployment.tokens),
            clock: Arc::clone(&deployment.engine.clock),
            drain: config.drain,
        };
        deployment.engine.tasks.spawn("grpc", async move {
            let outcome = server
                .serve(listener, serving, async { drop(stopped.await) })
                .await;
            // Nobody waits for it when the process is being dropped.
            let _ = ended.send(outcome.map(drop).map_err(Into::into));
        });
        deployment.announce(address, probes)?;
        ready.set(true);
        info!(%address, data = %config.data.display(), "serving");
        let token_file = deployment.access_token_file();
        Ok(Self {
            address,
            probes,
            webhooks,
            token_file,
            deployment,
            ready,
            stop,
            served,
        })
    }

    /// The open data folder.
    pub fn deployment(&self) -> &Deployment {
        &self.deployment
    }

    /// Stops taking calls, lets those under way end, and closes the data folder.
    pub async fn stop(self) -> anyhow::Result<()> {
        self.ready.set(false);
        // The server may have ended by itself already; then its outcome says why.
        let _ = self.stop.send(());
        let served = self.served.await.unwrap_or(Ok(()));
        if let Err(error) = self.deployment.engine.tasks.shutdown(STOP_BOUND).await {
            warn!(%error, "stopping without them");
        }
        self.deployment.close().await?;
        served
    }
}

/// Every service on one server, and what takes the payment provider's webhooks.
fn services(
    config: &Config,
    deployment: &Deployment,
) -> anyhow::Result<(Server, Option<Arc<dyn Receiver>>)> {
    let (engine, key) = (&deployment.engine, &deployment.page_key);
    let provider = payments::open(config, &deployment.provider_folder())?;
    let refunds = backhaul_refunds_service::start(engine, key, provider)?;
    // Only the stand-in's books can be held against the log.
    let books = (config.payments == Payments::Sandbox).then(|| deployment.provider_folder());
    let carrier = Arc::new(CarrierSandbox::open(deployment.provider_folder())?);
    let sender = Mailbox::new(SENDER)?;
    let mail = mail(config, deployment)?;
    let size = MESSAGE_BYTES_MAX;

    let server = Server::new()?
        .add(
            backhaul_orders_service::start(engine, key)?
                .max_decoding_message_size(ORDER_MESSAGE_BYTES_MAX),
        )
        .add(backhaul_returns_service::start(engine, key)?.max_decoding_message_size(size))
        .add(refunds.grpc.max_decoding_message_size(size))
        .add(
            backhaul_tracking_service::start(engine, key, carrier)?.max_decoding_message_size(size),
        )
        .add(
            backhaul_notifications_service::start(engine, key, mail, sender)?
                .max_decoding_message_size(size),
        )
        .add(operations::service(engine, books).max_decoding_message_size(size));
    Ok((server, refunds.webhook))
}

fn mail(config: &Config, deployment: &Deployment) -> anyhow::Result<Arc<dyn MailGateway>> {
    Ok(match &config.smtp {
        Some(relay) => Arc::new(Smtp::new(relay)?),
        None => Arc::new(Outbox::open(deployment.outbox_folder())?),
    })
}

async fn serve_probes(
    address: SocketAddr,
    deployment: &Deployment,
    ready: Ready,
) -> anyhow::Result<SocketAddr> {
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("{address} cannot be listened on"))?;
    let bound = listener.local_addr()?;
    let engine = deployment.engine.clone();
    let mut registry = Registry::default();
    engine.metrics.register(&mut registry);
    let probes = Probes::new(ready, engine.log.health(), registry);
    let tasks = engine.tasks.clone();
    let stop = async move { tasks.stopping().await };
    engine.tasks.spawn("probes", async move {
        if let Err(error) = probes.serve(listener, stop).await {
            warn!(%error, "probes ended");
        }
    });
    Ok(bound)
}

async fn serve_webhooks(
    address: SocketAddr,
    receiver: Arc<dyn Receiver>,
    deployment: &Deployment,
) -> anyhow::Result<SocketAddr> {
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("{address} cannot be listened on"))?;
    let bound = listener.local_addr()?;
    let webhooks = Webhooks::new(vec![receiver]);
    let tasks = deployment.engine.tasks.clone();
    let stop = async move { tasks.stopping().await };
    deployment.engine.tasks.spawn("webhooks", async move {
        if let Err(error) = webhooks.serve(listener, stop).await {
            warn!(%error, "webhooks ended");
        }
    });
    Ok(bound)
}

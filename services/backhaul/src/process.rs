//! A deployment in this process, or the part of one: the data folder, some services, the port.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use backhaul_engine::{Clock, Engine, SystemClock};
use backhaul_eventlog::Health;
use backhaul_gateways::carrier::CarrierSandbox;
use backhaul_gateways::mail::{MailGateway, Mailbox, Outbox, Smtp};
use backhaul_host::config::Payments;
use backhaul_host::log::{Durability, Log};
use backhaul_host::webhooks::Receiver;
use backhaul_host::{
    Config, Deployment, MESSAGE_BYTES_MAX, ORDER_MESSAGE_BYTES_MAX, Probes, Ready, Server, Serving,
    Standing, Webhooks,
};
use prometheus_client::registry::Registry;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tracing::{info, warn};

use crate::services::Service;
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
    /// Opens the data folder and serves everything.
    pub async fn start(config: &Config) -> anyhow::Result<Self> {
        Self::start_some(config, &Service::ALL).await
    }

    /// Opens the data folder and serves these services.
    pub async fn start_some(config: &Config, services: &[Service]) -> anyhow::Result<Self> {
        Self::start_by(config, services, Arc::new(SystemClock)).await
    }

    /// The same, by that clock: whatever is due is due when it says so.
    pub async fn start_by(
        config: &Config,
        services: &[Service],
        clock: Arc<dyn Clock>,
    ) -> anyhow::Result<Self> {
        config.check()?;
        let deployment = Deployment::open(config, clock);
        let deployment = deployment.await.with_context(|| {
            format!("the data folder {} cannot be opened", config.data.display())
        })?;
        let ready = Ready::default();
        let log = deployment.log.clone();
        let health = deployment.engine.log.health();
        let standing = Standing::new(&ready, health, move || log.durability());
        let (mut server, mut webhook) = (Server::new()?, None);
        for service in services {
            server = add(server, *service, config, &deployment, &mut webhook)?;
        }
        if services.contains(&Service::Returns)
            && let Some(inbox) = deployment.log.inbox().await?
        {
            let engine = deployment.engine_of(Service::Returns.name());
            backhaul_returns_service::ingest::start(&engine, inbox);
        }
        // Only the stand-in's books can be held against the log.
        let books = match config.payments {
            Payments::Sandbox => Some(deployment.provider_folder()?),
            Payments::Stripe(_) | Payments::Adyen(_) => None,
        };
        let operations = operations::service(&deployment, services, standing.clone(), books);
        let server = server.add(operations.max_decoding_message_size(MESSAGE_BYTES_MAX));

        let listener = TcpListener::bind(config.listen)
            .await
            .with_context(|| format!("{} cannot be listened on", config.listen))?;
        let address = listener.local_addr()?;
        let probes = match config.probes {
            Some(probes) => Some(serve_probes(probes, &deployment, standing.clone()).await?),
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
            standing: standing.clone(),
        };
        deployment.engine.tasks.spawn("grpc", async move {
            let outcome = server
                .serve(listener, serving, async { drop(stopped.await) })
                .await;
            // Nobody waits for it when the process is being dropped.
            let _ = ended.send(outcome.map(drop).map_err(Into::into));
        });
        deployment.announce(address, probes)?;
        let (engine, when) = (deployment.engine.clone(), ready.clone());
        deployment.engine.tasks.spawn("ready", async move {
            if engine
                .tasks
                .until_stopped(engine.caught_up())
                .await
                .is_some()
            {
                when.set(true);
                info!("every view has caught up");
            }
        });
        let telling = tell(deployment.engine.clone(), deployment.log.clone(), standing);
        deployment.engine.tasks.spawn("standing", telling);
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

/// The server with one more service, and what takes the payment provider's webhooks if it is that
/// service. Operations are served by every process, for its own views.
fn add(
    server: Server,
    service: Service,
    config: &Config,
    deployment: &Deployment,
    webhook: &mut Option<Arc<dyn Receiver>>,
) -> anyhow::Result<Server> {
    let (engine, key) = (&deployment.engine_of(service.name()), &deployment.page_key);
    let size = MESSAGE_BYTES_MAX;
    Ok(match service {
        Service::Orders => {
            let orders = backhaul_orders_service::start(engine, key)?;
            server.add(orders.max_decoding_message_size(ORDER_MESSAGE_BYTES_MAX))
        }
        Service::Returns => {
            let returns = backhaul_returns_service::start(engine, key)?;
            server
                .add(returns.returns.max_decoding_message_size(size))
                .add(returns.claims.max_decoding_message_size(size))
                .add(returns.exchanges.max_decoding_message_size(size))
        }
        Service::Refunds => {
            let provider = payments::open(config, &deployment.provider_folder()?)?;
            let refunds = backhaul_refunds_service::start(engine, key, provider)?;
            *webhook = refunds.webhook;
            server.add(refunds.grpc.max_decoding_message_size(size))
        }
        Service::Tracking => {
            let carrier = Arc::new(CarrierSandbox::open(deployment.provider_folder()?)?);
            let tracking = backhaul_tracking_service::start(engine, key, carrier)?;
            server.add(tracking.max_decoding_message_size(size))
        }
        Service::Notifications => {
            let (mail, sender) = (mail(config, deployment)?, Mailbox::new(SENDER)?);
            let notifications = backhaul_notifications_service::start(engine, key, mail, sender)?;
            server.add(notifications.max_decoding_message_size(size))
        }
        Service::Operations => server,
    })
}

fn mail(config: &Config, deployment: &Deployment) -> anyhow::Result<Arc<dyn MailGateway>> {
    Ok(match &config.smtp {
        Some(relay) => Arc::new(Smtp::new(relay)?),
        None => Arc::new(Outbox::open(deployment.outbox_folder()?)?),
    })
}

/// Writes into the process's own log what operators must know of the log of events, each thing
/// once.
async fn tell(engine: Engine, log: Log, mut standing: Standing) {
    let mut told = HashSet::new();
    let telling = async {
        loop {
            let mut news = log.findings();
            if let Health::ReadOnly { reason } = &*engine.log.health().borrow() {
                news.push(format!("the log takes no more writes: {reason}"));
            }
            if let durability @ Durability::NotDurable { .. } = standing.durability() {
                news.push(durability.to_string());
            }
            for each in news {
                if told.insert(each.clone()) {
                    warn!("{each}");
                }
            }
            standing.changed().await;
        }
    };
    // Goes on until everything stops.
    let _: Option<()> = engine.tasks.until_stopped(telling).await;
}

async fn serve_probes(
    address: SocketAddr,
    deployment: &Deployment,
    standing: Standing,
) -> anyhow::Result<SocketAddr> {
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("{address} cannot be listened on"))?;
    let bound = listener.local_addr()?;
    let engine = deployment.engine.clone();
    let mut registry = Registry::default();
    engine.metrics.register(&mut registry);
    let probes = Probes::new(standing, registry);
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

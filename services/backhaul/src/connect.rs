//! Finds the deployment that a command speaks to: one process, or the many of a cluster.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};
use backhaul_api::proto::notifications::v1::notifications_service_client::NotificationsServiceClient;
use backhaul_api::proto::operations::v1::operations_service_client::OperationsServiceClient;
use backhaul_api::proto::operations::v1::{GetStatusRequest, GetStatusResponse};
use backhaul_api::proto::orders::v1::orders_service_client::OrdersServiceClient;
use backhaul_api::proto::refunds::v1::refunds_service_client::RefundsServiceClient;
use backhaul_api::proto::returns::v1::claims_service_client::ClaimsServiceClient;
use backhaul_api::proto::returns::v1::exchanges_service_client::ExchangesServiceClient;
use backhaul_api::proto::returns::v1::returns_service_client::ReturnsServiceClient;
use backhaul_api::proto::tracking::v1::tracking_service_client::TrackingServiceClient;
use backhaul_host::deployment::ServerFile;
use futures::future::join_all;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{self, Endpoint};

pub use crate::channel::Channel;
use crate::channel::{Bearer, Turns};
use crate::cluster::ClusterFile;
use crate::services::Service;
use crate::{cluster, embedded};

/// How long a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// The largest answer that is read: a page of 500 orders with many lines.
const ANSWER_BYTES_MAX: usize = 64 << 20;
/// The token's file in a data folder.
const TOKEN_FILE: &str = backhaul_host::identity::ACCESS_TOKEN_FILE;

/// Which deployment a command means.
#[derive(Debug, Clone)]
pub struct Target {
    /// The data folder.
    pub data: PathBuf,
    /// The processes of a running deployment; one is started on the data folder when none is named.
    pub to: Vec<String>,
    /// Where the token stands; in the data folder when nothing is said.
    pub token_file: Option<PathBuf>,
    /// The cluster to start when none runs; without it what the data folder has been before.
    pub cluster: Option<cluster::Size>,
}

/// A deployment that answers. Its clients are cheap, and can be used at the same time.
pub struct Deployment {
    /// By service, in the order of [`Service::ALL`].
    channels: Vec<Channel>,
    processes: Vec<Process>,
    running: Option<Running>,
}

/// A process of a deployment.
#[derive(Clone)]
pub struct Process {
    /// Where it answers.
    pub address: String,
    /// What it serves.
    pub services: Vec<Service>,
    channel: Channel,
}

/// What was started for a command.
pub enum Running {
    /// One process, this one.
    Embedded(Box<embedded::Running>),
    /// A cluster.
    Cluster(Box<cluster::Cluster>),
}

/// Connects to the deployment; starts one for as long as the command runs when none is named.
pub async fn connect(target: &Target) -> anyhow::Result<Deployment> {
    let usual = || target.data.join(TOKEN_FILE);
    if !target.to.is_empty() {
        let file = target.token_file.clone().unwrap_or_else(usual);
        return Deployment::reach_all(&target.to, &read_token(&file)?).await;
    }
    // A deployment that runs on the folder holds its lock; speak to it instead of beside it.
    if let Some(server) = ServerFile::read(&target.data)? {
        let address = format!("http://{}", server.address);
        let reached = Deployment::reach(&address, &read_token(&usual())?, None).await;
        if let Ok(deployment) = reached {
            return Ok(deployment);
        }
    }
    let file = ClusterFile::read(&target.data)?;
    if let Some(addresses) = file.as_ref().and_then(ClusterFile::addresses) {
        let reached = Deployment::reach_all(&addresses, &read_token(&usual())?).await;
        if let Ok(deployment) = reached {
            return Ok(deployment);
        }
    }
    match target.cluster.or(file.map(|file| file.size)) {
        Some(size) => start_cluster(&target.data, size).await,
        None => start_embedded(&target.data).await,
    }
}

async fn start_embedded(data: &Path) -> anyhow::Result<Deployment> {
    let running = embedded::start(data).await?;
    let (address, token) = (running.address.clone(), running.token.clone());
    Deployment::reach(&address, &token, Some(Running::Embedded(running.into()))).await
}

async fn start_cluster(data: &Path, size: cluster::Size) -> anyhow::Result<Deployment> {
    let cluster = cluster::Cluster::start(data, size).await?;
    let addresses = cluster.addresses();
    let token = read_token(&data.join(TOKEN_FILE))?;
    let mut deployment = Deployment::reach_all(&addresses, &token).await?;
    deployment.running = Some(Running::Cluster(Box::new(cluster)));
    Ok(deployment)
}

fn read_token(file: &Path) -> anyhow::Result<String> {
    let token = std::fs::read_to_string(file).with_context(|| {
        format!(
            "the token cannot be read from {}; --token-file says where it is",
            file.display()
        )
    })?;
    Ok(token.trim().to_owned())
}

/// Declares the accessor of each service's client.
macro_rules! clients {
    ($($(#[$doc:meta])* $name:ident: $client:ident of $service:ident;)*) => {$(
        $(#[$doc])*
        pub fn $name(&self) -> $client<Channel> {
            let channel = self.channels[Service::$service as usize].clone();
            $client::new(channel).max_decoding_message_size(ANSWER_BYTES_MAX)
        }
    )*};
}

impl Deployment {
    /// A deployment at that address, with the token that its callers must carry.
    pub async fn reach(
        address: &str,
        token: &str,
        running: Option<Running>,
    ) -> anyhow::Result<Self> {
        let process = Reached {
            address: address.to_owned(),
            connection: open(address).await?,
            services: Service::ALL.to_vec(),
        };
        Ok(Self {
            running,
            ..Self::of(vec![process], &bearer(token)?)
        })
    }

    /// The processes at these addresses. Each says what it serves; those that do not answer are
    /// left out, unless none does.
    pub async fn reach_all(addresses: &[String], token: &str) -> anyhow::Result<Self> {
        if let [address] = addresses {
            return Self::reach(address, token, None).await;
        }
        let bearer = bearer(token)?;
        let asked = addresses.iter().map(|address| ask(address, &bearer));
        let (mut reached, mut failed) = (Vec::new(), None);
        for (address, outcome) in addresses.iter().zip(join_all(asked).await) {
            match outcome {
                Ok(process) => reached.push(process),
                Err(error) => {
                    eprintln!("note: {address} is left out: {error:#}");
                    failed = Some(error);
                }
            }
        }
        match failed {
            Some(error) if reached.is_empty() => Err(error),
            _ => Ok(Self::of(reached, &bearer)),
        }
    }

    fn of(reached: Vec<Reached>, bearer: &Bearer) -> Self {
        let channel = |what, connections| {
            InterceptedService::new(Turns::new(what, connections), bearer.clone())
        };
        let serving = |service: Service| {
            let serving = reached
                .iter()
                .filter(|process| process.services.contains(&service));
            serving.map(|process| process.connection.clone()).collect()
        };
        let channels = Service::ALL.map(|service| channel(service.name(), serving(service)));
        let process = |reached: &Reached| Process {
            address: reached.address.clone(),
            services: reached.services.clone(),
            channel: channel("anything", vec![reached.connection.clone()]),
        };
        Self {
            channels: channels.into(),
            processes: reached.iter().map(process).collect(),
            running: None,
        }
    }

    clients! {
        /// What was sold, paid, dispatched and delivered.
        orders: OrdersServiceClient of Orders;
        /// What comes back.
        returns: ReturnsServiceClient of Returns;
        /// What is wrong with goods that do not come back, and repairs.
        claims: ClaimsServiceClient of Returns;
        /// What takes the place of goods that come back.
        exchanges: ExchangesServiceClient of Returns;
        /// What money goes back.
        refunds: RefundsServiceClient of Refunds;
        /// Where return parcels are.
        tracking: TrackingServiceClient of Tracking;
        /// What buyers were told.
        notifications: NotificationsServiceClient of Notifications;
        /// The log itself.
        operations: OperationsServiceClient of Operations;
    }

    /// Every process: each has views of its own.
    pub fn processes(&self) -> &[Process] {
        &self.processes
    }

    /// The cluster, if one was started for this command.
    pub fn cluster(&mut self) -> Option<&mut cluster::Cluster> {
        match &mut self.running {
            Some(Running::Cluster(cluster)) => Some(cluster),
            Some(Running::Embedded(_)) | None => None,
        }
    }

    /// Stops the deployment if it was started for this command.
    pub async fn shutdown(self) -> anyhow::Result<()> {
        match self.running {
            Some(Running::Embedded(running)) => running.stop().await,
            Some(Running::Cluster(cluster)) => cluster.stop().await,
            None => Ok(()),
        }
    }
}

impl Process {
    /// Its views, and how it stands.
    pub fn operations(&self) -> OperationsServiceClient<Channel> {
        OperationsServiceClient::new(self.channel.clone())
            .max_decoding_message_size(ANSWER_BYTES_MAX)
    }
}

/// A process that answered.
struct Reached {
    address: String,
    connection: transport::Channel,
    services: Vec<Service>,
}

async fn open(address: &str) -> anyhow::Result<transport::Channel> {
    let endpoint = Endpoint::from_shared(address.to_owned())
        .with_context(|| format!("`{address}` is no address such as http://127.0.0.1:7420"))?
        .connect_timeout(CONNECT_TIMEOUT)
        .tcp_nodelay(true);
    let channel = endpoint.connect().await;
    channel.with_context(|| format!("no deployment answers at {address}"))
}

/// Opens the connection and asks what is served there.
async fn ask(address: &str, bearer: &Bearer) -> anyhow::Result<Reached> {
    let connection = open(address).await?;
    let turns = Turns::new("anything", vec![connection.clone()]);
    let mut operations =
        OperationsServiceClient::new(InterceptedService::new(turns, bearer.clone()));
    let GetStatusResponse { services, .. } = operations
        .get_status(GetStatusRequest {})
        .await?
        .into_inner();
    let services: Vec<_> = services
        .iter()
        .filter_map(|name| Service::named(name))
        .collect();
    if services.is_empty() {
        bail!("nothing is served at {address}");
    }
    Ok(Reached {
        address: address.to_owned(),
        connection,
        services,
    })
}

fn bearer(token: &str) -> anyhow::Result<Bearer> {
    Bearer::new(token).context("the token has characters that no token has")
}

//! Finds the deployment that a command speaks to, and carries the token to it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use backhaul_api::proto::notifications::v1::notifications_service_client::NotificationsServiceClient;
use backhaul_api::proto::operations::v1::operations_service_client::OperationsServiceClient;
use backhaul_api::proto::orders::v1::orders_service_client::OrdersServiceClient;
use backhaul_api::proto::refunds::v1::refunds_service_client::RefundsServiceClient;
use backhaul_api::proto::returns::v1::returns_service_client::ReturnsServiceClient;
use backhaul_api::proto::tracking::v1::tracking_service_client::TrackingServiceClient;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Endpoint;
use tonic::{Request, Status};

use backhaul_host::deployment::ServerFile;

use crate::embedded;

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
    /// A running deployment; one is started on the data folder when there is none.
    pub to: Option<String>,
    /// Where the token stands; in the data folder when nothing is said.
    pub token_file: Option<PathBuf>,
}

/// A deployment that answers. Its clients are cheap, and can be used at the same time.
pub struct Deployment {
    channel: Channel,
    running: Option<embedded::Running>,
}

/// A connection that carries the token.
pub type Channel = InterceptedService<tonic::transport::Channel, Bearer>;

/// Puts the token into every call.
#[derive(Clone)]
pub struct Bearer(MetadataValue<Ascii>);

/// Connects to the deployment; starts one for as long as the command runs when none is named.
pub async fn connect(target: &Target) -> anyhow::Result<Deployment> {
    if let Some(address) = &target.to {
        let file = target
            .token_file
            .clone()
            .unwrap_or_else(|| target.data.join(TOKEN_FILE));
        return Deployment::reach(address, &read_token(&file)?, None).await;
    }
    // A deployment that runs on the folder holds its lock; speak to it instead of beside it.
    if let Some(server) = ServerFile::read(&target.data)? {
        let token = read_token(&target.data.join(TOKEN_FILE))?;
        let address = format!("http://{}", server.address);
        if let Ok(deployment) = Deployment::reach(&address, &token, None).await {
            return Ok(deployment);
        }
    }
    let running = embedded::start(&target.data).await?;
    let (address, token) = (running.address.clone(), running.token.clone());
    Deployment::reach(&address, &token, Some(running)).await
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
    ($($(#[$doc:meta])* $name:ident: $client:ident;)*) => {$(
        $(#[$doc])*
        pub fn $name(&self) -> $client<Channel> {
            $client::new(self.channel.clone()).max_decoding_message_size(ANSWER_BYTES_MAX)
        }
    )*};
}

impl Deployment {
    /// A deployment at that address, with the token that its callers must carry.
    pub async fn reach(
        address: &str,
        token: &str,
        running: Option<embedded::Running>,
    ) -> anyhow::Result<Self> {
        let endpoint = Endpoint::from_shared(address.to_owned())
            .with_context(|| format!("`{address}` is no address such as http://127.0.0.1:7070"))?
            .connect_timeout(CONNECT_TIMEOUT)
            .tcp_nodelay(true);
        let channel = endpoint
            .connect()
            .await
            .with_context(|| format!("no deployment answers at {address}"))?;
        let mut bearer: MetadataValue<Ascii> = format!("Bearer {token}")
            .parse()
            .context("the token has characters that no token has")?;
        bearer.set_sensitive(true);
        Ok(Self {
            channel: InterceptedService::new(channel, Bearer(bearer)),
            running,
        })
    }

    clients! {
        /// What was sold, paid, dispatched and delivered.
        orders: OrdersServiceClient;
        /// What comes back.
        returns: ReturnsServiceClient;
        /// What money goes back.
        refunds: RefundsServiceClient;
        /// Where return parcels are.
        tracking: TrackingServiceClient;
        /// What buyers were told.
        notifications: NotificationsServiceClient;
        /// The log itself.
        operations: OperationsServiceClient;
    }

    /// Stops the deployment if it was started for this command.
    pub async fn shutdown(self) -> anyhow::Result<()> {
        match self.running {
            Some(running) => running.stop().await,
            None => Ok(()),
        }
    }
}

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request
            .metadata_mut()
            .insert("authorization", self.0.clone());
        Ok(request)
    }
}

//! A server with one small service whose methods can be told to misbehave.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use backhaul_api::proto::notifications::v1 as proto;
use backhaul_api::proto::notifications::v1::notifications_service_client::NotificationsServiceClient;
use backhaul_api::proto::notifications::v1::notifications_service_server::{
    NotificationsService, NotificationsServiceServer,
};
use backhaul_engine::{SystemClock, Tasks};
use backhaul_eventlog::Health;
use backhaul_host::log::Durability;
use backhaul_host::{
    Drained, Limits, MESSAGE_BYTES_MAX, Ready, Server, Serving, Standing, Tokens, calls,
};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::{Notify, oneshot, watch};
use tokio_util::sync::CancellationToken;
use tonic::metadata::MetadataValue;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Response, Status};

/// Nothing in these tests may take longer.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Does what the name in the request says.
struct Misbehaving {
    hangs: Arc<Notify>,
}

#[tonic::async_trait]
impl NotificationsService for Misbehaving {
    async fn get_notification(
        &self,
        request: Request<proto::GetNotificationRequest>,
    ) -> Result<Response<proto::GetNotificationResponse>, Status> {
        let caller = calls::caller(&request)?;
        match request.into_inner().name.as_str() {
            "hang" => {
                self.hangs.notify_one();
                std::future::pending().await
            }
            "panic" => panic!("secret"),
            _ => Ok(Response::new(proto::GetNotificationResponse {
                notification: Some(proto::Notification {
                    name: format!("{}/{}", caller.tenant, caller.actor.name),
                    ..Default::default()
                }),
            })),
        }
    }

    async fn list_notifications(
        &self,
        _: Request<proto::ListNotificationsRequest>,
    ) -> Result<Response<proto::ListNotificationsResponse>, Status> {
        Err(Status::internal("secret"))
    }

    async fn preview_notification(
        &self,
        _: Request<proto::PreviewNotificationRequest>,
    ) -> Result<Response<proto::PreviewNotificationResponse>, Status> {
        Err(Status::unimplemented(""))
    }
}

/// A server that runs until it is stopped.
pub struct Running {
    pub address: SocketAddr,
    pub token: String,
    /// Notified when a call hangs.
    pub hangs: Arc<Notify>,
    stop: CancellationToken,
    ended: oneshot::Receiver<Drained>,
    _data: TempDir,
}

pub async fn start(limits: Limits, drain: Duration) -> Running {
    let data = tempfile::tempdir().unwrap();
    let tokens = Arc::new(Tokens::open(data.path()).unwrap());
    let token = std::fs::read_to_string(data.path().join("access-token")).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();

    let hangs = Arc::new(Notify::new());
    let service = NotificationsServiceServer::new(Misbehaving {
        hangs: hangs.clone(),
    });
    let service = service.max_decoding_message_size(MESSAGE_BYTES_MAX);
    let server = Server::new().unwrap().add(service);
    let (ready, health) = (Ready::default(), watch::Sender::new(Health::Writable));
    ready.set(true);
    let serving = Serving {
        limits,
        tokens,
        clock: Arc::new(SystemClock),
        drain,
        standing: Standing::new(&ready, health.subscribe(), || Durability::Durable),
    };
    let (stop, (end, ended)) = (CancellationToken::new(), oneshot::channel());
    let stopping = stop.clone();
    Tasks::default().spawn("server", async move {
        let drained = server.serve(listener, serving, stopping.cancelled()).await;
        let _ = end.send(drained.unwrap());
    });
    Running {
        address,
        token,
        hangs,
        stop,
        ended,
        _data: data,
    }
}

pub async fn start_usual() -> Running {
    start(Limits::default(), Duration::from_millis(100)).await
}

impl Running {
    pub async fn channel(&self) -> Channel {
        let endpoint = Endpoint::from_shared(format!("http://{}", self.address)).unwrap();
        endpoint.connect().await.unwrap()
    }

    /// A request that shows the token.
    pub fn request<M>(&self, message: M) -> Request<M> {
        let mut request = Request::new(message);
        let value = MetadataValue::try_from(format!("Bearer {}", self.token)).unwrap();
        request.metadata_mut().insert("authorization", value);
        request
    }

    /// Asks for a notification of that name.
    pub async fn get(&self, channel: &Channel, name: &str) -> Result<String, Status> {
        let message = proto::GetNotificationRequest {
            name: name.to_owned(),
        };
        let mut client = NotificationsServiceClient::new(channel.clone());
        let answer = client.get_notification(self.request(message)).await?;
        Ok(answer.into_inner().notification.unwrap().name)
    }

    pub async fn stop(self) -> Drained {
        self.stop.cancel();
        tokio::time::timeout(PATIENCE, self.ended)
            .await
            .unwrap()
            .unwrap()
    }
}

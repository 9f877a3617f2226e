//! The connection: who asks, how it is protected, and what happens to it.

use std::path::Path;
use std::sync::Arc;

use async_nats::{Client, ConnectOptions, Event};
use tokio::sync::{mpsc, watch};

use crate::options::{CONNECT_TIMEOUT, Login, Options, REQUEST_TIMEOUT};
use crate::shared::Shared;
use crate::{ConnectError, Finding, Severity};

/// The least server that is accepted: older ones take settings without a word and ignore them.
pub(crate) const VERSION_MIN: (u32, u32) = (2, 12);
const VERSION_MIN_TEXT: &str = "2.12";
/// From this one on three replicas are made durable together.
pub(crate) const VERSION_GOOD: (u32, u32) = (2, 15);

/// What happened to the connection and was not looked at yet; more is not kept.
const EVENTS_WAITING_MAX: usize = 256;
/// Requests that wait for the connection to take them.
const REQUESTS_WAITING: usize = 8_192;
/// Live messages that wait to be taken in, for each context; more are fetched later.
const LIVE_WAITING_MAX: usize = 16_384;

/// Connects as `login`. What happens to the connection comes out of the channel.
pub(crate) async fn connect(
    options: &Options,
    login: &Login,
) -> Result<(Client, mpsc::Receiver<Event>), ConnectError> {
    let (sender, events) = mpsc::channel(EVENTS_WAITING_MAX);
    let settings = settings(options, login)
        .await?
        .event_callback(move |event| {
            // Nobody looks any more, or not fast enough: the log of what happened has a gap then.
            let _full = sender.try_send(event);
            async {}
        });
    let client = settings.connect(&options.servers).await;
    let unreachable = |source| ConnectError::Unreachable {
        servers: options.servers.join(", "),
        source,
    };
    let client = client.map_err(unreachable)?;
    check_version(&client)?;
    Ok((client, events))
}

async fn settings(options: &Options, login: &Login) -> Result<ConnectOptions, ConnectError> {
    let file = |path: &Path| {
        let path = path.to_owned();
        move |source| ConnectError::Login { path, source }
    };
    let mut settings = ConnectOptions::new()
        .name(&options.name)
        .connection_timeout(CONNECT_TIMEOUT)
        .request_timeout(Some(REQUEST_TIMEOUT))
        .client_capacity(REQUESTS_WAITING)
        .subscription_capacity(LIVE_WAITING_MAX);
    settings = match login {
        Login::None => settings,
        Login::Password { user, password } => {
            settings.user_and_password(user.clone(), password.clone())
        }
        Login::Credentials(path) => settings.credentials_file(path).await.map_err(file(path))?,
        Login::Nkey(path) => {
            let seed = tokio::fs::read_to_string(path).await.map_err(file(path))?;
            settings.nkey(seed.trim().to_owned())
        }
    };
    if let Some(inbox) = inbox(options, login) {
        settings = settings.custom_inbox_prefix(inbox);
    }
    if let Some(tls) = &options.tls {
        settings = settings.require_tls(true);
        if let Some(ca) = &tls.ca {
            settings = settings.add_root_certificates(ca.clone());
        }
        if let (Some(cert), Some(key)) = (&tls.cert, &tls.key) {
            settings = settings.add_client_certificate(cert.clone(), key.clone());
        }
    }
    Ok(settings)
}

fn inbox(options: &Options, login: &Login) -> Option<String> {
    match (&options.inbox, login) {
        (Some(inbox), _) => Some(inbox.clone()),
        (None, Login::Password { user, .. }) => Some(format!("_INBOX_{user}")),
        (None, _) => None,
    }
}

fn check_version(client: &Client) -> Result<(), ConnectError> {
    let server = client.server_info();
    let version = parse_version(&server.version);
    if version < VERSION_MIN {
        return Err(ConnectError::TooOld {
            name: server.server_name,
            version: server.version,
            least: VERSION_MIN_TEXT,
        });
    }
    Ok(())
}

/// Major and minor number; what cannot be read is older than everything.
pub(crate) fn parse_version(text: &str) -> (u32, u32) {
    let mut numbers = text.split('.').map(|number| number.parse().unwrap_or(0));
    let mut number = || numbers.next().unwrap_or(0);
    (number(), number())
}

/// A server that works, but costs more than it should.
pub(crate) fn version_finding(name: &str, version: &str) -> Option<Finding> {
    (parse_version(version) < VERSION_GOOD).then(|| {
        Finding::new(
            Severity::Warning,
            format!("server {name}"),
            format!("version {version} makes each message of three replicas durable by itself"),
            "update nats-server to 2.15 or later, one node after the other".to_owned(),
        )
    })
}

/// Tells what happens to the connection, and counts how often it came back.
pub(crate) async fn watch(
    shared: Arc<Shared>,
    mut events: mpsc::Receiver<Event>,
    reconnected: watch::Sender<u64>,
) {
    while let Some(event) = events.recv().await {
        match event {
            Event::Connected => {
                let server = shared.client.server_info();
                tracing::info!(
                    server = server.server_name,
                    version = server.version,
                    "connected to the event log"
                );
                if let Some(finding) = version_finding(&server.server_name, &server.version) {
                    shared.report(finding);
                }
                reconnected.send_modify(|times| *times += 1);
            }
            Event::Disconnected => tracing::warn!("the connection to the event log is lost"),
            Event::LameDuckMode => tracing::info!("the server is about to stop"),
            Event::SlowConsumer(_) => {
                tracing::warn!("live messages came faster than they were taken in; fetched later");
            }
            Event::ServerError(error) => refused(&shared, &error.to_string()),
            Event::ClientError(error) => tracing::warn!(%error, "the connection has trouble"),
            Event::Draining | Event::Closed => {
                tracing::info!("the connection to the event log is closed");
            }
        }
    }
}

/// Whoever asked what is not allowed just gets no answer, so this is the only place to see it.
fn refused(shared: &Shared, error: &str) {
    if !error.to_ascii_lowercase().contains("permissions violation") {
        tracing::warn!(error, "the server reports an error");
        return;
    }
    shared.report(Finding::new(
        Severity::Warning,
        "the server's permissions".to_owned(),
        error.to_owned(),
        "give this user the permissions of its service, and reload the servers".to_owned(),
    ));
}

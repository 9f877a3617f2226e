//! The nats-servers of a cluster, configured as they are deployed: who may do what, and
//! certificates, made anew whenever they start.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use backhaul_eventlog_nats as nats;
use backhaul_nats_server::{Access, Options, Security, Size as Count};

use super::Size;
use crate::cli::NatsLogin;
use crate::commands::provision::wanted;
use crate::services::Service;

/// Where the servers have their folders.
const FOLDER: &str = "nats";
/// The user that makes the streams.
const PROVISIONER: &str = "provisioner";

/// The user that sees whether the servers make events durable.
const DOCTOR: &str = "doctor";
/// The user that may read every context.
const READER: &str = "operations";
/// Where the passwords of all users lie, in the servers' folder.
const ACCESS: &str = "access";

/// Streams have so long to answer after the servers were started.
const ELECTION_BOUND: Duration = Duration::from_secs(60);
/// Between two questions.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// How somebody who starts nothing looks at the servers of a data folder: as the user that reads
/// everything, with the one that sees the servers themselves.
pub(super) fn visitor(data: &Path) -> NatsLogin {
    let access = data.join(FOLDER).join(ACCESS);
    let password = |user: &str| Some(access.join(format!("{user}.password")));
    NatsLogin {
        nats_user: Some(READER.to_owned()),
        nats_password_file: password(READER),
        nats_ca: Some(access.join("ca.pem")),
        nats_system_user: Some(DOCTOR.to_owned()),
        nats_system_password_file: password(DOCTOR),
        ..NatsLogin::default()
    }
}

/// Servers that run.
pub(super) struct Servers(backhaul_nats_server::Cluster);

impl Servers {
    /// Starts them and waits until they have elected a leader.
    pub(super) async fn start(data: &Path, size: Size) -> anyhow::Result<Self> {
        let count = match size.nodes {
            1 => Count::One,
            3 => Count::Three,
            nodes => bail!("{nodes} servers make no cluster: one or three do"),
        };
        let options = Options::new(count)
            .security(Security::Deployed)
            .folder(data.join(FOLDER));
        let servers = backhaul_nats_server::Cluster::start(options).await;
        Ok(Self(servers.context("the servers do not start")?))
    }

    pub(super) fn urls(&self) -> Vec<String> {
        self.0.urls()
    }

    /// Makes the streams, or sees that they are as they should be.
    pub(super) async fn provision(&self, size: Size) -> anyhow::Result<()> {
        let login = self.login(PROVISIONER)?;
        let options = login.options(&self.0.url(), nats::Access::default(), PROVISIONER)?;
        let wanted = wanted(&options, size.nodes.into())?;
        // Servers that were started again first elect a leader for each stream that they hold.
        let until = Instant::now() + ELECTION_BOUND;
        let made = loop {
            match nats::provision(&options, &wanted).await {
                Err(error) if Instant::now() < until => {
                    tracing::debug!(%error, "the streams do not answer yet");
                    tokio::time::sleep(LOOK_EVERY).await;
                }
                made => break made,
            }
        };
        for each in made.context("the streams cannot be made")? {
            if let nats::Outcome::Different { reason, .. } = each.outcome {
                bail!(
                    "the stream {} is not as it should be: {reason}",
                    each.stream
                );
            }
        }
        Ok(())
    }

    /// What a process of a service is told of the log.
    pub(super) fn arguments(&self, service: Service) -> anyhow::Result<Vec<OsString>> {
        let access = self.access()?;
        let file = |path: PathBuf| path.into_os_string();
        Ok(vec![
            "--log".into(),
            self.0.url().into(),
            "--nats-user".into(),
            service.name().into(),
            "--nats-password-file".into(),
            file(access.password_file(service.name())),
            "--nats-ca".into(),
            file(access.ca_file()),
            "--nats-system-user".into(),
            DOCTOR.into(),
            "--nats-system-password-file".into(),
            file(access.password_file(DOCTOR)),
        ])
    }

    /// The names of those that ended by themselves.
    pub(super) fn ended(&self) -> Vec<String> {
        let ended = self.0.nodes().iter().filter(|node| node.has_ended());
        ended.map(|node| node.name().to_owned()).collect()
    }

    /// Starts those again that ended.
    pub(super) async fn mend(&self) -> anyhow::Result<()> {
        for node in self.0.nodes().iter().filter(|node| node.has_ended()) {
            node.kill();
            node.start().await?;
        }
        Ok(())
    }

    /// Stops them in order.
    pub(super) async fn stop(&self) {
        for node in self.0.nodes() {
            if let Err(error) = node.stop().await {
                tracing::warn!(%error, "a server was not running");
            }
        }
    }

    fn login(&self, user: &str) -> anyhow::Result<NatsLogin> {
        let access = self.access()?;
        Ok(NatsLogin {
            nats_user: Some(user.to_owned()),
            nats_password_file: Some(access.password_file(user)),
            nats_ca: Some(access.ca_file()),
            ..NatsLogin::default()
        })
    }

    fn access(&self) -> anyhow::Result<&Access> {
        self.0.access().context("the servers let everybody in")
    }
}

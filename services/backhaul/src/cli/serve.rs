//! How to serve: everything or some services, on a log in the data folder or on a cluster.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use backhaul_eventlog_nats::Access;
use backhaul_host::LogTarget;
use backhaul_host::config::{self, Config, Exposure, LogFormat};
use clap::Args;

use super::NatsLogin;
use crate::payments::PaymentOptions;
use crate::services::Service;

/// Everything in one process.
#[derive(Debug, Args)]
pub struct Up {
    /// Servers of the cluster that holds the log, such as nats://nats-1:4222,nats://nats-2:4222;
    /// without them the log is in the data folder
    #[arg(long, value_name = "SERVERS", env = SERVERS_VARIABLE)]
    pub log: Option<String>,
    /// How.
    #[command(flatten)]
    pub serving: Serving,
}

/// Some services in this process, on a log that other processes share.
#[derive(Debug, Args)]
pub struct Serve {
    /// The services
    #[arg(required = true, value_enum)]
    pub services: Vec<Service>,
    /// Servers of the cluster that holds the log, such as nats://nats-1:4222,nats://nats-2:4222
    #[arg(long, value_name = "SERVERS", env = SERVERS_VARIABLE)]
    pub log: String,
    /// How.
    #[command(flatten)]
    pub serving: Serving,
}

/// The servers of the cluster that holds the log.
pub const SERVERS_VARIABLE: &str = "BACKHAUL_NATS";

/// How to serve. Without any option: on loopback, without a mail server, without tracing.
#[derive(Debug, Args)]
pub struct Serving {
    /// Where calls are answered
    #[arg(long, value_name = "ADDRESS", default_value_t = config::LISTEN)]
    pub listen: SocketAddr,
    /// Where probes and metrics are answered
    #[arg(long, value_name = "ADDRESS", default_value_t = config::PROBES)]
    pub probes: SocketAddr,
    /// Folder of tokens and page key, which processes on one log share; else the data folder
    #[arg(long, value_name = "DIR", env = "BACKHAUL_SECRETS")]
    pub secrets: Option<PathBuf>,
    /// Folder of the sandbox provider's and carrier's books, shared in the same way
    #[arg(long, value_name = "DIR", env = "BACKHAUL_PROVIDER")]
    pub provider: Option<PathBuf>,
    /// Folder of mail when there is no mail server, shared in the same way
    #[arg(long, value_name = "DIR", env = "BACKHAUL_OUTBOX")]
    pub outbox: Option<PathBuf>,
    /// Who pays refunds out
    #[command(flatten)]
    pub payments: PaymentOptions,
    /// Mail server, such as smtp://localhost:25; without it mail goes to the outbox folder
    #[arg(long, value_name = "URL", env = crate::embedded::SMTP_VARIABLE)]
    pub smtp: Option<String>,
    /// Where traces are sent, such as http://localhost:4317
    #[arg(long, value_name = "URL")]
    pub otlp: Option<String>,
    /// Write the process's log as JSON
    #[arg(long)]
    pub json_log: bool,
    /// Allow an address that other machines reach: something in front must encrypt
    #[arg(long)]
    pub insecure_network: bool,
    /// Serve until standard input ends, so that the process never outlives who started it
    #[arg(long)]
    pub while_input: bool,
    /// Who this process is on the cluster.
    #[command(flatten)]
    pub login: NatsLogin,
}

impl Up {
    /// The configuration of a process that serves everything on that data folder.
    pub fn config(self, data: &Path) -> anyhow::Result<Config> {
        self.serving
            .config(data, self.log.as_deref(), &Service::ALL)
    }
}

impl Serve {
    /// The configuration of a process that serves some services on that data folder.
    pub fn config(self, data: &Path) -> anyhow::Result<Config> {
        self.serving.config(data, Some(&self.log), &self.services)
    }
}

impl Serving {
    fn config(
        self,
        data: &Path,
        servers: Option<&str>,
        services: &[Service],
    ) -> anyhow::Result<Config> {
        let log = match servers {
            None => LogTarget::Local,
            Some(servers) => {
                let names: Vec<_> = services.iter().map(|service| service.name()).collect();
                let options = self
                    .login
                    .options(servers, access(services), &names.join("+"))?;
                LogTarget::Nats(Box::new(options))
            }
        };
        Ok(Config {
            log,
            secrets: self.secrets,
            provider: self.provider,
            outbox: self.outbox,
            listen: self.listen,
            probes: Some(self.probes),
            webhooks: self.payments.webhooks,
            payments: self.payments.payments(),
            smtp: self.smtp,
            otlp: self.otlp,
            log_format: if self.json_log {
                LogFormat::Json
            } else {
                LogFormat::Text
            },
            exposure: if self.insecure_network {
                Exposure::InsecureNetwork
            } else {
                Exposure::Loopback
            },
            ..Config::in_folder(data)
        })
    }
}

/// What a process must be allowed that serves these.
fn access(services: &[Service]) -> Access {
    let mut access = Access {
        read: Vec::new(),
        write: services
            .iter()
            .filter_map(|service| service.writes())
            .collect(),
    };
    for context in services.iter().flat_map(|service| service.reads()) {
        if !access.read.contains(context) {
            access.read.push(*context);
        }
    }
    access
}

#[cfg(test)]
mod tests {
    use backhaul_events::ContextName::{Orders, Refunds, Returns};

    use super::*;

    #[test]
    fn a_process_asks_for_what_its_services_need_and_no_more() {
        let access = access(&[Service::Refunds, Service::Orders]);
        assert_eq!(access.read, [Refunds, Returns, Orders]);
        assert_eq!(access.write, [Refunds, Orders]);
        assert_eq!(super::access(&[Service::Operations]).write, []);
    }
}

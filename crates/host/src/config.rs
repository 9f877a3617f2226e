//! Everything that can be set. Without any setting a deployment is whole, and only reachable from
//! its own machine.

mod payments;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use payments::{AdyenAccount, Payments, StripeAccount};

use crate::edge::Limits;
use crate::log::LogTarget;

/// Where calls are answered when nothing else is said.
pub const LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 7420);
/// Where probes and metrics are answered when nothing else is said.
pub const PROBES: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 7421);
/// How long calls may go on after a stop was asked for.
pub const DRAIN: Duration = Duration::from_secs(25);

/// How a deployment runs.
#[derive(Debug, Clone)]
pub struct Config {
    /// The data folder, of this process alone.
    pub data: PathBuf,
    /// Where the events are.
    pub log: LogTarget,
    /// Where tokens and the page key are; processes that share a log share it. In the data folder
    /// when nothing is said.
    pub secrets: Option<PathBuf>,
    /// Where the sandbox provider and carrier keep their books; shared like the secrets.
    pub provider: Option<PathBuf>,
    /// Where mail goes that no mail server takes; shared like the secrets.
    pub outbox: Option<PathBuf>,
    /// Where calls are answered; port 0 takes any free one.
    pub listen: SocketAddr,
    /// Where probes and metrics are answered; none answers none.
    pub probes: Option<SocketAddr>,
    /// Where webhooks of the payment provider are answered; none answers none.
    pub webhooks: Option<SocketAddr>,
    /// Who pays refunds out.
    pub payments: Payments,
    /// Who may be reached without encryption.
    pub exposure: Exposure,
    /// The mail server, such as `smtp://localhost:25`; none keeps mail in the data folder.
    pub smtp: Option<String>,
    /// Where traces go, such as `http://localhost:4317`; none sends none.
    pub otlp: Option<String>,
    /// How the log is written.
    pub log_format: LogFormat,
    /// The bounds of the edge.
    pub limits: Limits,
    /// How long calls may go on after a stop was asked for.
    pub drain: Duration,
}

/// Who may be reached without encryption.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Exposure {
    /// Only this machine.
    #[default]
    Loopback,
    /// Everybody: tokens travel in clear unless something in front encrypts. Asked for explicitly.
    InsecureNetwork,
}

/// How the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For machines, one JSON object a line.
    Json,
}

/// A deployment must not run like this.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// Other machines could listen to the tokens.
    #[error(
        "{0} can be reached from other machines without encryption; listen on a loopback address, or say explicitly that something in front encrypts"
    )]
    Exposed(SocketAddr),
    /// Whoever finds the address could tell us what became of refunds.
    #[error("webhooks cannot be believed without their secret: give its file")]
    NoWebhookSecret,
    /// Nobody would tell us what became of refunds.
    #[error("adyen tells what became of a refund by webhook only: give an address for webhooks")]
    NoWebhooks,
    /// The sandbox sends none.
    #[error("the sandbox sends no webhooks: name the provider that does")]
    WebhooksOfNobody,
}

impl Config {
    /// The defaults, in a data folder.
    pub fn in_folder(data: impl Into<PathBuf>) -> Self {
        Self {
            data: data.into(),
            log: LogTarget::Local,
            secrets: None,
            provider: None,
            outbox: None,
            listen: LISTEN,
            probes: Some(PROBES),
            webhooks: None,
            payments: Payments::default(),
            exposure: Exposure::default(),
            smtp: None,
            otlp: None,
            log_format: LogFormat::default(),
            limits: Limits::default(),
            drain: DRAIN,
        }
    }

    /// The folder of tokens and the page key.
    pub fn secrets_folder(&self) -> &Path {
        self.secrets.as_deref().unwrap_or(&self.data)
    }

    /// Refuses what must not run.
    pub fn check(&self) -> Result<(), ConfigError> {
        let addresses = [Some(self.listen), self.probes, self.webhooks];
        let mut exposed = addresses
            .into_iter()
            .flatten()
            .filter(|address| !address.ip().is_loopback());
        match (self.exposure, exposed.next()) {
            (Exposure::Loopback, Some(address)) => Err(ConfigError::Exposed(address)),
            _ => self.check_webhooks(),
        }
    }

    fn check_webhooks(&self) -> Result<(), ConfigError> {
        match (&self.payments, self.webhooks) {
            (Payments::Sandbox, Some(_)) => Err(ConfigError::WebhooksOfNobody),
            (Payments::Stripe(account), Some(_)) if account.webhook_secret_file.is_none() => {
                Err(ConfigError::NoWebhookSecret)
            }
            (Payments::Adyen(_), None) => Err(ConfigError::NoWebhooks),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_reached_without_being_asked() {
        for (listen, exposure, right) in [
            ("127.0.0.1:7420", Exposure::Loopback, true),
            ("[::1]:0", Exposure::Loopback, true),
            ("0.0.0.0:7420", Exposure::Loopback, false),
            ("[::]:7420", Exposure::Loopback, false),
            ("192.168.1.2:7420", Exposure::Loopback, false),
            ("0.0.0.0:7420", Exposure::InsecureNetwork, true),
        ] {
            let listen: SocketAddr = listen.parse().unwrap();
            let config = Config {
                listen,
                exposure,
                ..Config::in_folder("data")
            };
            assert_eq!(config.check().is_ok(), right, "{listen}");
            let config = Config {
                probes: Some(listen),
                exposure,
                ..Config::in_folder("data")
            };
            assert_eq!(config.check().is_ok(), right, "{listen}");
        }
    }

    #[test]
    fn webhooks_need_a_provider_that_sends_them_and_its_secret() {
        let stripe = |secret: Option<&str>| {
            Payments::Stripe(StripeAccount {
                url: "https://api.stripe.com".to_owned(),
                key_file: "key".into(),
                webhook_secret_file: secret.map(PathBuf::from),
            })
        };
        let adyen = Payments::Adyen(AdyenAccount {
            url: "https://checkout-test.adyen.com".to_owned(),
            merchant_account: "Shop".to_owned(),
            key_file: "key".into(),
            hmac_key_file: "hmac".into(),
        });
        let here: Option<SocketAddr> = Some(SocketAddr::new(LISTEN.ip(), 7422));
        for (payments, webhooks, outcome) in [
            (Payments::Sandbox, None, Ok(())),
            (Payments::Sandbox, here, Err(ConfigError::WebhooksOfNobody)),
            (stripe(None), None, Ok(())),
            (stripe(None), here, Err(ConfigError::NoWebhookSecret)),
            (stripe(Some("secret")), here, Ok(())),
            (adyen.clone(), None, Err(ConfigError::NoWebhooks)),
            (adyen, here, Ok(())),
        ] {
            let config = Config {
                payments,
                webhooks,
                ..Config::in_folder("data")
            };
            assert_eq!(config.check(), outcome, "{:?}", config.payments);
        }
    }
}

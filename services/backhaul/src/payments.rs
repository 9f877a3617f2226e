//! Who pays refunds out: the options that say so, and the provider they name, opened.

use std::fs::{self, File};
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, bail};
use backhaul_gateways::payment::{
    ADYEN_TEST_URL, Adyen, AdyenNotices, Endpoint, NoticeReader, PaymentGateway, PaymentSandbox,
    STRIPE_URL, Secret, Stripe, StripeNotices,
};
use backhaul_host::config::{AdyenAccount, Config, Payments, StripeAccount};
use backhaul_refunds_service::Provider;
use clap::{Args, ValueEnum};

/// In which file of the data folder the provider's name stands, once one pays for it.
const MARK: &str = "payments";

/// Who pays refunds out, as options.
#[derive(Debug, Args)]
pub struct PaymentOptions {
    /// Who pays refunds out
    #[arg(long, value_enum, default_value = "sandbox")]
    payments: ProviderName,
    /// Where the provider's webhooks are answered
    #[arg(long, value_name = "ADDRESS")]
    pub webhooks: Option<SocketAddr>,
    /// File of Stripe's key; a restricted one that reads and writes refunds is enough
    #[arg(long, value_name = "FILE", required_if_eq("payments", "stripe"))]
    stripe_key_file: Option<PathBuf>,
    /// File of the secrets of Stripe's webhooks, one a line
    #[arg(long, value_name = "FILE")]
    stripe_webhook_secret_file: Option<PathBuf>,
    /// Where Stripe answers
    #[arg(long, value_name = "URL", default_value = STRIPE_URL)]
    stripe_url: String,
    /// File of Adyen's API key
    #[arg(long, value_name = "FILE", required_if_eq("payments", "adyen"))]
    adyen_key_file: Option<PathBuf>,
    /// File of the HMAC keys of Adyen's webhooks, one a line
    #[arg(long, value_name = "FILE", required_if_eq("payments", "adyen"))]
    adyen_hmac_key_file: Option<PathBuf>,
    /// The merchant account at Adyen
    #[arg(long, value_name = "NAME", required_if_eq("payments", "adyen"))]
    adyen_merchant_account: Option<String>,
    /// Where Adyen answers; a live account has an address of its own
    #[arg(long, value_name = "URL", default_value = ADYEN_TEST_URL)]
    adyen_url: String,
}

/// Who may pay refunds out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ProviderName {
    /// A stand-in that pays nothing
    Sandbox,
    /// Stripe
    Stripe,
    /// Adyen
    Adyen,
}

impl PaymentOptions {
    /// The provider that the options name.
    pub fn payments(self) -> Payments {
        match (self.payments, self.stripe_key_file, self.adyen_key_file) {
            (ProviderName::Stripe, Some(key_file), _) => Payments::Stripe(StripeAccount {
                url: self.stripe_url,
                key_file,
                webhook_secret_file: self.stripe_webhook_secret_file,
            }),
            (ProviderName::Adyen, _, Some(key_file)) => Payments::Adyen(AdyenAccount {
                url: self.adyen_url,
                merchant_account: self.adyen_merchant_account.unwrap_or_default(),
                key_file,
                hmac_key_file: self.adyen_hmac_key_file.unwrap_or_default(),
            }),
            // The parser does not let the named ones through without their files.
            _ => Payments::Sandbox,
        }
    }
}

/// The provider of a deployment. `folder` holds the books of the stand-in.
pub fn open(config: &Config, folder: &Path) -> anyhow::Result<Provider> {
    claim(folder, config.payments.name())?;
    let (gateway, notices): (Arc<dyn PaymentGateway>, Option<Arc<dyn NoticeReader>>) =
        match &config.payments {
            Payments::Sandbox => (Arc::new(PaymentSandbox::open(folder)?), None),
            Payments::Stripe(account) => {
                let secrets = account.webhook_secret_file.as_deref();
                let secrets = secrets.map(Secret::all_from_file).transpose()?;
                (
                    Arc::new(stripe(account)?),
                    secrets.map(|secrets| -> Arc<dyn NoticeReader> {
                        Arc::new(StripeNotices::new(secrets))
                    }),
                )
            }
            Payments::Adyen(account) => {
                let keys = Secret::all_from_file(&account.hmac_key_file)?;
                (
                    Arc::new(adyen(account)?),
                    Some(Arc::new(AdyenNotices::new(&keys)?)),
                )
            }
        };
    Ok(Provider { gateway, notices })
}

fn stripe(account: &StripeAccount) -> anyhow::Result<Stripe> {
    let key = Secret::from_file(&account.key_file)?;
    Ok(Stripe::new(Endpoint::new(&account.url)?, &key)?)
}

fn adyen(account: &AdyenAccount) -> anyhow::Result<Adyen> {
    let key = Secret::from_file(&account.key_file)?;
    let endpoint = Endpoint::new(&account.url)?;
    Ok(Adyen::new(endpoint, &account.merchant_account, &key)?)
}

/// A log belongs to the provider that its refunds were sent to: another would be asked for refunds
/// that it never made, and the stand-in would call them paid. So the folder remembers who pays,
/// and commands that start a deployment of their own on it are refused too.
fn claim(folder: &Path, name: &str) -> anyhow::Result<()> {
    let path = folder.join(MARK);
    let marked = match fs::read_to_string(&path) {
        Ok(marked) => Some(marked.trim().to_owned()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(error).context(format!("{} cannot be read", path.display())),
    };
    let sandbox = Payments::Sandbox.name();
    let used = match marked {
        Some(marked) => Some(marked),
        None if PaymentSandbox::read_ledger(folder).is_ok_and(|ledger| !ledger.is_empty()) => {
            Some(sandbox.to_owned())
        }
        None => None,
    };
    match used {
        Some(used) if used != name => bail!(
            "the refunds of this data folder are paid by {used}, not by {name}: serve it with `backhaul up --payments {used}`"
        ),
        Some(_) => Ok(()),
        None if name == sandbox => Ok(()),
        None => {
            let mark = || -> std::io::Result<()> {
                let mut file = File::create(&path)?;
                writeln!(file, "{name}")?;
                file.sync_all()
            };
            mark().with_context(|| format!("{} cannot be written", path.display()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use backhaul_gateways::payment::sandbox::LEDGER_FILE;

    #[test]
    fn a_data_folder_stays_with_its_provider() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        claim(folder, "sandbox").unwrap();
        claim(folder, "stripe").unwrap();
        claim(folder, "stripe").unwrap();
        for other in ["sandbox", "adyen"] {
            let error = claim(folder, other).unwrap_err().to_string();
            assert!(
                error.starts_with("the refunds of this data folder are paid by stripe"),
                "{error}"
            );
        }

        let played = tempfile::tempdir().unwrap();
        let line = concat!(
            r#"{"line":"refund","provider_refund":"r1","key":"k1","reference":"a1","payment":"p1","#,
            r#""provider_payment":"ch_1","amount":{"minor":500,"currency":"EUR"},"#,
            r#""status":"succeeded","lookups":0}"#,
            "\n",
        );
        fs::write(played.path().join(LEDGER_FILE), line).unwrap();
        claim(played.path(), "sandbox").unwrap();
        assert!(claim(played.path(), "stripe").is_err());
    }
}

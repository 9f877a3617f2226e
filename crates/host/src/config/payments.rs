//! Who pays refunds out, and where its keys are.

use std::path::PathBuf;

/// Who pays refunds out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Payments {
    /// Nobody: a stand-in writes down what would have been paid.
    #[default]
    Sandbox,
    /// Stripe.
    Stripe(StripeAccount),
    /// Adyen.
    Adyen(AdyenAccount),
}

/// An account at Stripe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StripeAccount {
    /// Where Stripe answers.
    pub url: String,
    /// File of the key; a restricted one that may read and write refunds is enough.
    pub key_file: PathBuf,
    /// File of the webhooks' secrets, one a line; needed where webhooks are answered.
    pub webhook_secret_file: Option<PathBuf>,
}

/// A merchant account at Adyen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdyenAccount {
    /// Where Adyen answers.
    pub url: String,
    /// The merchant account's name.
    pub merchant_account: String,
    /// File of the API key.
    pub key_file: PathBuf,
    /// File of the webhooks' HMAC keys, one a line, in hexadecimal.
    pub hmac_key_file: PathBuf,
}

impl Payments {
    /// The name under which a data folder remembers who pays.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Sandbox => "sandbox",
            Self::Stripe(_) => "stripe",
            Self::Adyen(_) => "adyen",
        }
    }
}

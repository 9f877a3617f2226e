//! Why a provider refuses a refund, in our own words.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::RefundAnswer;

/// Why a refund was refused or came back. Providers' own codes are mapped to these; what has no
/// place here is kept as it came.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum DeclineCode {
    /// The merchant's balance does not cover it now.
    InsufficientFunds,
    /// The buyer's card has expired.
    CardExpired,
    /// The buyer's account is closed.
    AccountClosed,
    /// The payment is disputed.
    PaymentDisputed,
    /// Nothing of the payment is left to refund.
    AlreadyRefunded,
    /// More than what is left of the payment.
    AmountTooLarge,
    /// The provider does not know the payment.
    PaymentNotFound,
    /// The payment is too old.
    TooOld,
    /// This means of payment cannot be refunded.
    MethodNotRefundable,
    /// The key was used before, for something else.
    IdempotencyMismatch,
    /// The buyer's card was reported lost or stolen.
    CardLost,
    /// The buyer's bank refuses the money, or sent it back.
    RefusedByBank,
    /// Somebody cancelled the refund at the provider.
    Cancelled,
    /// The provider cannot pay this amount of this currency.
    AmountNotPayable,
    /// A code we have no word for.
    Unknown(String),
}

/// Whether a new attempt can do better than the one that was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Retry {
    /// Later it may pass.
    Later,
    /// It will be refused for ever.
    Never,
}

/// Every code that has a word of its own.
const KNOWN: [DeclineCode; 14] = [
    DeclineCode::InsufficientFunds,
    DeclineCode::CardExpired,
    DeclineCode::AccountClosed,
    DeclineCode::PaymentDisputed,
    DeclineCode::AlreadyRefunded,
    DeclineCode::AmountTooLarge,
    DeclineCode::PaymentNotFound,
    DeclineCode::TooOld,
    DeclineCode::MethodNotRefundable,
    DeclineCode::IdempotencyMismatch,
    DeclineCode::CardLost,
    DeclineCode::RefusedByBank,
    DeclineCode::Cancelled,
    DeclineCode::AmountNotPayable,
];

impl DeclineCode {
    /// The code as text.
    pub fn as_str(&self) -> &str {
        match self {
            Self::InsufficientFunds => "insufficient-funds",
            Self::CardExpired => "card-expired",
            Self::AccountClosed => "account-closed",
            Self::PaymentDisputed => "payment-disputed",
            Self::AlreadyRefunded => "already-refunded",
            Self::AmountTooLarge => "amount-too-large",
            Self::PaymentNotFound => "payment-not-found",
            Self::TooOld => "too-old",
            Self::MethodNotRefundable => "method-not-refundable",
            Self::IdempotencyMismatch => "idempotency-mismatch",
            Self::CardLost => "card-lost",
            Self::RefusedByBank => "refused-by-bank",
            Self::Cancelled => "cancelled",
            Self::AmountNotPayable => "amount-not-payable",
            Self::Unknown(text) => text,
        }
    }

    /// Whether a new attempt can do better. An unknown code is for people to judge.
    pub fn retry(&self) -> Retry {
        match self {
            Self::InsufficientFunds => Retry::Later,
            Self::CardExpired
            | Self::AccountClosed
            | Self::PaymentDisputed
            | Self::AlreadyRefunded
            | Self::AmountTooLarge
            | Self::PaymentNotFound
            | Self::TooOld
            | Self::MethodNotRefundable
            | Self::IdempotencyMismatch
            | Self::CardLost
            | Self::RefusedByBank
            | Self::Cancelled
            | Self::AmountNotPayable
            | Self::Unknown(_) => Retry::Never,
        }
    }
}

/// The answer that a code is.
impl From<DeclineCode> for RefundAnswer {
    fn from(code: DeclineCode) -> Self {
        let retry = code.retry();
        Self::Declined { code, retry }
    }
}

impl From<String> for DeclineCode {
    fn from(text: String) -> Self {
        KNOWN
            .iter()
            .find(|code| code.as_str() == text)
            .cloned()
            .unwrap_or(Self::Unknown(text))
    }
}

impl From<&str> for DeclineCode {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<DeclineCode> for String {
    fn from(code: DeclineCode) -> Self {
        code.as_str().to_owned()
    }
}

impl fmt::Display for DeclineCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_survives_its_text() {
        for code in KNOWN {
            assert_eq!(DeclineCode::from(code.as_str()), code);
        }
        let odd = DeclineCode::from("R-17");
        assert_eq!(odd, DeclineCode::Unknown("R-17".into()));
        assert_eq!((odd.as_str(), odd.retry()), ("R-17", Retry::Never));
    }
}

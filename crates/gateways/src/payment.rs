//! The port to whoever pays a refund out.
//!
//! The caller writes down its key and its name of the attempt before it calls. After an unknown
//! answer it first asks [`PaymentGateway::find`] by its own name, and if the provider has never
//! heard of it, sends the same order with the same key again.
//!
//! Behind the port stand the sandbox, [`Stripe`] and [`Adyen`]. What a provider tells by itself
//! comes in through [`NoticeReader`].

mod adyen;
mod attempt;
mod client;
mod decline;
mod exponent;
mod notice;
pub mod sandbox;
mod secret;
mod stripe;
#[cfg(any(test, feature = "test-server"))]
pub mod test_server;

use std::time::Duration;

use backhaul_kernel::{Money, PaymentId};

pub use adyen::{ADYEN_TEST_URL, Adyen, AdyenNotices};
pub use attempt::{AttemptName, NotOurs};
pub use client::{Endpoint, EndpointError};
pub use decline::{DeclineCode, Retry};
pub use notice::{Notice, NoticeError, NoticeReader, Says};
pub use sandbox::PaymentSandbox;
pub use secret::{Secret, SecretError};
pub use stripe::{STRIPE_URL, Stripe, StripeNotices};

use crate::BoxFuture;

/// A provider that pays refunds out of captured payments.
pub trait PaymentGateway: Send + Sync + 'static {
    /// The provider's name, as it stands in events and metrics.
    fn provider(&self) -> &str;

    /// Asks for one refund. The same key again is the same refund, whatever happened before.
    fn refund<'a>(&'a self, order: &'a RefundOrder) -> BoxFuture<'a, RefundAnswer>;

    /// Looks the refund of an order up by our own name for the attempt, which works even when its
    /// answer never reached us. `provider_refund` is the provider's name of it where that is known.
    fn find<'a>(
        &'a self,
        order: &'a RefundOrder,
        provider_refund: Option<&'a str>,
    ) -> BoxFuture<'a, FindAnswer>;
}

/// One refund to be paid out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundOrder {
    /// The idempotency key: one key, one refund.
    pub key: String,
    /// Our name for this attempt, by which it is found again.
    pub attempt: AttemptName,
    /// The payment, as the platform names it.
    pub payment: PaymentId,
    /// The capture, as the provider names it.
    pub provider_payment: String,
    /// How much.
    pub amount: RefundAmount,
}

/// An amount that can be paid out: more than nothing.
///
/// A provider may read "refund 0" as "refund everything", so such an order cannot even be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RefundAmount(Money);

/// Nothing, or less than nothing, cannot be paid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} cannot be paid out")]
pub struct NothingToRefund(pub Money);

impl RefundAmount {
    /// The amount as money.
    pub const fn money(self) -> Money {
        self.0
    }
}

impl TryFrom<Money> for RefundAmount {
    type Error = NothingToRefund;

    fn try_from(amount: Money) -> Result<Self, NothingToRefund> {
        if amount.is_positive() {
            Ok(Self(amount))
        } else {
            Err(NothingToRefund(amount))
        }
    }
}

/// What the provider says of a refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefundAnswer {
    /// The money is on its way to the buyer.
    Succeeded {
        /// The provider's name of the refund.
        provider_refund: String,
        /// The acquirer reference number, by which the buyer's bank finds the money. Some means
        /// of payment have none.
        acquirer_reference: Option<String>,
    },
    /// Accepted; the outcome comes later.
    Pending {
        /// The provider's name of the refund.
        provider_refund: String,
    },
    /// Somebody has to do something first.
    ActionRequired {
        /// The provider's name of the refund.
        provider_refund: String,
        /// What has to be done, for people.
        instruction: String,
    },
    /// A definite no: no money moved under this key, and none will.
    Declined {
        /// Why.
        code: DeclineCode,
        /// Whether a new attempt later may do better.
        retry: Retry,
    },
    /// It had succeeded, and the money came back.
    Reversed {
        /// The provider's name of the refund.
        provider_refund: String,
        /// Why.
        code: DeclineCode,
    },
    /// Nobody can tell whether the provider acted.
    Unknown {
        /// What happened to the call, for operators.
        detail: String,
    },
}

/// What came of a look-up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FindAnswer {
    /// The provider knows the refund, and this is how it stands.
    Found(RefundAnswer),
    /// The provider has never heard of it.
    NotFound,
    /// This provider cannot be asked: it tells outcomes by itself, and knows the same key again for
    /// so long after it was used first.
    CannotTell {
        /// How long the same key is the same refund.
        key_lives: Duration,
    },
    /// The provider could not be asked.
    Unreachable {
        /// What happened to the call, for operators.
        detail: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_more_than_nothing_can_be_paid_out() {
        let eur = "EUR".parse().unwrap();
        assert_eq!(
            RefundAmount::try_from(Money::new(1, eur)).map(RefundAmount::money),
            Ok(Money::new(1, eur))
        );
        for minor in [0, -1, i64::MIN] {
            let amount = Money::new(minor, eur);
            assert_eq!(RefundAmount::try_from(amount), Err(NothingToRefund(amount)));
        }
    }
}

//! Every "no" of an account.

use backhaul_kernel::{AccountId, Currency, Money, RefusalKind, Refused, Text, Tier};

/// A business "no".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No money ever came in.
    #[error("account {0} does not exist")]
    Unknown(AccountId),
    /// The account is frozen.
    #[error("account {0} is frozen")]
    Frozen(AccountId),
    /// Less is left than is to be spent.
    #[error("{asked} is to be spent, {left} is left")]
    Short {
        /// The account.
        account: AccountId,
        /// How much is to be spent.
        asked: Money,
        /// How much is left.
        left: Money,
    },
    /// Nothing, or less than nothing.
    #[error("the amount must be more than nothing")]
    Amount,
    /// The account is in another currency.
    #[error("the account is in {0}")]
    CurrencyDiffers(Currency),
    /// The end of the money lies in the past.
    #[error("the end lies in the past")]
    EndsInThePast,
    /// The source or the reference was used for another amount.
    #[error("`{0}` was told before with another amount")]
    Contradicts(Text),
    /// The caller's tier may not do this.
    #[error("this needs the tier {needed:?} or above, the caller is {tier:?}")]
    TierTooLow {
        /// The caller's.
        tier: Tier,
        /// The least that may.
        needed: Tier,
    },
}

impl Refused for Refusal {
    fn kind(&self) -> RefusalKind {
        let invalid = |field: &str| RefusalKind::Invalid {
            field: field.to_owned(),
        };
        let account = |account: &AccountId| format!("storeCredits/{account}");
        match self {
            Self::Unknown(id) => RefusalKind::NotFound {
                resource: account(id),
            },
            Self::Frozen(id) | Self::Short { account: id, .. } => RefusalKind::Precondition {
                subject: account(id),
            },
            Self::Amount => invalid("amount"),
            Self::CurrencyDiffers(_) => invalid("amount.currency_code"),
            Self::EndsInThePast => invalid("expire_time"),
            Self::Contradicts(_) => invalid("reference"),
            Self::TierTooLow { .. } => RefusalKind::Forbidden,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Unknown(_) => "ACCOUNT_UNKNOWN",
            Self::Frozen(_) => "ACCOUNT_FROZEN",
            Self::Short { .. } => "CREDIT_SHORT",
            Self::Amount => "AMOUNT",
            Self::CurrencyDiffers(_) => "CURRENCY_DIFFERS",
            Self::EndsInThePast => "ENDS_IN_THE_PAST",
            Self::Contradicts(_) => "REFERENCE_REUSED",
            Self::TierTooLow { .. } => "TIER_TOO_LOW",
        }
    }
}

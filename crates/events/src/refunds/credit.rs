//! Store credit and gift cards: money that a buyer holds with the merchant. One stream an account.

use backhaul_kernel::{AccountId, Money, RefundId, Text, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Money came into the account, as a lot of its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StoreCreditIssued {
    /// The account.
    pub account: AccountId,
    /// Whose it is.
    pub owner: Owner,
    /// The lot, counted from 1 within the account.
    pub lot: u32,
    /// How much.
    pub amount: Money,
    /// Where it came from.
    pub source: Source,
    /// When what is left of it lapses; none never does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

/// Whose an account is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Owner {
    /// A buyer.
    Buyer {
        /// The platform's pseudonymous name for the buyer.
        reference: Text,
    },
    /// Whoever holds the card.
    GiftCard {
        /// The merchant's name for the card; never its code.
        card: Text,
    },
}

/// Where money of an account came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Source {
    /// A refund.
    Refund {
        /// The refund.
        refund: RefundId,
        /// Its attempt.
        attempt: u32,
    },
    /// The merchant: a card was sold, or credit given.
    Merchant {
        /// The merchant's name for it, unique within the account.
        reference: Text,
    },
}

/// Money of the account was spent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StoreCreditRedeemed {
    /// The account.
    pub account: AccountId,
    /// What it was spent on, unique within the account.
    pub reference: Text,
    /// How much.
    pub amount: Money,
    /// Out of which lots; adds up to the amount.
    pub lots: Vec<LotShare>,
}

/// A part of a lot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LotShare {
    /// The lot.
    pub lot: u32,
    /// How much of it.
    pub amount: Money,
}

/// A lot has reached its end; what was left of it, perhaps nothing, lapsed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StoreCreditExpired {
    /// The account.
    pub account: AccountId,
    /// The lot.
    pub lot: u32,
    /// What lapsed.
    pub amount: Money,
}

/// Nothing of the account may be spent, and nothing comes in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StoreCreditFrozen {
    /// The account.
    pub account: AccountId,
    /// Why, in words.
    pub note: Text,
}

/// The account is open again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StoreCreditUnfrozen {
    /// The account.
    pub account: AccountId,
    /// Why, in words.
    pub note: Text,
}

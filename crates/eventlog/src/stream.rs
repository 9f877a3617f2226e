//! The names of streams: `{context}/{tenant}/{key}`.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use backhaul_events::ContextName;
use backhaul_kernel::{AccountId, OrderId, PolicyId, Tenant};

/// The name of a stream, such as `returns/acme/536365`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamName {
    /// Whose events it holds.
    pub context: ContextName,
    /// For which merchant.
    pub tenant: Tenant,
    /// What within the context.
    pub key: StreamKey,
}

/// What a stream is about within its context: an order, a policy set, an account or a budget.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamKey(Arc<str>);

/// The text is no stream name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a stream name")]
pub struct InvalidStream(pub String);

/// A colon stands in no order id, so a policy set can never be taken for an order.
const POLICIES: &str = "policies:";
/// An account of store credit, or a gift card.
const ACCOUNTS: &str = "accounts:";
/// What somebody used of a limit that spans orders.
const BUDGETS: &str = "budgets:";

impl StreamKey {
    /// Everything of one order.
    pub fn order(order: &OrderId) -> Self {
        Self(order.as_str().into())
    }

    /// The versions of one policy set.
    pub fn policies(policy: &PolicyId) -> Self {
        Self(format!("{POLICIES}{policy}").into())
    }

    /// One account of store credit, or one gift card.
    pub fn account(account: &AccountId) -> Self {
        Self(format!("{ACCOUNTS}{account}").into())
    }

    /// What was used of one budget.
    pub fn budget(budget: &AccountId) -> Self {
        Self(format!("{BUDGETS}{budget}").into())
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The order, if the stream is about one.
    pub fn as_order(&self) -> Option<OrderId> {
        self.0.parse().ok()
    }
}

impl StreamName {
    /// Everything that `context` holds of one order.
    pub fn order(context: ContextName, tenant: &Tenant, order: &OrderId) -> Self {
        Self {
            context,
            tenant: tenant.clone(),
            key: StreamKey::order(order),
        }
    }
}

impl FromStr for StreamKey {
    type Err = InvalidStream;

    fn from_str(text: &str) -> Result<Self, InvalidStream> {
        let valid = match text.split_once(':') {
            Some(("policies", policy)) => policy.parse::<PolicyId>().is_ok(),
            Some(("accounts" | "budgets", account)) => account.parse::<AccountId>().is_ok(),
            Some(_) => false,
            None => text.parse::<OrderId>().is_ok(),
        };
        if valid {
            Ok(Self(text.into()))
        } else {
            Err(invalid(text))
        }
    }
}

impl FromStr for StreamName {
    type Err = InvalidStream;

    fn from_str(text: &str) -> Result<Self, InvalidStream> {
        let mut parts = text.splitn(3, '/');
        let mut part = || parts.next().ok_or_else(|| invalid(text));
        Ok(Self {
            context: part()?.parse().map_err(|_| invalid(text))?,
            tenant: part()?.parse().map_err(|_| invalid(text))?,
            key: part()?.parse().map_err(|_| invalid(text))?,
        })
    }
}

fn invalid(text: &str) -> InvalidStream {
    InvalidStream(text.chars().filter(|c| !c.is_control()).take(80).collect())
}

impl fmt::Display for StreamName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.context, self.tenant, self.key)
    }
}

impl fmt::Display for StreamKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for StreamKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for name in [
            "returns/acme/536365",
            "returns/acme/policies:default",
            "refunds/acme/accounts:EUR-0a1b",
            "refunds/acme/budgets:actor-0a1b",
            "orders/a-b/A_1",
        ] {
            assert_eq!(name.parse::<StreamName>().unwrap().to_string(), name);
        }
        for name in [
            "",
            "returns",
            "returns/acme",
            "nothing/acme/1",
            "returns/a.b/1",
            "returns/a/b/c",
            "returns/a/policies:",
            "refunds/a/accounts:",
            "refunds/a/others:x",
        ] {
            assert!(name.parse::<StreamName>().is_err(), "{name}");
        }
    }
}

//! Who acted.

use serde::{Deserialize, Serialize};

/// How much a caller may decide, lowest first.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// A platform's own backend: asks on behalf of buyers, approves nothing by itself.
    Platform,
    /// A warehouse or carrier: reports what happened to parcels and units.
    Warehouse,
    /// After-sales agent.
    Agent,
    /// After-sales expert.
    Expert,
    /// Administrator.
    Admin,
    /// BACKHAUL itself: reactions, deadlines, effects.
    System,
}

/// Who acted: a name that is no personal data, and a tier.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Actor {
    /// An account name such as `shop-backend`, or the reaction that acted, such as
    /// `refunds.release`. Never an e-mail address or a person's name.
    pub name: String,
    /// What the actor may decide.
    pub tier: Tier,
}

impl Actor {
    /// BACKHAUL itself, acting through the reaction, deadline or effect of that name.
    pub fn system(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            tier: Tier::System,
        }
    }
}

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

impl Tier {
    /// Every tier, lowest first.
    pub const ALL: [Self; 6] = [
        Self::Platform,
        Self::Warehouse,
        Self::Agent,
        Self::Expert,
        Self::Admin,
        Self::System,
    ];

    /// Its name in messages, tokens and on the command line. For ever.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Platform => "platform",
            Self::Warehouse => "warehouse",
            Self::Agent => "agent",
            Self::Expert => "expert",
            Self::Admin => "admin",
            Self::System => "system",
        }
    }

    /// The tier of that name, if there is one.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tier| tier.name() == name)
    }
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

//! Goods that are sold as one and come back in parts.

use backhaul_kernel::{LineId, ParcelId, ReturnId, Text, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Condition;
use crate::orders::KitPart;

/// A line whose units are made of parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Kit {
    /// The line.
    pub line: LineId,
    /// What one unit is made of.
    pub parts: Vec<KitPart>,
}

/// Parts of kits arrived at a return centre. The units that they complete are told as received.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PartsReceived {
    /// The return.
    pub r#return: ReturnId,
    /// The parcel they came in, if it was announced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parcel: Option<ParcelId>,
    /// The return centre.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub site: Text,
    /// What arrived, and how it looked.
    pub parts: Vec<ReceivedParts>,
    /// When.
    pub received_at: Timestamp,
}

/// Parts of one article as they arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReceivedParts {
    /// The line of the kit.
    pub line: LineId,
    /// The part's article number.
    pub sku: Text,
    /// How many, at least 1.
    pub quantity: u32,
    /// How they looked.
    pub condition: Condition,
}

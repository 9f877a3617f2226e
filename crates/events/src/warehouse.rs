//! What warehouses tell by messages instead of calls: the data of their CloudEvents. Words from
//! outside, not yet checked and never stored as they are; the returns context turns them into its
//! own events or says why not.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::returns::Condition;

/// The type of a CloudEvent that carries [`UnitsReceived`].
pub const UNITS_RECEIVED: &str = "warehouse.UnitsReceived";

/// What arrived of a return, what is not coming, and what came instead: at least one of them. The
/// merchant and the site stand in the subject that the warehouse may publish to, not here.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UnitsReceived {
    /// The return, such as `536365-R1`.
    pub r#return: String,
    /// The announced parcel it came in, such as `536365-P1`, if it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parcel: Option<String>,
    /// What arrived, and how it looked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub units: Vec<Units>,
    /// Which parts of kits arrived. A unit of a kit has arrived when all of its parts have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Parts>,
    /// What was announced but is not coming.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<Missing>,
    /// What came in place of a line's units.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wrong_items: Vec<WrongItem>,
}

/// Units of one line as they arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "WarehouseUnits")]
pub struct Units {
    /// The order line.
    pub line: String,
    /// Units, at least 1.
    pub quantity: u32,
    /// How they looked.
    pub condition: Condition,
}

/// Parts of kits as they arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "WarehouseParts")]
pub struct Parts {
    /// The order line of the kit.
    pub line: String,
    /// The part's article number.
    pub sku: String,
    /// How many, at least 1.
    pub quantity: u32,
    /// How they looked.
    pub condition: Condition,
}

/// Units of one line that are not coming.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "WarehouseMissing")]
pub struct Missing {
    /// The order line.
    pub line: String,
    /// Units, at least 1.
    pub quantity: u32,
}

/// Something that came in place of a line's units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "WarehouseWrongItem")]
pub struct WrongItem {
    /// The line that was expected.
    pub line: String,
    /// How many.
    pub quantity: u32,
    /// What came.
    pub found: String,
}

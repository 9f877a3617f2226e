//! Counts of units, as several contexts speak of them.

use backhaul_kernel::LineId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Some units of one order line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LineUnits {
    /// The order line.
    pub line: LineId,
    /// How many units, at least 1.
    pub quantity: u32,
}

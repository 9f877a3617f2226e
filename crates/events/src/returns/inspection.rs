//! What inspection finds, what becomes of the goods, and what they bring in.

use backhaul_kernel::{LineId, Money, ReturnId, Text, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Deduction, Evidence};
use crate::LineUnits;

/// Received units were looked at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UnitsInspected {
    /// The return.
    pub r#return: ReturnId,
    /// What was found.
    pub units: Vec<InspectedUnits>,
    /// When.
    pub inspected_at: Timestamp,
    /// The same for the units that still wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inspect_by: Option<Timestamp>,
    /// What is kept back from their money for what was found, each with the line whose units it is
    /// for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deductions: Vec<Deduction>,
}

/// Units of one line as inspection found them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InspectedUnits {
    /// The line.
    pub line: LineId,
    /// Units, at least 1.
    pub quantity: u32,
    /// What they are like.
    pub grade: Grade,
    /// Whether they are taken back.
    pub outcome: InspectionOutcome,
    /// Serial numbers that were read, at most one a unit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub serials: Vec<Text>,
    /// What shows their state.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
    /// Parts that should be with them and are not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing_parts: Vec<Text>,
}

impl InspectedUnits {
    /// Units of which nothing is told but grade and outcome.
    pub const fn plain(
        line: LineId,
        quantity: u32,
        grade: Grade,
        outcome: InspectionOutcome,
    ) -> Self {
        Self {
            line,
            quantity,
            grade,
            outcome,
            serials: Vec::new(),
            evidence: Vec::new(),
            missing_parts: Vec::new(),
        }
    }
}

/// What inspected units are like.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// As new.
    A,
    /// Opened, complete, works.
    B,
    /// Worn or incomplete.
    C,
    /// Broken.
    D,
}

/// Whether inspected units are taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum InspectionOutcome {
    /// Money may follow.
    Accepted,
    /// No money follows.
    Rejected,
}

/// What becomes of inspected units.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DispositionAssigned {
    /// The return.
    pub r#return: ReturnId,
    /// Which units.
    pub units: LineUnits,
    /// What becomes of them.
    pub disposition: Disposition,
    /// Where, if somebody said.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub site: Text,
}

/// What becomes of returned goods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Disposition {
    /// Back on the shelf.
    Restock,
    /// Made as new.
    Refurbish,
    /// Mended.
    Repair,
    /// Sold as used.
    Resell,
    /// Sold in bulk.
    Liquidate,
    /// Given away.
    Donate,
    /// Taken apart for its material.
    Recycle,
    /// Destroyed.
    Destroy,
    /// Sent back to the buyer.
    SendBack,
}

/// Goods of the return brought in money, or are booked at a value: sold as used, in bulk, for their
/// material.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ValueRecovered {
    /// The return.
    pub r#return: ReturnId,
    /// Which units.
    pub units: LineUnits,
    /// What they brought in together, in any currency.
    pub amount: Money,
    /// When.
    pub recovered_at: Timestamp,
    /// By which the merchant's books find it.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub reference: Text,
}

/// What a grade keeps back beyond what every unit of the line does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GradeFee {
    /// The grade.
    pub grade: Grade,
    /// Of what the units are worth: 1000 is 10 %.
    pub basis_points: u32,
    /// The rule that keeps it.
    pub clause: Text,
}

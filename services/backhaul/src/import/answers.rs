//! What the services answered, in the few words that the report needs.

use super::plan::Excess;

/// An order as it was recorded, and what became of its returns.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct OrderAnswer {
    /// The order's id, which is the invoice number.
    pub order: String,
    /// The country's name in the file, as the order's label has it.
    pub country: String,
    /// Its lines, the first is line 1.
    pub lines: Vec<LineAnswer>,
    /// Its returns, in the order asked.
    pub returns: Vec<ReturnAnswer>,
    /// The requests that were refused because of their units.
    pub refusals: Vec<RefusalAnswer>,
}

/// A line as it was recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineAnswer {
    /// Units bought.
    pub quantity: u32,
    /// What was paid for all of them, in minor units.
    pub paid: i64,
}

/// A return as it was inspected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnAnswer {
    /// Resource name.
    pub name: String,
    /// The cancellation invoice.
    pub cancellation: String,
    /// What was asked for.
    pub items: Vec<ItemAnswer>,
    /// Units that passed inspection.
    pub accepted: u64,
    /// What went back, in minor units; nothing before it is settled.
    pub refunded: i64,
}

/// An item of a return as it was recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ItemAnswer {
    /// Index of the order line.
    pub line: usize,
    /// Units.
    pub quantity: u32,
    /// What is asked back; all that was paid when there is none.
    pub claim: Option<i64>,
}

/// A request that was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefusalAnswer {
    /// Units it asked for.
    pub quantity: u32,
    /// Why they were too many.
    pub why: Excess,
}

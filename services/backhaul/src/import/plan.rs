//! What the platform would have asked for: orders as they were paid, and for each order, in the
//! order of the file, its returns and the requests that must be refused.
//!
//! The plan is only what to ask. Nothing of a report is taken from it that a service can answer.

use jiff::civil::DateTime;
use serde::Serialize;

use super::price::Price;

/// Everything to ask for.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Rows read.
    pub rows: u64,
    /// The orders, by first appearance in the file.
    pub orders: Vec<PlannedOrder>,
    /// What became of the cancellation lines.
    pub outcomes: Outcomes,
}

/// Cancellation lines, by what became of them.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Outcomes {
    /// All units were bought, and all of them had been returned before.
    pub all_returned_already: u64,
    /// The customer never bought the article in this file before.
    pub never_bought: u64,
    /// Nobody knows whose they are.
    pub no_customer: u64,
    /// Carriage, discounts and the like.
    pub non_product: u64,
    /// More units than were bought and not returned yet.
    pub partly: u64,
    /// All units were found.
    pub wholly: u64,
}

/// A purchase invoice.
#[derive(Debug, PartialEq, Eq)]
pub struct PlannedOrder {
    /// The invoice number; the order's id.
    pub invoice: String,
    /// The customer's number.
    pub customer: String,
    /// The country's name in the file.
    pub country: String,
    /// When it was paid, in the shop's local time.
    pub at: DateTime,
    /// What was bought; the first is line 1.
    pub lines: Vec<PlannedLine>,
    /// What happens to it, in this order.
    pub steps: Vec<Step>,
}

/// A purchase line.
#[derive(Debug, PartialEq, Eq)]
pub struct PlannedLine {
    /// The article.
    pub code: String,
    /// What it is called.
    pub description: String,
    /// Units.
    pub quantity: u32,
    /// Price of a unit.
    pub price: Price,
}

/// What the buyer asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A return of what was bought: one cancellation invoice meets one order.
    Return {
        /// The cancellation.
        cancellation: Cancellation,
        /// Its units, in the order of the file.
        items: Vec<PlannedItem>,
    },
    /// Units beyond what was bought. The service must refuse it.
    Excess {
        /// The cancellation.
        cancellation: Cancellation,
        /// Counts the excess requests of the cancellation, from 1.
        number: u32,
        /// The units.
        item: PlannedItem,
        /// Why they are too many.
        why: Excess,
    },
}

/// A cancellation invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cancellation {
    /// The invoice number, `C` and digits.
    pub invoice: String,
    /// When, in the shop's local time.
    pub at: DateTime,
}

/// Units of one purchase line that a cancellation line asks back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlannedItem {
    /// Index of the purchase line in its order.
    pub line: usize,
    /// Units.
    pub quantity: u32,
    /// The cancellation's own unit price.
    pub price: Price,
}

/// Why units are too many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Excess {
    /// The rest of a line that was found in part.
    Partly,
    /// Everything was returned before.
    AllReturnedAlready,
}

//! What is remembered of an order: everything that was told, and how far its units got.

use std::collections::BTreeMap;
use std::sync::Arc;

use backhaul_events::orders::{Buyer, Destination, DisputeOpened, OrderRecorded, PaymentCaptured};
use backhaul_kernel::{LineId, Money, MoneyError, Timestamp};
use serde::{Deserialize, Serialize};

/// An order stream.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub enum State {
    /// Nobody told us of the order.
    #[default]
    Unknown,
    /// The order is known.
    Recorded(Order),
}

impl State {
    /// The order, if it is known.
    pub fn order(&self) -> Option<&Order> {
        match self {
            Self::Unknown => None,
            Self::Recorded(order) => Some(order),
        }
    }
}

/// An order and what happened to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// As it was first told; never changes.
    pub recorded: Arc<OrderRecorded>,
    /// The contact after all amendments.
    pub buyer: Arc<Buyer>,
    /// The destination after all amendments.
    pub destination: Destination,
    /// Captured payments, in the order told.
    pub payments: Vec<PaymentCaptured>,
    /// Disputes of its payments, in the order told.
    #[serde(default)]
    pub disputes: Vec<Dispute>,
    /// How far the units of each line got; a line of which nothing moved is not here.
    pub progress: BTreeMap<LineId, LineProgress>,
}

/// A dispute of a payment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Dispute {
    /// As it was opened.
    pub opened: DisputeOpened,
    /// What became of it.
    pub standing: Standing,
}

/// What became of a dispute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Standing {
    /// The bank has not decided.
    Open,
    /// The money stayed.
    Won,
    /// This much went.
    Lost(Money),
}

/// How far the units of a line got.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineProgress {
    /// Units that left.
    pub dispatched: u32,
    /// When the first of them left.
    pub first_dispatched_at: Option<Timestamp>,
    /// When the last of them left.
    pub last_dispatched_at: Option<Timestamp>,
    /// Units that arrived.
    pub delivered: u32,
    /// When the first of them arrived.
    pub first_delivered_at: Option<Timestamp>,
    /// When the last of them arrived.
    pub last_delivered_at: Option<Timestamp>,
}

impl Order {
    /// How far the units of the line got.
    pub fn progress_of(&self, line: &LineId) -> LineProgress {
        self.progress.get(line).copied().unwrap_or_default()
    }

    /// Everything that was captured.
    pub fn captured(&self) -> Result<Money, MoneyError> {
        let amounts = self.payments.iter().map(|payment| payment.amount);
        Money::sum(self.recorded.currency, amounts)
    }
}

/// What an order costs: lines, shipping, other charges and all taxes.
pub(crate) fn total(order: &OrderRecorded) -> Result<Money, MoneyError> {
    let lines = order
        .lines
        .iter()
        .flat_map(|line| std::iter::once(line.net).chain(line.taxes.iter().map(|tax| tax.amount)));
    let shipping = order.shipping.iter().flat_map(|charge| {
        std::iter::once(charge.net).chain(charge.taxes.iter().map(|tax| tax.amount))
    });
    let charges = order.charges.iter().flat_map(|charge| {
        std::iter::once(charge.net).chain(charge.taxes.iter().map(|tax| tax.amount))
    });
    Money::sum(order.currency, lines.chain(shipping).chain(charges))
}

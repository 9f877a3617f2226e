//! What returns need to know of an order: a fold of its events, kept elsewhere and handed in with
//! each command.

use std::collections::BTreeMap;
use std::sync::Arc;

use backhaul_events::orders::{Destination, Event, KitPart, Line, OrderRecorded, Sale};
use backhaul_kernel::{Currency, LineId, Money, OrderId, Text, Timestamp};
use serde::{Deserialize, Serialize};

use crate::buyer::BuyerHistory;

/// The label that names the sales channel.
pub const CHANNEL_LABEL: &str = "channel";
/// The label that names the group of the buyer.
pub const BUYER_GROUP_LABEL: &str = "buyer-group";
/// The label that says whether a consumer bought: `business` is none, and has no statutory rights.
pub const BUYER_KIND_LABEL: &str = "buyer-kind";
/// The label that names the part of the country in which the buyer lives, as ISO 3166-2 does.
pub const REGION_LABEL: &str = "buyer-region";
/// The label that says how the goods were sold: `distance`, `doorstep` or `store`.
pub const SALE_FORM_LABEL: &str = "sale-form";
/// The label that says whether the buyer was told of the terms of return as the law demands:
/// `missing` is not.
pub const INFORMATION_LABEL: &str = "return-information";

/// How goods were sold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SaleForm {
    /// Without the two meeting: what is not said otherwise.
    Distance,
    /// On a visit that the buyer did not ask for.
    Doorstep,
    /// In a shop.
    Store,
}

/// What is known of an order. Cheap to clone.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub enum OrderFacts {
    /// Nobody told us of the order.
    #[default]
    Unknown,
    /// The order is known.
    Known(Arc<Facts>),
}

/// What is known of a known order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// The order.
    pub order: OrderId,
    /// When the buyer ordered.
    pub ordered_at: Timestamp,
    /// The one currency of the order.
    pub currency: Currency,
    /// Where the goods went; chooses the law and the day's end.
    pub destination: Destination,
    /// The platform's own words on the order; policies look at them.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// The lines by their ids.
    pub lines: BTreeMap<LineId, LineFacts>,
    /// The platform's pseudonymous name for the buyer; empty when nobody knows who bought.
    #[serde(default)]
    pub buyer: Text,
    /// The buyer's other orders; filled in where a policy looks at them.
    #[serde(default)]
    pub history: Option<Arc<BuyerHistory>>,
}

/// What is known of a line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LineFacts {
    /// Its place in the order as told, from 0.
    pub position: u32,
    /// Units bought.
    pub quantity: u32,
    /// What was paid for the whole line, taxes included.
    pub paid: Money,
    /// The merchant's category.
    pub category: Option<Text>,
    /// Whether it was sold as returnable.
    pub sale: Sale,
    /// Units delivered.
    pub delivered: u32,
    /// When the first of them arrived.
    pub first_delivered_at: Option<Timestamp>,
    /// When the last of them arrived.
    pub last_delivered_at: Option<Timestamp>,
    /// Units that left for the buyer, as far as somebody said.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub dispatched: u32,
    /// What one unit is made of, where it is a kit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<KitPart>,
    /// What claims, exchanges and repairs made of the line; filled in at each decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedied: Option<Box<Remedied>>,
}

fn is_zero(units: &u32) -> bool {
    *units == 0
}

/// What claims, exchanges and repairs made of a line.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Remedied {
    /// It came in place of other goods, and is no line of the order as it was recorded.
    pub is_replacement: bool,
    /// Units whose price was reduced.
    pub reduced_units: u32,
    /// By how much, in minor units, over all of them.
    pub reduced: i64,
    /// Months by which repairs made the guarantee longer.
    pub extended_months: u32,
    /// Days on which a repair stopped a clock, the first and the last of each repair included.
    pub waited_days: u32,
    /// When the last repair ended.
    pub back_at: Option<Timestamp>,
}

impl OrderFacts {
    /// The facts, if the order is known.
    pub fn known(&self) -> Option<&Facts> {
        match self {
            Self::Unknown => None,
            Self::Known(facts) => Some(facts),
        }
    }

    /// The facts with the buyer's other orders beside them.
    #[must_use]
    pub fn with_history(mut self, history: BuyerHistory) -> Self {
        if let Self::Known(facts) = &mut self {
            Arc::make_mut(facts).history = Some(Arc::new(history));
        }
        self
    }

    /// The facts after the event. Total, like every fold.
    pub fn evolve(&mut self, event: &Event) {
        match (event, self) {
            (Event::OrderRecorded(order), facts) => {
                *facts = Self::Known(Arc::new(recorded(order)));
            }
            (Event::OrderAmended(amended), Self::Known(facts)) => {
                if let Some(destination) = &amended.destination {
                    Arc::make_mut(facts).destination = destination.clone();
                }
                if let Some(buyer) = &amended.buyer {
                    Arc::make_mut(facts).buyer = buyer.reference.clone();
                }
            }
            (Event::LinesDelivered(delivered), Self::Known(facts)) => {
                let facts = Arc::make_mut(facts);
                for units in &delivered.lines {
                    if let Some(line) = facts.lines.get_mut(&units.line) {
                        deliver(line, units.quantity, delivered.delivered_at);
                    }
                }
            }
            (Event::LinesDispatched(dispatched), Self::Known(facts)) => {
                let facts = Arc::make_mut(facts);
                for units in &dispatched.lines {
                    if let Some(line) = facts.lines.get_mut(&units.line) {
                        line.dispatched = line.dispatched.saturating_add(units.quantity);
                    }
                }
            }
            // What was captured or disputed decides nothing about a return.
            (
                Event::PaymentCaptured(_)
                | Event::DisputeOpened(_)
                | Event::DisputeWon(_)
                | Event::DisputeLost(_),
                Self::Known(_) | Self::Unknown,
            )
            | (
                Event::OrderAmended(_) | Event::LinesDispatched(_) | Event::LinesDelivered(_),
                Self::Unknown,
            ) => {}
        }
    }
}

impl Facts {
    /// When the last good of the whole order arrived: the clock of a statutory withdrawal.
    pub fn last_delivered_at(&self) -> Option<Timestamp> {
        self.lines
            .values()
            .filter(|line| !line.is_replacement())
            .filter_map(|line| line.last_delivered_at)
            .max()
    }

    /// What the platform said under that name; empty when it said nothing.
    pub(crate) fn label(&self, name: &str) -> &str {
        self.labels.get(name).map_or("", String::as_str)
    }

    /// Whether statutes for consumers hold.
    pub(crate) fn is_consumer(&self) -> bool {
        self.label(BUYER_KIND_LABEL) != "business"
    }

    /// Whether the buyer was told of the terms of return as the law demands.
    pub(crate) fn is_informed(&self) -> bool {
        self.label(INFORMATION_LABEL) != "missing"
    }

    /// How the goods were sold.
    pub(crate) fn sale_form(&self) -> SaleForm {
        match self.label(SALE_FORM_LABEL) {
            "doorstep" => SaleForm::Doorstep,
            "store" => SaleForm::Store,
            _ => SaleForm::Distance,
        }
    }

    /// Units of the line that a return can be about: those delivered, and before the first delivery
    /// those bought, which are then refused as not delivered. None of a line the order does not have.
    pub(crate) fn with_buyer(&self, line: &LineId) -> u32 {
        self.lines.get(line).map_or(0, |line| match line.delivered {
            0 => line.quantity,
            delivered => delivered.min(line.quantity),
        })
    }
}

impl LineFacts {
    /// Whether it came in place of other goods.
    pub(crate) fn is_replacement(&self) -> bool {
        let remedied = self.remedied.as_ref();
        remedied.is_some_and(|remedied| remedied.is_replacement)
    }

    /// Units that left for the buyer; what arrived has left, whoever did not say so.
    pub(crate) fn sent(&self) -> u32 {
        self.dispatched.max(self.delivered)
    }
}

fn recorded(order: &OrderRecorded) -> Facts {
    let lines = (0..).zip(&order.lines);
    Facts {
        order: order.order.clone(),
        ordered_at: order.ordered_at,
        currency: order.currency,
        destination: order.destination.clone(),
        labels: order.labels.clone(),
        lines: lines
            .map(|(position, line)| (line.line.clone(), line_facts(position, line)))
            .collect(),
        buyer: order.buyer.reference.clone(),
        history: None,
    }
}

fn line_facts(position: u32, line: &Line) -> LineFacts {
    let taxes = line.taxes.iter().map(|tax| tax.amount);
    let amounts = std::iter::once(line.net).chain(taxes);
    LineFacts {
        position,
        quantity: line.quantity,
        // Orders are only recorded when all their amounts can be summed in their one currency.
        paid: Money::sum(line.net.currency, amounts).unwrap_or(line.net),
        category: line.category.clone(),
        sale: line.sale,
        delivered: 0,
        first_delivered_at: None,
        last_delivered_at: None,
        dispatched: 0,
        parts: line.parts.clone(),
        remedied: None,
    }
}

fn deliver(line: &mut LineFacts, units: u32, at: Timestamp) {
    line.delivered = line.delivered.saturating_add(units);
    line.first_delivered_at = Some(line.first_delivered_at.map_or(at, |first| first.min(at)));
    line.last_delivered_at = Some(line.last_delivered_at.map_or(at, |last| last.max(at)));
}

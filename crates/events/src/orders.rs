//! What was sold, paid, dispatched and delivered. Prices, discounts, taxes and shipping are frozen
//! as paid: nothing downstream ever computes them again.

use std::collections::BTreeMap;

use backhaul_kernel::{
    ChargeId, Country, Currency, Language, LineId, Money, OrderId, PaymentId, Text, Timestamp,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{LineUnits, context_events};

context_events! { Orders, "orders":
    OrderRecorded = 1,
    OrderAmended = 1,
    PaymentCaptured = 1,
    LinesDispatched = 1,
    LinesDelivered = 1,
    DisputeOpened = 1,
    DisputeWon = 1,
    DisputeLost = 1,
}

/// The platform told us of an order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OrderRecorded {
    /// The order.
    pub order: OrderId,
    /// When the buyer ordered.
    pub ordered_at: Timestamp,
    /// The one currency of every amount in the order.
    pub currency: Currency,
    /// Who bought.
    pub buyer: Buyer,
    /// Where the goods go.
    pub destination: Destination,
    /// What was bought, at least one line.
    pub lines: Vec<Line>,
    /// Outbound shipping as paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipping: Option<Charge>,
    /// What else was paid: duties, import taxes, fees, deposits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub charges: Vec<ExtraCharge>,
    /// The platform's own words on the order, such as its sales channel. No personal data.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
}

/// Contact or destination changed after the order was recorded. Amounts never change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OrderAmended {
    /// The order.
    pub order: OrderId,
    /// The new contact, if it changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buyer: Option<Buyer>,
    /// The new destination, if it changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destination: Option<Destination>,
}

/// A payment was captured: this much can be refunded to it, and no more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PaymentCaptured {
    /// The order.
    pub order: OrderId,
    /// The payment, unique within the order.
    pub payment: PaymentId,
    /// What the buyer paid with.
    pub tender: Tender,
    /// The payment provider's token of the capture.
    pub provider_payment: Text,
    /// How much was captured.
    pub amount: Money,
    /// When.
    pub captured_at: Timestamp,
}

/// Units left for the buyer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LinesDispatched {
    /// The order.
    pub order: OrderId,
    /// Which units.
    pub lines: Vec<LineUnits>,
    /// When.
    pub dispatched_at: Timestamp,
}

/// Units reached the buyer. Return windows start here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LinesDelivered {
    /// The order.
    pub order: OrderId,
    /// Which units.
    pub lines: Vec<LineUnits>,
    /// When.
    pub delivered_at: Timestamp,
}

/// The buyer disputes a payment at the bank. While it is open, no refund goes back to the payment:
/// the bank may take the same money.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DisputeOpened {
    /// The order.
    pub order: OrderId,
    /// The payment.
    pub payment: PaymentId,
    /// The payment provider's token of the dispute, unique within the order.
    pub dispute: Text,
    /// How much the buyer wants back.
    pub amount: Money,
    /// Why, in the provider's words.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub reason: Text,
    /// When.
    pub opened_at: Timestamp,
}

/// The bank left the money with the merchant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DisputeWon {
    /// The order.
    pub order: OrderId,
    /// The payment.
    pub payment: PaymentId,
    /// The dispute.
    pub dispute: Text,
    /// When.
    pub decided_at: Timestamp,
}

/// The bank gave the money back to the buyer: so much less of the payment can be refunded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DisputeLost {
    /// The order.
    pub order: OrderId,
    /// The payment.
    pub payment: PaymentId,
    /// The dispute.
    pub dispute: Text,
    /// How much the bank took.
    pub amount: Money,
    /// When.
    pub decided_at: Timestamp,
}

/// Who bought: a reference that is no personal data, and how to reach the person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Buyer {
    /// The platform's pseudonymous name for the buyer.
    pub reference: Text,
    /// E-mail address; none means that no e-mail can be sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Text>,
    /// How to address the buyer in a message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Text>,
    /// The language to write in.
    pub language: Language,
}

/// Where the goods go.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Destination {
    /// The buyer's country; none when the platform does not know it, and then no statutory floor
    /// can be applied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<Country>,
    /// IANA time zone in which the buyer's days end; UTC when none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
}

/// One line as paid.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Line {
    /// The line, unique within the order.
    pub line: LineId,
    /// The merchant's article number.
    pub sku: Text,
    /// What the article is called.
    pub title: Text,
    /// The merchant's category, by which policies choose; none matches no category.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<Text>,
    /// Units bought, at least 1.
    pub quantity: u32,
    /// List price of a unit before discounts, for people to read; money is refunded from `net`.
    pub unit_price: Money,
    /// The whole line's share of every discount, not negative.
    pub discount: Money,
    /// What was paid for the whole line after discounts and without the taxes below.
    pub net: Money,
    /// Taxes on the whole line.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taxes: Vec<TaxLine>,
    /// Whether the merchant sold it as returnable.
    pub sale: Sale,
    /// What one unit is made of, where it is a kit: each part may come back in a parcel of its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<KitPart>,
}

/// A part of a kit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KitPart {
    /// The merchant's article number, unique within the kit.
    pub sku: Text,
    /// How many of it are in one unit of the line, at least 1.
    pub quantity: u32,
}

/// Whether a line was sold as returnable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sale {
    /// The usual case.
    Regular,
    /// Sold as not returnable; the buyer was told. Statute may overrule it.
    Final,
}

/// One tax of one jurisdiction at one rate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TaxLine {
    /// Who levies it, such as `DE` or `US-NY`.
    pub jurisdiction: Text,
    /// The rate in basis points: 1900 is 19 %.
    pub rate_basis_points: u32,
    /// How much.
    pub amount: Money,
}

/// A charge of the order as paid, with its own taxes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Charge {
    /// Without the taxes below.
    pub net: Money,
    /// Taxes on the charge.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taxes: Vec<TaxLine>,
    /// What the least expensive standard delivery would have cost, without taxes: no withdrawal
    /// gives back more (Directive 2011/83/EU, Art. 13(2)). None when that is what was chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standard_net: Option<Money>,
}

/// A charge of the order beside lines and shipping, as paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExtraCharge {
    /// The charge, unique within the order.
    pub charge: ChargeId,
    /// What for.
    pub kind: ChargeKind,
    /// The line that it was paid for, whose units carry it; none for a charge of the whole order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<LineId>,
    /// Without the taxes below.
    pub net: Money,
    /// Taxes on the charge.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taxes: Vec<TaxLine>,
}

/// What a charge is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChargeKind {
    /// Customs duty that the merchant collected (DDP).
    Duty,
    /// Tax on the import that the merchant collected.
    ImportTax,
    /// A fee, such as for payment or gift wrapping.
    Fee,
    /// A deposit, such as on bottles.
    Deposit,
}

/// What a buyer pays with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Tender {
    /// Credit or debit card.
    Card,
    /// A wallet such as a mobile payment app.
    Wallet,
    /// Bank transfer or direct debit.
    BankTransfer,
    /// Gift card.
    GiftCard,
    /// The merchant's store credit.
    StoreCredit,
}

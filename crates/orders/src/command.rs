//! What can be asked of an order.

use backhaul_events::LineUnits;
use backhaul_events::orders::{Buyer, Destination, OrderRecorded, Tender};
use backhaul_kernel::{Money, OrderId, PaymentId, Text, Timestamp};

/// A request of a platform.
#[derive(Debug, Clone, PartialEq)]
#[expect(
    clippy::large_enum_variant,
    reason = "a command is made, decided and dropped; nobody keeps many of them"
)]
pub enum Command {
    /// See [`RecordOrder`].
    RecordOrder(RecordOrder),
    /// See [`AmendOrder`].
    AmendOrder(AmendOrder),
    /// See [`RecordCapture`].
    RecordCapture(RecordCapture),
    /// See [`RecordDispatch`].
    RecordDispatch(RecordDispatch),
    /// See [`RecordDelivery`].
    RecordDelivery(RecordDelivery),
    /// See [`RecordDispute`].
    RecordDispute(RecordDispute),
}

/// Tells of an order for the first time, with whatever already happened to it.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordOrder {
    /// The order as it will stand in the log.
    pub content: OrderRecorded,
    /// Payments that are already captured.
    pub payments: Vec<Capture>,
    /// What already left.
    pub dispatches: Vec<Movement>,
    /// What already arrived.
    pub deliveries: Vec<Movement>,
}

/// Changes contact or destination; amounts never change.
#[derive(Debug, Clone, PartialEq)]
pub struct AmendOrder {
    /// The order.
    pub order: OrderId,
    /// The new contact; none leaves it.
    pub buyer: Option<Buyer>,
    /// The new destination; none leaves it.
    pub destination: Option<Destination>,
}

/// Tells that a payment was captured.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordCapture {
    /// The order.
    pub order: OrderId,
    /// The payment.
    pub capture: Capture,
}

/// Tells that units left for the buyer.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordDispatch {
    /// The order.
    pub order: OrderId,
    /// Which units, and when.
    pub movement: Movement,
}

/// Tells that units reached the buyer.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordDelivery {
    /// The order.
    pub order: OrderId,
    /// Which units, and when.
    pub movement: Movement,
}

/// A captured payment.
#[derive(Debug, Clone, PartialEq)]
pub struct Capture {
    /// The payment, unique within the order.
    pub payment: PaymentId,
    /// What the buyer paid with.
    pub tender: Tender,
    /// The payment provider's token of the capture.
    pub provider_payment: Text,
    /// How much.
    pub amount: Money,
    /// When.
    pub captured_at: Timestamp,
}

/// Units that moved together.
#[derive(Debug, Clone, PartialEq)]
pub struct Movement {
    /// Which units.
    pub lines: Vec<LineUnits>,
    /// When.
    pub at: Timestamp,
}

/// Tells that a payment is disputed, or what the bank decided.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordDispute {
    /// The order.
    pub order: OrderId,
    /// The payment.
    pub payment: PaymentId,
    /// The payment provider's token of the dispute.
    pub dispute: Text,
    /// How much is disputed; of a lost dispute, how much the bank took.
    pub amount: Money,
    /// Why, in the provider's words.
    pub reason: Text,
    /// What happened to it.
    pub news: DisputeNews,
    /// When.
    pub at: Timestamp,
}

/// What happened to a dispute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DisputeNews {
    /// The buyer opened it.
    Opened,
    /// The bank left the money with the merchant.
    Won,
    /// The bank took the money.
    Lost,
}

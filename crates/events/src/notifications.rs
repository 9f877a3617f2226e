//! What buyers were told. One stream an order holds all its notifications. No address and no text
//! stands here: both are looked up and rendered when the message is sent.

use std::collections::BTreeMap;

use backhaul_kernel::{Language, NotificationId, OrderId, Text, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::context_events;

context_events! { Notifications, "notifications":
    NotificationPlanned = 1,
    NotificationSuppressed = 1,
    NotificationSent = 1,
    NotificationDeferred = 1,
    NotificationFailed = 1,
}

/// A message is about to be sent. In the log before the mail server is called.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NotificationPlanned {
    /// The notification.
    pub notification: NotificationId,
    /// The order.
    pub order: OrderId,
    /// Id of the event that it tells of; one event is told once.
    pub cause: String,
    /// What it says.
    pub template: Template,
    /// The language it will be written in.
    pub language: Language,
    /// What the template needs. No personal data.
    pub facts: BTreeMap<String, String>,
    /// The local part of the `Message-ID`, the same on every try.
    pub message_id: String,
}

/// What a message says.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Template {
    /// We have your request.
    ReturnRequested,
    /// Here is your label.
    ReturnAuthorized,
    /// You may keep the goods.
    KeepItem,
    /// We cannot take it back, and why.
    ReturnDeclined,
    /// Your parcel arrived.
    UnitsReceived,
    /// Your money is on its way.
    RefundSettled,
    /// Your refund did not go through.
    RefundFailed,
    /// Your withdrawal arrived, with its content, day and time.
    WithdrawalAcknowledged,
}

/// Nothing will be sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NotificationSuppressed {
    /// The notification.
    pub notification: NotificationId,
    /// The order.
    pub order: OrderId,
    /// Id of the event that it would have told of.
    pub cause: String,
    /// What it would have said.
    pub template: Template,
    /// Why not.
    pub reason: Suppression,
}

/// Why a message is not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Suppression {
    /// The buyer gave no address.
    NoAddress,
}

/// The mail server took it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NotificationSent {
    /// The notification.
    pub notification: NotificationId,
    /// Version of the template that was rendered.
    pub template_version: u32,
    /// SHA-256 of subject and body, in hexadecimal, to prove later what was said.
    pub content_digest: String,
    /// What the mail server answered.
    pub reference: Text,
}

/// The mail server did not take it for now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NotificationDeferred {
    /// The notification.
    pub notification: NotificationId,
    /// How often it was tried.
    pub tries: u32,
    /// The mail server's reason.
    pub code: Text,
    /// When to try again.
    pub retry_at: Timestamp,
}

/// It will not be sent: refused for good, or tried too often.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NotificationFailed {
    /// The notification.
    pub notification: NotificationId,
    /// The mail server's reason.
    pub code: Text,
}

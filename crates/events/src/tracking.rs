//! Where return parcels are. One stream an order holds all its return parcels.

use backhaul_kernel::{Country, ParcelId, ReturnId, Text, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::context_events;
use crate::returns::ReturnCentre;

context_events! { Tracking, "tracking":
    LabelRequested = 1,
    LabelOutcomeUnknown = 1,
    LabelIssued = 1,
    LabelFailed = 1,
    CheckpointRecorded = 1,
    ParcelDelivered = 1,
}

/// A carrier is about to be asked for a label. In the log before the call is made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LabelRequested {
    /// The parcel.
    pub parcel: ParcelId,
    /// The return it carries.
    pub r#return: ReturnId,
    /// Where it starts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Country>,
    /// Where it goes.
    pub to: ReturnCentre,
    /// The idempotency key that every call for this label carries.
    pub key: String,
}

/// The carrier did not answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LabelOutcomeUnknown {
    /// The parcel.
    pub parcel: ParcelId,
    /// How often it has been asked.
    pub tries: u32,
    /// When to ask again.
    pub retry_at: Timestamp,
}

/// The buyer can send the parcel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LabelIssued {
    /// The parcel.
    pub parcel: ParcelId,
    /// The return it carries.
    pub r#return: ReturnId,
    /// The carrier.
    pub carrier: Text,
    /// The carrier's number of the parcel.
    pub tracking_number: Text,
}

/// There is no label.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LabelFailed {
    /// The parcel.
    pub parcel: ParcelId,
    /// The return it was for.
    pub r#return: ReturnId,
    /// The carrier's reason.
    pub code: Text,
}

/// The carrier saw the parcel. Arrives late, twice and out of order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CheckpointRecorded {
    /// The parcel.
    pub parcel: ParcelId,
    /// The carrier's id of the scan; the same id is the same scan.
    pub scan: Text,
    /// In neutral words.
    pub status: Status,
    /// In the carrier's words.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub carrier_code: Text,
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<Country>,
    /// When it was seen.
    pub seen_at: Timestamp,
}

/// Where a parcel stands, in words that every carrier's codes map to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The carrier knows of it.
    Announced,
    /// The buyer handed it over.
    HandedOver,
    /// On its way.
    InTransit,
    /// Held by customs.
    CustomsHeld,
    /// On the last mile.
    OutForDelivery,
    /// Nobody took it.
    AttemptFailed,
    /// Waits to be picked up.
    AvailableForPickup,
    /// Arrived.
    Delivered,
    /// Goes back to the buyer.
    ReturnedToSender,
    /// Damaged on the way.
    Damaged,
    /// Lost.
    Lost,
    /// The carrier's code is not known.
    Unknown,
}

/// The parcel reached the return centre. Happens once a parcel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ParcelDelivered {
    /// The parcel.
    pub parcel: ParcelId,
    /// The return it carries.
    pub r#return: ReturnId,
    /// When.
    pub delivered_at: Timestamp,
}

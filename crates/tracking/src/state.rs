//! What decisions on parcels need to know of the past.

use std::collections::BTreeSet;
use std::sync::Arc;

use backhaul_events::returns::ReturnCentre;
use backhaul_events::tracking::Status;
use backhaul_kernel::{Country, ParcelId, ReturnId, Text, Timestamp};
use serde::{Deserialize, Serialize};

/// All return parcels of one order, the first one first.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    pub(crate) parcels: Vec<Arc<Parcel>>,
}

/// One return parcel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Parcel {
    /// Its id.
    pub parcel: ParcelId,
    /// The return it carries.
    pub r#return: ReturnId,
    /// Where it starts, if that is known.
    pub from: Option<Country>,
    /// Where it goes.
    pub to: ReturnCentre,
    /// The idempotency key of every call for its label.
    pub key: String,
    /// How far the label is.
    pub label: Label,
    /// The newest scan; none before the first.
    pub seen: Option<Seen>,
    /// When it reached the return centre; none until then.
    pub delivered_at: Option<Timestamp>,
    /// Every scan that was recorded, so that none counts twice.
    pub(crate) scans: BTreeSet<String>,
}

/// How far a label is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Label {
    /// The carrier is about to be asked, or has been.
    Requested,
    /// It did not answer.
    Unknown {
        /// How often it was asked.
        tries: u32,
        /// When to ask again.
        retry_at: Timestamp,
    },
    /// The buyer can send the parcel.
    Issued {
        /// The carrier.
        carrier: Text,
        /// Its number of the parcel.
        tracking_number: Text,
    },
    /// There is no label.
    Failed {
        /// The carrier's reason.
        code: Text,
    },
}

/// Where a parcel was seen last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// In neutral words.
    pub status: Status,
    /// When.
    pub seen_at: Timestamp,
    /// The carrier's id of the scan.
    pub scan: Text,
}

impl Seen {
    /// Whether this tells where the parcel is, rather than `other`: the later scan does. Of two at
    /// the same moment a delivery does, and else the higher scan id, so that the order of arrival
    /// never matters.
    pub(crate) fn is_newer_than(&self, other: &Self) -> bool {
        let rank = |seen: &Self| (seen.seen_at, seen.status == Status::Delivered);
        (rank(self), self.scan.as_str()) > (rank(other), other.scan.as_str())
    }
}

impl State {
    /// Every parcel, the first one first.
    pub fn parcels(&self) -> impl DoubleEndedIterator<Item = &Parcel> {
        self.parcels.iter().map(AsRef::as_ref)
    }

    /// The parcel of that id.
    pub fn parcel(&self, parcel: &ParcelId) -> Option<&Parcel> {
        self.parcels().find(|known| known.parcel == *parcel)
    }

    /// The parcel to change; none for an id that was never requested.
    pub(crate) fn parcel_mut(&mut self, parcel: &ParcelId) -> Option<&mut Parcel> {
        self.parcels
            .iter_mut()
            .find(|known| known.parcel == *parcel)
            .map(Arc::make_mut)
    }
}

//! What the sandbox carrier sold, by key and by tracking number.

use std::collections::{HashMap, HashSet};

use backhaul_kernel::{Country, ParcelId};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::carrier::{LabelOrder, ReturnCentre, s10};

/// Tracked return parcels are sold under this service indicator.
const SERVICE: &str = "RR";

/// One line of the file. The words are append-only: the files outlive us.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "snake_case")]
pub(super) enum Line {
    /// A label that was sold.
    Sold(SoldLabel),
    /// An order that got lost on its way to the carrier: nothing happened.
    Lost { key: String },
}

impl Line {
    pub(super) fn sold(self) -> Option<SoldLabel> {
        match self {
            Self::Sold(label) => Some(label),
            Self::Lost { .. } => None,
        }
    }
}

/// One label, as the carrier sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SoldLabel {
    /// The number on it.
    pub tracking_number: String,
    /// The idempotency key it was ordered with.
    pub key: String,
    /// The parcel it is for.
    pub parcel: ParcelId,
    /// Where the parcel starts, if that was known.
    pub from_country: Option<Country>,
    /// The merchant's name for the return centre.
    pub centre: String,
    /// Where the return centre is.
    pub centre_country: Country,
    /// The name in the return centre's address.
    pub centre_name: String,
}

impl SoldLabel {
    /// Whether the order is the one this label was sold for.
    pub(super) fn is_for(&self, order: &LabelOrder) -> bool {
        self.parcel == order.parcel
            && self.from_country == order.from_country
            && self.to() == order.to
    }

    pub(super) fn to(&self) -> ReturnCentre {
        ReturnCentre {
            id: self.centre.clone(),
            country: self.centre_country,
            name: self.centre_name.clone(),
        }
    }
}

#[derive(Default)]
pub(super) struct Books {
    by_key: HashMap<String, SoldLabel>,
    keys: HashMap<String, String>,
    lost: HashSet<String>,
}

impl Books {
    pub(super) fn learn(&mut self, line: Line) {
        match line {
            Line::Lost { key } => {
                self.lost.insert(key);
            }
            Line::Sold(label) => {
                self.keys
                    .insert(label.tracking_number.clone(), label.key.clone());
                self.by_key.insert(label.key.clone(), label);
            }
        }
    }

    pub(super) fn by_key(&self, key: &str) -> Option<&SoldLabel> {
        self.by_key.get(key)
    }

    pub(super) fn by_number(&self, tracking_number: &str) -> Option<&SoldLabel> {
        self.by_key(self.keys.get(tracking_number)?)
    }

    pub(super) fn was_lost(&self, key: &str) -> bool {
        self.lost.contains(key)
    }

    /// The label for an order. Its number follows from the key; eight digits meet sooner or later,
    /// so a number that is taken gives way to the next one that is free.
    pub(super) fn sell(&self, order: &LabelOrder) -> SoldLabel {
        let tracking_number = (first_serial(&order.key)..)
            .map(|serial| s10::item_number(SERVICE, serial, order.to.country))
            .find(|number| !self.keys.contains_key(number))
            .expect("serials never end");
        SoldLabel {
            tracking_number,
            key: order.key.clone(),
            parcel: order.parcel.clone(),
            from_country: order.from_country,
            centre: order.to.id.clone(),
            centre_country: order.to.country,
            centre_name: order.to.name.clone(),
        }
    }
}

fn first_serial(key: &str) -> u64 {
    let hash = Sha256::digest(key);
    hash.iter()
        .take(4)
        .fold(0, |serial, byte| (serial << 8) | u64::from(*byte))
}

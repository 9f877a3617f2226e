//! What can be asked of the return parcels of an order.

use backhaul_events::returns::ReturnCentre;
use backhaul_events::tracking::Status;
use backhaul_kernel::{Country, ParcelId, ReturnId, Text, Timestamp};

/// A request; may be refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// The buyer needs a label. The same return again changes nothing, unless its label failed.
    RequestLabel {
        /// The return.
        r#return: ReturnId,
        /// Where the parcel starts, if it is known.
        from: Option<Country>,
        /// Where it goes.
        to: ReturnCentre,
    },
    /// What the carrier made of the request.
    RecordLabel {
        /// The parcel.
        parcel: ParcelId,
        /// What it made of it.
        outcome: LabelOutcome,
    },
    /// The carrier saw the parcel. The same scan again changes nothing.
    RecordCheckpoint {
        /// The parcel.
        parcel: ParcelId,
        /// The carrier's id of the scan.
        scan: Text,
        /// In neutral words.
        status: Status,
        /// In the carrier's words.
        carrier_code: Text,
        /// Where.
        country: Option<Country>,
        /// When it was seen.
        seen_at: Timestamp,
    },
}

/// What a carrier made of a label request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LabelOutcome {
    /// Here it is.
    Issued {
        /// The carrier.
        carrier: Text,
        /// Its number of the parcel.
        tracking_number: Text,
    },
    /// No label, for good.
    Failed {
        /// Its reason.
        code: Text,
    },
    /// No answer, or none that can be understood.
    Unknown,
}

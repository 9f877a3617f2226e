//! The port to whoever carries a return parcel: labels, and what its status codes mean.
//!
//! A label costs money, so it is ordered like a refund is: under a key of ours, looked up by that
//! key after an unknown answer, and sent again with the same key only if nobody knows it.

mod label;
mod s10;
pub mod sandbox;
mod status;

use backhaul_kernel::{Country, ParcelId};

pub use sandbox::CarrierSandbox;
pub use status::CarrierStatus;

use crate::BoxFuture;

/// A carrier that sells labels and reports where parcels are.
pub trait CarrierGateway: Send + Sync + 'static {
    /// The carrier's name, as it stands in events and metrics.
    fn carrier(&self) -> &str;

    /// Buys one label. The same key again is the same label.
    fn order_label<'a>(&'a self, order: &'a LabelOrder) -> BoxFuture<'a, LabelAnswer>;

    /// Looks a label up by the key it was ordered with.
    fn find<'a>(&'a self, key: &'a str) -> BoxFuture<'a, FindLabel>;

    /// The document to be printed, if such a label was issued.
    fn label_document<'a>(&'a self, tracking_number: &'a str) -> BoxFuture<'a, DocumentAnswer>;

    /// What one of this carrier's status codes means.
    fn status(&self, code: &str) -> CarrierStatus;
}

/// One label to be bought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelOrder {
    /// The idempotency key: one key, one label.
    pub key: String,
    /// The parcel it is for.
    pub parcel: ParcelId,
    /// Where the parcel starts, if that is known.
    pub from_country: Option<Country>,
    /// Where it goes.
    pub to: ReturnCentre,
}

/// A place that takes returns in. It belongs to the merchant, so none of this is personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnCentre {
    /// The merchant's name for it.
    pub id: String,
    /// Where it is.
    pub country: Country,
    /// The name in its address.
    pub name: String,
}

/// What the carrier says to an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LabelAnswer {
    /// The label exists.
    Issued {
        /// The number on it.
        tracking_number: String,
        /// What its document is written in.
        label_format: LabelFormat,
    },
    /// A definite no: there is no label under this key.
    Declined {
        /// Why.
        code: LabelDecline,
    },
    /// Nobody can tell whether the carrier acted.
    Unknown {
        /// What happened to the call, for operators.
        detail: String,
    },
}

/// What came of a look-up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FindLabel {
    /// The carrier knows the order, and this is how it stands.
    Found(LabelAnswer),
    /// The carrier has never heard of it.
    NotFound,
    /// The carrier could not be asked.
    Unreachable {
        /// What happened to the call, for operators.
        detail: String,
    },
}

/// What came of asking for a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DocumentAnswer {
    /// The document.
    Found(LabelDocument),
    /// No such label was issued.
    NotFound,
    /// The carrier could not be asked.
    Unreachable {
        /// What happened to the call, for operators.
        detail: String,
    },
}

/// What a label's document is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LabelFormat {
    /// ZPL II, which label printers read.
    Zpl,
}

impl LabelFormat {
    /// The registered media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Zpl => "application/vnd.zebra-zpl",
        }
    }
}

/// A label, ready to be printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelDocument {
    /// What the bytes are.
    pub media_type: &'static str,
    /// The document.
    pub bytes: Vec<u8>,
}

/// Why a carrier refuses a label.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum LabelDecline {
    /// The carrier does not serve that route.
    RouteNotServed,
    /// The key was used before, for something else.
    IdempotencyMismatch,
    /// A code we have no word for.
    Unknown(String),
}

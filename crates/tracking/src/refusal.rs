//! Every "no" of the tracking rules.

use backhaul_kernel::{ParcelId, RefusalKind, Refused, Timestamp};

/// A business "no".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no such parcel.
    #[error("parcel {0} does not exist")]
    ParcelUnknown(ParcelId),
    /// A scan without an id could be counted twice.
    #[error("a scan needs the carrier's id of it")]
    ScanMissing,
    /// A scan from the future, or from before anything could be scanned.
    #[error("{0} is no time at which the parcel can have been seen")]
    SeenAt(Timestamp),
    /// A carrier reports more of one parcel than can be true.
    #[error("parcel {0} has too many scans")]
    TooManyScans(ParcelId),
    /// The carrier issued two labels under one key.
    #[error("parcel {0} has another label already")]
    LabelContradicts(ParcelId),
}

impl Refused for Refusal {
    fn kind(&self) -> RefusalKind {
        match self {
            Self::ParcelUnknown(parcel) => RefusalKind::NotFound {
                resource: format!("parcels/{parcel}"),
            },
            Self::ScanMissing => RefusalKind::Invalid {
                field: "scan".to_owned(),
            },
            Self::SeenAt(_) => RefusalKind::Invalid {
                field: "seen_at".to_owned(),
            },
            Self::TooManyScans(parcel) | Self::LabelContradicts(parcel) => {
                RefusalKind::Precondition {
                    subject: format!("parcels/{parcel}"),
                }
            }
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::ParcelUnknown(_) => "PARCEL_UNKNOWN",
            Self::ScanMissing => "SCAN_MISSING",
            Self::SeenAt(_) => "SEEN_AT",
            Self::TooManyScans(_) => "TOO_MANY_SCANS",
            Self::LabelContradicts(_) => "LABEL_CONTRADICTS",
        }
    }
}

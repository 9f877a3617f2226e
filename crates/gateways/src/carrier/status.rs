//! Where a parcel is, in words that do not depend on the carrier.

/// A carrier's status, in neutral words.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum CarrierStatus {
    /// The carrier knows the parcel, but has not got it yet.
    Announced,
    /// The carrier has got it.
    HandedOver,
    /// It is on its way.
    InTransit,
    /// It is on the last vehicle.
    OutForDelivery,
    /// It has arrived.
    Delivered,
    /// Nobody took it in.
    AttemptFailed,
    /// It waits to be fetched.
    AvailableForPickup,
    /// Customs keep it.
    CustomsHeld,
    /// It went back to whoever sent it.
    ReturnedToSender,
    /// Nobody knows where it is.
    Lost,
    /// It arrived broken, or will not arrive.
    Damaged,
    /// A code we have no word for.
    Unknown(String),
}

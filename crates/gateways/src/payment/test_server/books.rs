//! What a provider of the test servers really did.

/// One refund in a provider's books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booked {
    /// The provider's name of it.
    pub id: String,
    /// The idempotency key it came with.
    pub key: String,
    /// Our name of the attempt.
    pub attempt: String,
    /// The payment.
    pub payment: String,
    /// How much, as the provider counts it.
    pub amount: i64,
    /// How it stands.
    pub standing: Standing,
    /// The bank's reference, once there is one.
    pub bank_reference: Option<String>,
}

/// How a refund stands at a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Not decided yet.
    Pending,
    /// Waits for the buyer.
    RequiresAction,
    /// The money went.
    Succeeded,
    /// The money did not go, or came back.
    Failed,
    /// Somebody cancelled it.
    Cancelled,
}

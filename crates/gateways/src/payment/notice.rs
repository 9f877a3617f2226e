//! What a provider tells by itself, by calling us.

use backhaul_kernel::Timestamp;
use http::HeaderMap;

use super::{AttemptName, RefundAnswer};

/// Reads what one provider sends. Nothing in it is believed before the signature is checked.
pub trait NoticeReader: Send + Sync + 'static {
    /// Where the provider sends it to, such as `/webhooks/stripe`.
    fn path(&self) -> &'static str;

    /// The notices of one call that are about refunds of ours; none is a good answer. One call is
    /// taken whole or not at all.
    fn read(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        now: Timestamp,
    ) -> Result<Vec<Notice>, NoticeError>;
}

/// News of one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The provider's name of this news. The same news again has the same name.
    pub id: String,
    /// The attempt, by our own name.
    pub attempt: AttemptName,
    /// The provider's name of the refund.
    pub provider_refund: String,
    /// What it says.
    pub says: Says,
}

/// What a notice says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Says {
    /// Something changed. Notices come late and out of order, so the provider is asked how the
    /// refund stands now.
    Changed,
    /// How the refund stands, from a provider that cannot be asked.
    Stands(RefundAnswer),
}

/// The call is not taken. The caller is told no reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoticeError {
    /// Nobody who knows the key signed this, or not now.
    #[error("the signature is missing, wrong or out of date")]
    Unsigned,
    /// It is signed, but nothing that can be read.
    #[error("the content cannot be read")]
    Unreadable,
}

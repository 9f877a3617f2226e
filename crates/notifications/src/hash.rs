//! Names and proofs by SHA-256: the `Message-ID` of a message, and the digest of what it said.

use backhaul_kernel::{NotificationId, Tenant};
use sha2::{Digest, Sha256};

/// Characters of a message id: 128 bits, and well within the 64 that a local part may have.
const MESSAGE_ID_CHARS: usize = 32;

/// The local part of the `Message-ID`: the same for every try of the same notification, so that a
/// second delivery can be told from a second message.
pub(crate) fn message_id(tenant: &Tenant, notification: &NotificationId, cause: &str) -> String {
    let mut id = digest(&["message", tenant.as_str(), notification.as_str(), cause]);
    id.truncate(MESSAGE_ID_CHARS);
    id
}

/// SHA-256 over the texts, in hexadecimal. A length before each text makes sure that no two lists
/// of texts are the same bytes.
pub(crate) fn digest(texts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text);
    }
    hash.finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

//! The idempotency key of a label: a name for "this same label", derived from what it is, so that
//! every call for it carries the same one.

use backhaul_kernel::{ParcelId, ReturnId, Tenant};
use sha2::{Digest, Sha256};

/// The key of the label of that parcel.
pub(crate) fn label_key(tenant: &Tenant, parcel: &ParcelId, r#return: &ReturnId) -> String {
    let mut hash = Sha256::new();
    for word in ["label", tenant.as_str(), parcel.as_str(), r#return.as_str()] {
        // A length before each word: no two lists of words are the same bytes.
        hash.update((word.len() as u64).to_be_bytes());
        hash.update(word);
    }
    hash.finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

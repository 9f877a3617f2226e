//! Names that are derived from what they name: the idempotency key of an attempt, and the digest
//! of a grant.

use backhaul_events::refunds::{Component, Part};
use backhaul_kernel::{Money, OrderId, PaymentId, RefundId, Tenant, Timestamp};
use sha2::{Digest, Sha256};

/// The key that every call for an attempt carries. The same attempt has the same key for ever, and
/// no other attempt has it, so a provider that is asked twice pays once.
pub(crate) fn attempt_key(
    tenant: &Tenant,
    order: &OrderId,
    refund: &RefundId,
    payment: &PaymentId,
    attempt: u32,
) -> String {
    hash([
        "refund",
        tenant.as_str(),
        order.as_str(),
        refund.as_str(),
        payment.as_str(),
        &attempt.to_string(),
    ])
}

/// The digest of a grant as somebody proposed it. An approval must name it, so nobody approves
/// another amount than they saw. The proposer is part of it, so a grant tells whether its approver
/// proposed it even where the log holds no name. When it expires is part of it, too: what is asked
/// for again has to be looked at again.
pub(crate) fn grant_digest(
    refund: &RefundId,
    amount: Money,
    parts: &[Part],
    proposer: &str,
    expires_at: Option<Timestamp>,
) -> String {
    let head = [refund.to_string(), amount.to_string(), proposer.to_owned()];
    let expiry = expires_at.map(|at| format!("until {at}"));
    let parts = parts
        .iter()
        .map(|part| format!("{} {}", name(&part.component), part.amount));
    hash(head.into_iter().chain(parts).chain(expiry))
}

/// A component's name within a digest. Digests are stored, so these names are for ever.
fn name(component: &Component) -> String {
    match component {
        Component::LineNet { line } => format!("line_net {line}"),
        Component::LineTax {
            line,
            jurisdiction,
            rate_basis_points,
        } => format!("line_tax {line} {rate_basis_points} {jurisdiction}"),
        Component::ShippingNet => "shipping_net".to_owned(),
        Component::ShippingTax {
            jurisdiction,
            rate_basis_points,
        } => format!("shipping_tax {rate_basis_points} {jurisdiction}"),
        Component::ChargeNet { charge } => format!("charge_net {charge}"),
        Component::ChargeTax {
            charge,
            jurisdiction,
            rate_basis_points,
        } => format!("charge_tax {charge} {rate_basis_points} {jurisdiction}"),
        Component::Fee => "fee".to_owned(),
        Component::Goodwill => "goodwill".to_owned(),
    }
}

/// SHA-256 in hexadecimal. A length before each word makes sure that no two lists of words are the
/// same bytes.
pub(crate) fn hash<W: AsRef<str>>(words: impl IntoIterator<Item = W>) -> String {
    let mut hash = Sha256::new();
    for word in words {
        let word = word.as_ref();
        hash.update((word.len() as u64).to_be_bytes());
        hash.update(word);
    }
    hash.finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

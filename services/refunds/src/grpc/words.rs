//! From what is asked to the words of the rules.

use backhaul_api::InvalidRequest;
use backhaul_api::proto::refunds::v1::IssueRefundRequest;
use backhaul_api::refunds as api;
use backhaul_events::refunds::{Component, Part};
use backhaul_kernel::Money;
use backhaul_refunds::approval::ApprovalPolicySnapshot;
use backhaul_refunds::{Issued, Outcome, Portion, PortionOf, Wishes};

/// Reads what is refunded by hand: goodwill when no parts are named, else the parts.
pub(super) fn issued(
    request: IssueRefundRequest,
) -> Result<(api::IssueRefund, Issued), InvalidRequest> {
    let asked = api::IssueRefund::from_proto(request)?;
    let what = match asked.parts.as_slice() {
        [] => Issued::Goodwill {
            amount: asked.amount,
        },
        parts => portions(parts)?,
    };
    Ok((asked, what))
}

/// A part names a line, the shipping or a charge as a whole; its taxes follow from what was paid.
fn portions(parts: &[Part]) -> Result<Issued, InvalidRequest> {
    let (mut portions, mut fee) = (Vec::new(), None);
    for (index, part) in parts.iter().enumerate() {
        let wrong = |description: &str| {
            Err(InvalidRequest::one(
                format!("parts[{index}].component.kind"),
                description,
            ))
        };
        let of = match &part.component {
            Component::LineNet { line } => PortionOf::Line(line.clone()),
            Component::ShippingNet => PortionOf::Shipping,
            Component::ChargeNet { charge } => PortionOf::Charge(charge.clone()),
            Component::Fee if fee.is_none() => {
                fee = Some(Money::new(
                    part.amount.minor.saturating_neg(),
                    part.amount.currency,
                ));
                continue;
            }
            Component::Fee => return wrong("only one fee can be kept back"),
            Component::LineTax { .. }
            | Component::ShippingTax { .. }
            | Component::ChargeTax { .. } => {
                return wrong(
                    "taxes follow from their line, shipping or charge; name that, taxes included",
                );
            }
            Component::Goodwill => return wrong("goodwill stands alone: leave the parts empty"),
        };
        portions.push(Portion {
            of,
            amount: Some(part.amount),
        });
    }
    Ok(Issued::Portions { portions, fee })
}

pub(super) fn outcome(outcome: api::Outcome) -> Outcome {
    match outcome {
        api::Outcome::Succeeded {
            provider_refund,
            acquirer_reference,
        } => Outcome::Succeeded {
            provider_refund,
            acquirer_reference,
        },
        api::Outcome::Pending { provider_refund } => Outcome::Pending { provider_refund },
        api::Outcome::ActionRequired {
            provider_refund,
            instruction,
        } => Outcome::ActionRequired {
            provider_refund,
            instruction,
        },
        api::Outcome::Failed { code } => Outcome::Failed { code },
        api::Outcome::Reversed { code } => Outcome::Reversed { code },
    }
}

/// When and which way a refund by hand is to be paid.
pub(super) fn wishes(asked: &api::IssueRefund) -> Wishes {
    Wishes {
        reason: asked.reason,
        not_before: asked.not_before,
        strategy: asked.strategy,
        only: asked.payments.clone(),
    }
}

/// The limits as the rules know them; their version is given by the stream.
pub(super) fn limits(policy: api::ApprovalPolicy) -> ApprovalPolicySnapshot {
    ApprovalPolicySnapshot {
        version: 0,
        automatic_up_to: policy.automatic_up_to,
        tiers: policy.tiers,
        per_buyer: policy.per_buyer,
        goodwill_per_order: policy.goodwill_per_order,
        tenders: policy.tenders,
    }
}

/// The limits as a caller knows them.
pub(super) fn policy(limits: &ApprovalPolicySnapshot) -> api::ApprovalPolicy {
    let limits = limits.clone();
    api::ApprovalPolicy {
        automatic_up_to: limits.automatic_up_to,
        tiers: limits.tiers,
        per_buyer: limits.per_buyer,
        goodwill_per_order: limits.goodwill_per_order,
        tenders: limits.tenders,
    }
}

//! Every "no" of the refund rules.

use backhaul_kernel::{Currency, LineId, Money, OrderId, RefundId, RefusalKind, Refused, Tier};

/// A business "no".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nothing is known of the order.
    #[error("order {0} is not recorded")]
    OrderUnknown(OrderId),
    /// There is no such refund.
    #[error("refund {0} does not exist")]
    RefundUnknown(RefundId),
    /// There is no such attempt.
    #[error("refund {refund} has no attempt {attempt}")]
    AttemptUnknown {
        /// The refund.
        refund: RefundId,
        /// The attempt asked for.
        attempt: u32,
    },
    /// The order has no such line.
    #[error("the order has no line {line}")]
    LineUnknown {
        /// Where it stands in the request.
        field: String,
        /// The line asked for.
        line: LineId,
    },
    /// Units are counted from 1.
    #[error("the number of units must be at least 1")]
    Quantity {
        /// Where it stands in the request.
        field: String,
    },
    /// Nothing, less than nothing, or more than can be counted.
    #[error("the amount must be more than nothing and within bounds")]
    Amount {
        /// Where it stands in the request.
        field: String,
    },
    /// Money goes back in the currency in which it was paid.
    #[error("the amount is in {asked}, the order was paid in {paid}")]
    CurrencyDiffers {
        /// Where it stands in the request.
        field: String,
        /// The currency asked for.
        asked: Currency,
        /// The order's.
        paid: Currency,
    },
    /// The units are paid for already, or never existed.
    #[error("{asked} units of line {line} are to be refunded, {left} are left")]
    UnitsRefunded {
        /// The order.
        order: OrderId,
        /// The line.
        line: LineId,
        /// Units asked for.
        asked: u32,
        /// Units not yet paid for.
        left: u32,
    },
    /// More than is left of what was paid.
    #[error("{asked} is to be refunded, {left} is left")]
    ExceedsPaid {
        /// The order.
        order: OrderId,
        /// How much was asked for.
        asked: Money,
        /// How much is left.
        left: Money,
    },
    /// What was asked for is worth nothing, or has gone back already.
    #[error("nothing is left to refund")]
    NothingToRefund(OrderId),
    /// The caller's tier may not do this.
    #[error("this needs the tier {needed:?} or above, the caller is {tier:?}")]
    TierTooLow {
        /// The caller's.
        tier: Tier,
        /// The least that may.
        needed: Tier,
    },
    /// Who proposes a grant above the limit does not approve it.
    #[error("refund {0} must be approved by somebody other than its proposer")]
    FourEyes(RefundId),
    /// The approval names something else than what waits.
    #[error("refund {0} is not what the approval names")]
    ApprovalStale(RefundId),
    /// Only a grant that waits can be approved or rejected.
    #[error("refund {0} does not wait for an approval")]
    NotAwaitingApproval(RefundId),
    /// The provider has been asked already.
    #[error("refund {0} has been submitted")]
    AlreadySubmitted(RefundId),
    /// Nothing of the grant failed for good or came back.
    #[error("refund {0} has nothing to send again")]
    NothingToRetry(RefundId),
    /// The provider reports a second refund for one attempt.
    #[error("attempt {attempt} of refund {refund} succeeded under another provider refund")]
    OutcomeContradicts {
        /// The refund.
        refund: RefundId,
        /// The attempt.
        attempt: u32,
    },
}

impl Refused for Refusal {
    fn kind(&self) -> RefusalKind {
        match self {
            Self::OrderUnknown(order) => RefusalKind::NotFound {
                resource: format!("orders/{order}"),
            },
            Self::RefundUnknown(refund) => RefusalKind::NotFound {
                resource: format!("refunds/{refund}"),
            },
            Self::AttemptUnknown { refund, attempt } => RefusalKind::NotFound {
                resource: format!("refunds/{refund}/attempts/{attempt}"),
            },
            Self::LineUnknown { field, .. }
            | Self::Quantity { field }
            | Self::Amount { field }
            | Self::CurrencyDiffers { field, .. } => RefusalKind::Invalid {
                field: field.clone(),
            },
            Self::UnitsRefunded { order, .. }
            | Self::ExceedsPaid { order, .. }
            | Self::NothingToRefund(order) => RefusalKind::Precondition {
                subject: format!("orders/{order}"),
            },
            Self::ApprovalStale(refund)
            | Self::NotAwaitingApproval(refund)
            | Self::AlreadySubmitted(refund)
            | Self::NothingToRetry(refund)
            | Self::OutcomeContradicts { refund, .. } => RefusalKind::Precondition {
                subject: format!("refunds/{refund}"),
            },
            Self::TierTooLow { .. } | Self::FourEyes(_) => RefusalKind::Forbidden,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::OrderUnknown(_) => "ORDER_UNKNOWN",
            Self::RefundUnknown(_) => "REFUND_UNKNOWN",
            Self::AttemptUnknown { .. } => "ATTEMPT_UNKNOWN",
            Self::LineUnknown { .. } => "LINE_UNKNOWN",
            Self::Quantity { .. } => "QUANTITY",
            Self::Amount { .. } => "AMOUNT",
            Self::CurrencyDiffers { .. } => "CURRENCY_DIFFERS",
            Self::UnitsRefunded { .. } => "UNITS_REFUNDED",
            Self::ExceedsPaid { .. } => "REFUND_EXCEEDS_PAID",
            Self::NothingToRefund(_) => "NOTHING_TO_REFUND",
            Self::TierTooLow { .. } => "TIER_TOO_LOW",
            Self::FourEyes(_) => "FOUR_EYES",
            Self::ApprovalStale(_) => "APPROVAL_STALE",
            Self::NotAwaitingApproval(_) => "REFUND_NOT_AWAITING_APPROVAL",
            Self::AlreadySubmitted(_) => "REFUND_SUBMITTED",
            Self::NothingToRetry(_) => "REFUND_NOT_FAILED",
            Self::OutcomeContradicts { .. } => "OUTCOME_CONTRADICTS",
        }
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::CurrencyDiffers { asked, paid, .. } => {
                vec![("asked", asked.to_string()), ("paid", paid.to_string())]
            }
            Self::UnitsRefunded {
                line, asked, left, ..
            } => vec![
                ("line", line.to_string()),
                ("asked", asked.to_string()),
                ("left", left.to_string()),
            ],
            Self::ExceedsPaid { asked, left, .. } => {
                vec![("asked", asked.to_string()), ("left", left.to_string())]
            }
            _ => Vec::new(),
        }
    }
}

//! Every "no" of the refund rules.

use backhaul_kernel::{
    ChargeId, Currency, LineId, Money, OrderId, RefundId, RefusalKind, Refused, Tier,
};

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
    /// The order has no such charge.
    #[error("the order has no charge {charge}")]
    ChargeUnknown {
        /// Where it stands in the request.
        field: String,
        /// The charge asked for.
        charge: ChargeId,
    },
    /// The bank decides first: it may take the same money.
    #[error("the payments that hold the money are disputed at the bank")]
    PaymentDisputed(OrderId),
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
    /// The amount is above what the approver may approve.
    #[error("refund {refund} is above the approver's limit of {limit}")]
    AboveLimit {
        /// The refund.
        refund: RefundId,
        /// The approver's limit.
        limit: Money,
    },
    /// The order has had its goodwill.
    #[error("{asked} of goodwill is to be given, {left} is left for the order")]
    GoodwillExceeded {
        /// How much was asked for.
        asked: Money,
        /// How much is left.
        left: Money,
    },
    /// A refund is scheduled further ahead than anybody plans.
    #[error("a refund can be scheduled at most a year ahead")]
    ScheduleTooFar,
    /// The attempt is a provider's, or goes into an account.
    #[error("attempt {attempt} of refund {refund} is not paid by a person")]
    NotManual {
        /// The refund.
        refund: RefundId,
        /// The attempt.
        attempt: u32,
    },
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
            | Self::ChargeUnknown { field, .. }
            | Self::Quantity { field }
            | Self::Amount { field }
            | Self::CurrencyDiffers { field, .. } => RefusalKind::Invalid {
                field: field.clone(),
            },
            Self::UnitsRefunded { order, .. }
            | Self::PaymentDisputed(order)
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
            Self::NotManual { refund, .. } => RefusalKind::Precondition {
                subject: format!("refunds/{refund}"),
            },
            Self::GoodwillExceeded { .. } => RefusalKind::Precondition {
                subject: "approvalPolicy".to_owned(),
            },
            Self::ScheduleTooFar => RefusalKind::Invalid {
                field: "not_before_time".to_owned(),
            },
            Self::TierTooLow { .. } | Self::FourEyes(_) | Self::AboveLimit { .. } => {
                RefusalKind::Forbidden
            }
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::OrderUnknown(_) => "ORDER_UNKNOWN",
            Self::RefundUnknown(_) => "REFUND_UNKNOWN",
            Self::AttemptUnknown { .. } => "ATTEMPT_UNKNOWN",
            Self::LineUnknown { .. } => "LINE_UNKNOWN",
            Self::ChargeUnknown { .. } => "CHARGE_UNKNOWN",
            Self::PaymentDisputed(_) => "PAYMENT_DISPUTED",
            Self::Quantity { .. } => "QUANTITY",
            Self::Amount { .. } => "AMOUNT",
            Self::CurrencyDiffers { .. } => "CURRENCY_DIFFERS",
            Self::UnitsRefunded { .. } => "UNITS_REFUNDED",
            Self::ExceedsPaid { .. } => "REFUND_EXCEEDS_PAID",
            Self::NothingToRefund(_) => "NOTHING_TO_REFUND",
            Self::TierTooLow { .. } => "TIER_TOO_LOW",
            Self::FourEyes(_) => "FOUR_EYES",
            Self::AboveLimit { .. } => "ABOVE_LIMIT",
            Self::GoodwillExceeded { .. } => "GOODWILL_EXCEEDED",
            Self::ScheduleTooFar => "SCHEDULE_TOO_FAR",
            Self::NotManual { .. } => "NOT_MANUAL",
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
            Self::AboveLimit { limit, .. } => vec![("limit", limit.to_string())],
            Self::ExceedsPaid { asked, left, .. } | Self::GoodwillExceeded { asked, left } => {
                vec![("asked", asked.to_string()), ("left", left.to_string())]
            }
            _ => Vec::new(),
        }
    }
}

//! Every way in which an order says no.

use backhaul_kernel::{Money, OrderId, PaymentId, RefusalKind, Refused, Text};

/// A business "no".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A field is wrong whatever the state.
    #[error("{field}: {problem}")]
    Invalid {
        /// Path of the field, such as `lines[1].quantity`.
        field: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Nobody told us of the order.
    #[error("order {order} is not known")]
    OrderNotFound {
        /// The order asked for.
        order: OrderId,
    },
    /// The order was recorded before, with other content.
    #[error("order {order} is already recorded with other content")]
    OrderExists {
        /// The order.
        order: OrderId,
    },
    /// The payment was recorded before, with other content.
    #[error("payment {payment} of order {order} is already recorded with other content")]
    PaymentExists {
        /// The order.
        order: OrderId,
        /// The payment.
        payment: PaymentId,
    },
    /// The order has no such payment.
    #[error("order {order} has no payment {payment}")]
    PaymentNotFound {
        /// The order.
        order: OrderId,
        /// The payment asked for.
        payment: PaymentId,
    },
    /// The dispute was recorded before, for another payment or another amount.
    #[error("dispute {dispute} of order {order} is already recorded with other content")]
    DisputeExists {
        /// The order.
        order: OrderId,
        /// The dispute.
        dispute: Text,
    },
    /// More was captured than the order costs.
    #[error("captures of {captured} exceed the {total} that order {order} costs")]
    CaptureExceedsTotal {
        /// The order.
        order: OrderId,
        /// What would have been captured in all.
        captured: Money,
        /// What the order costs: lines, shipping and all taxes.
        total: Money,
    },
    /// More units moved than were bought.
    #[error("{field}: {asked} units of {bought} bought, {recorded} are recorded already")]
    Quantity {
        /// The order.
        order: OrderId,
        /// Path of the field, such as `lines[1].quantity`.
        field: String,
        /// Units that the command tells of for the line.
        asked: u64,
        /// Units recorded before.
        recorded: u32,
        /// Units bought.
        bought: u32,
    },
    /// The order has as many payments as one order can have.
    #[error("order {order} already has {max} payments")]
    TooManyPayments {
        /// The order.
        order: OrderId,
        /// The bound.
        max: usize,
    },
}

impl Refusal {
    pub(crate) fn invalid(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Invalid {
            field: field.into(),
            problem: problem.into(),
        }
    }
}

impl Refused for Refusal {
    fn kind(&self) -> RefusalKind {
        let precondition = |order: &OrderId| RefusalKind::Precondition {
            subject: format!("orders/{order}"),
        };
        match self {
            Self::Invalid { field, .. } => RefusalKind::Invalid {
                field: field.clone(),
            },
            Self::OrderNotFound { order } => RefusalKind::NotFound {
                resource: format!("orders/{order}"),
            },
            Self::OrderExists { order } => RefusalKind::AlreadyExists {
                resource: format!("orders/{order}"),
            },
            Self::PaymentExists { order, payment } => RefusalKind::AlreadyExists {
                resource: format!("orders/{order}/payments/{payment}"),
            },
            Self::PaymentNotFound { order, payment } => RefusalKind::NotFound {
                resource: format!("orders/{order}/payments/{payment}"),
            },
            Self::DisputeExists { order, dispute } => RefusalKind::AlreadyExists {
                resource: format!("orders/{order}/disputes/{dispute}"),
            },
            Self::CaptureExceedsTotal { order, .. }
            | Self::Quantity { order, .. }
            | Self::TooManyPayments { order, .. } => precondition(order),
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Invalid { .. } => "INVALID_FIELD",
            Self::OrderNotFound { .. } => "ORDER_NOT_FOUND",
            Self::OrderExists { .. } => "ORDER_EXISTS",
            Self::PaymentExists { .. } => "PAYMENT_EXISTS",
            Self::PaymentNotFound { .. } => "PAYMENT_NOT_FOUND",
            Self::DisputeExists { .. } => "DISPUTE_EXISTS",
            Self::CaptureExceedsTotal { .. } => "CAPTURE_EXCEEDS_TOTAL",
            Self::Quantity { .. } => "QUANTITY",
            Self::TooManyPayments { .. } => "TOO_MANY_PAYMENTS",
        }
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Invalid { .. }
            | Self::OrderNotFound { .. }
            | Self::OrderExists { .. }
            | Self::PaymentExists { .. }
            | Self::PaymentNotFound { .. }
            | Self::DisputeExists { .. } => Vec::new(),
            Self::CaptureExceedsTotal {
                captured, total, ..
            } => vec![
                ("captured_minor_units", captured.minor.to_string()),
                ("total_minor_units", total.minor.to_string()),
                ("currency_code", total.currency.to_string()),
            ],
            Self::Quantity {
                field,
                asked,
                recorded,
                bought,
                ..
            } => vec![
                ("field", field.clone()),
                ("asked", asked.to_string()),
                ("recorded", recorded.to_string()),
                ("bought", bought.to_string()),
            ],
            Self::TooManyPayments { max, .. } => vec![("max", max.to_string())],
        }
    }
}

//! Every way in which a claim, an exchange or a repair says no.

use backhaul_events::returns::Remedy;
use backhaul_kernel::{ClaimId, ExchangeId, LineId, Money, OrderId, RefusalKind, RepairId};

use crate::refusal::Refusal;

/// A business "no" of a claim, an exchange or a repair.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RemedyRefusal {
    /// The order has no such claim.
    #[error("claim {0} is not known")]
    ClaimNotFound(ClaimId),
    /// The order has no such exchange.
    #[error("exchange {0} is not known")]
    ExchangeNotFound(ExchangeId),
    /// The order has no such repair.
    #[error("repair {0} is not known")]
    RepairNotFound(RepairId),
    /// It is at a stage where this cannot be done.
    #[error("{subject} is {status} and cannot be {action}")]
    Stage {
        /// Resource name, such as `claims/536365-K1`.
        subject: String,
        /// How far it got.
        status: &'static str,
        /// What was asked, as a past participle.
        action: &'static str,
    },
    /// Another remedy goes first.
    #[error("claim {claim} cannot be resolved by {remedy:?} yet: {allowed:?} go first")]
    RemedyNotYet {
        /// The claim.
        claim: ClaimId,
        /// What was chosen.
        remedy: Remedy,
        /// What is open to choose.
        allowed: Vec<Remedy>,
    },
    /// More money is asked for than there is.
    #[error("{field}: {asked} is more than the {most} that is left")]
    AmountExceeds {
        /// Path of the field.
        field: String,
        /// What is asked for.
        asked: Money,
        /// What is left.
        most: Money,
    },
    /// More units are claimed than reached the buyer, or left for the buyer.
    #[error("{field}: {asked} units of line {line} are claimed, {left} can be")]
    UnitsUnclaimable {
        /// Path of the field.
        field: String,
        /// The line.
        line: LineId,
        /// Units claimed.
        asked: u64,
        /// Units delivered, or dispatched, that nothing holds.
        left: u64,
    },
    /// The buyer has not paid the difference.
    #[error("the difference of {amount} of exchange {exchange} is not paid")]
    DifferenceUnpaid {
        /// The exchange.
        exchange: ExchangeId,
        /// How much.
        amount: Money,
    },
    /// The old goods are not back, and nothing lets the new ones go first.
    #[error("the old goods of exchange {exchange} are not back")]
    GoodsOutstanding {
        /// The exchange.
        exchange: ExchangeId,
    },
    /// The new goods have left.
    #[error("the new goods of exchange {exchange} have left, it cannot be {action}")]
    AlreadySent {
        /// The exchange.
        exchange: ExchangeId,
        /// What was asked, as a past participle.
        action: &'static str,
    },
    /// The old goods have arrived.
    #[error("old goods of exchange {exchange} have arrived; it can be unwound instead")]
    AlreadyReceived {
        /// The exchange.
        exchange: ExchangeId,
    },
    /// The buyer has to take the offer first.
    #[error("repair {0} is at the buyer's cost, and the buyer has not taken an offer")]
    QuoteOpen(RepairId),
    /// No guarantee covers the units.
    #[error("no guarantee covers line {line}")]
    NotCovered {
        /// The order.
        order: OrderId,
        /// The line.
        line: LineId,
    },
}

impl From<RemedyRefusal> for Refusal {
    fn from(refusal: RemedyRefusal) -> Self {
        Self::Remedy(refusal)
    }
}

impl RemedyRefusal {
    pub(crate) fn kind(&self) -> RefusalKind {
        match self {
            Self::ClaimNotFound(id) => RefusalKind::NotFound {
                resource: format!("claims/{id}"),
            },
            Self::ExchangeNotFound(id) => RefusalKind::NotFound {
                resource: format!("exchanges/{id}"),
            },
            Self::RepairNotFound(id) => RefusalKind::NotFound {
                resource: format!("repairs/{id}"),
            },
            Self::Stage { subject, .. } => RefusalKind::Precondition {
                subject: subject.clone(),
            },
            Self::RemedyNotYet { claim, .. } => RefusalKind::Precondition {
                subject: format!("claims/{claim}"),
            },
            Self::AmountExceeds { field, .. } | Self::UnitsUnclaimable { field, .. } => {
                RefusalKind::Invalid {
                    field: field.clone(),
                }
            }
            Self::DifferenceUnpaid { exchange, .. }
            | Self::GoodsOutstanding { exchange }
            | Self::AlreadySent { exchange, .. }
            | Self::AlreadyReceived { exchange } => RefusalKind::Precondition {
                subject: format!("exchanges/{exchange}"),
            },
            Self::QuoteOpen(repair) => RefusalKind::Precondition {
                subject: format!("repairs/{repair}"),
            },
            Self::NotCovered { order, .. } => RefusalKind::Precondition {
                subject: format!("orders/{order}"),
            },
        }
    }

    pub(crate) fn reason(&self) -> &'static str {
        match self {
            Self::ClaimNotFound(_) => "CLAIM_NOT_FOUND",
            Self::ExchangeNotFound(_) => "EXCHANGE_NOT_FOUND",
            Self::RepairNotFound(_) => "REPAIR_NOT_FOUND",
            Self::Stage { .. } | Self::AlreadySent { .. } | Self::AlreadyReceived { .. } => "STATE",
            Self::RemedyNotYet { .. } => "REMEDY_NOT_YET",
            Self::AmountExceeds { .. } => "AMOUNT_EXCEEDS",
            Self::UnitsUnclaimable { .. } => "UNITS_EXCEED",
            Self::DifferenceUnpaid { .. } => "DIFFERENCE_UNPAID",
            Self::GoodsOutstanding { .. } => "GOODS_OUTSTANDING",
            Self::QuoteOpen(_) => "QUOTE_OPEN",
            Self::NotCovered { .. } => "NOT_COVERED",
        }
    }

    pub(crate) fn facts(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Stage { status, .. } => vec![("status", (*status).to_owned())],
            Self::RemedyNotYet { allowed, .. } => vec![("allowed", format!("{allowed:?}"))],
            Self::AmountExceeds { most, .. } => vec![("left", most.to_string())],
            Self::UnitsUnclaimable {
                line, asked, left, ..
            } => vec![
                ("line", line.to_string()),
                ("asked", asked.to_string()),
                ("left", left.to_string()),
            ],
            Self::DifferenceUnpaid { amount, .. } => vec![("difference", amount.to_string())],
            Self::NotCovered { line, .. } => vec![("line", line.to_string())],
            Self::ClaimNotFound(_)
            | Self::ExchangeNotFound(_)
            | Self::RepairNotFound(_)
            | Self::GoodsOutstanding { .. }
            | Self::AlreadySent { .. }
            | Self::AlreadyReceived { .. }
            | Self::QuoteOpen(_) => Vec::new(),
        }
    }
}

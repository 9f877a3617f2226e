//! Every way in which a return says no.

use backhaul_kernel::{LineId, OrderId, RefusalKind, Refused, ReturnId, Text, Tier, Timestamp};

use crate::remedy_refusal::RemedyRefusal;
use crate::state::Status;

/// A business "no".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A field is wrong whatever the state.
    #[error("{field}: {problem}")]
    Invalid {
        /// Path of the field, such as `items[1].quantity`.
        field: String,
        /// What is wrong with it.
        problem: String,
    },
    /// More units are asked for than are left of the line.
    #[error("{field}: {asked} units of line {line} are asked for, {left} are left to return")]
    UnitsExceed {
        /// Path of the field, such as `items[1].quantity`.
        field: String,
        /// The line.
        line: LineId,
        /// Units asked for, over all items of the line so far.
        asked: u64,
        /// Units bought and not held by any return.
        left: u64,
    },
    /// Nobody told us of the order.
    #[error("order {order} is not known")]
    OrderNotFound {
        /// The order asked for.
        order: OrderId,
    },
    /// The order has no such return.
    #[error("return {id} is not known")]
    ReturnNotFound {
        /// The return asked for.
        id: ReturnId,
    },
    /// Nothing of the line has been delivered yet.
    #[error("nothing of line {line} of order {order} has been delivered yet")]
    NotDelivered {
        /// The order.
        order: OrderId,
        /// The line.
        line: LineId,
    },
    /// The return window of the line is over.
    #[error("the return window of line {line} of order {order} is over ({clause})")]
    WindowClosed {
        /// The order.
        order: OrderId,
        /// The line.
        line: LineId,
        /// The clause that says so.
        clause: Text,
        /// When it ended; none when there never was one.
        ended_at: Option<Timestamp>,
    },
    /// The line was sold as final.
    #[error("line {line} of order {order} was sold as final ({clause})")]
    FinalSale {
        /// The order.
        order: OrderId,
        /// The line.
        line: LineId,
        /// The clause that says so.
        clause: Text,
    },
    /// The buyer has no right to withdraw from the line now.
    #[error("there is no right to withdraw from line {line} of order {order}: {why}")]
    NoWithdrawal {
        /// The order.
        order: OrderId,
        /// The line.
        line: LineId,
        /// The clause that was looked at; none where no law speaks of it.
        clause: Option<Text>,
        /// Why not.
        why: &'static str,
        /// When its time ended, where it had one.
        ended_at: Option<Timestamp>,
    },
    /// The order has as much of something as one order can have.
    #[error("order {order} already has {max} {what}")]
    TooMany {
        /// The order.
        order: OrderId,
        /// Of what, such as `returns`.
        what: &'static str,
        /// The bound.
        max: usize,
    },
    /// The return is at a stage where this cannot be done.
    #[error("return {id} is {status} and cannot be {action}")]
    State {
        /// The return.
        id: ReturnId,
        /// How far it got.
        status: Status,
        /// What was asked, as a past participle such as `cancelled`.
        action: &'static str,
    },
    /// Goods have arrived, so the return cannot be called off.
    #[error("goods of return {id} have arrived, it cannot be cancelled")]
    AlreadyReceived {
        /// The return.
        id: ReturnId,
    },
    /// Money has been released, so the return cannot be called off.
    #[error("money of return {id} has been released, it cannot be cancelled")]
    AlreadyReleased {
        /// The return.
        id: ReturnId,
    },
    /// The buyer keeps the goods, so nothing can be received.
    #[error("the buyer keeps the goods of return {id}, nothing comes back")]
    KeptByBuyer {
        /// The return.
        id: ReturnId,
    },
    /// More units are reported than there can be.
    #[error("{field}: {action} {counted} of {of} units of line {line}")]
    Quantity {
        /// The return.
        id: ReturnId,
        /// Path of the field, such as `units[1].quantity`.
        field: String,
        /// The line.
        line: LineId,
        /// What was reported, such as `received`.
        action: &'static str,
        /// Units in all, with those reported before.
        counted: u64,
        /// How many there can be.
        of: u32,
    },
    /// The units were authorised elsewhere in the meantime.
    #[error("return {id} needs {asked} units of line {line}, {left} are left to return")]
    UnitsTaken {
        /// The return.
        id: ReturnId,
        /// The line.
        line: LineId,
        /// Units the return asks for.
        asked: u32,
        /// Units bought and not held by any other return.
        left: u64,
    },
    /// Damaged or broken units never go back on the shelf.
    #[error("{field}: {asked} units of line {line} cannot be restocked, {restockable} can")]
    NotRestockable {
        /// The return.
        id: ReturnId,
        /// Path of the field.
        field: String,
        /// The line.
        line: LineId,
        /// Units that would be back on the shelf in all.
        asked: u64,
        /// Units that may be.
        restockable: u32,
    },
    /// Money of received units depends on an inspection that has not been made.
    #[error("received units of line {line} of return {id} wait for inspection")]
    AwaitingInspection {
        /// The return.
        id: ReturnId,
        /// The line.
        line: LineId,
    },
    /// Nothing may be kept back from the money of the units.
    #[error("nothing can be kept back from line {line} of return {id}: {why}")]
    NoDeduction {
        /// The return.
        id: ReturnId,
        /// The line.
        line: LineId,
        /// Why not.
        why: &'static str,
    },
    /// The return has no such offer that stands.
    #[error("return {id} has no open offer {offer}")]
    NoOffer {
        /// The return.
        id: ReturnId,
        /// Which offer.
        offer: u32,
    },
    /// The policy names no place that takes returns.
    #[error("the policy names no return centre")]
    NoReturnCentre {
        /// The order.
        order: OrderId,
    },
    /// A claim, an exchange or a repair says no.
    #[error(transparent)]
    Remedy(RemedyRefusal),
    /// The caller may not decide this.
    #[error("returns are {action} by an agent or higher, not by {tier:?}")]
    NotAllowed {
        /// The caller's tier.
        tier: Tier,
        /// What was asked.
        action: &'static str,
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
        match self {
            Self::Invalid { field, .. } | Self::UnitsExceed { field, .. } => RefusalKind::Invalid {
                field: field.clone(),
            },
            Self::OrderNotFound { order } => RefusalKind::NotFound {
                resource: format!("orders/{order}"),
            },
            Self::ReturnNotFound { id } => RefusalKind::NotFound {
                resource: format!("returns/{id}"),
            },
            Self::NotDelivered { order, .. }
            | Self::WindowClosed { order, .. }
            | Self::FinalSale { order, .. }
            | Self::NoWithdrawal { order, .. }
            | Self::TooMany { order, .. }
            | Self::NoReturnCentre { order } => RefusalKind::Precondition {
                subject: format!("orders/{order}"),
            },
            Self::State { id, .. }
            | Self::AlreadyReceived { id }
            | Self::AlreadyReleased { id }
            | Self::KeptByBuyer { id }
            | Self::Quantity { id, .. }
            | Self::UnitsTaken { id, .. }
            | Self::NotRestockable { id, .. }
            | Self::NoDeduction { id, .. }
            | Self::NoOffer { id, .. }
            | Self::AwaitingInspection { id, .. } => RefusalKind::Precondition {
                subject: format!("returns/{id}"),
            },
            Self::Remedy(refusal) => refusal.kind(),
            Self::NotAllowed { .. } => RefusalKind::Forbidden,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Invalid { .. } => "INVALID_FIELD",
            Self::UnitsExceed { .. } | Self::UnitsTaken { .. } => "UNITS_EXCEED",
            Self::OrderNotFound { .. } => "ORDER_NOT_FOUND",
            Self::ReturnNotFound { .. } => "RETURN_NOT_FOUND",
            Self::NotDelivered { .. } => "NOT_DELIVERED",
            Self::WindowClosed { .. } => "RETURN_WINDOW_CLOSED",
            Self::FinalSale { .. } => "FINAL_SALE",
            Self::NoWithdrawal { .. } => "NO_WITHDRAWAL",
            Self::TooMany { .. } => "TOO_MANY",
            Self::State { .. }
            | Self::AlreadyReceived { .. }
            | Self::AlreadyReleased { .. }
            | Self::KeptByBuyer { .. } => "STATE",
            Self::Quantity { .. } => "QUANTITY",
            Self::NotRestockable { .. } => "NOT_RESTOCKABLE",
            Self::AwaitingInspection { .. } => "AWAITING_INSPECTION",
            Self::NoDeduction { .. } => "NO_DEDUCTION",
            Self::NoOffer { .. } => "NO_OFFER",
            Self::NoReturnCentre { .. } => "NO_RETURN_CENTRE",
            Self::Remedy(refusal) => refusal.reason(),
            Self::NotAllowed { .. } => "TIER",
        }
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::UnitsExceed {
                line, asked, left, ..
            } => vec![
                ("line", line.to_string()),
                ("asked", asked.to_string()),
                ("left", left.to_string()),
            ],
            Self::UnitsTaken {
                line, asked, left, ..
            } => vec![
                ("line", line.to_string()),
                ("asked", asked.to_string()),
                ("left", left.to_string()),
            ],
            Self::NotDelivered { line, .. } | Self::AwaitingInspection { line, .. } => {
                vec![("line", line.to_string())]
            }
            Self::WindowClosed {
                line,
                clause,
                ended_at,
                ..
            } => {
                let mut facts = vec![("line", line.to_string()), ("clause", clause.to_string())];
                facts.extend(ended_at.map(|ended_at| ("window_ended_at", ended_at.to_string())));
                facts
            }
            Self::FinalSale { line, clause, .. } => {
                vec![("line", line.to_string()), ("clause", clause.to_string())]
            }
            Self::NoWithdrawal {
                line,
                clause,
                ended_at,
                why,
                ..
            } => {
                let mut facts = vec![("line", line.to_string()), ("why", (*why).to_owned())];
                facts.extend(clause.as_ref().map(|clause| ("clause", clause.to_string())));
                facts.extend(ended_at.map(|ended_at| ("window_ended_at", ended_at.to_string())));
                facts
            }
            Self::NoDeduction { line, why, .. } => {
                vec![("line", line.to_string()), ("why", (*why).to_owned())]
            }
            Self::NoOffer { offer, .. } => vec![("offer", offer.to_string())],
            Self::TooMany { max, .. } => vec![("max", max.to_string())],
            Self::State { status, .. } => vec![("status", status.to_string())],
            Self::Quantity {
                field,
                line,
                counted,
                of,
                ..
            } => vec![
                ("field", field.clone()),
                ("line", line.to_string()),
                ("counted", counted.to_string()),
                ("of", of.to_string()),
            ],
            Self::NotRestockable {
                field,
                line,
                restockable,
                ..
            } => vec![
                ("field", field.clone()),
                ("line", line.to_string()),
                ("restockable", restockable.to_string()),
            ],
            Self::Remedy(refusal) => refusal.facts(),
            Self::Invalid { .. }
            | Self::OrderNotFound { .. }
            | Self::ReturnNotFound { .. }
            | Self::AlreadyReceived { .. }
            | Self::AlreadyReleased { .. }
            | Self::KeptByBuyer { .. }
            | Self::NoReturnCentre { .. }
            | Self::NotAllowed { .. } => Vec::new(),
        }
    }
}

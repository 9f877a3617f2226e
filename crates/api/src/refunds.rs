//! Refunds: requests to what is asked, and what happened to messages.

mod component;
mod credit;
mod policy;
mod ways;

use backhaul_events::refunds::{Component, GoodwillReason, Part, Strategy};
use backhaul_kernel::{Money, OrderId, PaymentId, RefundId, Text, Timestamp};

use component::component;
pub use component::component_to_proto;
pub use credit::{
    CreditKey, IssueStoreCredit, RedeemStoreCredit, SetStanding, get_store_credit_from_proto,
    owner_to_proto,
};
pub use policy::{ApprovalPolicy, approval_policy_to_proto, publish_approval_policy_from_proto};
pub use ways::{
    RecordPayout, RedirectRefund, Settled, credit_note_to_proto, discrepancy_to_proto,
    reason_to_proto,
};

use crate::filter::Filter;
use crate::invalid::{InvalidRequest, Path, Wrong, convert};
use crate::money_due::{MoneyDue, money_due};
use crate::names;
use crate::proto::refunds::v1 as proto;
use crate::types::{
    LINES_MAX, Sign, money, money_in, money_to_proto, some_money, some_text, text, timestamp_if_any,
};

/// Most parts of a refund by hand.
const PARTS_MAX: usize = LINES_MAX;
/// Most payments that a refund may be kept to.
const PAYMENTS_MAX: usize = 64;
/// Longest digest that an approval may name, in bytes.
const DIGEST_BYTES_MAX: usize = 128;

/// The order whose refundability is asked for.
pub fn get_refundability_from_proto(
    request: proto::GetRefundabilityRequest,
) -> Result<OrderId, InvalidRequest> {
    convert(|wrong| names::order(&request.order, &Path::of("order"), wrong))
}

/// What a return would release, whose refund is asked for.
pub fn preview_from_proto(
    request: proto::PreviewRefundRequest,
) -> Result<MoneyDue, InvalidRequest> {
    convert(|wrong| {
        let at = Path::of("money_due");
        let message = wrong.required(request.money_due, &at)?;
        money_due(message, &at, wrong)
    })
}

/// A refund by hand.
#[derive(Debug, Clone, PartialEq)]
pub struct IssueRefund {
    /// The order.
    pub order: OrderId,
    /// How much, more than nothing.
    pub amount: Money,
    /// Why.
    pub note: Text,
    /// What it is taken from; goodwill when empty. The parts add up to the amount.
    pub parts: Vec<Part>,
    /// Why, as a code.
    pub reason: Option<GoodwillReason>,
    /// Not to be paid before this time.
    pub not_before: Option<Timestamp>,
    /// In which order payments are used.
    pub strategy: Option<Strategy>,
    /// Only these payments; all when empty.
    pub payments: Vec<PaymentId>,
}

impl IssueRefund {
    /// Reads the request.
    pub fn from_proto(request: proto::IssueRefundRequest) -> Result<Self, InvalidRequest> {
        convert(|wrong| {
            let order = names::order(&request.order, &Path::of("order"), wrong);
            let at = Path::of("amount");
            let amount = some_money(request.amount, Sign::Positive, &at, wrong);
            let note = text(request.note, &Path::of("note"), wrong);
            let currency = amount.map(|amount| amount.currency);
            let at = Path::of("parts");
            let parts = wrong.each(request.parts, 0..=PARTS_MAX, &at, |message, at, wrong| {
                let part = part(message, at, wrong)?;
                let amount = money_to_proto(part.amount);
                money_in(currency, amount, Sign::Any, &at.field("amount"), wrong)?;
                Some(part)
            });
            let reason = ways::reason_if_any(request.reason, &Path::of("reason"), wrong);
            let at = Path::of("not_before_time");
            let not_before = timestamp_if_any(request.not_before_time, &at, wrong);
            let strategy = ways::strategy_if_any(request.strategy, &Path::of("strategy"), wrong);
            let at = Path::of("payments");
            let payments = wrong.each(request.payments, 0..=PAYMENTS_MAX, &at, |id, at, wrong| {
                wrong.parse(&id, at)
            });
            let at = Path::of("parts");
            let (amount, parts) = (amount?, parts?);
            let sum = Money::sum(amount.currency, parts.iter().map(|part| part.amount));
            if !parts.is_empty() && sum != Ok(amount) {
                return wrong.note(&at, "must add up to the amount");
            }
            Some(Self {
                order: order?,
                amount,
                note: note?,
                parts,
                reason: reason?,
                not_before: not_before?,
                strategy: strategy?,
                payments: payments?,
            })
        })
    }
}

/// A part; only a fee is negative.
fn part(message: proto::Part, at: &Path<'_>, wrong: &mut Wrong) -> Option<Part> {
    let component = wrong
        .required(message.component, &at.field("component"))
        .and_then(|message| component(message, &at.field("component"), wrong));
    let amount = wrong.required(message.amount, &at.field("amount"));
    let (component, amount) = (component?, amount?);
    let amount = match component {
        Component::Fee => fee(amount, &at.field("amount"), wrong)?,
        _ => money(amount, Sign::Positive, &at.field("amount"), wrong)?,
    };
    Some(Part { component, amount })
}

fn fee(message: crate::proto::types::v1::Money, at: &Path<'_>, wrong: &mut Wrong) -> Option<Money> {
    let amount = money(message, Sign::Any, at, wrong)?;
    match amount.minor {
        ..0 => Some(amount),
        _ => wrong.note(&at.field("minor_units"), "a fee must be negative"),
    }
}

/// An approval, and what it approves.
#[derive(Debug, Clone, PartialEq)]
pub struct ApproveRefund {
    /// The refund.
    pub refund: RefundId,
    /// Digest of what the person saw.
    pub digest: String,
}

impl ApproveRefund {
    /// Reads the approval.
    pub fn from_proto(request: proto::ApproveRefundRequest) -> Result<Self, InvalidRequest> {
        convert(|wrong| {
            let refund = names::refund(&request.name, &Path::of("name"), wrong);
            let at = Path::of("approval_digest");
            let digest = match request.approval_digest.len() {
                0 => wrong.note(&at, crate::invalid::MISSING),
                1..=DIGEST_BYTES_MAX => Some(request.approval_digest),
                _ => wrong.note(
                    &at,
                    format_args!("must be at most {DIGEST_BYTES_MAX} bytes"),
                ),
            };
            Some(Self {
                refund: refund?,
                digest: digest?,
            })
        })
    }
}

/// The refund that a request names, and words on it.
#[derive(Debug, Clone, PartialEq)]
pub struct NotedRefund {
    /// The refund.
    pub refund: RefundId,
    /// Why, in words.
    pub note: Text,
}

fn noted(name: &str, note: String) -> Result<NotedRefund, InvalidRequest> {
    convert(|wrong| {
        let refund = names::refund(name, &Path::of("name"), wrong);
        let note = text(note, &Path::of("note"), wrong);
        Some(NotedRefund {
            refund: refund?,
            note: note?,
        })
    })
}

/// The refund to reject, and why.
pub fn reject_from_proto(
    request: proto::RejectRefundRequest,
) -> Result<NotedRefund, InvalidRequest> {
    noted(&request.name, request.note)
}

/// The refund to withdraw, and why.
pub fn cancel_from_proto(
    request: proto::CancelRefundRequest,
) -> Result<NotedRefund, InvalidRequest> {
    noted(&request.name, request.note)
}

/// The refund to try again.
pub fn retry_from_proto(request: proto::RetryRefundRequest) -> Result<RefundId, InvalidRequest> {
    convert(|wrong| names::refund(&request.name, &Path::of("name"), wrong))
}

/// The refund asked for.
pub fn get_refund_from_proto(request: proto::GetRefundRequest) -> Result<RefundId, InvalidRequest> {
    convert(|wrong| names::refund(&request.name, &Path::of("name"), wrong))
}

/// What a payment provider reports of an attempt.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportOutcome {
    /// The refund.
    pub refund: RefundId,
    /// The attempt, from 1.
    pub attempt: u32,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The money went back.
    Succeeded {
        /// The provider's own id of the refund.
        provider_refund: Text,
        /// The acquirer's reference; may be empty.
        acquirer_reference: Text,
    },
    /// The provider will report later.
    Pending {
        /// The provider's own id of the refund.
        provider_refund: Text,
    },
    /// The provider needs something.
    ActionRequired {
        /// The provider's own id of the refund.
        provider_refund: Text,
        /// What.
        instruction: Text,
    },
    /// The provider said no for good.
    Failed {
        /// Its reason.
        code: Text,
    },
    /// The money came back after it had gone.
    Reversed {
        /// The provider's reason.
        code: Text,
    },
}

impl ReportOutcome {
    /// Reads the report.
    pub fn from_proto(request: proto::ReportOutcomeRequest) -> Result<Self, InvalidRequest> {
        convert(|wrong| {
            let refund = names::refund(&request.name, &Path::of("name"), wrong);
            let attempt = match request.attempt {
                0 => wrong.note(&Path::of("attempt"), "is counted from 1"),
                attempt => Some(attempt),
            };
            let outcome = outcome(request, wrong);
            Some(Self {
                refund: refund?,
                attempt: attempt?,
                outcome: outcome?,
            })
        })
    }
}

fn outcome(request: proto::ReportOutcomeRequest, wrong: &mut Wrong) -> Option<Outcome> {
    use proto::attempt::State;
    let provider_refund =
        |words, wrong: &mut Wrong| some_text(words, &Path::of("provider_refund"), wrong);
    let code = |words, wrong: &mut Wrong| some_text(words, &Path::of("code"), wrong);
    Some(match State::try_from(request.state) {
        Ok(State::Succeeded) => {
            let provider_refund = provider_refund(request.provider_refund, wrong);
            let at = Path::of("acquirer_reference");
            let acquirer_reference = text(request.acquirer_reference, &at, wrong);
            Outcome::Succeeded {
                provider_refund: provider_refund?,
                acquirer_reference: acquirer_reference?,
            }
        }
        Ok(State::Pending) => Outcome::Pending {
            provider_refund: provider_refund(request.provider_refund, wrong)?,
        },
        Ok(State::ActionRequired) => {
            let provider_refund = provider_refund(request.provider_refund, wrong);
            let instruction = code(request.code, wrong);
            Outcome::ActionRequired {
                provider_refund: provider_refund?,
                instruction: instruction?,
            }
        }
        Ok(State::Failed) => Outcome::Failed {
            code: code(request.code, wrong)?,
        },
        Ok(State::Reversed) => Outcome::Reversed {
            code: code(request.code, wrong)?,
        },
        Ok(State::Unspecified) => return wrong.note(&Path::of("state"), crate::invalid::MISSING),
        Ok(State::Created | State::Submitted | State::Unknown) | Err(_) => {
            return wrong.note(
                &Path::of("state"),
                "must be SUCCEEDED, PENDING, ACTION_REQUIRED, FAILED or REVERSED",
            );
        }
    })
}

/// Which refunds to list; all by default.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RefundFilter {
    /// Those of this order.
    pub order: Option<OrderId>,
    /// Those that stand here.
    pub state: Option<proto::refund::State>,
}

impl RefundFilter {
    /// Reads the `filter` of a list request.
    pub fn from_proto(text: &str) -> Result<Self, InvalidRequest> {
        let filter = Filter::from_proto(text, &["order", "state"])?;
        Ok(Self {
            order: filter.name("order", names::parse_order_name)?,
            state: filter.state("state", proto::refund::State::from_str_name)?,
        })
    }
}

/// The message of a part.
pub fn part_to_proto(part: &Part) -> proto::Part {
    proto::Part {
        component: Some(component_to_proto(&part.component)),
        amount: Some(money_to_proto(part.amount)),
    }
}

#[cfg(test)]
mod tests;

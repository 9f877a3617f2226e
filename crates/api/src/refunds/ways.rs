//! Which way money goes, and what is said of it afterwards.

use backhaul_events::refunds::{
    CreditNoteIssued, CreditedTax, Discrepancy, DiscrepancyFound, GoodwillReason, Route, Strategy,
};
use backhaul_kernel::{Money, RefundId, Text, Timestamp};

use crate::invalid::{InvalidRequest, Path, Wrong, convert};
use crate::names;
use crate::proto::refunds::v1 as proto;
use crate::types::{Sign, money_to_proto, some_money, some_text, text, timestamp};
use crate::words::same_words;

same_words! { "reason of goodwill", proto::GoodwillReason, GoodwillReason, reason, reason_to_proto:
    LateDelivery Damage Price Service Loyalty Other
}

same_words! { "tender strategy", proto::TenderStrategy, Strategy, strategy, strategy_to_proto:
    FirstCaptured LastCaptured Ratio Cheapest
}

/// A reason, or none when none was given.
pub(super) fn reason_if_any(
    number: i32,
    at: &Path<'_>,
    wrong: &mut Wrong,
) -> Option<Option<GoodwillReason>> {
    match number {
        0 => Some(None),
        number => reason(number, at, wrong).map(Some),
    }
}

/// A strategy, or none when none was given.
pub(super) fn strategy_if_any(
    number: i32,
    at: &Path<'_>,
    wrong: &mut Wrong,
) -> Option<Option<Strategy>> {
    match number {
        0 => Some(None),
        number => strategy(number, at, wrong).map(Some),
    }
}

/// A way other than back through the provider.
pub(super) fn route(number: i32, at: &Path<'_>, wrong: &mut Wrong) -> Option<Route> {
    match proto::Route::try_from(number) {
        Ok(proto::Route::StoreCredit) => Some(Route::StoreCredit),
        Ok(proto::Route::ManualPayout) => Some(Route::ManualPayout),
        Ok(proto::Route::Unspecified | proto::Route::Provider) | Err(_) => {
            wrong.note(at, "must be STORE_CREDIT or MANUAL_PAYOUT")
        }
    }
}

/// The number of a way.
pub(super) const fn route_to_proto(route: Route) -> proto::Route {
    match route {
        Route::StoreCredit => proto::Route::StoreCredit,
        Route::ManualPayout => proto::Route::ManualPayout,
    }
}

fn attempt(number: u32, wrong: &mut Wrong) -> Option<u32> {
    match number {
        0 => wrong.note(&Path::of("attempt"), "is counted from 1"),
        number => Some(number),
    }
}

/// An attempt that goes another way.
#[derive(Debug, Clone, PartialEq)]
pub struct RedirectRefund {
    /// The refund.
    pub refund: RefundId,
    /// The attempt, from 1.
    pub attempt: u32,
    /// Which way.
    pub route: Route,
}

impl RedirectRefund {
    /// Reads the request.
    pub fn from_proto(request: proto::RedirectRefundRequest) -> Result<Self, InvalidRequest> {
        convert(|wrong| {
            let refund = names::refund(&request.name, &Path::of("name"), wrong);
            let attempt = attempt(request.attempt, wrong);
            let route = route(request.route, &Path::of("route"), wrong);
            Some(Self {
                refund: refund?,
                attempt: attempt?,
                route: route?,
            })
        })
    }
}

/// A payout by a person.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordPayout {
    /// The refund.
    pub refund: RefundId,
    /// The attempt, from 1.
    pub attempt: u32,
    /// By which it can be found.
    pub reference: Text,
}

impl RecordPayout {
    /// Reads the request.
    pub fn from_proto(request: proto::RecordPayoutRequest) -> Result<Self, InvalidRequest> {
        convert(|wrong| {
            let refund = names::refund(&request.name, &Path::of("name"), wrong);
            let attempt = attempt(request.attempt, wrong);
            let reference = some_text(request.reference, &Path::of("reference"), wrong);
            Some(Self {
                refund: refund?,
                attempt: attempt?,
                reference: reference?,
            })
        })
    }
}

/// What a settlement file says of an attempt.
#[derive(Debug, Clone, PartialEq)]
pub struct Settled {
    /// The refund.
    pub refund: RefundId,
    /// The attempt, from 1.
    pub attempt: u32,
    /// The file or batch.
    pub settlement: Text,
    /// The provider's own id of the refund; may be empty.
    pub provider_refund: Text,
    /// How much.
    pub amount: Money,
    /// When.
    pub settled_at: Timestamp,
}

impl Settled {
    /// Reads the request.
    pub fn from_proto(request: proto::ReconcileRefundRequest) -> Result<Self, InvalidRequest> {
        convert(|wrong| {
            let refund = names::refund(&request.name, &Path::of("name"), wrong);
            let attempt = attempt(request.attempt, wrong);
            let settlement = some_text(request.settlement, &Path::of("settlement"), wrong);
            let at = Path::of("provider_refund");
            let provider_refund = text(request.provider_refund, &at, wrong);
            let at = Path::of("amount");
            let amount = some_money(request.amount, Sign::Positive, &at, wrong);
            let settled_at = timestamp(request.settle_time, &Path::of("settle_time"), wrong);
            Some(Self {
                refund: refund?,
                attempt: attempt?,
                settlement: settlement?,
                provider_refund: provider_refund?,
                amount: amount?,
                settled_at: settled_at?,
            })
        })
    }
}

/// The message of a credit note.
pub fn credit_note_to_proto(note: &CreditNoteIssued) -> proto::CreditNote {
    let tax = |tax: &CreditedTax| proto::CreditedTax {
        jurisdiction: tax.jurisdiction.clone(),
        rate_basis_points: tax.rate_basis_points,
        base: Some(money_to_proto(tax.base)),
        tax: Some(money_to_proto(tax.tax)),
    };
    proto::CreditNote {
        credit_note: note.credit_note.to_string(),
        amount: Some(money_to_proto(note.amount)),
        net_amount: Some(money_to_proto(note.net)),
        taxes: note.taxes.iter().map(tax).collect(),
        fee: Some(money_to_proto(note.fee)),
    }
}

/// The message of a discrepancy.
pub fn discrepancy_to_proto(found: &DiscrepancyFound) -> proto::Discrepancy {
    use proto::discrepancy::Kind;
    let of = |kind: Kind| proto::Discrepancy {
        attempt: found.attempt,
        settlement: found.settlement.to_string(),
        kind: kind.into(),
        ..Default::default()
    };
    match &found.discrepancy {
        Discrepancy::Amount { ours, theirs } => proto::Discrepancy {
            ours: Some(money_to_proto(*ours)),
            theirs: Some(money_to_proto(*theirs)),
            ..of(Kind::Amount)
        },
        Discrepancy::NotPaid => of(Kind::NotPaid),
        Discrepancy::Twice { earlier } => proto::Discrepancy {
            earlier_settlement: earlier.to_string(),
            ..of(Kind::Twice)
        },
        Discrepancy::AttemptUnknown => of(Kind::AttemptUnknown),
    }
}

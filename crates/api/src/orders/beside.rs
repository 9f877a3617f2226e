//! What stands beside lines and payments: charges of the order, and disputes at the bank.

use std::collections::HashSet;

use backhaul_events::orders::{ChargeKind, ExtraCharge};
use backhaul_kernel::{Currency, LineId, Money, OrderId, PaymentId, Text, Timestamp};

use super::{tax_to_proto, taxes};
use crate::invalid::{InvalidRequest, Path, Wrong, convert};
use crate::names;
use crate::proto::orders::v1 as proto;
use crate::types::{
    LINES_MAX, Sign, money_in, money_to_proto, some_money, some_text, text, timestamp_if_any,
};
use crate::words::same_words;

same_words! { "kind of charge", proto::extra_charge::Kind, ChargeKind, kind, kind_to_proto:
    Duty ImportTax Fee Deposit
}

same_words! { "state of a dispute", proto::dispute::State, DisputeState, state, state_to_proto:
    Opened Won Lost
}

/// Where a dispute stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DisputeState {
    /// The bank has not decided.
    Opened,
    /// The money stayed.
    Won,
    /// The bank took the money.
    Lost,
}

/// What the platform tells of a dispute.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordDispute {
    /// The order.
    pub order: OrderId,
    /// The payment.
    pub payment: PaymentId,
    /// The provider's token of it.
    pub dispute: Text,
    /// How much is disputed; of a lost dispute, how much the bank took.
    pub amount: Money,
    /// Why, in the provider's words.
    pub reason: Text,
    /// Where it stands.
    pub state: DisputeState,
    /// When; none means now.
    pub at: Option<Timestamp>,
}

impl RecordDispute {
    /// Reads the request.
    pub fn from_proto(request: proto::RecordDisputeRequest) -> Result<Self, InvalidRequest> {
        convert(|wrong| {
            let order = names::order(&request.name, &Path::of("name"), wrong);
            let happened = timestamp_if_any(request.event_time, &Path::of("event_time"), wrong);
            let at = Path::of("dispute");
            let message = wrong.required(request.dispute, &at)?;
            let payment = wrong.parse(&message.payment, &at.field("payment"));
            let dispute = some_text(message.dispute, &at.field("dispute"), wrong);
            let amount = some_money(message.amount, Sign::Positive, &at.field("amount"), wrong);
            let reason = text(message.reason, &at.field("reason"), wrong);
            let state = state(message.state, &at.field("state"), wrong);
            Some(Self {
                order: order?,
                payment: payment?,
                dispute: dispute?,
                amount: amount?,
                reason: reason?,
                state: state?,
                at: happened?,
            })
        })
    }
}

/// A dispute, to be shown.
#[derive(Debug, Clone, Copy)]
pub struct DisputeShown<'a> {
    /// The payment.
    pub payment: &'a PaymentId,
    /// The provider's token of it.
    pub dispute: &'a Text,
    /// How much is disputed, or was taken.
    pub amount: Money,
    /// Why.
    pub reason: &'a Text,
    /// Where it stands.
    pub state: DisputeState,
}

pub(super) fn dispute_to_proto(dispute: &DisputeShown<'_>) -> proto::Dispute {
    proto::Dispute {
        payment: dispute.payment.to_string(),
        dispute: dispute.dispute.to_string(),
        amount: Some(money_to_proto(dispute.amount)),
        state: state_to_proto(dispute.state).into(),
        reason: dispute.reason.to_string(),
    }
}

/// A charge stands once: refunds are counted by it.
pub(super) fn charges(
    currency: Option<Currency>,
    messages: Vec<proto::ExtraCharge>,
    at: &Path<'_>,
    wrong: &mut Wrong,
) -> Option<Vec<ExtraCharge>> {
    let charges = wrong.each(messages, 0..=LINES_MAX, at, |message, at, wrong| {
        charge(currency, message, at, wrong)
    })?;
    let mut seen = HashSet::new();
    match charges
        .iter()
        .position(|charge| !seen.insert(&charge.charge))
    {
        Some(index) => wrong.note(
            &at.index(index).field("charge"),
            "stands in the order twice",
        ),
        None => Some(charges),
    }
}

fn charge(
    currency: Option<Currency>,
    message: proto::ExtraCharge,
    at: &Path<'_>,
    wrong: &mut Wrong,
) -> Option<ExtraCharge> {
    let charge = wrong.parse(&message.charge, &at.field("charge"));
    let kind = kind(message.kind, &at.field("kind"), wrong);
    let line: Option<Option<LineId>> = wrong.parse_if_any(&message.line, &at.field("line"));
    let net = wrong
        .required(message.net_amount, &at.field("net_amount"))
        .and_then(|net| {
            let at = at.field("net_amount");
            money_in(currency, net, Sign::NotNegative, &at, wrong)
        });
    let taxes = taxes(currency, message.taxes, &at.field("taxes"), wrong);
    Some(ExtraCharge {
        charge: charge?,
        kind: kind?,
        line: line?,
        net: net?,
        taxes: taxes?,
    })
}

pub(super) fn charge_to_proto(charge: &ExtraCharge) -> proto::ExtraCharge {
    proto::ExtraCharge {
        charge: charge.charge.to_string(),
        kind: kind_to_proto(charge.kind).into(),
        line: charge
            .line
            .as_ref()
            .map(LineId::to_string)
            .unwrap_or_default(),
        net_amount: Some(money_to_proto(charge.net)),
        taxes: charge.taxes.iter().map(tax_to_proto).collect(),
    }
}

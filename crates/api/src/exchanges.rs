//! The messages of exchanges.

use backhaul_events::returns::{DifferenceQuoted, RequestedItem};
use backhaul_kernel::{ExchangeId, Money, OrderId, Text, Timestamp};

use crate::claims::{ReplacementReport, report};
use crate::filter::Filter;
use crate::invalid::{InvalidRequest, Path, Wrong, convert};
use crate::names;
use crate::proto::returns::v1 as proto;
use crate::proto::types::v1 as types;
use crate::returns::item;
use crate::types::{
    LINES_MAX, Sign, money, money_to_proto, quantity, some_money, some_text, text, text_if_any,
    timestamp_if_any,
};

/// The most lines of new goods of one request.
const REPLACEMENTS_MAX: usize = 100;

/// An exchange to ask for.
#[derive(Debug, Clone, PartialEq)]
pub struct RequestExchange {
    /// The order.
    pub order: OrderId,
    /// What comes back.
    pub items: Vec<RequestedItem>,
    /// What takes its place.
    pub replacements: Vec<AskedReplacement>,
    /// What sending the new goods costs the buyer.
    pub shipping: Option<Money>,
    /// What the way back costs the buyer.
    pub return_shipping: Option<Money>,
    /// Days in which the old goods must be back if the new ones go first.
    pub advance_days: Option<u32>,
    /// When the buyer asked; none means now.
    pub requested_at: Option<Timestamp>,
}

/// Goods asked for in place of others.
#[derive(Debug, Clone, PartialEq)]
pub struct AskedReplacement {
    /// The merchant's article number.
    pub sku: Text,
    /// The merchant's category.
    pub category: Option<Text>,
    /// Units.
    pub quantity: u32,
    /// What one of them costs.
    pub unit_price: Money,
}

impl RequestExchange {
    /// Reads the request.
    pub fn from_proto(request: proto::RequestExchangeRequest) -> Result<Self, InvalidRequest> {
        convert(|wrong| {
            let order = names::order(&request.order, &Path::of("order"), wrong);
            let items = wrong.each(request.items, 1..=LINES_MAX, &Path::of("items"), item);
            let at = Path::of("replacements");
            let replacements =
                wrong.each(request.replacements, 1..=REPLACEMENTS_MAX, &at, replacement);
            let shipping = cost(request.shipping, &Path::of("shipping"), wrong);
            let at = Path::of("return_shipping");
            let return_shipping = cost(request.return_shipping, &at, wrong);
            let at = Path::of("request_time");
            let requested_at = timestamp_if_any(request.request_time, &at, wrong);
            Some(Self {
                order: order?,
                items: items?,
                replacements: replacements?,
                shipping: shipping?,
                return_shipping: return_shipping?,
                advance_days: (request.advance_days > 0).then_some(request.advance_days),
                requested_at: requested_at?,
            })
        })
    }
}

fn replacement(
    message: proto::AskedReplacement,
    at: &Path<'_>,
    wrong: &mut Wrong,
) -> Option<AskedReplacement> {
    let sku = some_text(message.sku, &at.field("sku"), wrong);
    let category = text_if_any(message.category, &at.field("category"), wrong);
    let quantity = quantity(message.quantity, &at.field("quantity"), wrong);
    let at = at.field("unit_price");
    let unit_price = some_money(message.unit_price, Sign::NotNegative, &at, wrong);
    Some(AskedReplacement {
        sku: sku?,
        category: category?,
        quantity: quantity?,
        unit_price: unit_price?,
    })
}

/// An amount that may be left out; outer nothing when it is wrong.
fn cost(message: Option<types::Money>, at: &Path<'_>, wrong: &mut Wrong) -> Option<Option<Money>> {
    match message {
        None => Some(None),
        Some(message) => money(message, Sign::NotNegative, at, wrong).map(Some),
    }
}

/// A difference that was collected.
#[derive(Debug, Clone, PartialEq)]
pub struct CollectDifference {
    /// The exchange.
    pub exchange: ExchangeId,
    /// How much.
    pub amount: Money,
    /// The platform's name for the payment.
    pub payment: Text,
    /// When; none means now.
    pub collected_at: Option<Timestamp>,
}

impl CollectDifference {
    /// Reads the request.
    pub fn from_proto(request: proto::CollectDifferenceRequest) -> Result<Self, InvalidRequest> {
        convert(|wrong| {
            let exchange = names::exchange(&request.name, &Path::of("name"), wrong);
            let at = Path::of("amount");
            let amount = some_money(request.amount, Sign::Positive, &at, wrong);
            let payment = some_text(request.payment, &Path::of("payment"), wrong);
            let at = Path::of("collect_time");
            let collected_at = timestamp_if_any(request.collect_time, &at, wrong);
            Some(Self {
                exchange: exchange?,
                amount: amount?,
                payment: payment?,
                collected_at: collected_at?,
            })
        })
    }
}

/// The exchange, and the payment that secures its old goods.
pub fn authorize_advance_from_proto(
    request: proto::AuthorizeAdvanceRequest,
) -> Result<(ExchangeId, Text), InvalidRequest> {
    convert(|wrong| {
        let exchange = names::exchange(&request.name, &Path::of("name"), wrong);
        let payment = some_text(request.payment, &Path::of("payment"), wrong);
        Some((exchange?, payment?))
    })
}

/// The exchange, and what is told of its new goods.
pub fn report_from_proto(
    request: proto::ReportExchangeReplacementRequest,
) -> Result<(ExchangeId, ReplacementReport), InvalidRequest> {
    convert(|wrong| {
        let exchange = names::exchange(&request.name, &Path::of("name"), wrong);
        let report = report(request.report, wrong);
        Some((exchange?, report?))
    })
}

fn noted(name: &str, note: String) -> Result<(ExchangeId, Text), InvalidRequest> {
    convert(|wrong| {
        let exchange = names::exchange(name, &Path::of("name"), wrong);
        let note = text(note, &Path::of("note"), wrong);
        Some((exchange?, note?))
    })
}

/// The exchange to unwind, and why.
pub fn unwind_from_proto(
    request: proto::UnwindExchangeRequest,
) -> Result<(ExchangeId, Text), InvalidRequest> {
    noted(&request.name, request.note)
}

/// The exchange to call off, and why.
pub fn cancel_from_proto(
    request: proto::CancelExchangeRequest,
) -> Result<(ExchangeId, Text), InvalidRequest> {
    noted(&request.name, request.note)
}

/// The exchange asked for.
pub fn get_exchange_from_proto(
    request: proto::GetExchangeRequest,
) -> Result<ExchangeId, InvalidRequest> {
    convert(|wrong| names::exchange(&request.name, &Path::of("name"), wrong))
}

/// Which exchanges to list; all by default.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ExchangeFilter {
    /// Those of this order.
    pub order: Option<OrderId>,
    /// Those that stand here.
    pub state: Option<proto::exchange::State>,
}

impl ExchangeFilter {
    /// Reads the `filter` of a list request.
    pub fn from_proto(text: &str) -> Result<Self, InvalidRequest> {
        let filter = Filter::from_proto(text, &["order", "state"])?;
        Ok(Self {
            order: filter.name("order", names::parse_order_name)?,
            state: filter.state("state", proto::exchange::State::from_str_name)?,
        })
    }
}

/// The message of a ledger; `order_total` is what the whole order comes to.
pub fn ledger_to_proto(quote: &DifferenceQuoted, order_total: Option<Money>) -> proto::Ledger {
    proto::Ledger {
        credit: Some(money_to_proto(quote.credit)),
        goods: Some(money_to_proto(quote.goods)),
        shipping: Some(money_to_proto(quote.shipping)),
        return_shipping: Some(money_to_proto(quote.return_shipping)),
        difference: Some(money_to_proto(quote.difference)),
        order_total: order_total.map(money_to_proto),
    }
}

#[cfg(test)]
mod tests;

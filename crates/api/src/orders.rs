//! Orders: requests to what happened, and what happened to messages.

mod beside;
mod kit;

use std::collections::{BTreeMap, HashMap, HashSet};

use backhaul_events::LineUnits;
use backhaul_events::orders::{
    Buyer, Charge, Destination, Line, OrderAmended, OrderRecorded, PaymentCaptured, Sale, TaxLine,
    Tender,
};
use backhaul_kernel::{Country, Currency, LineId, Money, OrderId, PaymentId, Text, Timestamp};
pub use beside::{DisputeShown, DisputeState, RecordDispute};

use crate::filter::Filter;
use crate::invalid::{InvalidRequest, Path, Wrong, convert};
use crate::names;
use crate::proto::orders::v1 as proto;
use crate::types::{
    LINES_MAX, Sign, line_units, money_in, money_to_proto, quantity, some_text, text, text_if_any,
    timestamp, timestamp_if_any, timestamp_to_proto, version_to_proto,
};
use crate::words::same_words;

/// Most taxes of one line or charge.
const TAXES_MAX: usize = 20;
/// Most payments of one order.
const PAYMENTS_MAX: usize = 20;
/// Most labels of one order.
const LABELS_MAX: usize = 64;
/// Longest key or value of a label, in bytes.
const LABEL_BYTES_MAX: usize = 255;
/// The highest rate of a tax: 1,000 %.
const RATE_BASIS_POINTS_MAX: u32 = 100_000;
/// Longest e-mail address, in bytes (RFC 5321, 4.5.3.1.3).
const EMAIL_BYTES_MAX: usize = 254;
/// Longest local part of an e-mail address, in bytes (RFC 5321, 4.5.3.1.1).
const EMAIL_LOCAL_BYTES_MAX: usize = 64;

same_words! { "tender", proto::Tender, Tender, tender, tender_to_proto:
    Card Wallet BankTransfer GiftCard StoreCredit
}

/// An order, with the payments that are already captured.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordOrder {
    /// The order as it will stand in the log.
    pub order: OrderRecorded,
    /// Its payments.
    pub payments: Vec<PaymentCaptured>,
}

/// A payment of an order that is there already.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordCapture {
    /// The order.
    pub order: OrderId,
    /// The payment.
    pub payment: PaymentId,
    /// What the buyer paid with.
    pub tender: Tender,
    /// The payment provider's token of the capture.
    pub provider_payment: Text,
    /// How much.
    pub amount: Money,
    /// When; none means when the order was placed.
    pub captured_at: Option<Timestamp>,
}

/// Units that left or arrived.
#[derive(Debug, Clone, PartialEq)]
pub struct Movement {
    /// The order.
    pub order: OrderId,
    /// Which units; none means all that are left, where the method allows it.
    pub lines: Vec<LineUnits>,
    /// When; none means now.
    pub at: Option<Timestamp>,
}

impl RecordOrder {
    /// What the platform tells of an order.
    pub fn from_proto(request: proto::RecordOrderRequest) -> Result<Self, InvalidRequest> {
        convert(|wrong| {
            let at = Path::of("order");
            let message = wrong.required(request.order, &at)?;
            record_order(message, &at, wrong)
        })
    }
}

/// What a platform changes of an order; amounts never change.
pub fn amend_order_from_proto(
    request: proto::AmendOrderRequest,
) -> Result<OrderAmended, InvalidRequest> {
    convert(|wrong| {
        let order = names::order(&request.name, &Path::of("name"), wrong);
        if request.buyer.is_none() && request.ship_to.is_none() {
            return wrong.note(&Path::of("buyer"), "buyer or ship_to must be given");
        }
        let at = Path::of("buyer");
        let buyer = request.buyer.map(|message| buyer(message, &at, wrong));
        let at = Path::of("ship_to");
        let to = request
            .ship_to
            .map(|message| destination(message, &at, wrong));
        Some(OrderAmended {
            order: order?,
            buyer: all(buyer)?,
            destination: all(to)?,
        })
    })
}

/// Nothing was given, or it was right.
fn all<T>(given: Option<Option<T>>) -> Option<Option<T>> {
    match given {
        None => Some(None),
        Some(converted) => converted.map(Some),
    }
}

impl RecordCapture {
    /// What the platform tells of a payment.
    pub fn from_proto(request: proto::RecordCaptureRequest) -> Result<Self, InvalidRequest> {
        convert(|wrong| {
            let order = names::order(&request.name, &Path::of("name"), wrong);
            let at = Path::of("payment");
            let message = wrong.required(request.payment, &at)?;
            capture(order, None, message, &at, wrong)
        })
    }
}

impl Movement {
    /// What the platform tells of a dispatch: at least one line.
    pub fn dispatch_from_proto(
        request: proto::RecordDispatchRequest,
    ) -> Result<Self, InvalidRequest> {
        convert(|wrong| {
            let order = names::order(&request.name, &Path::of("name"), wrong);
            let lines = wrong.each(request.lines, 1..=LINES_MAX, &Path::of("lines"), line_units);
            let at = timestamp_if_any(request.dispatch_time, &Path::of("dispatch_time"), wrong);
            Some(Self {
                order: order?,
                lines: lines?,
                at: at?,
            })
        })
    }

    /// What the platform tells of a delivery: no line means all that are not yet delivered.
    pub fn delivery_from_proto(
        request: proto::RecordDeliveryRequest,
    ) -> Result<Self, InvalidRequest> {
        convert(|wrong| {
            let order = names::order(&request.name, &Path::of("name"), wrong);
            let lines = wrong.each(request.lines, 0..=LINES_MAX, &Path::of("lines"), line_units);
            let at = timestamp_if_any(request.delivery_time, &Path::of("delivery_time"), wrong);
            Some(Self {
                order: order?,
                lines: lines?,
                at: at?,
            })
        })
    }
}

/// The order asked for.
pub fn get_order_from_proto(request: proto::GetOrderRequest) -> Result<OrderId, InvalidRequest> {
    convert(|wrong| names::order(&request.name, &Path::of("name"), wrong))
}

/// Which orders to list; all by default.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct OrderFilter {
    /// Those that went to this country.
    pub country: Option<Country>,
    /// Those of this buyer.
    pub buyer: Option<String>,
}

impl OrderFilter {
    /// Reads the `filter` of a list request.
    pub fn from_proto(text: &str) -> Result<Self, InvalidRequest> {
        let filter = Filter::from_proto(text, &["ship_to.region_code", "buyer.reference"])?;
        Ok(Self {
            country: filter.parse("ship_to.region_code")?,
            buyer: filter.value("buyer.reference").map(str::to_owned),
        })
    }
}

fn record_order(message: proto::Order, at: &Path<'_>, wrong: &mut Wrong) -> Option<RecordOrder> {
    let order = names::order(&message.name, &at.field("name"), wrong);
    let ordered_at = timestamp(message.order_time, &at.field("order_time"), wrong);
    let currency = wrong.parse(&message.currency_code, &at.field("currency_code"));
    let buyer = wrong
        .required(message.buyer, &at.field("buyer"))
        .and_then(|message| buyer(message, &at.field("buyer"), wrong));
    let destination = destination(
        message.ship_to.unwrap_or_default(),
        &at.field("ship_to"),
        wrong,
    );
    let lines = lines(currency, message.lines, &at.field("lines"), wrong);
    let shipping = message
        .shipping
        .map(|message| charge(currency, message, &at.field("shipping"), wrong));
    let charges = beside::charges(currency, message.charges, &at.field("charges"), wrong);
    let captures = payments(
        order.clone(),
        currency,
        message.payments,
        &at.field("payments"),
        wrong,
    );
    let labels = labels(message.labels, &at.field("labels"), wrong);

    let (order, ordered_at) = (order?, ordered_at?);
    let payments = captures?
        .into_iter()
        .map(|capture| PaymentCaptured {
            order: capture.order,
            payment: capture.payment,
            tender: capture.tender,
            provider_payment: capture.provider_payment,
            amount: capture.amount,
            captured_at: capture.captured_at.unwrap_or(ordered_at),
        })
        .collect();
    let order = OrderRecorded {
        order,
        ordered_at,
        currency: currency?,
        buyer: buyer?,
        destination: destination?,
        lines: lines?,
        shipping: all(shipping)?,
        charges: charges?,
        labels: labels?,
    };
    Some(RecordOrder { order, payments })
}

fn buyer(message: proto::Buyer, at: &Path<'_>, wrong: &mut Wrong) -> Option<Buyer> {
    let reference = some_text(message.reference, &at.field("reference"), wrong);
    let email = email(message.email, &at.field("email"), wrong);
    let name = text_if_any(message.display_name, &at.field("display_name"), wrong);
    let language = match message.language_code.as_str() {
        "" => "en",
        tag => tag,
    };
    let language = wrong.parse(language, &at.field("language_code"));
    Some(Buyer {
        reference: reference?,
        email: email?,
        name: name?,
        language: language?,
    })
}

/// Whether mail could be addressed to it. The address itself is never quoted.
fn email(address: String, at: &Path<'_>, wrong: &mut Wrong) -> Option<Option<Text>> {
    let plausible = address.is_empty()
        || address.rsplit_once('@').is_some_and(|(local, domain)| {
            (1..=EMAIL_LOCAL_BYTES_MAX).contains(&local.len())
                && address.len() <= EMAIL_BYTES_MAX
                && local.chars().all(is_of_an_address)
                && domain.chars().all(is_of_an_address)
                && domain.split('.').all(|label| !label.is_empty())
        });
    match plausible {
        true => text_if_any(address, at, wrong),
        false => wrong.note(at, "is not an e-mail address"),
    }
}

fn is_of_an_address(character: char) -> bool {
    !character.is_whitespace() && !character.is_control() && !"<>()[]\\,;:\"@".contains(character)
}

fn destination(
    message: proto::Destination,
    at: &Path<'_>,
    wrong: &mut Wrong,
) -> Option<Destination> {
    let country = wrong.parse_if_any(&message.region_code, &at.field("region_code"));
    let time_zone = match message.time_zone {
        name if name.is_empty() => Some(None),
        name => match backhaul_kernel::time::zone(&name) {
            Ok(_) => Some(Some(name)),
            Err(error) => wrong.note(&at.field("time_zone"), error),
        },
    };
    Some(Destination {
        country: country?,
        time_zone: time_zone?,
    })
}

fn lines(
    currency: Option<Currency>,
    messages: Vec<proto::Line>,
    at: &Path<'_>,
    wrong: &mut Wrong,
) -> Option<Vec<Line>> {
    let lines = wrong.each(messages, 1..=LINES_MAX, at, |message, at, wrong| {
        line(currency, message, at, wrong)
    })?;
    let mut seen = HashSet::new();
    match lines.iter().position(|line| !seen.insert(&line.line)) {
        Some(index) => wrong.note(&at.index(index).field("line"), "stands in the order twice"),
        None => Some(lines),
    }
}

fn line(
    currency: Option<Currency>,
    message: proto::Line,
    at: &Path<'_>,
    wrong: &mut Wrong,
) -> Option<Line> {
    let amount = |message, sign, field, wrong: &mut Wrong| {
        money_in(currency, message, sign, &at.field(field), wrong)
    };
    let id = wrong.parse(&message.line, &at.field("line"));
    let sku = text(message.sku, &at.field("sku"), wrong);
    let title = text(message.title, &at.field("title"), wrong);
    let category = text_if_any(message.category, &at.field("category"), wrong);
    let quantity = quantity(message.quantity, &at.field("quantity"), wrong);
    let unit_price = wrong
        .required(message.unit_price, &at.field("unit_price"))
        .and_then(|price| amount(price, Sign::NotNegative, "unit_price", wrong));
    let discount = message
        .discount
        .map(|discount| amount(discount, Sign::NotNegative, "discount", wrong));
    let net = message
        .net_amount
        .map(|net| amount(net, Sign::NotNegative, "net_amount", wrong));
    let taxes = taxes(currency, message.taxes, &at.field("taxes"), wrong);
    let parts = kit::parts(message.parts, &at.field("parts"), wrong);

    let (quantity, unit_price) = (quantity?, unit_price?);
    let discount = all(discount)?.unwrap_or(Money::zero(unit_price.currency));
    let net = match all(net)? {
        Some(net) => net,
        None => net_of(quantity, unit_price, discount, at, wrong)?,
    };
    Some(Line {
        line: id?,
        sku: sku?,
        title: title?,
        category: category?,
        quantity,
        unit_price,
        discount,
        net,
        taxes: taxes?,
        sale: if message.final_sale {
            Sale::Final
        } else {
            Sale::Regular
        },
        parts: parts?,
    })
}

/// Quantity times unit price less discount.
fn net_of(
    quantity: u32,
    unit_price: Money,
    discount: Money,
    at: &Path<'_>,
    wrong: &mut Wrong,
) -> Option<Money> {
    let gross = unit_price.minor.checked_mul(i64::from(quantity));
    match gross.and_then(|gross| gross.checked_sub(discount.minor)) {
        None => wrong.note(
            &at.field("unit_price"),
            "quantity times unit price is too large",
        ),
        Some(minor) if minor > crate::types::MINOR_UNITS_MAX => wrong.note(
            &at.field("unit_price"),
            "quantity times unit price is too large",
        ),
        Some(..0) => wrong.note(&at.field("discount"), "is more than the line"),
        Some(minor) => Some(Money::new(minor, unit_price.currency)),
    }
}

fn charge(
    currency: Option<Currency>,
    message: proto::Charge,
    at: &Path<'_>,
    wrong: &mut Wrong,
) -> Option<Charge> {
    let net = wrong
        .required(message.net_amount, &at.field("net_amount"))
        .and_then(|net| {
            money_in(
                currency,
                net,
                Sign::NotNegative,
                &at.field("net_amount"),
                wrong,
            )
        });
    let taxes = taxes(currency, message.taxes, &at.field("taxes"), wrong);
    let standard = message.standard_net_amount.map(|standard| {
        let at = at.field("standard_net_amount");
        money_in(currency, standard, Sign::NotNegative, &at, wrong)
    });
    Some(Charge {
        net: net?,
        taxes: taxes?,
        standard_net: all(standard)?,
    })
}

/// One jurisdiction at one rate stands once: refunds are counted by it.
fn taxes(
    currency: Option<Currency>,
    messages: Vec<proto::TaxLine>,
    at: &Path<'_>,
    wrong: &mut Wrong,
) -> Option<Vec<TaxLine>> {
    let taxes = wrong.each(messages, 0..=TAXES_MAX, at, |message, at, wrong| {
        tax(currency, message, at, wrong)
    })?;
    let mut seen = HashSet::new();
    let key = |tax: &TaxLine| (tax.jurisdiction.to_string(), tax.rate_basis_points);
    match taxes.iter().position(|tax| !seen.insert(key(tax))) {
        Some(index) => wrong.note(
            &at.index(index),
            "one jurisdiction and rate stand here twice",
        ),
        None => Some(taxes),
    }
}

fn tax(
    currency: Option<Currency>,
    message: proto::TaxLine,
    at: &Path<'_>,
    wrong: &mut Wrong,
) -> Option<TaxLine> {
    let jurisdiction = some_text(message.jurisdiction, &at.field("jurisdiction"), wrong);
    let rate = match message.rate_basis_points {
        rate @ ..=RATE_BASIS_POINTS_MAX => Some(rate),
        _ => wrong.note(
            &at.field("rate_basis_points"),
            format_args!("must be at most {RATE_BASIS_POINTS_MAX}"),
        ),
    };
    let amount = wrong
        .required(message.amount, &at.field("amount"))
        .and_then(|amount| {
            money_in(
                currency,
                amount,
                Sign::NotNegative,
                &at.field("amount"),
                wrong,
            )
        });
    Some(TaxLine {
        jurisdiction: jurisdiction?,
        rate_basis_points: rate?,
        amount: amount?,
    })
}

fn payments(
    order: Option<OrderId>,
    currency: Option<Currency>,
    messages: Vec<proto::Payment>,
    at: &Path<'_>,
    wrong: &mut Wrong,
) -> Option<Vec<RecordCapture>> {
    let payments = wrong.each(messages, 0..=PAYMENTS_MAX, at, |message, at, wrong| {
        capture(order.clone(), currency, message, at, wrong)
    })?;
    let mut seen = HashSet::new();
    match payments
        .iter()
        .position(|payment| !seen.insert(&payment.payment))
    {
        Some(index) => wrong.note(
            &at.index(index).field("payment"),
            "stands in the order twice",
        ),
        None => Some(payments),
    }
}

fn capture(
    order: Option<OrderId>,
    currency: Option<Currency>,
    message: proto::Payment,
    at: &Path<'_>,
    wrong: &mut Wrong,
) -> Option<RecordCapture> {
    let payment = wrong.parse(&message.payment, &at.field("payment"));
    let tender = tender(message.tender, &at.field("tender"), wrong);
    let provider_payment = some_text(
        message.provider_payment,
        &at.field("provider_payment"),
        wrong,
    );
    let amount = wrong
        .required(message.amount, &at.field("amount"))
        .and_then(|amount| money_in(currency, amount, Sign::Positive, &at.field("amount"), wrong));
    let captured_at = timestamp_if_any(message.capture_time, &at.field("capture_time"), wrong);
    Some(RecordCapture {
        order: order?,
        payment: payment?,
        tender: tender?,
        provider_payment: provider_payment?,
        amount: amount?,
        captured_at: captured_at?,
    })
}

fn labels(
    labels: HashMap<String, String>,
    at: &Path<'_>,
    wrong: &mut Wrong,
) -> Option<BTreeMap<String, String>> {
    if labels.len() > LABELS_MAX {
        return wrong.note(at, format_args!("at most {LABELS_MAX} are allowed"));
    }
    let fits = |text: &str| text.len() <= LABEL_BYTES_MAX && !text.chars().any(char::is_control);
    let right = |(key, value): (&String, &String)| !key.is_empty() && fits(key) && fits(value);
    match labels.iter().all(right) {
        true => Some(labels.into_iter().collect()),
        false => wrong.note(
            at,
            format_args!(
                "keys must be 1 to {LABEL_BYTES_MAX} bytes, values at most as many, without control characters"
            ),
        ),
    }
}

/// How far the units of one line have moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LineMovement {
    /// Units dispatched.
    pub dispatched: u32,
    /// Units delivered.
    pub delivered: u32,
    /// When the last of them were delivered.
    pub last_delivered_at: Option<Timestamp>,
}

/// The message of an order: as recorded and amended, with its payments, disputes and movements.
pub fn order_to_proto(
    order: &OrderRecorded,
    payments: &[PaymentCaptured],
    disputes: &[DisputeShown<'_>],
    movement: impl Fn(&LineId) -> LineMovement,
    version: u64,
) -> proto::Order {
    proto::Order {
        name: names::order_name(&order.order),
        order_time: Some(timestamp_to_proto(order.ordered_at)),
        currency_code: order.currency.to_string(),
        buyer: Some(buyer_to_proto(&order.buyer)),
        ship_to: Some(destination_to_proto(&order.destination)),
        lines: order
            .lines
            .iter()
            .map(|line| line_to_proto(line, movement(&line.line)))
            .collect(),
        shipping: order.shipping.as_ref().map(charge_to_proto),
        payments: payments.iter().map(payment_to_proto).collect(),
        labels: order.labels.clone().into_iter().collect(),
        version: version_to_proto(version),
        charges: order.charges.iter().map(beside::charge_to_proto).collect(),
        disputes: disputes.iter().map(beside::dispute_to_proto).collect(),
    }
}

/// The message of a buyer.
pub fn buyer_to_proto(buyer: &Buyer) -> proto::Buyer {
    let text = |text: &Option<Text>| text.as_ref().map(Text::to_string).unwrap_or_default();
    proto::Buyer {
        reference: buyer.reference.to_string(),
        email: text(&buyer.email),
        display_name: text(&buyer.name),
        language_code: buyer.language.to_string(),
    }
}

fn destination_to_proto(destination: &Destination) -> proto::Destination {
    proto::Destination {
        region_code: destination
            .country
            .map(|country| country.to_string())
            .unwrap_or_default(),
        time_zone: destination.time_zone.clone().unwrap_or_default(),
    }
}

fn line_to_proto(line: &Line, movement: LineMovement) -> proto::Line {
    proto::Line {
        line: line.line.to_string(),
        sku: line.sku.to_string(),
        title: line.title.to_string(),
        category: line
            .category
            .as_ref()
            .map(Text::to_string)
            .unwrap_or_default(),
        quantity: line.quantity,
        unit_price: Some(money_to_proto(line.unit_price)),
        discount: Some(money_to_proto(line.discount)),
        net_amount: Some(money_to_proto(line.net)),
        taxes: line.taxes.iter().map(tax_to_proto).collect(),
        final_sale: line.sale == Sale::Final,
        dispatched_quantity: movement.dispatched,
        delivered_quantity: movement.delivered,
        last_delivery_time: movement.last_delivered_at.map(timestamp_to_proto),
        parts: kit::parts_to_proto(&line.parts),
    }
}

fn charge_to_proto(charge: &Charge) -> proto::Charge {
    proto::Charge {
        net_amount: Some(money_to_proto(charge.net)),
        taxes: charge.taxes.iter().map(tax_to_proto).collect(),
        standard_net_amount: charge.standard_net.map(money_to_proto),
    }
}

fn tax_to_proto(tax: &TaxLine) -> proto::TaxLine {
    proto::TaxLine {
        jurisdiction: tax.jurisdiction.to_string(),
        rate_basis_points: tax.rate_basis_points,
        amount: Some(money_to_proto(tax.amount)),
    }
}

fn payment_to_proto(payment: &PaymentCaptured) -> proto::Payment {
    proto::Payment {
        payment: payment.payment.to_string(),
        tender: tender_to_proto(payment.tender).into(),
        provider_payment: payment.provider_payment.to_string(),
        amount: Some(money_to_proto(payment.amount)),
        capture_time: Some(timestamp_to_proto(payment.captured_at)),
    }
}

#[cfg(test)]
mod tests;

//! The rules of a policy, both ways.

use backhaul_events::returns::{
    Authorization, Clock, Day, Exemption, Fees, KeepItem, LastDay, PartialRefund, Postage, Remedy,
    Rule, Scope, SpanUnit, WayBack, WindowTerms,
};
use backhaul_kernel::Text;

use super::{ENTRIES_MAX, centre, limits};
use crate::invalid::{Path, Wrong};
use crate::money_due::{outbound_shipping, outbound_shipping_to_proto};
use crate::proto::returns::v1 as proto;
use crate::returns::{
    centre_to_proto, grade, grade_to_proto, reason, reason_to_proto, release, release_to_proto,
};
use crate::types::{money_to_proto, some_text, text, timestamp_if_any, timestamp_to_proto};
use crate::words::same_words;

same_words! { "unit", proto::SpanUnit, SpanUnit, unit, unit_to_proto: Days BusinessDays Months }
same_words! { "clock", proto::Clock, Clock, clock, clock_to_proto:
    Order Delivery LastDelivery Receipt FaultFound Declaration
}
same_words! { "exemption", proto::Exemption, Exemption, exemption, exemption_to_proto:
    FinalSale Bespoke Perishable UnsealedHygiene UnsealedMedia Mixed Periodical DatedLeisure
    DigitalBegun PriceFluctuation AgreedUnsuited DiminishedByBuyer
}
same_words! { "payer", proto::Payer, Postage, payer, payer_to_proto: Merchant Buyer }
same_words! { "remedy", proto::Remedy, Remedy, remedy, remedy_to_proto:
    Refund Replacement Repair PriceReduction Exchange StoreCredit
}
same_words! { "authorization", proto::Authorization, Authorization, authorization,
    authorization_to_proto: Automatic Manual
}
same_words! { "way back", proto::WayBack, WayBack, way_back, way_back_to_proto:
    Parcel PickUp LocalCentre
}

/// Reads a number of a closed set where none need be said.
fn if_any<T>(
    number: i32,
    at: &Path<'_>,
    wrong: &mut Wrong,
    read: impl FnOnce(i32, &Path<'_>, &mut Wrong) -> Option<T>,
) -> Option<Option<T>> {
    match number {
        0 => Some(None),
        number => read(number, at, wrong).map(Some),
    }
}

/// Reads a message where none need be said.
pub(super) fn message_if_any<M, T>(
    message: Option<M>,
    at: &Path<'_>,
    wrong: &mut Wrong,
    read: impl FnOnce(M, &Path<'_>, &mut Wrong) -> Option<T>,
) -> Option<Option<T>> {
    match message {
        None => Some(None),
        Some(message) => read(message, at, wrong).map(Some),
    }
}

pub(super) fn rule(message: proto::Rule, at: &Path<'_>, wrong: &mut Wrong) -> Option<Rule> {
    let id = some_text(message.id, &at.field("id"), wrong);
    let scope = scope(message.scope.unwrap_or_default(), &at.field("scope"), wrong);
    let condition = text(message.condition, &at.field("condition"), wrong);
    let window = message_if_any(message.window, &at.field("window"), wrong, span);
    let extends_to = day(&message.extends_to, &at.field("extends_to"), wrong);
    let exemption = if_any(message.exemption, &at.field("exemption"), wrong, exemption);
    let postage = if_any(message.postage, &at.field("postage"), wrong, payer);
    let fees = message_if_any(message.fees, &at.field("fees"), wrong, fees);
    let remedies = wrong.each(
        message.remedies,
        0..=ENTRIES_MAX,
        &at.field("remedies"),
        remedy,
    );
    let release = if_any(message.release, &at.field("release"), wrong, release);
    let authorization = if_any(
        message.authorization,
        &at.field("authorization"),
        wrong,
        authorization,
    );
    let signal = text(message.signal, &at.field("signal"), wrong);
    let keep_item = message_if_any(message.keep_item, &at.field("keep_item"), wrong, keep_item);
    let return_centre = message_if_any(
        message.return_centre,
        &at.field("return_centre"),
        wrong,
        centre,
    );
    let way_back = if_any(message.way_back, &at.field("way_back"), wrong, way_back);
    let field = at.field("outbound_shipping");
    let outbound_shipping = outbound_shipping(message.outbound_shipping, &field, wrong);
    let partial_refund = message.partial_refund_basis_points;
    Some(Rule {
        id: id?,
        scope: scope?,
        condition: condition?,
        window: window?,
        extends_to: extends_to?,
        exemption: exemption?,
        postage: postage?,
        fees: fees?,
        remedies: remedies?,
        release: release?,
        authorization: authorization?,
        signal: signal?,
        keep_item: keep_item?,
        partial_refund: partial_refund.map(|basis_points| PartialRefund { basis_points }),
        return_centre: return_centre?,
        way_back: way_back?,
        outbound_shipping: outbound_shipping?,
    })
}

fn scope(message: proto::Scope, at: &Path<'_>, wrong: &mut Wrong) -> Option<Scope> {
    let texts = |list: Vec<String>, name: &str, wrong: &mut Wrong| {
        wrong.each(list, 0..=ENTRIES_MAX, &at.field(name), some_text)
    };
    let countries = wrong.each(
        message.region_codes,
        0..=ENTRIES_MAX,
        &at.field("region_codes"),
        |code: String, at, wrong| wrong.parse(&code, at),
    );
    let channels = texts(message.channels, "channels", wrong);
    let categories = texts(message.categories, "categories", wrong);
    let buyer_groups = texts(message.buyer_groups, "buyer_groups", wrong);
    let reasons = wrong.each(
        message.reasons,
        0..=ENTRIES_MAX,
        &at.field("reasons"),
        reason,
    );
    let grades = wrong.each(message.grades, 0..=ENTRIES_MAX, &at.field("grades"), grade);
    let worth_at_least = limits(message.worth_at_least, &at.field("worth_at_least"), wrong);
    let worth_at_most = limits(message.worth_at_most, &at.field("worth_at_most"), wrong);
    let from = timestamp_if_any(message.order_from_time, &at.field("order_from_time"), wrong);
    let until = timestamp_if_any(
        message.order_until_time,
        &at.field("order_until_time"),
        wrong,
    );
    Some(Scope {
        countries: countries?,
        channels: channels?,
        categories: categories?,
        buyer_groups: buyer_groups?,
        reasons: reasons?,
        grades: grades?,
        worth_at_least: worth_at_least?,
        worth_at_most: worth_at_most?,
        ordered_from: from?,
        ordered_until: until?,
    })
}

fn span(message: proto::Span, at: &Path<'_>, wrong: &mut Wrong) -> Option<WindowTerms> {
    let length = super::days(message.length, &at.field("length"), wrong);
    let unit = unit(message.unit, &at.field("unit"), wrong);
    let clock = clock(message.clock, &at.field("clock"), wrong);
    Some(WindowTerms {
        length: length?,
        unit: unit?,
        clock: clock?,
        last_day: match message.ends_on_working_day {
            true => LastDay::NextWorkingDay,
            false => LastDay::AnyDay,
        },
    })
}

fn day(words: &str, at: &Path<'_>, wrong: &mut Wrong) -> Option<Option<Day>> {
    match words {
        "" => Some(None),
        words => match words.parse() {
            Ok(date) => Some(Some(Day(date))),
            Err(_) => wrong.note(at, "must be a day such as 2027-01-31"),
        },
    }
}

fn fees(message: proto::Fees, at: &Path<'_>, wrong: &mut Wrong) -> Option<Fees> {
    let return_postage = limits(message.return_postage, &at.field("return_postage"), wrong);
    Some(Fees {
        restocking_basis_points: message.restocking_basis_points,
        return_postage: return_postage?,
        diminished_value: message.diminished_value,
    })
}

fn keep_item(message: proto::KeepItem, at: &Path<'_>, wrong: &mut Wrong) -> Option<KeepItem> {
    Some(KeepItem {
        up_to: limits(message.up_to, &at.field("up_to"), wrong)?,
        returns_max: message.returns_max,
        within_days: message.within_days,
    })
}

pub(super) fn rule_to_proto(rule: &Rule) -> proto::Rule {
    proto::Rule {
        id: rule.id.to_string(),
        scope: (!rule.scope.is_everything()).then(|| scope_to_proto(&rule.scope)),
        condition: rule.condition.to_string(),
        window: rule.window.as_ref().map(span_to_proto),
        extends_to: rule
            .extends_to
            .map(|day| day.0.to_string())
            .unwrap_or_default(),
        exemption: rule
            .exemption
            .map_or(0, |word| exemption_to_proto(word).into()),
        postage: rule.postage.map_or(0, |word| payer_to_proto(word).into()),
        fees: rule.fees.as_ref().map(fees_to_proto),
        remedies: remedies_to_proto(&rule.remedies),
        release: rule.release.map_or(0, |word| release_to_proto(word).into()),
        authorization: rule
            .authorization
            .map_or(0, |word| authorization_to_proto(word).into()),
        signal: rule.signal.to_string(),
        keep_item: rule.keep_item.as_ref().map(|keep| proto::KeepItem {
            up_to: keep.up_to.iter().copied().map(money_to_proto).collect(),
            returns_max: keep.returns_max,
            within_days: keep.within_days,
        }),
        partial_refund_basis_points: rule.partial_refund.map(|partial| partial.basis_points),
        return_centre: rule.return_centre.as_ref().map(centre_to_proto),
        way_back: rule
            .way_back
            .map_or(0, |word| way_back_to_proto(word).into()),
        outbound_shipping: outbound_shipping_to_proto(rule.outbound_shipping).into(),
    }
}

fn scope_to_proto(scope: &Scope) -> proto::Scope {
    let texts = |texts: &[Text]| texts.iter().map(ToString::to_string).collect();
    let amounts =
        |amounts: &[backhaul_kernel::Money]| amounts.iter().copied().map(money_to_proto).collect();
    let reasons = scope.reasons.iter();
    let grades = scope.grades.iter();
    proto::Scope {
        region_codes: scope.countries.iter().map(ToString::to_string).collect(),
        channels: texts(&scope.channels),
        categories: texts(&scope.categories),
        buyer_groups: texts(&scope.buyer_groups),
        reasons: reasons.map(|word| reason_to_proto(*word).into()).collect(),
        grades: grades.map(|word| grade_to_proto(*word).into()).collect(),
        worth_at_least: amounts(&scope.worth_at_least),
        worth_at_most: amounts(&scope.worth_at_most),
        order_from_time: scope.ordered_from.map(timestamp_to_proto),
        order_until_time: scope.ordered_until.map(timestamp_to_proto),
    }
}

pub(super) fn span_to_proto(span: &WindowTerms) -> proto::Span {
    proto::Span {
        length: span.length,
        unit: unit_to_proto(span.unit).into(),
        clock: clock_to_proto(span.clock).into(),
        ends_on_working_day: span.last_day == LastDay::NextWorkingDay,
    }
}

pub(super) fn fees_to_proto(fees: &Fees) -> proto::Fees {
    proto::Fees {
        restocking_basis_points: fees.restocking_basis_points,
        return_postage: fees
            .return_postage
            .iter()
            .copied()
            .map(money_to_proto)
            .collect(),
        diminished_value: fees.diminished_value,
    }
}

pub(super) fn remedies_to_proto(remedies: &[Remedy]) -> Vec<i32> {
    let remedies = remedies.iter();
    remedies.map(|word| remedy_to_proto(*word).into()).collect()
}

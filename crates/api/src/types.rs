//! Money, points in time, counts of units, texts and actors.

use backhaul_events::LineUnits;
use backhaul_events::returns::{Deduction, DeductionKind};
use backhaul_kernel::{Actor, Currency, Money, Text, Timestamp};

use crate::invalid::{MISSING, Path, Wrong};
use crate::proto::types::v1 as proto;
use crate::words::same_words;

same_words! { "kind of deduction", proto::DeductionKind, DeductionKind, deduction_kind, deduction_kind_to_proto:
    Restocking ReturnPostage DiminishedValue
}

/// Most units of one line that a request may speak of.
pub const QUANTITY_MAX: u32 = 1_000_000;

/// The largest amount that a request may speak of, in minor units: far above any order, and small
/// enough that the sums over the largest order fit into 64 bits.
pub const MINOR_UNITS_MAX: i64 = 1_000_000_000_000_000;

/// Most lines of an order, and most items of one request.
pub const LINES_MAX: usize = 2_000;

/// The first second that a request may speak of: 2000-01-01T00:00:00Z.
const SECONDS_MIN: i64 = 946_684_800;
/// The first second that it may not speak of any more: 2100-01-01T00:00:00Z.
const SECONDS_END: i64 = 4_102_444_800;
/// Nanoseconds of a second.
const NANOSECONDS: i32 = 1_000_000_000;

/// Which amounts a field takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sign {
    /// Any.
    Any,
    /// None below zero.
    NotNegative,
    /// Only above zero.
    Positive,
}

/// An amount of any currency.
pub(crate) fn money(
    message: proto::Money,
    sign: Sign,
    at: &Path<'_>,
    wrong: &mut Wrong,
) -> Option<Money> {
    let minor = minor_units(message.minor_units, sign, &at.field("minor_units"), wrong);
    let currency = wrong.parse(&message.currency_code, &at.field("currency_code"));
    Some(Money::new(minor?, currency?))
}

/// An amount of the order's one currency; any currency when that one is wrong itself.
pub(crate) fn money_in(
    currency: Option<Currency>,
    message: proto::Money,
    sign: Sign,
    at: &Path<'_>,
    wrong: &mut Wrong,
) -> Option<Money> {
    let amount = money(message, sign, at, wrong)?;
    match currency {
        Some(currency) if currency != amount.currency => wrong.note(
            &at.field("currency_code"),
            format_args!("is {}, the order's is {currency}", amount.currency),
        ),
        _ => Some(amount),
    }
}

fn minor_units(minor: i64, sign: Sign, at: &Path<'_>, wrong: &mut Wrong) -> Option<i64> {
    match (sign, minor) {
        (_, minor) if !(-MINOR_UNITS_MAX..=MINOR_UNITS_MAX).contains(&minor) => wrong.note(
            at,
            format_args!("must be within {MINOR_UNITS_MAX} minor units of zero"),
        ),
        (Sign::NotNegative, ..0) => wrong.note(at, "must not be negative"),
        (Sign::Positive, ..=0) => wrong.note(at, "must be more than zero"),
        (_, minor) => Some(minor),
    }
}

/// The message of an amount.
pub fn money_to_proto(money: Money) -> proto::Money {
    proto::Money {
        minor_units: money.minor,
        currency_code: money.currency.to_string(),
    }
}

/// A point in time that must be given.
pub(crate) fn timestamp(
    message: Option<prost_types::Timestamp>,
    at: &Path<'_>,
    wrong: &mut Wrong,
) -> Option<Timestamp> {
    match timestamp_if_any(message, at, wrong)? {
        Some(timestamp) => Some(timestamp),
        None => wrong.note(at, MISSING),
    }
}

/// A point in time within the years 2000 to 2099, or none.
pub(crate) fn timestamp_if_any(
    message: Option<prost_types::Timestamp>,
    at: &Path<'_>,
    wrong: &mut Wrong,
) -> Option<Option<Timestamp>> {
    let Some(message) = message else {
        return Some(None);
    };
    if !(0..NANOSECONDS).contains(&message.nanos) {
        return wrong.note(at, "nanoseconds must be 0 to 999,999,999");
    }
    if !(SECONDS_MIN..SECONDS_END).contains(&message.seconds) {
        return wrong.note(at, "must lie within the years 2000 to 2099");
    }
    match Timestamp::new(message.seconds, message.nanos) {
        Ok(timestamp) => Some(Some(timestamp)),
        Err(_) => wrong.note(at, "is no point in time"),
    }
}

/// The message of a point in time.
pub fn timestamp_to_proto(timestamp: Timestamp) -> prost_types::Timestamp {
    // Before 1970 a timestamp counts its nanoseconds backwards, the message always forwards.
    let (seconds, nanos) = (timestamp.as_second(), timestamp.subsec_nanosecond());
    let (seconds, nanos) = match nanos {
        ..0 => (seconds - 1, nanos + NANOSECONDS),
        _ => (seconds, nanos),
    };
    prost_types::Timestamp { seconds, nanos }
}

/// A number of units, from 1.
pub(crate) fn quantity(quantity: u32, at: &Path<'_>, wrong: &mut Wrong) -> Option<u32> {
    match quantity {
        1..=QUANTITY_MAX => Some(quantity),
        _ => wrong.note(at, format_args!("must be 1 to {QUANTITY_MAX}")),
    }
}

/// Some units of one line.
pub(crate) fn line_units(
    message: proto::LineUnits,
    at: &Path<'_>,
    wrong: &mut Wrong,
) -> Option<LineUnits> {
    let line = wrong.parse(&message.line, &at.field("line"));
    let quantity = quantity(message.quantity, &at.field("quantity"), wrong);
    Some(LineUnits {
        line: line?,
        quantity: quantity?,
    })
}

/// Some units of one line, which must be given.
pub(crate) fn some_line_units(
    message: Option<proto::LineUnits>,
    at: &Path<'_>,
    wrong: &mut Wrong,
) -> Option<LineUnits> {
    let message = wrong.required(message, at)?;
    line_units(message, at, wrong)
}

/// An amount, which must be given.
pub(crate) fn some_money(
    message: Option<proto::Money>,
    sign: Sign,
    at: &Path<'_>,
    wrong: &mut Wrong,
) -> Option<Money> {
    let message = wrong.required(message, at)?;
    money(message, sign, at, wrong)
}

/// The message of some units.
pub fn line_units_to_proto(units: &LineUnits) -> proto::LineUnits {
    proto::LineUnits {
        line: units.line.to_string(),
        quantity: units.quantity,
    }
}

/// A text that may be empty.
pub(crate) fn text(text: String, at: &Path<'_>, wrong: &mut Wrong) -> Option<Text> {
    match Text::new(text) {
        Ok(text) => Some(text),
        Err(error) => wrong.note(at, error),
    }
}

/// A text that must not be empty.
pub(crate) fn some_text(words: String, at: &Path<'_>, wrong: &mut Wrong) -> Option<Text> {
    match words.trim() {
        "" => wrong.note(at, MISSING),
        _ => text(words, at, wrong),
    }
}

/// A text, or none when it is empty.
pub(crate) fn text_if_any(words: String, at: &Path<'_>, wrong: &mut Wrong) -> Option<Option<Text>> {
    let text = text(words, at, wrong)?;
    Some((!text.is_empty()).then_some(text))
}

/// The message of an actor.
pub fn actor_to_proto(actor: &Actor) -> proto::Actor {
    proto::Actor {
        name: actor.name.clone(),
        tier: actor.tier.name().to_owned(),
    }
}

/// A version of a stream as messages count it.
pub fn version_to_proto(version: u64) -> i64 {
    i64::try_from(version).unwrap_or(i64::MAX)
}

/// The message of something kept back.
pub fn deduction_to_proto(deduction: &Deduction) -> proto::Deduction {
    let line = deduction.line.as_ref();
    proto::Deduction {
        kind: deduction_kind_to_proto(deduction.kind).into(),
        amount: Some(money_to_proto(deduction.amount)),
        clause: deduction.clause.to_string(),
        line: line.map(ToString::to_string).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::invalid::convert;

    fn fields<T>(conversion: impl FnOnce(&mut Wrong) -> Option<T>) -> Vec<String> {
        let mistakes = convert(conversion)
            .err()
            .map_or(vec![], |error| error.mistakes);
        mistakes.into_iter().map(|mistake| mistake.field).collect()
    }

    #[test]
    fn amounts_are_bounded_signed_and_of_a_known_currency() {
        for (minor_units, currency_code, sign, wrong_fields) in [
            (1, "EUR", Sign::Positive, &[][..]),
            (0, "EUR", Sign::Positive, &["amount.minor_units"]),
            (0, "EUR", Sign::NotNegative, &[]),
            (-1, "EUR", Sign::NotNegative, &["amount.minor_units"]),
            (-1, "EUR", Sign::Any, &[]),
            (i64::MIN, "EUR", Sign::Any, &["amount.minor_units"]),
            (i64::MAX, "EUR", Sign::Any, &["amount.minor_units"]),
            (1, "EURO", Sign::Any, &["amount.currency_code"]),
            (1, "eur", Sign::Any, &["amount.currency_code"]),
            (1, "XXX", Sign::Any, &["amount.currency_code"]),
            (
                -1,
                "",
                Sign::Positive,
                &["amount.minor_units", "amount.currency_code"],
            ),
        ] {
            let message = proto::Money {
                minor_units,
                currency_code: currency_code.to_owned(),
            };
            let found = fields(|wrong| money(message, sign, &Path::of("amount"), wrong));
            assert_eq!(found, wrong_fields, "{minor_units} {currency_code}");
        }
    }

    #[test]
    fn amounts_keep_to_the_currency_of_the_order() {
        let pounds = || money_to_proto(Money::new(1, "GBP".parse().unwrap()));
        for (currency, wrong_fields) in [
            (Some("GBP"), &[][..]),
            (Some("EUR"), &["amount.currency_code"]),
            (None, &[]),
        ] {
            let currency = currency.map(|code| code.parse().unwrap());
            let found =
                fields(|wrong| money_in(currency, pounds(), Sign::Any, &Path::of("amount"), wrong));
            assert_eq!(found, wrong_fields);
        }
    }

    #[test]
    fn points_in_time_lie_within_a_century() {
        for (seconds, nanos, right) in [
            (SECONDS_MIN, 0, true),
            (SECONDS_MIN - 1, 0, false),
            (SECONDS_END - 1, 999_999_999, true),
            (SECONDS_END, 0, false),
            (253_402_300_799, 0, false),
            (1_700_000_000, -1, false),
            (1_700_000_000, 1_000_000_000, false),
            (i64::MIN, 0, false),
        ] {
            let message = prost_types::Timestamp { seconds, nanos };
            let answer = convert(|wrong| timestamp(Some(message), &Path::of("time"), wrong));
            assert_eq!(answer.is_ok(), right, "{seconds} {nanos}");
            if let Ok(timestamp) = answer {
                assert_eq!(timestamp_to_proto(timestamp), message);
            }
        }
        assert_eq!(
            fields(|wrong| timestamp(None, &Path::of("time"), wrong)),
            ["time"]
        );
    }

    #[test]
    fn a_moment_before_1970_counts_forwards() {
        let timestamp: Timestamp = "1969-12-31T23:59:59.9Z".parse().unwrap();
        let message = timestamp_to_proto(timestamp);
        assert_eq!((message.seconds, message.nanos), (-1, 900_000_000));
    }

    #[test]
    fn units_are_counted_from_one() {
        for (quantity, line, wrong_fields) in [
            (1, "1", &[][..]),
            (QUANTITY_MAX, "1", &[]),
            (0, "1", &["u.quantity"]),
            (u32::MAX, "", &["u.line", "u.quantity"]),
        ] {
            let message = proto::LineUnits {
                line: line.to_owned(),
                quantity,
            };
            let found = fields(|wrong| line_units(message, &Path::of("u"), wrong));
            assert_eq!(found, wrong_fields);
        }
    }

    #[test]
    fn texts_are_bounded() {
        for (words, right) in [("", true), ("a\nb", true), ("a\u{7}", false)] {
            let answer = convert(|wrong| text(words.to_owned(), &Path::of("note"), wrong));
            assert_eq!(answer.is_ok(), right, "{words:?}");
        }
        let long = "x".repeat(100_000);
        assert_eq!(
            fields(|wrong| text(long, &Path::of("note"), wrong)),
            ["note"]
        );
        assert_eq!(
            fields(|wrong| some_text(" ".to_owned(), &Path::of("note"), wrong)),
            ["note"]
        );
    }
}

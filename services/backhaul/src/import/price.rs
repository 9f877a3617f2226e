//! Unit prices, exact to a thousandth of the currency. Never a float: some prices have more
//! decimals than a pound has pence.

use std::fmt;
use std::str::FromStr;

/// Decimals that are kept.
const DECIMALS: usize = 3;
/// The longest whole part, in digits: fifteen and three decimals fit into 64 bits.
const WHOLE_DIGITS_MAX: usize = 15;
const THOUSANDTHS_PER_MINOR_UNIT: i128 = 10;

/// A unit price in thousandths of the currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Price(i64);

/// The text is no decimal number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a price")]
pub struct InvalidPrice(String);

impl Price {
    /// A price of so many thousandths.
    pub const fn thousandths(thousandths: i64) -> Self {
        Self(thousandths)
    }

    /// Whether anything is paid.
    pub const fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// What so many units cost, in whole minor units, half up; none when it does not fit.
    pub fn times(self, quantity: u32) -> Option<i64> {
        let thousandths = i128::from(self.0) * i128::from(quantity);
        let half = THOUSANDTHS_PER_MINOR_UNIT / 2;
        i64::try_from((thousandths + half).div_euclid(THOUSANDTHS_PER_MINOR_UNIT)).ok()
    }
}

impl FromStr for Price {
    type Err = InvalidPrice;

    /// Reads a decimal number and rounds it to a thousandth, half away from zero.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text).ok_or_else(|| InvalidPrice(text.chars().take(32).collect()))
    }
}

fn parse(text: &str) -> Option<Price> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !is_number(whole) || !is_number(fraction) || whole.len() > WHOLE_DIGITS_MAX {
        return None;
    }
    let kept: String = fraction
        .chars()
        .chain("000".chars())
        .take(DECIMALS)
        .collect();
    let rounds_up = fraction
        .as_bytes()
        .get(DECIMALS)
        .is_some_and(|digit| *digit >= b'5');
    let thousandths = whole.parse::<i64>().ok()? * 1_000 + kept.parse::<i64>().ok()?;
    Some(Price(sign * (thousandths + i64::from(rounds_up))))
}

/// For error messages: `2.550`.
impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let thousandths = self.0.unsigned_abs();
        write!(
            f,
            "{sign}{}.{:03}",
            thousandths / 1_000,
            thousandths % 1_000
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_read_exactly() {
        for (text, thousandths) in [
            ("2.55", 2_550),
            ("0", 0),
            ("0.001", 1),
            ("0.0004", 0),
            ("0.0005", 1),
            ("-11062.06", -11_062_060),
            ("15", 15_000),
            ("4.1", 4_100),
            ("1.9999", 2_000),
        ] {
            assert_eq!(text.parse(), Ok(Price(thousandths)), "{text}");
        }
        for text in [
            "",
            "-",
            ".5",
            "1.",
            "1e3",
            "1,5",
            "£2",
            "1234567890123456",
            " 1",
        ] {
            assert!(text.parse::<Price>().is_err(), "{text}");
        }
    }

    #[test]
    fn amounts_round_half_up_to_pence() {
        for (thousandths, quantity, pence) in [
            (2_550, 6, 1_530),
            (1, 1, 0),
            (1, 5, 1),
            (1, 4, 0),
            (385, 1, 39),
            (384, 1, 38),
        ] {
            assert_eq!(
                Price(thousandths).times(quantity),
                Some(pence),
                "{thousandths}"
            );
        }
        assert_eq!(Price(i64::MAX).times(u32::MAX), None);
    }
}

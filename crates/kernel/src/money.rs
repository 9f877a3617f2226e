//! Money: whole minor units of one currency, every operation checked.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Currency;

/// An amount in whole minor units (cents, yen, fils) of one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Money {
    /// Whole minor units; negative only where a deduction is meant.
    pub minor: i64,
    /// The currency the minor units belong to.
    pub currency: Currency,
}

/// An operation on amounts that has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Two currencies met in one operation.
    #[error("{left} and {right} cannot be combined")]
    CurrencyDiffers {
        /// The currency of the first amount.
        left: Currency,
        /// The currency of the second amount.
        right: Currency,
    },
    /// The result does not fit into 64 bits.
    #[error("the amount is too large")]
    Overflow,
}

impl Money {
    /// `minor` whole minor units of `currency`.
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Nothing, in `currency`.
    pub const fn zero(currency: Currency) -> Self {
        Self { minor: 0, currency }
    }

    /// The sum.
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        self.combine(other, i64::checked_add)
    }

    /// The difference; may be negative.
    pub fn minus(self, other: Self) -> Result<Self, MoneyError> {
        self.combine(other, i64::checked_sub)
    }

    /// The smaller of two amounts of one currency.
    pub fn at_most(self, other: Self) -> Result<Self, MoneyError> {
        self.combine(other, |left, right| Some(left.min(right)))
    }

    /// Whether this is more than `limit`.
    pub fn exceeds(self, limit: Self) -> Result<bool, MoneyError> {
        self.same_currency(limit)?;
        Ok(self.minor > limit.minor)
    }

    /// Whether nothing is owed.
    pub const fn is_zero(self) -> bool {
        self.minor == 0
    }

    /// Whether this is more than nothing.
    pub const fn is_positive(self) -> bool {
        self.minor > 0
    }

    /// The sum of amounts in `currency`; nothing when there are none.
    pub fn sum(
        currency: Currency,
        amounts: impl IntoIterator<Item = Self>,
    ) -> Result<Self, MoneyError> {
        amounts
            .into_iter()
            .try_fold(Self::zero(currency), Self::plus)
    }

    fn combine(
        self,
        other: Self,
        operation: impl Fn(i64, i64) -> Option<i64>,
    ) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        let minor = operation(self.minor, other.minor).ok_or(MoneyError::Overflow)?;
        Ok(Self { minor, ..self })
    }

    fn same_currency(self, other: Self) -> Result<(), MoneyError> {
        if self.currency == other.currency {
            return Ok(());
        }
        Err(MoneyError::CurrencyDiffers {
            left: self.currency,
            right: other.currency,
        })
    }
}

/// For people: `EUR 12.30`, `JPY 500`, `KWD -1.250`.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scale = self.currency.minor_per_major().unsigned_abs();
        let sign = if self.minor < 0 { "-" } else { "" };
        let minor = self.minor.unsigned_abs();
        write!(f, "{} {sign}{}", self.currency, minor / scale)?;
        match self.currency.exponent() as usize {
            0 => Ok(()),
            width => write!(f, ".{:0width$}", minor % scale),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(minor: i64, code: &str) -> Money {
        Money::new(minor, code.parse().unwrap())
    }

    #[test]
    fn shows_the_decimals_of_its_currency() {
        for (minor, code, text) in [
            (1230, "EUR", "EUR 12.30"),
            (-5, "EUR", "EUR -0.05"),
            (500, "JPY", "JPY 500"),
            (-1250, "KWD", "KWD -1.250"),
            (10_001, "CLF", "CLF 1.0001"),
            (i64::MIN, "JPY", "JPY -9223372036854775808"),
        ] {
            assert_eq!(money(minor, code).to_string(), text);
        }
    }

    #[test]
    fn never_mixes_currencies_and_never_wraps() {
        assert!(matches!(
            money(1, "EUR").plus(money(1, "GBP")),
            Err(MoneyError::CurrencyDiffers { .. })
        ));
        assert_eq!(
            money(i64::MAX, "EUR").plus(money(1, "EUR")),
            Err(MoneyError::Overflow)
        );
        assert_eq!(
            money(i64::MIN, "EUR").minus(money(1, "EUR")),
            Err(MoneyError::Overflow)
        );
    }

    #[test]
    fn json_shape_is_published() {
        let json = serde_json::to_string(&money(1230, "EUR")).unwrap();
        assert_eq!(json, r#"{"minor":1230,"currency":"EUR"}"#);
        assert_eq!(
            serde_json::from_str::<Money>(&json).unwrap(),
            money(1230, "EUR")
        );
    }
}

//! Amounts in a provider's own minor units, which are not always those of ISO 4217.

use backhaul_kernel::{Currency, Money};

/// The amount as the provider counts it, at its own number of decimals; none when that would lose
/// or overflow anything.
pub(crate) fn at_exponent(amount: Money, exponent: u32) -> Option<i64> {
    let ours = amount.currency.exponent();
    let power = |by: u32| 10_i64.checked_pow(by);
    if exponent >= ours {
        amount.minor.checked_mul(power(exponent - ours)?)
    } else {
        let divisor = power(ours - exponent)?;
        (amount.minor % divisor == 0).then(|| amount.minor / divisor)
    }
}

/// Whether the list, codes separated by one space, has the currency.
pub(crate) fn listed(codes: &str, currency: Currency) -> bool {
    codes.split(' ').any(|code| code == currency.code())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost_between_exponents() {
        for (minor, code, exponent, expected) in [
            (1_050, "EUR", 2, Some(1_050)),
            (500, "ISK", 2, Some(50_000)),
            (1_200, "MGA", 0, Some(12)),
            (1_201, "MGA", 0, None),
            (5_124, "KWD", 3, Some(5_124)),
            (i64::MAX, "ISK", 2, None),
        ] {
            let amount = Money::new(minor, code.parse().unwrap());
            assert_eq!(at_exponent(amount, exponent), expected, "{amount}");
        }
    }
}

//! Amounts as Adyen counts them: as ISO 4217, but for four currencies.
//! <https://docs.adyen.com/development-resources/currency-codes>

use backhaul_kernel::Money;

use crate::payment::exponent::{at_exponent, listed};

/// Without decimals, where ISO 4217 has two.
const WHOLE: &str = "CVE IDR";
/// With two decimals, where ISO 4217 has none.
const HUNDREDTHS: &str = "CLP ISK";

/// The amount as Adyen counts it; none where Adyen cannot pay it exactly.
pub(super) fn at_adyen(amount: Money) -> Option<i64> {
    let exponent = if listed(WHOLE, amount.currency) {
        0
    } else if listed(HUNDREDTHS, amount.currency) {
        2
    } else {
        amount.currency.exponent()
    };
    at_exponent(amount, exponent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_currencies_differ_from_the_standard() {
        for (minor, code, expected) in [
            (1_050, "EUR", Some(1_050)),
            (500, "JPY", Some(500)),
            (5_124, "KWD", Some(5_124)),
            (500, "CLP", Some(50_000)),
            (500, "ISK", Some(50_000)),
            (500, "CVE", Some(5)),
            (1_500_000, "IDR", Some(15_000)),
            (1_500_050, "IDR", None),
        ] {
            let amount = Money::new(minor, code.parse().unwrap());
            assert_eq!(at_adyen(amount), expected, "{amount}");
        }
    }
}

//! Amounts as Stripe counts them. <https://docs.stripe.com/currencies#minor-units>
//!
//! Stripe's list of currencies without decimals still names UGX, and its list of special cases
//! says that UGX is written with two decimals that are always zero, as ISK is. The special case is
//! the explicit one and is followed here. HUF and TWD are whole only when Stripe pays a merchant
//! out; refunds may have decimals.

use backhaul_kernel::Money;

use crate::payment::exponent::{at_exponent, listed};

/// Without decimals. ISO 4217 gives MGA two, which nobody can pay.
const WHOLE: &str = "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF";
/// Without decimals for buyers, but written with two.
const WHOLE_WRITTEN_AS_HUNDREDTHS: &str = "ISK UGX";
/// With three decimals, the last of which must be zero.
const THOUSANDTHS: &str = "BHD JOD KWD OMR TND";
/// Nothing but tens of the smallest unit can be paid with these.
const THOUSANDTHS_STEP: i64 = 10;

/// The amount as Stripe counts it; none where Stripe cannot pay it exactly.
pub(super) fn at_stripe(amount: Money) -> Option<i64> {
    let currency = amount.currency;
    if listed(WHOLE, currency) {
        at_exponent(amount, 0)
    } else if listed(WHOLE_WRITTEN_AS_HUNDREDTHS, currency) {
        at_exponent(amount, 2)
    } else if listed(THOUSANDTHS, currency) {
        at_exponent(amount, 3).filter(|amount| amount % THOUSANDTHS_STEP == 0)
    } else if currency.exponent() == 2 {
        Some(amount.minor)
    } else {
        // Four decimals, or none and not on any list: Stripe has no such currency.
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_currency_has_its_rule() {
        for (minor, code, expected) in [
            (1_050, "EUR", Some(1_050)),
            (1_050, "HUF", Some(1_050)),
            (1_050, "TWD", Some(1_050)),
            (500, "JPY", Some(500)),
            (500, "KRW", Some(500)),
            (500, "ISK", Some(50_000)),
            (500, "UGX", Some(50_000)),
            (500, "MGA", Some(5)),
            (550, "MGA", None),
            (5_120, "KWD", Some(5_120)),
            (5_124, "KWD", None),
            (5_125, "BHD", None),
            (5_130, "TND", Some(5_130)),
            (5_130, "IQD", None),
            (5, "CLF", None),
            (5, "UYI", None),
        ] {
            let amount = Money::new(minor, code.parse().unwrap());
            assert_eq!(at_stripe(amount), expected, "{amount}");
        }
    }
}

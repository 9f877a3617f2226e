//! ISO 4217 currencies and how many decimals each one has.
//!
//! The exponent table is list one of ISO 4217 (funds and metals that have no minor unit are left
//! out: nobody pays with them). Amounts are always whole minor units, so the exponent only matters
//! where people read or type an amount.

use std::fmt;
use std::str::FromStr;

use crate::as_text::serde_as_text;

/// An ISO 4217 currency in circulation.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

/// The text is no currency of ISO 4217 with a minor unit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an ISO 4217 currency code")]
pub struct UnknownCurrency(pub String);

impl Currency {
    /// The three-letter code.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).expect("a currency is made from three ASCII letters")
    }

    /// Decimals of the major unit: 2 for EUR, 0 for JPY, 3 for KWD, 4 for CLF.
    pub fn exponent(&self) -> u32 {
        EXPONENTS
            .iter()
            .find(|(_, codes)| contains(codes, self.0))
            .map_or(2, |(exponent, _)| *exponent)
    }

    /// How many minor units make one major unit.
    pub fn minor_per_major(&self) -> i64 {
        10_i64.pow(self.exponent())
    }
}

fn contains(codes: &str, code: [u8; 3]) -> bool {
    codes.as_bytes().chunks(4).any(|entry| entry[..3] == code)
}

impl FromStr for Currency {
    type Err = UnknownCurrency;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unknown = || UnknownCurrency(text.chars().take(16).collect());
        let code: [u8; 3] = text.as_bytes().try_into().map_err(|_| unknown())?;
        if EXPONENTS.iter().any(|(_, codes)| contains(codes, code)) {
            Ok(Self(code))
        } else {
            Err(unknown())
        }
    }
}

serde_as_text!(Currency, code);

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// Codes by exponent, separated by one space.
#[rustfmt::skip]
const EXPONENTS: [(u32, &str); 4] = [
    (2, "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP \
        BYN BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB \
        EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES \
        KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR \
        MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD \
        RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP \
        TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG"),
    (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"),
    (3, "BHD IQD JOD KWD LYD OMR TND"),
    (4, "CLF UYW"),
];

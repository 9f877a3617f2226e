//! Where the demo's buyers live, in the proportions of a real retailer's order lines. Exchange
//! rates and tax rates are made up to look right; nothing computes with them but the demo.

use rand::RngExt as _;
use rand::rngs::StdRng;

/// A country with everything an order there needs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Market {
    pub(super) region: &'static str,
    /// Order lines of a real year.
    lines: u32,
    pub(super) currency: &'static str,
    /// Minor units of the currency for 1,000 pence.
    rate: i64,
    /// Taxes on top of the net price: who levies them, and basis points.
    pub(super) taxes: &'static [(&'static str, u32)],
    pub(super) zone: &'static str,
    /// One buyer in so many writes Chinese; 0 is none.
    pub(super) chinese_one_in: u32,
}

/// A country is never rarer than this, so that a small year shows every currency.
const LINES_MIN: u32 = 800;

impl Market {
    /// A price of so many pence in the currency of the country, at least one minor unit.
    pub(super) fn price(&self, pence: i64) -> i64 {
        ((pence * self.rate + 500) / 1_000).max(1)
    }

    fn weight(&self) -> u32 {
        self.lines.max(LINES_MIN)
    }
}

/// Draws a country.
pub(super) fn draw(random: &mut StdRng) -> Market {
    let total: u32 = MARKETS.iter().map(Market::weight).sum();
    let mut point = random.random_range(0..total);
    for market in MARKETS {
        match point.checked_sub(market.weight()) {
            Some(rest) => point = rest,
            None => return market,
        }
    }
    MARKETS[0]
}

/// One country a line: region, lines, currency, rate, taxes, time zone, Chinese one in.
macro_rules! markets {
    ($($region:literal $lines:literal $currency:literal $rate:literal $taxes:expr, $zone:literal $chinese:literal;)*) => {
        &[$(Market {
            region: $region,
            lines: $lines,
            currency: $currency,
            rate: $rate,
            taxes: &$taxes,
            zone: $zone,
            chinese_one_in: $chinese,
        },)*]
    };
}

pub(super) const MARKETS: [Market; 37] = *markets! {
    "GB" 495_478 "GBP" 1_000 [("GB", 2_000)], "Europe/London" 40;
    "DE" 9_495 "EUR" 1_170 [("DE", 1_900)], "Europe/Berlin" 0;
    "FR" 8_557 "EUR" 1_170 [("FR", 2_000)], "Europe/Paris" 0;
    "IE" 8_196 "EUR" 1_170 [("IE", 2_300)], "Europe/Dublin" 0;
    "ES" 2_533 "EUR" 1_170 [("ES", 2_100)], "Europe/Madrid" 0;
    "NL" 2_371 "EUR" 1_170 [("NL", 2_100)], "Europe/Amsterdam" 0;
    "BE" 2_069 "EUR" 1_170 [("BE", 2_100)], "Europe/Brussels" 0;
    "CH" 2_002 "CHF" 1_120 [("CH", 810)], "Europe/Zurich" 0;
    "PT" 1_519 "EUR" 1_170 [("PT", 2_300)], "Europe/Lisbon" 0;
    "AU" 1_259 "AUD" 1_950 [("AU", 1_000)], "Australia/Sydney" 8;
    "NO" 1_086 "NOK" 13_700 [("NO", 2_500)], "Europe/Oslo" 0;
    "IT" 803 "EUR" 1_170 [("IT", 2_200)], "Europe/Rome" 0;
    "JE" 758 "GBP" 1_000 [], "Europe/Jersey" 0;
    "FI" 695 "EUR" 1_170 [("FI", 2_400)], "Europe/Helsinki" 0;
    "CY" 622 "EUR" 1_170 [("CY", 1_900)], "Asia/Nicosia" 0;
    "SE" 462 "SEK" 13_400 [("SE", 2_500)], "Europe/Stockholm" 0;
    "AT" 401 "EUR" 1_170 [("AT", 2_000)], "Europe/Vienna" 0;
    "DK" 389 "DKK" 8_750 [("DK", 2_500)], "Europe/Copenhagen" 0;
    "JP" 358 "JPY" 1_900 [("JP", 1_000)], "Asia/Tokyo" 0;
    "PL" 341 "PLN" 5_000 [("PL", 2_300)], "Europe/Warsaw" 0;
    "IL" 297 "ILS" 4_700 [], "Asia/Jerusalem" 0;
    "US" 291 "USD" 1_270 [("US-CA", 725)], "America/Los_Angeles" 6;
    "HK" 288 "HKD" 9_900 [], "Asia/Hong_Kong" 1;
    "SG" 229 "SGD" 1_700 [("SG", 900)], "Asia/Singapore" 2;
    "IS" 182 "ISK" 1_750 [("IS", 2_400)], "Atlantic/Reykjavik" 0;
    "CA" 151 "CAD" 1_750 [("CA", 500), ("CA-BC", 700)], "America/Vancouver" 6;
    "GR" 146 "EUR" 1_170 [("GR", 2_400)], "Europe/Athens" 0;
    "MT" 127 "EUR" 1_170 [("MT", 1_800)], "Europe/Malta" 0;
    "AE" 68 "AED" 4_660 [("AE", 500)], "Asia/Dubai" 0;
    "ZA" 58 "ZAR" 23_000 [("ZA", 1_500)], "Africa/Johannesburg" 0;
    "LB" 45 "USD" 1_270 [], "Asia/Beirut" 0;
    "LT" 35 "EUR" 1_170 [("LT", 2_100)], "Europe/Vilnius" 0;
    "BR" 32 "BRL" 7_000 [], "America/Sao_Paulo" 0;
    "CZ" 30 "CZK" 29_000 [("CZ", 2_100)], "Europe/Prague" 0;
    "BH" 19 "BHD" 4_800 [("BH", 1_000)], "Asia/Bahrain" 0;
    "SA" 10 "SAR" 4_760 [("SA", 1_500)], "Asia/Riyadh" 0;
    // Not of the real year: a second currency of three decimals.
    "KW" 10 "KWD" 3_900 [], "Asia/Kuwait" 0;
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_market_can_be_told_to_the_services() {
        for market in MARKETS {
            assert!(
                market.region.parse::<backhaul_kernel::Country>().is_ok(),
                "{market:?}"
            );
            assert!(
                market.currency.parse::<backhaul_kernel::Currency>().is_ok(),
                "{market:?}"
            );
            assert!(
                backhaul_kernel::time::zone(market.zone).is_ok(),
                "{market:?}"
            );
        }
    }
}

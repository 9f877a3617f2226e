//! Small shapes of the contract, made and read in one place.

use backhaul_api::proto::types::v1::{LineUnits, Money};
use backhaul_kernel::Timestamp;

/// The last part of a resource name: `536365-R1` of `returns/536365-R1`.
pub fn id(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

/// The resource name of an id, or the name itself when the caller gave one.
pub fn name(collection: &str, id_or_name: &str) -> String {
    if id_or_name.contains('/') {
        return id_or_name.to_owned();
    }
    format!("{collection}/{id_or_name}")
}

/// An amount.
pub fn money(minor_units: i64, currency: &str) -> Option<Money> {
    Some(Money {
        minor_units,
        currency_code: currency.to_owned(),
    })
}

/// An amount for people, such as `GBP 12.30`; empty when there is none.
pub fn money_text(money: Option<&Money>) -> String {
    let Some(money) = money else {
        return String::new();
    };
    match money.currency_code.parse() {
        Ok(currency) => backhaul_kernel::Money::new(money.minor_units, currency).to_string(),
        Err(_) => format!("{} minor units", money.minor_units),
    }
}

/// Some units of a line.
pub fn units(line: &str, quantity: u32) -> LineUnits {
    LineUnits {
        line: line.to_owned(),
        quantity,
    }
}

/// A moment.
pub fn timestamp(at: Timestamp) -> Option<prost_types::Timestamp> {
    Some(prost_types::Timestamp {
        seconds: at.as_second(),
        nanos: at.subsec_nanosecond(),
    })
}

/// A moment for people, to the second; empty when there is none.
pub fn time_text(at: Option<&prost_types::Timestamp>) -> String {
    at.and_then(|at| Timestamp::new(at.seconds, at.nanos).ok())
        .map(|at| at.strftime("%Y-%m-%d %H:%M:%S").to_string())
        .unwrap_or_default()
}

//! What the law allows at least. Data with its source, not code: a country is an entry in
//! `data/`, and what an entry does not model it says itself.

use std::sync::LazyLock;

use backhaul_kernel::{Country, Text};
use serde::Deserialize;

/// One statutory right of withdrawal.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statute {
    /// The clause that decisions name.
    pub clause: Text,
    /// What it is called.
    pub title: Text,
    /// Where it is written.
    pub source: Text,
    /// The day on which the source was last read.
    pub checked_on: Text,
    /// How sure the entry is, and why.
    pub confidence: Text,
    /// Where it holds.
    pub countries: Vec<Country>,
    /// Days after the day on which the last good of the order was delivered.
    pub window_days: u32,
    /// What the law says and this entry does not.
    pub not_modelled: Vec<Text>,
}

static STATUTES: LazyLock<Vec<Statute>> = LazyLock::new(|| {
    let json = include_str!("../data/statute-eu.json");
    serde_json::from_str(json).expect("the statutes are read by a test of this crate")
});

/// Every statute that is known.
pub fn statutes() -> &'static [Statute] {
    &STATUTES
}

/// The statute of the buyer's country. A country that is not known has none.
pub(crate) fn of(country: Option<Country>) -> Option<&'static Statute> {
    let country = country?;
    statutes()
        .iter()
        .find(|statute| statute.countries.contains(&country))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_european_entry_names_every_member_state_and_its_source() {
        let statute = of(Some("FR".parse().unwrap())).unwrap();
        assert_eq!(statute.countries.len(), 27);
        assert!(statute.countries.iter().all(Country::in_european_union));
        assert!(statute.source.as_str().contains("2011/83/EU"));
        assert!(!statute.not_modelled.is_empty());
        assert_eq!(of(Some("GB".parse().unwrap())), None);
        assert_eq!(of(None), None);
    }
}

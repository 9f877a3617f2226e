//! What the law allows at least. Data with its source, not code: a jurisdiction is a file in
//! `data/statute`, and what an entry does not model it says itself.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use backhaul_events::returns::{Day, Exemption, OutboundShipping, Postage, Remedy, WindowTerms};
use backhaul_kernel::{Country, Text};
use serde::Deserialize;

use crate::order_facts::SaleForm;

/// The law of one place.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Jurisdiction {
    /// Its short name, such as `eu`.
    pub jurisdiction: Text,
    /// What it is called.
    pub title: Text,
    /// Where it holds: for buyers who live there.
    pub countries: Vec<Country>,
    /// Rights that decisions are held to.
    pub rights: Vec<Right>,
    /// What the law says besides; nothing is decided by it here.
    pub duties: Vec<Duty>,
}

/// One statutory right of consumers.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Right {
    /// The clause that decisions name.
    pub clause: Text,
    /// What it is called.
    pub title: Text,
    /// Where it is written.
    pub source: Text,
    /// The day on which the source was last looked at.
    pub checked_on: Text,
    /// How sure the entry is.
    pub confidence: Confidence,
    /// What that is based on.
    pub evidence: Text,
    /// Countries of the jurisdiction in which it holds; all when empty.
    #[serde(default)]
    pub countries: Vec<Country>,
    /// Parts of countries in which it holds, as ISO 3166-2 names them; all when empty.
    #[serde(default)]
    pub regions: Vec<Text>,
    /// What it needs to have happened.
    pub occasion: Occasion,
    /// How the goods were sold; any way when empty.
    #[serde(default)]
    pub sale_forms: Vec<SaleForm>,
    /// Until when it holds. A right without any window holds without end, and a person decides.
    pub window: Option<WindowTerms>,
    /// Until when it holds where the buyer was not told what the law demands.
    pub window_if_not_informed: Option<WindowTerms>,
    /// Months by which the window is longer where the buyer was not told.
    #[serde(default)]
    pub not_informed_months: u32,
    /// Who pays the way back.
    pub postage: Option<Postage>,
    /// Who pays it where the buyer was not told.
    pub postage_if_not_informed: Option<Postage>,
    /// Whether anything may be kept back for putting goods back into stock.
    pub restocking_fee: Option<RestockingFee>,
    /// Whether value that the goods lost with the buyer may be kept back; nothing where it does not
    /// say.
    #[serde(default)]
    pub diminished_value: Option<DiminishedValue>,
    /// Within what the money must be back.
    pub refund_within: Option<WindowTerms>,
    /// What goes back of outbound shipping.
    #[serde(default)]
    pub outbound_shipping: Option<OutboundShipping>,
    /// What the buyer may have, in the order of the law.
    pub remedies: Vec<Remedy>,
    /// Why units may be left out of it.
    #[serde(default)]
    pub exemptions: Vec<Exemption>,
    /// By how much a repair makes it longer, once.
    pub repair_extends: Option<RepairExtension>,
    /// Its clock stops while goods are repaired, and then runs for this many days at least.
    pub repair_stops_clock_least_days: Option<u32>,
    /// What the law says and this entry does not.
    pub not_modelled: Vec<Text>,
}

/// By how much a repair makes a right longer.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RepairExtension {
    /// The clause that says so.
    pub clause: Text,
    /// By how many months.
    pub months: u32,
    /// For goods ordered on this day or later.
    pub ordered_from: Day,
}

/// What the law says besides rights to return.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Duty {
    /// Its name.
    pub clause: Text,
    /// What it is called.
    pub title: Text,
    /// Where it is written.
    pub source: Text,
    /// The day on which the source was last looked at.
    pub checked_on: Text,
    /// How sure the entry is.
    pub confidence: Confidence,
    /// What that is based on.
    pub evidence: Text,
    /// What it says.
    pub says: Text,
}

/// How sure an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Confidence {
    /// The wording was seen in a primary text or on an official site.
    V1,
    /// It was seen in secondary sources.
    V2,
    /// General knowledge.
    G,
}

impl Confidence {
    /// As the data writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V1 => "V1",
            Self::V2 => "V2",
            Self::G => "G",
        }
    }
}

/// What a right needs to have happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Occasion {
    /// Nothing: the buyer need not say why.
    Any,
    /// The goods are faulty, or not what was promised.
    Fault,
}

/// What may be kept back for putting goods back into stock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RestockingFee {
    /// Nothing.
    Forbidden,
}

/// What may be kept back for value that goods lost with the buyer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DiminishedValue {
    /// What was lost by more than testing them, as far as the merchant shows it.
    BeyondTesting,
}

/// Declares the files of the law: a new jurisdiction is one more word and one more file.
macro_rules! files {
    ($($file:literal)*) => {
        [$(include_str!(concat!("../data/statute/", $file, ".json")),)*]
    };
}

static JURISDICTIONS: LazyLock<Vec<Jurisdiction>> = LazyLock::new(|| {
    let files = files! {
        "ae" "au" "br" "ca" "ch" "cn" "eu" "gb" "in" "jp" "kr" "mx" "sg" "us"
    };
    let read =
        |json: &str| serde_json::from_str(json).expect("the law is read by a test of this crate");
    files.into_iter().map(read).collect()
});

static BY_COUNTRY: LazyLock<BTreeMap<Country, Vec<&'static Right>>> = LazyLock::new(|| {
    let mut rights: BTreeMap<Country, Vec<&Right>> = BTreeMap::new();
    for jurisdiction in jurisdictions() {
        for country in &jurisdiction.countries {
            let of_country = jurisdiction.rights.iter();
            let of_country = of_country
                .filter(|right| right.countries.is_empty() || right.countries.contains(country));
            rights.entry(*country).or_default().extend(of_country);
        }
    }
    rights
});

static CLAUSES: LazyLock<BTreeSet<&'static str>> = LazyLock::new(|| {
    let rights = jurisdictions().iter().flat_map(|each| &each.rights);
    rights.map(|right| right.clause.as_str()).collect()
});

/// Everything that is known of the law.
pub fn jurisdictions() -> &'static [Jurisdiction] {
    &JURISDICTIONS
}

/// The rights of consumers who live there. A country that is not known has none.
pub(crate) fn rights(country: Option<Country>) -> &'static [&'static Right] {
    country
        .and_then(|country| BY_COUNTRY.get(&country))
        .map_or(&[], Vec::as_slice)
}

/// Whether a right has that name.
pub(crate) fn is_clause(name: &str) -> bool {
    CLAUSES.contains(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_names_its_source_and_no_two_share_a_name() {
        let mut names = BTreeSet::new();
        for jurisdiction in jurisdictions() {
            let prefix = format!("{}.", jurisdiction.jurisdiction);
            assert!(!jurisdiction.countries.is_empty(), "{prefix}");
            let rights = jurisdiction.rights.iter();
            let rights = rights.map(|each| (&each.clause, &each.source, &each.checked_on));
            let duties = jurisdiction.duties.iter();
            let duties = duties.map(|each| (&each.clause, &each.source, &each.checked_on));
            for (clause, source, checked_on) in rights.chain(duties) {
                assert!(clause.as_str().starts_with(&prefix), "{clause}");
                assert!(names.insert(clause.as_str()), "{clause} twice");
                assert!(!source.is_empty(), "{clause}");
                let day = checked_on.as_str().parse::<jiff::civil::Date>();
                assert!(day.is_ok(), "{clause}");
            }
            for right in &jurisdiction.rights {
                let outside = |country: &&Country| !jurisdiction.countries.contains(country);
                assert_eq!(right.countries.iter().find(outside), None);
                assert!(!right.remedies.is_empty(), "{}", right.clause);
                assert!(!right.exemptions.contains(&Exemption::FinalSale));
            }
        }
        assert_eq!(jurisdictions().len(), 14);
    }

    #[test]
    fn the_european_entry_names_every_member_state() {
        let europe = jurisdictions()
            .iter()
            .find(|each| each.jurisdiction.as_str() == "eu")
            .unwrap();
        assert_eq!(europe.countries.len(), 27);
        assert!(europe.countries.iter().all(Country::in_european_union));
        assert!(rights(Some("AE".parse().unwrap())).is_empty());
        assert!(rights(Some("AR".parse().unwrap())).is_empty());
        assert!(rights(None).is_empty());
    }
}

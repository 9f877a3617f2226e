//! The file's English country names as ISO 3166-1 codes.

/// The code of a country; empty where the file names none (`European Community`, `Unspecified`) or
/// a name that is not known here, and then no statute is applied.
///
/// `Channel Islands` has no code of its own: Jersey, the larger bailiwick, stands for both. Neither
/// is in the European Union, so no decision hangs on the choice.
pub fn region_code(name: &str) -> &'static str {
    NAMES
        .iter()
        .find(|(known, _)| *known == name)
        .map_or("", |(_, code)| code)
}

#[rustfmt::skip]
const NAMES: [(&str, &str); 36] = [
    ("Australia", "AU"), ("Austria", "AT"), ("Bahrain", "BH"), ("Belgium", "BE"), ("Brazil", "BR"),
    ("Canada", "CA"), ("Channel Islands", "JE"), ("Cyprus", "CY"), ("Czech Republic", "CZ"),
    ("Denmark", "DK"), ("EIRE", "IE"), ("Finland", "FI"), ("France", "FR"), ("Germany", "DE"),
    ("Greece", "GR"), ("Hong Kong", "HK"), ("Iceland", "IS"), ("Israel", "IL"), ("Italy", "IT"),
    ("Japan", "JP"), ("Lebanon", "LB"), ("Lithuania", "LT"), ("Malta", "MT"), ("Netherlands", "NL"),
    ("Norway", "NO"), ("Poland", "PL"), ("Portugal", "PT"), ("RSA", "ZA"), ("Saudi Arabia", "SA"),
    ("Singapore", "SG"), ("Spain", "ES"), ("Sweden", "SE"), ("Switzerland", "CH"),
    ("United Arab Emirates", "AE"), ("United Kingdom", "GB"), ("USA", "US"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_a_country() {
        for (name, code) in NAMES {
            assert!(code.parse::<backhaul_kernel::Country>().is_ok(), "{name}");
        }
        assert_eq!(region_code("Unspecified"), "");
    }
}

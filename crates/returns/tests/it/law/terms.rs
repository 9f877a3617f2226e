//! Who pays the way back, what may be kept back, what goes back of shipping, what a buyer may have,
//! and which goods are exempt.

use backhaul_events::returns::{
    Exemption, Fees, LineTerms, OutboundShipping, PolicySet, Postage, Remedy, Rule, Verdict,
};
use backhaul_returns::PolicySnapshot;
use backhaul_testkit::{money, text, time};

use super::{explained, labels, reason, rows, sold};
use crate::{content, policy};

/// On which day after the order and the delivery somebody asks, and what holds then: who pays the
/// way back, whether a restocking fee may be kept, whether shipping goes back with the whole order,
/// and the remedies. The merchant grants a year, lets the buyer pay for everything and offers store
/// credit alone.
pub(super) const TERMS: &str = "
DE -              mind   3 eu.2011-83.art-9          buyer    none all refund
DE untold         mind   3 eu.2011-83.art-9          merchant none all refund
DE doorstep       mind   3 eu.2011-83.art-9          buyer    none all refund
IT doorstep       mind  20 eu.2011-83.art-9.1a       buyer    none all refund
IT doorstep+untold mind 20 eu.2011-83.art-9          merchant none all refund
DE -              mind  20 -                         buyer    fee  -   -
DE -              fault  3 eu.2011-83.art-9          merchant none all refund,repair,replacement,price_reduction
DE -              fault 40 eu.2019-771.art-10        merchant none -   repair,replacement,price_reduction,refund
GB -              mind   3 gb.ccr-2013.reg-29        buyer    none all refund
GB untold         mind   3 gb.ccr-2013.reg-29        merchant none all refund
GB -              fault 20 gb.cra-2015.s-22          merchant none -   refund,repair,replacement,price_reduction
GB -              fault 40 gb.cra-2015.s-23-24       merchant none -   repair,replacement,price_reduction,refund
CN -              mind   3 cn.cpl.art-25             buyer    none -   refund
CN -              fault 20 -                         buyer    fee  -   -
JP untold         mind   3 jp.scta.art-15-3          buyer    fee  -   refund
JP -              mind   3 -                         buyer    fee  -   -
KR -              mind   3 kr.e-commerce.art-17      buyer    none -   refund
KR -              fault 40 kr.e-commerce.art-17-3    merchant none -   refund
BR -              mind   3 br.cdc.art-49             merchant none all refund
BR -              fault 40 br.cdc.art-26             merchant none -   repair,replacement,refund,price_reduction
MX -              mind   3 mx.lfpc.art-56            buyer    none -   refund
US untold+US-NY   mind   3 us.ny.gbl-218-a           buyer    fee  -   refund
US untold+US-FL   mind   3 us.fl.501-142             buyer    fee  -   refund
US untold+US-CA   mind   3 us.ca.civ-1723            buyer    fee  -   refund
US US-NY          mind   3 -                         buyer    fee  -   -
US -              fault  3 -                         buyer    fee  -   -
US doorstep       mind   2 us.ftc.cooling-off        buyer    fee  -   refund
CA untold+CA-QC   mind   3 ca.qc.cpa-54              merchant fee  -   refund
CA untold+CA-ON   mind   3 ca.on.cpa-40              merchant fee  -   refund
CA CA-QC          mind   3 -                         buyer    fee  -   -
CH -              mind   3 -                         buyer    fee  -   -
CH -              fault 40 ch.co.art-210             buyer    fee  -   refund,price_reduction,replacement
CH doorstep       mind   3 ch.co.art-40b             buyer    fee  -   refund
SG -              mind   3 -                         buyer    fee  -   -
SG doorstep       mind   3 sg.cpfta.cancellation     buyer    fee  -   refund
SG -              fault 40 sg.cpfta.part-3           merchant fee  -   repair,replacement,price_reduction,refund
IN -              mind   3 -                         buyer    fee  -   -
IN -              fault 400 in.e-commerce-2020.rule-6 merchant none -  refund,replacement
AU -              mind   3 -                         buyer    fee  -   -
AU -              fault 400 au.acl.guarantees        merchant none -   refund,replacement,repair
AE -              mind   3 -                         buyer    fee  -   -
AE -              fault  3 -                         buyer    fee  -   -
";

const START: &str = "2026-06-01T12:00:00Z";

fn hard() -> PolicySnapshot {
    policy(PolicySet {
        default_window_days: 365,
        postage: Postage::Buyer,
        rules: vec![Rule {
            id: text("fees"),
            fees: Some(Fees {
                restocking_basis_points: 2_500,
                return_postage: vec![money(500, "EUR")],
                ..Fees::default()
            }),
            remedies: vec![Remedy::StoreCredit],
            ..Rule::default()
        }],
        ..content()
    })
}

fn remedy_word(remedy: Remedy) -> &'static str {
    match remedy {
        Remedy::Refund => "refund",
        Remedy::Replacement => "replacement",
        Remedy::Repair => "repair",
        Remedy::PriceReduction => "price_reduction",
        other => panic!("no law speaks of {other:?}"),
    }
}

/// What holds, in the words of the table.
fn words(terms: &LineTerms) -> [String; 4] {
    let (first, by_law) = terms
        .remedies
        .split_first()
        .expect("the merchant names one");
    assert_eq!(*first, Remedy::StoreCredit, "the merchant's stand first");
    let by_law: Vec<_> = by_law.iter().copied().map(remedy_word).collect();
    let fees = terms.fees.clone().unwrap_or_default();
    let pays = match terms.postage {
        Postage::Buyer => "buyer",
        Postage::Merchant => "merchant",
    };
    // Whoever pays the label keeps nothing back for it.
    assert_eq!(fees.return_postage.is_empty(), pays == "merchant");
    let shipping = match terms.outbound_shipping {
        Some(OutboundShipping::WithWholeOrder) => "all",
        Some(OutboundShipping::ProRata) => "shares",
        None => "-",
    };
    let or_none = |words: String| {
        if words.is_empty() {
            "-".to_owned()
        } else {
            words
        }
    };
    [
        pays.to_owned(),
        if fees.restocking_basis_points > 0 {
            "fee"
        } else {
            "none"
        }
        .to_owned(),
        shipping.to_owned(),
        or_none(by_law.join(",")),
    ]
}

#[test]
fn the_law_lifts_what_the_merchant_grants() {
    for row in rows(TERMS) {
        let [
            country,
            said,
            why,
            day,
            clause,
            pays,
            fee,
            shipping,
            remedies,
        ] = row[..]
        else {
            panic!("a case has nine words: {row:?}");
        };
        let told = format!("{country} {said} {why} on day {day}");
        let order = sold(country, "UTC", &labels(said), START).ordered_at(START);
        let hours: i64 = day.parse::<i64>().unwrap() * 24;
        let at = time(START).checked_add(jiff::SignedDuration::from_hours(hours));
        let found = explained(&order, &hard(), reason(why), at.unwrap());
        let terms = found.finding.terms.as_deref().unwrap();
        assert_eq!(words(terms), [pays, fee, shipping, remedies], "{told}");
        let mut held = found.clauses.iter().filter(|found| found.holds);
        let first = held.next().map_or("-", |found| found.clause.as_str());
        assert_eq!(first, clause, "{told}");
    }
}

/// Every reason for which goods may be left out of a right, as policies write it.
const EXEMPTIONS: [&str; 12] = [
    "final_sale",
    "bespoke",
    "perishable",
    "unsealed_hygiene",
    "unsealed_media",
    "mixed",
    "periodical",
    "dated_leisure",
    "digital_begun",
    "price_fluctuation",
    "agreed_unsuited",
    "diminished_by_buyer",
];

/// The reasons that the right knows; under every other one it holds.
pub(super) const EXEMPT: &str = "
DE -            mind  eu.2011-83.art-9          bespoke,perishable,unsealed_hygiene,unsealed_media,mixed,periodical,dated_leisure,digital_begun,price_fluctuation
IT doorstep     mind  eu.2011-83.art-9.1a       bespoke,perishable,unsealed_hygiene,unsealed_media,mixed,periodical,dated_leisure,digital_begun,price_fluctuation
GB -            mind  gb.ccr-2013.reg-29        bespoke,perishable,unsealed_hygiene,unsealed_media,mixed,periodical,dated_leisure,digital_begun,price_fluctuation
CN -            mind  cn.cpl.art-25             bespoke,perishable,unsealed_media,periodical,digital_begun,agreed_unsuited
KR -            mind  kr.e-commerce.art-17      bespoke,unsealed_media,digital_begun,diminished_by_buyer
US untold+US-NY mind  us.ny.gbl-218-a           bespoke,perishable
US untold+US-FL mind  us.fl.501-142             bespoke,perishable
US untold+US-CA mind  us.ca.civ-1723            bespoke,perishable
JP untold       mind  jp.scta.art-15-3          -
BR -            mind  br.cdc.art-49             -
MX -            mind  mx.lfpc.art-56            -
US doorstep     mind  us.ftc.cooling-off        -
CA untold+CA-QC mind  ca.qc.cpa-54              -
CA untold+CA-ON mind  ca.on.cpa-40              -
CH doorstep     mind  ch.co.art-40b             -
SG doorstep     mind  sg.cpfta.cancellation     -
DE -            fault eu.2019-771.art-10        -
GB -            fault gb.cra-2015.s-22          -
GB -            fault gb.cra-2015.s-23-24       -
KR -            fault kr.e-commerce.art-17-3    -
BR -            fault br.cdc.art-26             -
CH -            fault ch.co.art-210             -
SG -            fault sg.cpfta.part-3           -
IN -            fault in.e-commerce-2020.rule-6 -
AU -            fault au.acl.guarantees         -
";

#[test]
fn only_an_exemption_that_the_law_knows_takes_the_right_away() {
    for row in rows(EXEMPT) {
        let [country, said, why, clause, known] = row[..] else {
            panic!("a case has five words: {row:?}");
        };
        for word in EXEMPTIONS {
            let exemption: Exemption = serde_json::from_value(word.into()).unwrap();
            let policy = policy(PolicySet {
                rules: vec![Rule {
                    id: text("not-these"),
                    exemption: Some(exemption),
                    ..Rule::default()
                }],
                ..content()
            });
            let order = sold(country, "UTC", &labels(said), START).ordered_at(START);
            let found = explained(&order, &policy, reason(why), time(START));
            let of_clause = found
                .clauses
                .iter()
                .find(|found| found.clause.as_str() == clause);
            let is_exempt = known.split(',').any(|each| each == word);
            let told = format!("{country} {said} {why} {word}");
            assert_eq!(of_clause.unwrap().holds, !is_exempt, "{told}");
            if !is_exempt {
                assert_eq!(found.finding.verdict, Verdict::Returnable, "{told}");
                assert_eq!(found.finding.terms.unwrap().exemption, None, "{told}");
            } else if why == "mind" {
                assert_eq!(found.finding.verdict, Verdict::Exempt, "{told}");
                assert_eq!(found.finding.clause.as_str(), "not-these", "{told}");
            }
        }
    }
}

/// Where no right holds, a final sale is final.
#[test]
fn a_final_sale_is_final_only_where_no_law_says_otherwise() {
    for (country, verdict) in [("US", Verdict::FinalSale), ("DE", Verdict::Returnable)] {
        let order = sold(country, "UTC", &[], START).final_sale();
        let found = explained(&order, &policy(content()), reason("mind"), time(START));
        assert_eq!(found.finding.verdict, verdict, "{country}");
    }
}

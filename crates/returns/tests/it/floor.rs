//! Whatever a merchant publishes: no buyer is worse off than the law alone would leave them.

use backhaul_events::returns::{
    Clock, Exemption, Fees, Finding, LastDay, LineTerms, PolicySet, Postage, Reason, Remedy,
    RequestedItem, Rule, SpanUnit, Verdict, WindowTerms,
};
use backhaul_returns::{PolicySnapshot, State, explain};
use backhaul_testkit::{OrderSample, order, text, time};
use jiff::ToSpan;
use proptest::prelude::*;

use crate::{content, facts, item, policy};

const COUNTRIES: [&str; 18] = [
    "", "AE", "AR", "AU", "BR", "CA", "CH", "CN", "DE", "FR", "GB", "IN", "IT", "JP", "KR", "MX",
    "SG", "US",
];

fn any_window() -> impl Strategy<Value = WindowTerms> {
    let unit = prop::sample::select(vec![
        SpanUnit::Days,
        SpanUnit::BusinessDays,
        SpanUnit::Months,
    ]);
    let clock = prop::sample::select(vec![Clock::Order, Clock::Delivery, Clock::LastDelivery]);
    (0u32..40, unit, clock).prop_map(|(length, unit, clock)| WindowTerms {
        length,
        unit,
        clock,
        last_day: LastDay::AnyDay,
    })
}

fn any_rule() -> impl Strategy<Value = Rule> {
    let remedies = prop::sample::subsequence(
        vec![Remedy::StoreCredit, Remedy::Repair, Remedy::Refund],
        0..3,
    );
    let postage = prop::option::of(prop::sample::select(vec![
        Postage::Buyer,
        Postage::Merchant,
    ]));
    (
        prop::option::of(any_window()),
        postage,
        prop::option::of(0u32..10_000),
        remedies,
        prop::option::weighted(0.2, Just(Exemption::FinalSale)),
        prop::sample::select(vec!["", "worth > 50", "reason == 'defective'"]),
    )
        .prop_map(
            |(window, postage, fee, remedies, exemption, condition)| Rule {
                condition: text(condition),
                window,
                postage,
                fees: fee.map(restocking),
                remedies,
                exemption,
                ..Rule::default()
            },
        )
}

fn restocking(restocking_basis_points: u32) -> Fees {
    Fees {
        restocking_basis_points,
        return_postage: Vec::new(),
        ..Fees::default()
    }
}

fn any_policy() -> impl Strategy<Value = PolicySnapshot> {
    (prop::collection::vec(any_rule(), 0..4), 0u32..60).prop_map(|(rules, days)| {
        policy(PolicySet {
            rules,
            default_window_days: days,
            ..content()
        })
    })
}

/// The harshest a policy can be: nothing comes back, the buyer pays everything, nothing is left.
fn harshest() -> PolicySnapshot {
    policy(PolicySet {
        default_window_days: 0,
        postage: Postage::Buyer,
        rules: vec![Rule {
            id: text("all"),
            fees: Some(restocking(10_000)),
            ..Rule::default()
        }],
        ..content()
    })
}

fn any_order() -> impl Strategy<Value = OrderSample> {
    let country = prop::sample::select(COUNTRIES.to_vec());
    let zone = prop::sample::select(vec!["", "Europe/Berlin", "Asia/Tokyo", "America/New_York"]);
    let label = |name: &'static str, values: Vec<&'static str>| {
        prop::sample::select(values).prop_map(move |value| (name.to_owned(), value.to_owned()))
    };
    let labels = (
        label("sale-form", vec!["distance", "doorstep", "store"]),
        label("return-information", vec!["given", "missing"]),
        label("buyer-kind", vec!["consumer", "consumer", "business"]),
        label("buyer-region", vec!["", "US-NY", "US-CA", "CA-QC"]),
    );
    (country, zone, labels, any::<bool>()).prop_map(|(country, zone, labels, is_final)| {
        let sample = order("o").destination(country, zone).line("1", 1, 100);
        let mut sample = if is_final {
            sample.final_sale()
        } else {
            sample
        };
        sample.recorded.labels = [labels.0, labels.1, labels.2, labels.3].into();
        sample.delivered("1", 1, "2026-03-05T10:00:00Z")
    })
}

fn found(order: &OrderSample, policy: &PolicySnapshot, reason: Reason, hours: i64) -> Finding {
    let at = time("2026-03-05T10:00:00Z")
        .checked_add(hours.hours())
        .expect("a few years are in range");
    let items = [RequestedItem {
        reason,
        ..item("1", 1)
    }];
    let mut lines = explain(&facts(order), &State::default(), policy, &items, at);
    lines.remove(0).finding
}

fn terms(finding: &Finding) -> &LineTerms {
    finding
        .terms
        .as_deref()
        .expect("decisions of this build have terms")
}

fn restocking_of(finding: &Finding) -> u32 {
    let fees = terms(finding).fees.as_ref();
    fees.map_or(0, |fees| fees.restocking_basis_points)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_policy_is_worse_for_the_buyer_than_the_law(
        order in any_order(),
        policy in any_policy(),
        reason in prop::sample::select(vec![Reason::ChangedMind, Reason::Defective, Reason::WrongSize]),
        hours in 0i64..20_000,
    ) {
        let law = found(&order, &harshest(), reason, hours);
        let both = found(&order, &policy, reason, hours);
        if law.verdict == Verdict::Returnable {
            prop_assert_eq!(both.verdict, Verdict::Returnable);
            // A right without end has no window: nothing ends later.
            if law.window_ends_at.is_some() {
                prop_assert!(both.window_ends_at >= law.window_ends_at);
            }
        }
        if terms(&law).postage == Postage::Merchant {
            prop_assert_eq!(terms(&both).postage, Postage::Merchant);
        }
        if restocking_of(&law) == 0 {
            prop_assert_eq!(restocking_of(&both), 0);
        }
        prop_assert_eq!(terms(&both).refund_within, terms(&law).refund_within);
        for remedy in &terms(&law).remedies {
            prop_assert!(terms(&both).remedies.contains(remedy));
        }
    }
}

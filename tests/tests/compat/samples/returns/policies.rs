//! Samples of rules, and of decisions that explain themselves aspect by aspect.

use backhaul_events::returns::*;
use backhaul_testkit::{id, money, text, time};

use super::centre;

/// A rule that speaks of everything, and rules that show the other words.
pub(super) fn rules() -> Vec<Rule> {
    let named = |name: &str| Rule {
        id: text(name),
        ..Rule::default()
    };
    let mut rules = vec![Rule {
        scope: scope(),
        condition: text("worth > 1000 && labels.risk != 'high'"),
        window: Some(span(SpanUnit::BusinessDays, Clock::LastDelivery)),
        extends_to: Some(Day("2027-01-31".parse().unwrap())),
        exemption: Some(Exemption::FinalSale),
        postage: Some(Postage::Merchant),
        fees: Some(fees()),
        remedies: every_remedy(),
        release: Some(Release::OnReceipt),
        authorization: Some(Authorization::Manual),
        signal: text("many returns"),
        keep_item: Some(KeepItem {
            up_to: vec![money(500, "EUR")],
            returns_max: Some(2),
            within_days: None,
        }),
        partial_refund: Some(PartialRefund {
            basis_points: 2_500,
        }),
        return_centre: Some(centre()),
        way_back: Some(WayBack::PickUp),
        ..named("everything-at-once")
    }];
    let exemptions = [
        Exemption::Bespoke,
        Exemption::Perishable,
        Exemption::UnsealedHygiene,
        Exemption::UnsealedMedia,
        Exemption::Mixed,
        Exemption::Periodical,
        Exemption::DatedLeisure,
        Exemption::DigitalBegun,
        Exemption::PriceFluctuation,
        Exemption::AgreedUnsuited,
        Exemption::DiminishedByBuyer,
    ];
    rules.extend(exemptions.map(|exemption| Rule {
        exemption: Some(exemption),
        ..named(&format!("{exemption:?}").to_lowercase())
    }));
    let clocks = [
        Clock::Order,
        Clock::Delivery,
        Clock::Receipt,
        Clock::FaultFound,
        Clock::Declaration,
    ];
    rules.extend(clocks.map(|clock| Rule {
        window: Some(WindowTerms {
            last_day: LastDay::AnyDay,
            ..span(SpanUnit::Months, clock)
        }),
        way_back: Some(WayBack::LocalCentre),
        ..named(&format!("{clock:?}").to_lowercase())
    }));
    rules
}

fn scope() -> Scope {
    Scope {
        countries: vec![id("DE")],
        channels: vec![text("web")],
        categories: vec![text("lighting")],
        buyer_groups: vec![text("club")],
        reasons: vec![Reason::ChangedMind],
        grades: vec![Grade::A],
        worth_at_least: vec![money(100, "EUR")],
        worth_at_most: vec![money(90_000, "EUR")],
        ordered_from: Some(time("2026-11-01T00:00:00Z")),
        ordered_until: Some(time("2026-12-25T00:00:00Z")),
    }
}

fn span(unit: SpanUnit, clock: Clock) -> WindowTerms {
    WindowTerms {
        length: 14,
        unit,
        clock,
        last_day: LastDay::NextWorkingDay,
    }
}

fn fees() -> Fees {
    Fees {
        restocking_basis_points: 1_000,
        return_postage: vec![money(499, "EUR")],
        ..Fees::default()
    }
}

fn every_remedy() -> Vec<Remedy> {
    vec![
        Remedy::Refund,
        Remedy::Replacement,
        Remedy::Repair,
        Remedy::PriceReduction,
        Remedy::Exchange,
        Remedy::StoreCredit,
    ]
}

/// A decision with every aspect.
pub(super) fn explained() -> Decision {
    let aspects = [
        Aspect::Window,
        Aspect::Exemption,
        Aspect::Postage,
        Aspect::Fees,
        Aspect::RefundWithin,
        Aspect::Remedies,
        Aspect::Release,
        Aspect::Authorization,
        Aspect::Signal,
        Aspect::KeepItem,
        Aspect::Offer,
        Aspect::WayBack,
        Aspect::OutboundShipping,
    ];
    let clause = |(place, aspect)| AppliedClause {
        aspect,
        clause: text("everything-at-once"),
        by: match place % 2 {
            0 => Authority::Merchant,
            _ => Authority::Statute,
        },
    };
    let terms = LineTerms {
        window: Some(span(SpanUnit::Days, Clock::LastDelivery)),
        exemption: Some(Exemption::Perishable),
        postage: Postage::Buyer,
        fees: Some(fees()),
        refund_within: Some(span(SpanUnit::Days, Clock::Declaration)),
        outbound_shipping: Some(OutboundShipping::WithWholeOrder),
        remedies: every_remedy(),
        way_back: Some(WayBack::Parcel),
        diminished_value: None,
        grade_fees: Vec::new(),
        clauses: aspects.into_iter().enumerate().map(clause).collect(),
    };
    Decision {
        policy: id("default"),
        policy_version: 5,
        by: DecidedBy::Policy,
        findings: vec![Finding {
            line: id("1"),
            quantity: 1,
            verdict: Verdict::Exempt,
            clause: text("everything-at-once"),
            clock_started_at: None,
            window_days: None,
            window_ends_at: None,
            country: None,
            category: None,
            terms: Some(Box::new(terms)),
            offer: Some(money(458, "EUR")),
        }],
        inputs_digest: text("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"),
        buyer: None,
        signals: Vec::new(),
    }
}

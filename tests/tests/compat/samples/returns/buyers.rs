//! Samples of decisions that looked at all orders of a buyer, and of policies that ask for it.

use backhaul_events::returns::*;
use backhaul_testkit::{id, money, text, time};

use super::super::{Sample, variant};
use super::{authorized, policies, policy_minimal, this};

pub(super) fn samples() -> Vec<Sample> {
    vec![
        variant(
            "buyer",
            Event::ReturnReferred(ReturnReferred {
                r#return: this(),
                decision: decision(),
                decide_by: None,
            }),
        ),
        variant(
            "buyer",
            Event::ReturnAuthorized(ReturnAuthorized {
                decision: decision(),
                kept_worth: Some(money(499, "EUR")),
                ..authorized(Handling::KeepItem, Release::OnRequest)
            }),
        ),
        variant(
            "buyer",
            Event::ReturnDeclined(ReturnDeclined {
                r#return: this(),
                decision: decision(),
                note: text(""),
            }),
        ),
        variant(
            "buyer",
            Event::PolicyPublished(PolicyPublished {
                policy: id("default"),
                version: 6,
                content: PolicySet {
                    rules: vec![Rule {
                        id: text("small-things"),
                        keep_item: Some(KeepItem {
                            up_to: vec![money(500, "EUR")],
                            returns_max: Some(2),
                            within_days: Some(90),
                        }),
                        ..Rule::default()
                    }],
                    ..policy_minimal()
                },
            }),
        ),
    ]
}

fn decision() -> Decision {
    Decision {
        buyer: Some(Box::new(BuyerBefore {
            days: 365,
            orders: 4,
            bought: 10,
            returns: 3,
            returned: 5,
            kept: 1,
            kept_worth: money(499, "EUR"),
            share_basis_points: 5_000,
            kept_at: vec![time("2026-02-11T18:30:00Z")],
        })),
        signals: vec![text("many returns")],
        ..policies::explained()
    }
}

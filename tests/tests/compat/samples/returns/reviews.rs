//! Samples of the promise of an answer.

use backhaul_events::returns::*;
use backhaul_testkit::{id, text, time};

use super::super::{Sample, variant, whole};
use super::{decision, policy_minimal, this};

pub(super) fn samples() -> Vec<Sample> {
    let due = time("2026-03-16T09:30:00Z");
    vec![
        variant(
            "promised",
            Event::ReturnReferred(ReturnReferred {
                r#return: this(),
                decision: decision(DecidedBy::Policy),
                decide_by: Some(due),
            }),
        ),
        whole(Event::ReviewOverdue(ReviewOverdue {
            r#return: this(),
            due,
        })),
        variant(
            "review",
            Event::PolicyPublished(PolicyPublished {
                policy: id("default"),
                version: 7,
                content: PolicySet {
                    review_within: Some(Box::new(promise())),
                    ..policy_minimal()
                },
            }),
        ),
    ]
}

fn promise() -> ReviewWithin {
    ReviewWithin {
        minutes: 60,
        days: vec![
            Weekday::Monday,
            Weekday::Tuesday,
            Weekday::Wednesday,
            Weekday::Thursday,
            Weekday::Friday,
            Weekday::Saturday,
            Weekday::Sunday,
        ],
        opens: LocalTime("09:00".parse().unwrap()),
        closes: LocalTime("17:00".parse().unwrap()),
        time_zone: text("Europe/London"),
        holidays_of: Some(id("GB")),
    }
}

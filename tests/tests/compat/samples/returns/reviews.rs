//! Samples of the promise of an answer.

use backhaul_events::returns::*;
use backhaul_testkit::sample::office_hour;
use backhaul_testkit::{id, time};

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

/// Every day of the week, but on public holidays.
fn promise() -> ReviewWithin {
    let week_end = [Weekday::Saturday, Weekday::Sunday];
    let office = office_hour();
    ReviewWithin {
        days: [office.days.as_slice(), &week_end].concat(),
        holidays_of: Some(id("GB")),
        ..office
    }
}

//! Until when: the merchant's window and the law's, each with its own clock.

use backhaul_events::orders::Sale;
use backhaul_kernel::{Text, Timestamp, time};
use jiff::tz::TimeZone;

use crate::order_facts::{Facts, LineFacts};
use crate::policy::{self, PolicySnapshot};
use crate::statute;

/// A span of days within which a line may be returned.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Window {
    pub(crate) clause: Text,
    pub(crate) days: u32,
    pub(crate) clock_started_at: Timestamp,
    pub(crate) ends_at: Timestamp,
}

/// The windows of one order under one policy. What is the same for all lines is found once.
pub(crate) struct Windows<'a> {
    pub(crate) facts: &'a Facts,
    policy: &'a PolicySnapshot,
    zone: TimeZone,
    law: Option<Window>,
}

impl<'a> Windows<'a> {
    /// The law's clock starts with the last delivery of the whole order.
    pub(crate) fn of(facts: &'a Facts, policy: &'a PolicySnapshot) -> Self {
        let zone = buyers_zone(facts);
        let law = statute::of(facts.destination.country)
            .zip(facts.last_delivered_at())
            .map(|(law, clock)| window(law.clause.clone(), law.window_days, clock, &zone));
        Self {
            facts,
            policy,
            zone,
            law,
        }
    }

    /// What the merchant grants for a line before any clock runs: the clause, and its days. Zero
    /// days take nothing back.
    pub(crate) fn granted(&self, line: &LineFacts) -> (Text, u32) {
        if self.is_final(line) {
            return (policy::clause(policy::FINAL_SALE), 0);
        }
        self.policy
            .window_days(line, self.facts.destination.country)
    }

    /// Whether the line was sold as final, by its own mark or by its category.
    pub(crate) fn is_final(&self, line: &LineFacts) -> bool {
        line.sale == Sale::Final || self.policy.is_final_category(line.category.as_ref())
    }

    /// The window that ends last. The merchant's clock starts with the last delivery of the line.
    /// When both end together, the merchant's is named: nobody needs the law then.
    pub(crate) fn longest(&self, line: &LineFacts) -> Option<Window> {
        let (clause, days) = self.granted(line);
        let merchant = line
            .last_delivered_at
            .filter(|_| days > 0)
            .map(|clock| window(clause, days, clock, &self.zone));
        match (merchant, self.law.clone()) {
            (Some(merchant), Some(law)) if law.ends_at > merchant.ends_at => Some(law),
            (Some(merchant), _) => Some(merchant),
            (None, law) => law,
        }
    }
}

/// A window that would end beyond the calendar ends with it.
fn window(clause: Text, days: u32, clock: Timestamp, zone: &TimeZone) -> Window {
    Window {
        clause,
        days,
        clock_started_at: clock,
        ends_at: time::end_of_day_after(clock, days, zone).unwrap_or(Timestamp::MAX),
    }
}

/// Days end where the buyer lives; in UTC when the platform did not say where.
fn buyers_zone(facts: &Facts) -> TimeZone {
    facts
        .destination
        .time_zone
        .as_deref()
        .and_then(|name| time::zone(name).ok())
        .unwrap_or(TimeZone::UTC)
}

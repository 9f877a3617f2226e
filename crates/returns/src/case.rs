//! Units of one line that are asked for, with everything a rule or a statute may look at.

use std::collections::BTreeMap;

use backhaul_events::orders::Sale;
use backhaul_events::returns::{Grade, Reason, RequestedItem};
use backhaul_kernel::{Country, LineId, Money, Timestamp};

use crate::buyer::Before;
use crate::condition::Inputs;
use crate::order_facts::{self, Facts, LineFacts};
use crate::units;

/// Hours of a whole day.
const DAY_HOURS: i64 = 24;

/// Some units of one line.
#[derive(Debug, Clone)]
pub(crate) struct Case<'a> {
    pub(crate) facts: &'a Facts,
    pub(crate) id: &'a LineId,
    pub(crate) line: &'a LineFacts,
    pub(crate) quantity: u32,
    /// Why; none when nobody said.
    pub(crate) reason: Option<Reason>,
    /// When the buyer found the fault, if somebody said.
    pub(crate) fault_found_at: Option<Timestamp>,
    /// What inspection found; none before it.
    pub(crate) grade: Option<Grade>,
    /// What the units are worth.
    pub(crate) worth: i64,
    pub(crate) asked_at: Timestamp,
    pub(crate) before: Before,
}

impl<'a> Case<'a> {
    pub(crate) fn country(&self) -> Option<Country> {
        self.facts.destination.country
    }

    /// Whether the buyer says that the goods are faulty or not what was promised.
    pub(crate) fn is_fault(&self) -> bool {
        self.reason.is_some_and(is_fault)
    }

    /// As conditions see it.
    pub(crate) fn inputs(&'a self) -> Inputs<'a> {
        let Facts { labels, .. } = self.facts;
        let lines = self.facts.lines.values();
        let order_worth = lines.fold(0i64, |sum, line| sum.saturating_add(line.paid.minor));
        Inputs {
            country: self
                .facts
                .destination
                .country
                .as_ref()
                .map_or("", |country| country.code()),
            region: self.facts.label(order_facts::REGION_LABEL),
            channel: self.facts.label(order_facts::CHANNEL_LABEL),
            buyer_group: self.facts.label(order_facts::BUYER_GROUP_LABEL),
            category: self
                .line
                .category
                .as_ref()
                .map_or("", |category| category.as_str()),
            reason: self.reason.map_or("", reason_word),
            grade: self.grade.map_or("", grade_word),
            currency: self.facts.currency.code(),
            is_final_sale: self.line.sale == Sale::Final,
            worth: self.worth,
            order_worth,
            quantity: i64::from(self.quantity),
            bought: i64::from(self.line.quantity),
            days_since_order: whole_days(self.facts.ordered_at, self.asked_at),
            days_since_delivery: self
                .line
                .last_delivered_at
                .map_or(-1, |at| whole_days(at, self.asked_at)),
            returns_before: i64::from(self.before.returns),
            kept_before: i64::from(self.before.kept),
            buyer: self.before.buyer.as_deref(),
            labels: Some(labels),
        }
    }
}

/// Units of one line that are asked for, over all items.
#[derive(Debug, Clone)]
pub(crate) struct AskedLine<'a> {
    pub(crate) line: &'a LineId,
    pub(crate) quantity: u32,
    pub(crate) reason: Option<Reason>,
    pub(crate) fault_found_at: Option<Timestamp>,
    pub(crate) worth: i64,
}

/// Units of each line, over all items, in the order asked. A line that is returned for several
/// reasons counts as faulty when one of them is a fault: the better for the buyer.
pub(crate) fn by_line<'a>(
    facts: &Facts,
    items: &'a [RequestedItem],
    held: impl Fn(&LineId) -> u64,
) -> Vec<AskedLine<'a>> {
    let mut lines: Vec<AskedLine<'a>> = Vec::new();
    let mut places = BTreeMap::new();
    for item in items {
        let place = *places.entry(&item.line).or_insert_with(|| {
            lines.push(AskedLine {
                line: &item.line,
                quantity: 0,
                reason: None,
                fault_found_at: None,
                worth: 0,
            });
            lines.len() - 1
        });
        let asked = &mut lines[place];
        let first = u32::try_from(held(&item.line)).unwrap_or(u32::MAX);
        let first = first.saturating_add(asked.quantity);
        asked.worth = asked.worth.saturating_add(worth(facts, item, first).minor);
        asked.quantity = asked.quantity.saturating_add(item.quantity);
        let is_better = is_fault(item.reason) && !asked.reason.is_some_and(is_fault);
        if asked.reason.is_none() || is_better {
            asked.reason = Some(item.reason);
        }
        asked.fault_found_at = asked.fault_found_at.max(item.fault_found_at);
    }
    lines
}

/// What each item is worth, the units before it counted.
pub(crate) fn worths(
    facts: &Facts,
    items: &[RequestedItem],
    held: impl Fn(&LineId) -> u64,
) -> Vec<Money> {
    let mut offsets = BTreeMap::new();
    let worths = items.iter().map(|item| {
        let offset = offsets
            .entry(&item.line)
            .or_insert_with(|| u32::try_from(held(&item.line)).unwrap_or(u32::MAX));
        let worth = worth(facts, item, *offset);
        *offset = offset.saturating_add(item.quantity);
        worth
    });
    worths.collect()
}

/// What was paid for units of an item whose first unit has that number, or what is asked for them
/// if that is less.
fn worth(facts: &Facts, item: &RequestedItem, first: u32) -> Money {
    let Some(line) = facts.lines.get(&item.line) else {
        return Money::zero(facts.currency);
    };
    let paid = units::worth(line, u64::from(first), item.quantity);
    let claim = item.claim.map_or(paid, |claim| claim.minor.min(paid));
    Money::new(claim, facts.currency)
}

/// Whether a reason says that the goods are faulty or not what was promised.
pub(crate) fn is_fault(reason: Reason) -> bool {
    match reason {
        Reason::Defective
        | Reason::NotAsDescribed
        | Reason::WrongItem
        | Reason::DamagedInTransit
        | Reason::MissingParts => true,
        Reason::ChangedMind | Reason::WrongSize | Reason::ArrivedLate | Reason::Other => false,
    }
}

/// The reason as conditions and events write it.
pub(crate) fn reason_word(reason: Reason) -> &'static str {
    match reason {
        Reason::ChangedMind => "changed_mind",
        Reason::WrongSize => "wrong_size",
        Reason::Defective => "defective",
        Reason::NotAsDescribed => "not_as_described",
        Reason::WrongItem => "wrong_item",
        Reason::DamagedInTransit => "damaged_in_transit",
        Reason::ArrivedLate => "arrived_late",
        Reason::MissingParts => "missing_parts",
        Reason::Other => "other",
    }
}

fn grade_word(grade: Grade) -> &'static str {
    match grade {
        Grade::A => "a",
        Grade::B => "b",
        Grade::C => "c",
        Grade::D => "d",
    }
}

fn whole_days(from: Timestamp, to: Timestamp) -> i64 {
    to.duration_since(from).as_hours() / DAY_HOURS
}

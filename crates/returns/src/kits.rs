//! Kits: goods that are sold as one unit and come back in parts. A unit has arrived when all of its
//! parts have; until then no money is due for it.

use std::collections::BTreeMap;

use backhaul_events::returns::{Condition, Kit, ReceivedParts, ReceivedUnits, RequestedItem};
use backhaul_kernel::{LineId, Text};
use serde::{Deserialize, Serialize};

use crate::order_facts::Facts;
use crate::refusal::Refusal;
use crate::request::ITEMS_MAX;
use crate::state::{LineCount, Return};
use crate::units;

/// A kit of a return, and what of it arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KitCount {
    /// Its parts by their article numbers.
    pub parts: BTreeMap<Text, PartCount>,
}

/// One part of a kit, counted over all units of the line.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartCount {
    /// How many are in one unit.
    pub in_unit: u32,
    /// Arrived looking as they should.
    pub intact: u32,
    /// Arrived damaged.
    pub damaged: u32,
}

impl PartCount {
    /// How many arrived.
    pub fn received(&self) -> u32 {
        self.intact.saturating_add(self.damaged)
    }
}

impl KitCount {
    /// Units of which every part arrived.
    fn complete(&self) -> u32 {
        self.least(PartCount::received)
    }

    /// Units that intact parts alone make complete.
    fn intact(&self) -> u32 {
        self.least(|part| part.intact)
    }

    fn least(&self, count: impl Fn(&PartCount) -> u32) -> u32 {
        let units = self
            .parts
            .values()
            .map(|part| count(part) / part.in_unit.max(1));
        units.min().unwrap_or(0)
    }

    /// More parts arrive.
    pub(crate) fn add(&mut self, parts: &ReceivedParts) {
        let Some(count) = self.parts.get_mut(&parts.sku) else {
            return;
        };
        let arrived = match parts.condition {
            Condition::Intact => &mut count.intact,
            Condition::Damaged => &mut count.damaged,
        };
        *arrived = arrived.saturating_add(parts.quantity);
    }
}

/// The kits among the lines that are asked for.
pub(crate) fn of(facts: &Facts, items: &[RequestedItem]) -> Vec<Kit> {
    let mut kits: Vec<Kit> = Vec::new();
    for item in items {
        let parts = facts.lines.get(&item.line).map(|line| &line.parts);
        let is_known = kits.iter().any(|kit| kit.line == item.line);
        if let Some(parts) = parts.filter(|parts| !parts.is_empty() && !is_known) {
            kits.push(Kit {
                line: item.line.clone(),
                parts: parts.to_vec(),
            });
        }
    }
    kits
}

/// Nothing of them has arrived.
pub(crate) fn counts(kits: &[Kit]) -> BTreeMap<LineId, KitCount> {
    let count = |kit: &Kit| {
        let parts = kit.parts.iter().map(|part| {
            let count = PartCount {
                in_unit: part.quantity,
                ..PartCount::default()
            };
            (part.sku.clone(), count)
        });
        let parts = parts.collect();
        (kit.line.clone(), KitCount { parts })
    };
    kits.iter().map(count).collect()
}

/// The units that arriving parts complete. A unit is damaged when one of its parts is. Never more
/// parts arrive than units are expected, those that came whole taken off.
pub(crate) fn completed(
    each: &Return,
    parts: &[ReceivedParts],
) -> Result<Vec<ReceivedUnits>, Refusal> {
    if parts.len() > ITEMS_MAX {
        return Err(Refusal::invalid(
            "parts",
            format!("at most {ITEMS_MAX} parts"),
        ));
    }
    let mut kits: BTreeMap<&LineId, KitCount> = BTreeMap::new();
    for (index, arrived) in parts.iter().enumerate() {
        let field = |name: &str| format!("parts[{index}].{name}");
        let known = each.kits.get(&arrived.line);
        let part = known.and_then(|kit| kit.parts.get(&arrived.sku));
        let (Some(known), Some(part)) = (known, part) else {
            let problem = format!(
                "line {} of return {} has no such part",
                arrived.line, each.id
            );
            return Err(Refusal::invalid(field("sku"), problem));
        };
        units::check_quantity(&field("quantity"), arrived.quantity)?;
        let kit = kits.entry(&arrived.line).or_insert_with(|| known.clone());
        kit.add(arrived);
        let counted = kit.parts.get(&arrived.sku).map_or(0, PartCount::received);
        let expected = expected(each, &arrived.line, known).saturating_mul(part.in_unit);
        if counted > expected {
            return Err(Refusal::Quantity {
                id: each.id.clone(),
                field: field("quantity"),
                line: arrived.line.clone(),
                action: "received parts",
                counted: u64::from(counted),
                of: expected,
            });
        }
    }
    let mut units = Vec::new();
    for (line, after) in kits {
        let before = each.kits.get(line).expect("only known kits are counted");
        let complete = after.complete().saturating_sub(before.complete());
        let intact = after.intact().saturating_sub(before.intact()).min(complete);
        let mut add = |quantity: u32, condition| {
            let line = LineId::clone(line);
            units.extend((quantity > 0).then_some(ReceivedUnits {
                line,
                quantity,
                condition,
            }));
        };
        add(intact, Condition::Intact);
        add(complete - intact, Condition::Damaged);
    }
    Ok(units)
}

/// Units of the line that come in parts, as far as none came whole.
fn expected(each: &Return, line: &LineId, kit: &KitCount) -> u32 {
    let count = each.lines.get(line);
    let requested = count.map_or(0, |count| count.requested);
    let whole = count
        .map_or(0, LineCount::received)
        .saturating_sub(kit.complete());
    requested.saturating_sub(whole)
}

impl Return {
    /// Whether parts of kits arrived.
    pub(crate) fn has_parts(&self) -> bool {
        let mut parts = self.kits.values().flat_map(|kit| kit.parts.values());
        parts.any(|part| part.received() > 0)
    }
}

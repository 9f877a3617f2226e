//! What is told of a repair.

use std::collections::BTreeSet;

use backhaul_events::LineUnits;
use backhaul_events::returns::{
    ClaimReason, Coverage, Event, GuaranteeExtended, Reason, RepairCompleted, RepairFailed,
    RepairQuoteAccepted, RepairQuoteDeclined, RepairQuoted, RepairSentBack, RepairStarted,
};
use backhaul_kernel::{ClaimId, Context, LineId, Money, OrderId, RepairId, Text, Timestamp};

use super::{Payer, REPAIRS_MAX, Repair, RepairStage, StartRepair};
use crate::authorization::check_tier;
use crate::buyer::Before;
use crate::case::Case;
use crate::claims::claimable;
use crate::floor::{self, Held};
use crate::order_facts::{Facts, LineFacts, OrderFacts};
use crate::refusal::Refusal;
use crate::remedy_refusal::RemedyRefusal;
use crate::request::{ITEMS_MAX, known};
use crate::state::State;
use crate::statute::Occasion;
use crate::units;
use crate::window::Days;

/// A person takes goods in for repair: under the guarantee that still holds for every line, or at
/// the buyer's cost.
pub(super) fn start(
    state: &State,
    command: &StartRepair,
    at: &Context,
) -> Result<Vec<Event>, Refusal> {
    check_tier(at, "repaired")?;
    let facts = known(&command.facts, &command.order)?;
    units::check_time("start_time", command.started_at, at)?;
    if command.units.is_empty() || command.units.len() > ITEMS_MAX {
        return Err(Refusal::invalid("units", format!("1 to {ITEMS_MAX} lines")));
    }
    let mut named = BTreeSet::new();
    let mut coverage = Coverage::Buyer;
    for (index, asked) in command.units.iter().enumerate() {
        let field = |name: &str| format!("units[{index}].{name}");
        let Some(line) = facts.lines.get(&asked.line) else {
            let problem = format!("order {} has no line {}", facts.order, asked.line);
            return Err(Refusal::invalid(field("line"), problem));
        };
        if !named.insert(&asked.line) {
            return Err(Refusal::invalid(field("line"), "the line is named twice"));
        }
        units::check_quantity(&field("quantity"), asked.quantity)?;
        let left = claimable(facts, state, &asked.line, ClaimReason::Defective);
        if u64::from(asked.quantity) > left {
            return Err(RemedyRefusal::UnitsUnclaimable {
                field: field("quantity"),
                line: asked.line.clone(),
                asked: u64::from(asked.quantity),
                left,
            }
            .into());
        }
        if command.payer == Payer::Guarantee {
            let case = fault(facts, &asked.line, line, asked.quantity, command.started_at);
            coverage = covered(&case).ok_or_else(|| RemedyRefusal::NotCovered {
                order: command.order.clone(),
                line: asked.line.clone(),
            })?;
        }
    }
    let started = started(
        state,
        &command.order,
        None,
        command.units.clone(),
        coverage,
        command.note.clone(),
        command.started_at,
    )?;
    Ok(vec![started.into()])
}

/// A repair begins.
pub(crate) fn started(
    state: &State,
    order: &OrderId,
    claim: Option<&ClaimId>,
    units: Vec<LineUnits>,
    coverage: Coverage,
    note: Text,
    started_at: Timestamp,
) -> Result<RepairStarted, Refusal> {
    if state.repairs.len() >= REPAIRS_MAX {
        return Err(Refusal::TooMany {
            order: order.clone(),
            what: "repairs",
            max: REPAIRS_MAX,
        });
    }
    let number = state.repairs.last().map_or(1, |last| last.id.number() + 1);
    Ok(RepairStarted {
        repair: RepairId::numbered(order, number),
        claim: claim.cloned(),
        units,
        coverage,
        note,
        started_at,
    })
}

fn fault<'a>(
    facts: &'a Facts,
    id: &'a LineId,
    line: &'a LineFacts,
    quantity: u32,
    asked_at: Timestamp,
) -> Case<'a> {
    Case {
        facts,
        id,
        line,
        quantity,
        reason: Some(Reason::Defective),
        fault_found_at: None,
        grade: None,
        worth: units::worth(line, 0, quantity),
        asked_at,
        before: Before::default(),
    }
}

/// The guarantee that holds for longest; one without end before all others.
fn covered(case: &Case<'_>) -> Option<Coverage> {
    let held = floor::rights(case, &Days::of(case.facts), None, None);
    let open = held
        .into_iter()
        .filter(|held| held.right.occasion == Occasion::Fault && held.is_open(case));
    let end = |held: &Held| {
        held.window
            .as_ref()
            .map_or(Timestamp::MAX, |window| window.ends_at)
    };
    let longest = open.max_by_key(end)?;
    Some(Coverage::Guarantee {
        clause: longest.right.clause.clone(),
        ends_at: longest.window.map(|window| window.ends_at),
    })
}

/// A repair at the buyer's cost begins with an offer; a new one takes the place of one not taken.
pub(super) fn quote(
    repair: &Repair,
    price: Money,
    note: &Text,
    at: &Context,
) -> Result<Vec<Event>, Refusal> {
    check_tier(at, "quoted")?;
    match repair.stage {
        RepairStage::Quoted if repair.price == Some(price) => return Ok(Vec::new()),
        RepairStage::Started | RepairStage::Quoted if repair.coverage == Coverage::Buyer => {}
        _ => return Err(repair.refuse("quoted")),
    }
    if !price.is_positive() {
        return Err(Refusal::invalid(
            "price.minor_units",
            "a price is more than nothing",
        ));
    }
    let quoted = RepairQuoted {
        repair: repair.id.clone(),
        price,
        note: note.clone(),
    };
    Ok(vec![quoted.into()])
}

/// The buyer takes the offer. Twice changes nothing.
pub(super) fn accept_quote(repair: &Repair) -> Result<Vec<Event>, Refusal> {
    match repair.stage {
        RepairStage::QuoteAccepted => Ok(Vec::new()),
        RepairStage::Quoted => {
            let repair = repair.id.clone();
            Ok(vec![RepairQuoteAccepted { repair }.into()])
        }
        _ => Err(repair.refuse("accepted")),
    }
}

/// The buyer does not take the offer. Twice changes nothing.
pub(super) fn decline_quote(repair: &Repair) -> Result<Vec<Event>, Refusal> {
    match repair.stage {
        RepairStage::QuoteDeclined => Ok(Vec::new()),
        RepairStage::Quoted => {
            let repair = repair.id.clone();
            Ok(vec![RepairQuoteDeclined { repair }.into()])
        }
        _ => Err(repair.refuse("declined")),
    }
}

/// The goods are mended; where the law makes the guarantee longer for it, it does so now, once a
/// line.
pub(super) fn complete(
    state: &State,
    repair: &Repair,
    parts: &[Text],
    completed_at: Timestamp,
    facts: &OrderFacts,
    at: &Context,
) -> Result<Vec<Event>, Refusal> {
    match repair.stage {
        RepairStage::Completed => return Ok(Vec::new()),
        RepairStage::Started if repair.coverage != Coverage::Buyer => {}
        RepairStage::QuoteAccepted => {}
        RepairStage::Started | RepairStage::Quoted => {
            return Err(RemedyRefusal::QuoteOpen(repair.id.clone()).into());
        }
        RepairStage::QuoteDeclined | RepairStage::Failed(_) | RepairStage::SentBack(_) => {
            return Err(repair.refuse("completed"));
        }
    }
    check_after(repair, "complete_time", completed_at, at)?;
    let facts = known(facts, &repair.id.order())?;
    let completed = RepairCompleted {
        repair: repair.id.clone(),
        parts: parts.to_vec(),
        completed_at,
    };
    let mut events = vec![completed.into()];
    if repair.coverage != Coverage::Buyer {
        let extended = repair.units.iter();
        let extended = extended.filter_map(|units| extended_by(state, facts, repair, units));
        events.extend(extended.map(Event::GuaranteeExtended));
    }
    Ok(events)
}

fn extended_by(
    state: &State,
    facts: &Facts,
    repair: &Repair,
    units: &LineUnits,
) -> Option<GuaranteeExtended> {
    let mut earlier = state.repairs.iter().flat_map(|repair| &repair.extended);
    if earlier.any(|(line, _)| *line == units.line) {
        return None;
    }
    let line = facts.lines.get(&units.line)?;
    let case = fault(facts, &units.line, line, units.quantity, repair.started_at);
    let days = Days::of(facts);
    let held = floor::rights(&case, &days, None, None);
    let ordered_on = days.day_of(facts.ordered_at);
    let mut open = held.into_iter().filter(|held| held.is_open(&case));
    let (right, extends) = open.find_map(|held| {
        let extends = held.right.repair_extends.as_ref()?;
        (ordered_on >= extends.ordered_from).then_some((held.right, extends))
    })?;
    let window = case.window(&days, &right.clause, right.window?, extends.months)?;
    Some(GuaranteeExtended {
        repair: repair.id.clone(),
        line: units.line.clone(),
        clause: extends.clause.clone(),
        months: extends.months,
        ends_at: window.ends_at,
    })
}

/// The goods could not be mended; a claim is open again.
pub(super) fn fail(
    repair: &Repair,
    note: &Text,
    failed_at: Timestamp,
    at: &Context,
) -> Result<Vec<Event>, Refusal> {
    match repair.stage {
        RepairStage::Failed(_) => return Ok(Vec::new()),
        RepairStage::Started | RepairStage::Quoted | RepairStage::QuoteAccepted => {}
        RepairStage::QuoteDeclined | RepairStage::Completed | RepairStage::SentBack(_) => {
            return Err(repair.refuse("failed"));
        }
    }
    check_after(repair, "fail_time", failed_at, at)?;
    let failed = RepairFailed {
        repair: repair.id.clone(),
        note: note.clone(),
        failed_at,
    };
    Ok(vec![failed.into()])
}

/// The goods go back, mended or not.
pub(super) fn send_back(
    repair: &Repair,
    reference: &Text,
    sent_at: Timestamp,
    at: &Context,
) -> Result<Vec<Event>, Refusal> {
    match repair.stage {
        RepairStage::SentBack(_) => return Ok(Vec::new()),
        RepairStage::Completed | RepairStage::Failed(_) | RepairStage::QuoteDeclined => {}
        RepairStage::Started | RepairStage::Quoted | RepairStage::QuoteAccepted => {
            return Err(repair.refuse("sent back"));
        }
    }
    check_after(repair, "send_time", sent_at, at)?;
    let sent = RepairSentBack {
        repair: repair.id.clone(),
        reference: reference.clone(),
        sent_at,
    };
    Ok(vec![sent.into()])
}

fn check_after(repair: &Repair, field: &str, when: Timestamp, at: &Context) -> Result<(), Refusal> {
    units::check_time(field, when, at)?;
    if when < repair.started_at {
        return Err(Refusal::invalid(
            field,
            "the time is before the repair began",
        ));
    }
    Ok(())
}

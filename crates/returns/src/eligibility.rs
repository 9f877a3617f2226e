//! What could still come back of an order, line by line. For questions; decides nothing.

use backhaul_events::returns::Finding;
use backhaul_kernel::Timestamp;

use crate::assess::Question;
use crate::case::AskedLine;
use crate::order_facts::OrderFacts;
use crate::policy::PolicySnapshot;
use crate::state::State;
use crate::{authorization, replacements, units};

/// What could still come back of one line.
#[derive(Debug, Clone, PartialEq)]
pub struct LineEligibility {
    /// Units bought.
    pub units_bought: u32,
    /// Units delivered.
    pub units_delivered: u32,
    /// Units that no return holds. With none left nothing can be asked for, whatever the verdict.
    pub units_left: u32,
    /// The verdict on the units left, with its clause and window.
    pub finding: Finding,
}

/// What could still come back if it were asked for at that moment, in the order's own order.
/// Empty for an order that is not known.
pub fn eligibility(
    facts: &OrderFacts,
    state: &State,
    policy: &PolicySnapshot,
    at: Timestamp,
) -> Vec<LineEligibility> {
    let facts = replacements::facts_in_full(state, facts);
    let Some(facts) = facts.known() else {
        return Vec::new();
    };
    let question = Question {
        facts,
        policy,
        asked_at: at,
        before: authorization::before(facts, state, None, at),
    };
    let mut lines: Vec<_> = facts.lines.iter().collect();
    lines.sort_by_key(|(_, line)| line.position);
    lines
        .into_iter()
        .filter_map(|(id, line)| {
            let units_left = units::left(facts, state, id);
            let finding = question.finding(&AskedLine {
                line: id,
                quantity: units_left,
                reason: None,
                fault_found_at: None,
                worth: units::worth(line, state.held(id), units_left),
            });
            Some(LineEligibility {
                units_bought: line.quantity,
                units_delivered: line.delivered,
                units_left,
                finding: finding?,
            })
        })
        .collect()
}

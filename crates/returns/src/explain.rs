//! Why a policy decides as it does, for units that somebody might ask for. Decides nothing.

use backhaul_events::returns::{BuyerBefore, RequestedItem};
use backhaul_kernel::Timestamp;

use crate::assess::{LineExplanation, Question};
use crate::case::{self, AskedLine};
use crate::order_facts::OrderFacts;
use crate::policy::PolicySnapshot;
use crate::state::State;
use crate::{authorization, replacements, units};

/// Every rule of the policy and every right of the buyer's country, for the units of these items,
/// or for all units left where no items are named. Lines that the order does not have are left out.
pub fn explain(
    facts: &OrderFacts,
    state: &State,
    policy: &PolicySnapshot,
    items: &[RequestedItem],
    at: Timestamp,
) -> Vec<LineExplanation> {
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
    let mut asked = case::by_line(facts, items, |line| state.held(line));
    if items.is_empty() {
        let mut lines: Vec<_> = facts.lines.iter().collect();
        lines.sort_by_key(|(_, line)| line.position);
        asked.extend(lines.into_iter().map(|(id, line)| {
            let quantity = units::left(facts, state, id);
            AskedLine {
                line: id,
                quantity,
                reason: None,
                fault_found_at: None,
                worth: units::worth(line, state.held(id), quantity),
            }
        }));
    }
    question.explain(&asked)
}

/// What the policy is told of the buyer before a request at that moment; none where it asks
/// nothing, or nobody knows who bought.
pub fn buyer_before(facts: &OrderFacts, state: &State, at: Timestamp) -> Option<BuyerBefore> {
    let before = authorization::before(facts.known()?, state, None, at);
    before.buyer.as_deref().cloned()
}

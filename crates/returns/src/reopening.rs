//! A closed return is opened again, because more of it may still come.

use backhaul_events::returns::{Event, Handling, ReturnReopened};
use backhaul_kernel::Context;

use crate::authorization::{check_tier, check_units_left};
use crate::command::Reopen;
use crate::refusal::Refusal;
use crate::request;
use crate::state::{LineCount, Stage, State};

/// Only a return that goods were to come back for and did not all come, whose units nobody else
/// asked for meanwhile. Opening it twice changes nothing.
pub(crate) fn reopen(state: &State, command: &Reopen, at: &Context) -> Result<Vec<Event>, Refusal> {
    let each = state.get(&command.r#return)?;
    let terms = match &each.stage {
        Stage::Authorized(_) => return Ok(Vec::new()),
        Stage::Closed(terms) => terms,
        Stage::Declared
        | Stage::Requested
        | Stage::Referred(_)
        | Stage::Declined(_)
        | Stage::Cancelled
        | Stage::Expired(_) => return Err(each.refuse("reopened")),
    };
    check_tier(at, "reopened")?;
    let is_sent_back = matches!(terms.handling, Handling::SendBack { .. });
    let is_complete = each.lines.values().all(LineCount::is_accounted_for);
    if !is_sent_back || is_complete || each.exchange.is_some() {
        return Err(each.refuse("reopened: nothing of it is missing"));
    }
    let facts = request::known(&command.facts, &each.id.order())?;
    check_units_left(state, each, facts)?;
    Ok(vec![Event::ReturnReopened(ReturnReopened {
        r#return: each.id.clone(),
        note: command.note.clone(),
    })])
}

//! The buyer withdraws from the contract, in two steps: a statement, and its confirmation. Within
//! the law's time the second step is a return that nobody has to allow; outside of it the answer is
//! a refusal that says why.

use backhaul_events::LineUnits;
use backhaul_events::returns::{
    DecidedBy, Event, Handling, Reason, Release, RequestedItem, ReturnRequested,
    WithdrawalAcknowledged, WithdrawalConfirmed, WithdrawalDeclared, WithdrawalRight,
};
use backhaul_kernel::{Context, LineId, ReturnId, Text, Timestamp};

use crate::assess::Question;
use crate::authorization::{self, Asked};
use crate::case;
use crate::command::{ConfirmWithdrawal, DeclareWithdrawal};
use crate::order_facts::Facts;
use crate::policy::PolicySnapshot;
use crate::refusal::Refusal;
use crate::state::{Return, Stage, State, Terms};
use crate::{kits, release, request, units};

/// The first step notes what the buyer states. It holds no units, and no clock runs on it.
pub(crate) fn declare(
    state: &State,
    command: &DeclareWithdrawal,
    at: &Context,
) -> Result<Vec<Event>, Refusal> {
    let order = &command.order;
    let facts = request::known(&command.facts, order)?;
    units::check_time("declare_time", command.declared_at, at)?;
    let declared = match command.units.as_slice() {
        [] => everything_left(facts, state),
        units => units.to_vec(),
    };
    let items: Vec<RequestedItem> = declared.iter().map(item).collect();
    request::check_items(facts, state, &items)?;
    let number = request::next_number(state, order)?;
    rights(
        state,
        facts,
        &command.policy,
        &items,
        command.declared_at,
        None,
    )?;
    let declared = WithdrawalDeclared {
        r#return: ReturnId::numbered(order, number),
        units: declared,
        statement: command.statement.clone(),
        declared_at: command.declared_at,
    };
    Ok(vec![declared.into()])
}

/// The second step declares the withdrawal. It is authorised on the law's terms whatever the
/// merchant would leave to a person, and acknowledged. Confirming twice changes nothing.
pub(crate) fn confirm(
    state: &State,
    command: &ConfirmWithdrawal,
    at: &Context,
) -> Result<Vec<Event>, Refusal> {
    let each = state.get(&command.r#return)?;
    let withdrawal = match &each.withdrawal {
        Some(withdrawal) if each.stage == Stage::Declared => withdrawal,
        Some(withdrawal) if withdrawal.confirmed_at.is_some() => return Ok(Vec::new()),
        Some(_) | None => return Err(each.refuse("confirmed as a withdrawal")),
    };
    let id = &each.id;
    let confirmed_at = command.confirmed_at;
    let facts = request::known(&command.facts, &id.order())?;
    units::check_time("confirm_time", confirmed_at, at)?;
    if confirmed_at < withdrawal.declared_at {
        return Err(Refusal::invalid(
            "confirm_time",
            "the time is before the withdrawal was stated",
        ));
    }
    authorization::check_units_left(state, each, facts)?;
    let policy = &command.policy;
    let rights = rights(state, facts, policy, &each.items, confirmed_at, Some(id))?;
    let asked = Asked {
        facts,
        policy,
        items: &each.items,
        asked_at: confirmed_at,
        before: authorization::before(facts, state, Some(id), confirmed_at),
        now: at.now,
    };
    let held = |line: &LineId| state.held(line);
    let assessment = asked.assess(DecidedBy::Policy, held);
    let terms = authorization::terms(&asked, assessment, held)?;
    let terms = match has_left(facts, each) {
        true => terms,
        false => nothing_sent(terms),
    };
    let confirmed = WithdrawalConfirmed {
        r#return: id.clone(),
        rights,
        confirmed_at,
    };
    let requested = ReturnRequested {
        r#return: id.clone(),
        items: each.items.to_vec(),
        requested_at: confirmed_at,
        kits: kits::of(facts, &each.items),
        gift_recipient: None,
    };
    let acknowledged = WithdrawalAcknowledged {
        r#return: id.clone(),
        units: each.items.iter().map(of_item).collect(),
        statement: withdrawal.statement.clone(),
        confirmed_at,
    };
    let events = vec![
        confirmed.into(),
        requested.into(),
        authorization::authorized(id.clone(), terms),
        acknowledged.into(),
    ];
    Ok(release::with_release(each.alone(), id, events))
}

/// Whether any of the goods is with the buyer or on the way there, as far as somebody said.
fn has_left(facts: &Facts, each: &Return) -> bool {
    let lines = each.lines.keys().filter_map(|line| facts.lines.get(line));
    lines.into_iter().any(|line| line.sent() > 0)
}

/// Goods that never left are not waited for, and nobody brings them back.
fn nothing_sent(terms: Terms) -> Terms {
    Terms {
        handling: Handling::NothingSent,
        release: Release::OnRequest,
        expires_at: None,
        fees: Vec::new(),
        release_after_days: None,
        ..terms
    }
}

fn everything_left(facts: &Facts, state: &State) -> Vec<LineUnits> {
    let mut lines: Vec<_> = facts.lines.iter().collect();
    lines.sort_by_key(|(_, line)| line.position);
    let units = lines.into_iter().map(|(line, _)| LineUnits {
        line: line.clone(),
        quantity: units::left(facts, state, line),
    });
    units.filter(|units| units.quantity > 0).collect()
}

fn item(units: &LineUnits) -> RequestedItem {
    RequestedItem {
        line: units.line.clone(),
        quantity: units.quantity,
        reason: Reason::ChangedMind,
        note: Text::default(),
        claim: None,
        fault_found_at: None,
    }
}

pub(crate) fn of_item(item: &RequestedItem) -> LineUnits {
    LineUnits {
        line: item.line.clone(),
        quantity: item.quantity,
    }
}

/// The items of a withdrawal.
pub(crate) fn items(units: &[LineUnits]) -> Vec<RequestedItem> {
    units.iter().map(item).collect()
}

/// The right to withdraw from each line at that moment, or the refusal that there is none.
fn rights(
    state: &State,
    facts: &Facts,
    policy: &PolicySnapshot,
    items: &[RequestedItem],
    asked_at: Timestamp,
    this: Option<&ReturnId>,
) -> Result<Vec<WithdrawalRight>, Refusal> {
    let question = Question {
        facts,
        policy,
        asked_at,
        before: authorization::before(facts, state, this, asked_at),
    };
    let asked = case::by_line(facts, items, |line| state.held(line));
    let rights = asked.iter().filter_map(|asked| question.withdrawal(asked));
    rights.collect()
}

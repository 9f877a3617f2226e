//! The buyer asks: a return, the goods in its place, and the one ledger of both.

use std::collections::BTreeMap;

use backhaul_events::returns::{
    DifferenceQuoted, Event, ExchangeRequested, LineAmount, ReplacementLine, RequestedItem,
    ReturnAuthorized,
};
use backhaul_kernel::{Context, ExchangeId, Money, ReturnId, Text};

use super::{ADVANCE_DAYS_MAX, AskedReplacement, EXCHANGES_MAX, REPLACEMENTS_MAX, RequestExchange};
use crate::command::{NotReturnable, Request};
use crate::order_facts::Facts;
use crate::refusal::Refusal;
use crate::replacements::funds::{self, Funds};
use crate::state::State;
use crate::{fees, replacements, request, units};

/// An exchange is a return that the policy allows, and goods for its money. What the policy does
/// not take back cannot be exchanged, and nothing is recorded.
pub(super) fn request(
    state: &State,
    command: &RequestExchange,
    at: &Context,
) -> Result<Vec<Event>, Refusal> {
    let facts = request::known(&command.facts, &command.order)?;
    if let Some(index) = command.items.iter().position(|item| item.claim.is_some()) {
        let field = format!("items[{index}].claim");
        return Err(Refusal::invalid(
            field,
            "an exchange takes goods at their worth",
        ));
    }
    if command
        .advance_days
        .is_some_and(|days| !(1..=ADVANCE_DAYS_MAX).contains(&days))
    {
        let problem = format!("1 to {ADVANCE_DAYS_MAX} days are allowed");
        return Err(Refusal::invalid("advance_days", problem));
    }
    if state.exchanges.len() >= EXCHANGES_MAX {
        return Err(Refusal::TooMany {
            order: command.order.clone(),
            what: "exchanges",
            max: EXCHANGES_MAX,
        });
    }
    let shipping = cost(facts, command.shipping, "shipping")?;
    let return_shipping = cost(facts, command.return_shipping, "return_shipping")?;
    let values = values(facts, &command.replacements)?;

    let asked = Request {
        order: command.order.clone(),
        items: command.items.clone(),
        requested_at: command.requested_at,
        gift_recipient: None,
        facts: command.facts.clone(),
        policy: command.policy.clone(),
        on_not_returnable: NotReturnable::Refuse,
    };
    let mut returned = request::request(state, &asked, at)?.into_iter();
    let requested = returned.next();
    let Some(Event::ReturnRequested(requested)) = requested else {
        return Err(Refusal::invalid("items", "nothing is to come back"));
    };
    let returned: Vec<Event> = returned.collect();

    let number = state
        .exchanges
        .last()
        .map_or(1, |last| last.id.number() + 1);
    let exchange = ExchangeId::numbered(&command.order, number);
    let (mut credit, credits) = credit(state, facts, &command.items, authorized(&returned));
    let credit_total = credit.total();
    let prefix = format!("X{number}");
    let mut lines: Vec<ReplacementLine> = Vec::new();
    for (asked, value) in command.replacements.iter().zip(&values) {
        let paid = credit.take(*value);
        lines.push(ReplacementLine {
            line: replacements::line_name(facts, &prefix, &lines),
            replaces: None,
            sku: asked.sku.clone(),
            category: asked.category.clone(),
            quantity: asked.quantity,
            value: Money::new(*value, facts.currency),
            paid_by: paid.paid_by(facts.currency),
            collected_by: paid.collected_by(facts.currency),
        });
    }
    let goods = sum(&values)?;
    let costs = sum(&[goods, shipping, return_shipping])?;
    credit.take(costs.saturating_sub(goods));
    let money = |minor| Money::new(minor, facts.currency);
    let quoted = DifferenceQuoted {
        exchange: exchange.clone(),
        credit: money(credit_total),
        credits,
        goods: money(goods),
        shipping: money(shipping),
        return_shipping: money(return_shipping),
        difference: money(costs - credit_total),
        owed: credit.paid_by(facts.currency),
        owed_collected: credit.collected_by(facts.currency),
    };
    let exchange = ExchangeRequested {
        exchange,
        r#return: ReturnId::clone(&requested.r#return),
        lines,
        advance_days: command.advance_days,
        requested_at: command.requested_at,
    };
    let events = [requested.into(), exchange.into(), quoted.into()];
    Ok(events.into_iter().chain(returned).collect())
}

/// The answer to the request for the return, where it was allowed at once.
fn authorized(returned: &[Event]) -> Option<&ReturnAuthorized> {
    returned.iter().find_map(|event| match event {
        Event::ReturnAuthorized(event) => Some(event),
        _ => None,
    })
}

/// What the old goods stand for after fees, in all and line by line.
fn credit(
    state: &State,
    facts: &Facts,
    items: &[RequestedItem],
    authorized: Option<&ReturnAuthorized>,
) -> (Funds, Vec<LineAmount>) {
    let mut credit = Funds::default();
    let mut lines: Vec<LineAmount> = Vec::new();
    let mut before = BTreeMap::new();
    for (index, item) in items.iter().enumerate() {
        let first = before
            .entry(&item.line)
            .or_insert_with(|| state.held(&item.line));
        let mut funds = funds::of_units(state, facts, &item.line, *first, item.quantity);
        *first += u64::from(item.quantity);
        let claim = authorized.and_then(|event| event.claims.get(index));
        let worth = claim.map_or(funds.total(), |claim| claim.minor);
        let kept = authorized.map_or(0, |event| fees::of_item(&event.fees, index));
        let funds = funds.take(worth.saturating_sub(kept));
        let amount = Money::new(funds.total(), facts.currency);
        match lines.iter_mut().find(|line| line.line == item.line) {
            Some(line) => line.amount.minor = line.amount.minor.saturating_add(amount.minor),
            None => lines.push(LineAmount {
                line: item.line.clone(),
                amount,
            }),
        }
        credit.add(funds);
    }
    (credit, lines)
}

/// What each line of new goods costs.
fn values(facts: &Facts, replacements: &[AskedReplacement]) -> Result<Vec<i64>, Refusal> {
    if replacements.is_empty() || replacements.len() > REPLACEMENTS_MAX {
        let problem = format!("1 to {REPLACEMENTS_MAX} lines");
        return Err(Refusal::invalid("replacements", problem));
    }
    let value = |(index, asked): (usize, &AskedReplacement)| {
        let field = |name: &str| format!("replacements[{index}].{name}");
        units::check_quantity(&field("quantity"), asked.quantity)?;
        if asked.sku == Text::default() {
            return Err(Refusal::invalid(field("sku"), "must be given"));
        }
        let price = cost(facts, Some(asked.unit_price), &field("unit_price"))?;
        price
            .checked_mul(i64::from(asked.quantity))
            .ok_or_else(|| too_large(&field("unit_price.minor_units")))
    };
    replacements.iter().enumerate().map(value).collect()
}

/// An amount of the order's one currency, not below nothing.
fn cost(facts: &Facts, amount: Option<Money>, field: &str) -> Result<i64, Refusal> {
    let Some(amount) = amount else {
        return Ok(0);
    };
    units::check_currency(facts, field, amount)?;
    if amount.minor < 0 {
        return Err(Refusal::invalid(
            format!("{field}.minor_units"),
            "a cost is not below nothing",
        ));
    }
    Ok(amount.minor)
}

fn sum(amounts: &[i64]) -> Result<i64, Refusal> {
    let sum = amounts
        .iter()
        .try_fold(0_i64, |sum, each| sum.checked_add(*each));
    sum.ok_or_else(|| too_large("replacements"))
}

fn too_large(field: &str) -> Refusal {
    Refusal::invalid(field, "the amount is too large")
}

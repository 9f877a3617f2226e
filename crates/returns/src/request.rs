//! The buyer asks.

use backhaul_events::returns::{
    Authorization, DecidedBy, Event, Finding, RequestedItem, ReturnDeclined, ReturnReferred,
    ReturnRequested, Verdict,
};
use backhaul_kernel::{Context, OrderId, ReturnId, Text};

use crate::assess::Assessment;
use crate::authorization::{self, Asked};
use crate::command::{NotReturnable, Request};
use crate::kits;
use crate::order_facts::Facts;
use crate::refusal::Refusal;
use crate::release;
use crate::review;
use crate::state::State;
use crate::units::{self, Tally};

/// The most items of one request.
pub const ITEMS_MAX: usize = 2_000;
/// The most returns of one order, declined and cancelled ones included.
pub const RETURNS_MAX: usize = 1_000;

/// A request for units that the order does not have is refused; any other is recorded and
/// answered at once, by the policy as it stands. A return is one decision: when one of its lines is
/// not returnable the whole is declined, and the findings say which lines alone would have been.
pub(crate) fn request(
    state: &State,
    command: &Request,
    at: &Context,
) -> Result<Vec<Event>, Refusal> {
    let order = &command.order;
    let facts = known(&command.facts, order)?;
    check_times(facts, command, at)?;
    check_items(facts, state, &command.items)?;
    let number = next_number(state, order)?;
    let asked = Asked {
        facts,
        policy: &command.policy,
        items: &command.items,
        asked_at: command.requested_at,
        before: authorization::before(facts, state, None, command.requested_at),
        now: at.now,
    };
    let assessment = asked.assess(DecidedBy::Policy, |line| state.held(line));
    for finding in &assessment.decision.findings {
        refuse(order, finding, command.on_not_returnable)?;
    }

    let requested = ReturnRequested {
        r#return: ReturnId::numbered(order, number),
        items: command.items.clone(),
        requested_at: command.requested_at,
        kits: kits::of(facts, &command.items),
        gift_recipient: command.gift_recipient.clone(),
    };
    answer(state, &asked, requested, assessment)
}

fn answer(
    state: &State,
    asked: &Asked<'_>,
    requested: ReturnRequested,
    assessment: Assessment,
) -> Result<Vec<Event>, Refusal> {
    let id = requested.r#return.clone();
    let decision = &assessment.decision;
    let returnable = decision
        .findings
        .iter()
        .all(|finding| finding.verdict == Verdict::Returnable);
    let answer = match authorization::authority(&assessment) {
        _ if !returnable => Event::ReturnDeclined(ReturnDeclined {
            r#return: id.clone(),
            decision: assessment.decision,
            note: Text::default(),
        }),
        Authorization::Manual => Event::ReturnReferred(ReturnReferred {
            r#return: id.clone(),
            decision: assessment.decision,
            decide_by: review::decide_by(asked.policy, asked.now),
        }),
        Authorization::Automatic => {
            let terms = authorization::terms(asked, assessment, |line| state.held(line))?;
            authorization::authorized(id.clone(), terms)
        }
    };
    Ok(release::with_release(
        State::default(),
        &id,
        vec![requested.into(), answer],
    ))
}

/// The number of the order's next return.
pub(crate) fn next_number(state: &State, order: &OrderId) -> Result<u32, Refusal> {
    if state.returns.len() >= RETURNS_MAX {
        return Err(Refusal::TooMany {
            order: order.clone(),
            what: "returns",
            max: RETURNS_MAX,
        });
    }
    Ok(state.returns.last().map_or(1, |last| last.id.number() + 1))
}

pub(crate) fn known<'a>(
    facts: &'a crate::order_facts::OrderFacts,
    order: &OrderId,
) -> Result<&'a Facts, Refusal> {
    facts
        .known()
        .filter(|facts| facts.order == *order)
        .ok_or_else(|| Refusal::OrderNotFound {
            order: order.clone(),
        })
}

pub(crate) fn check_times(facts: &Facts, command: &Request, at: &Context) -> Result<(), Refusal> {
    units::check_time("requested_at", command.requested_at, at)?;
    if command.requested_at < facts.ordered_at {
        return Err(Refusal::invalid(
            "requested_at",
            "the time is before the order was placed",
        ));
    }
    Ok(())
}

/// Units are conserved: what open returns hold and what this one asks for is never more than was
/// bought, however often a line is named.
pub(crate) fn check_items(
    facts: &Facts,
    state: &State,
    items: &[RequestedItem],
) -> Result<(), Refusal> {
    if items.is_empty() || items.len() > ITEMS_MAX {
        return Err(Refusal::invalid("items", format!("1 to {ITEMS_MAX} items")));
    }
    let mut tally = Tally::default();
    for (index, item) in items.iter().enumerate() {
        let field = |name: &str| format!("items[{index}].{name}");
        if !facts.lines.contains_key(&item.line) {
            return Err(Refusal::invalid(
                field("line"),
                format!("order {} has no line {}", facts.order, item.line),
            ));
        }
        units::check_quantity(&field("quantity"), item.quantity)?;
        check_claim(facts, &field("claim"), item)?;
        let asked = tally.add(&item.line, item.quantity);
        let left = u64::from(units::left(facts, state, &item.line));
        if asked > left {
            return Err(Refusal::UnitsExceed {
                field: field("quantity"),
                line: item.line.clone(),
                asked,
                left,
            });
        }
    }
    Ok(())
}

/// A claim is money of the order's currency, and more than nothing.
fn check_claim(facts: &Facts, field: &str, item: &RequestedItem) -> Result<(), Refusal> {
    let Some(claim) = item.claim else {
        return Ok(());
    };
    units::check_currency(facts, field, claim)?;
    if !claim.is_positive() {
        return Err(Refusal::invalid(
            format!("{field}.minor_units"),
            "a claim is more than nothing",
        ));
    }
    Ok(())
}

/// Before delivery a return cannot be asked for. Whether a closed window or a final sale refuses
/// the request, or declines the recorded return, is the caller's choice.
fn refuse(
    order: &OrderId,
    finding: &Finding,
    on_not_returnable: NotReturnable,
) -> Result<(), Refusal> {
    let (order, line) = (order.clone(), finding.line.clone());
    match (finding.verdict, on_not_returnable) {
        (Verdict::NotDelivered, _) => Err(Refusal::NotDelivered { order, line }),
        (Verdict::WindowClosed, NotReturnable::Refuse) => Err(Refusal::WindowClosed {
            order,
            line,
            clause: finding.clause.clone(),
            ended_at: finding.window_ends_at,
        }),
        (Verdict::FinalSale | Verdict::Exempt, NotReturnable::Refuse) => Err(Refusal::FinalSale {
            order,
            line,
            clause: finding.clause.clone(),
        }),
        (Verdict::Returnable | Verdict::DeclinedByPerson, _)
        | (Verdict::WindowClosed | Verdict::FinalSale | Verdict::Exempt, NotReturnable::Decline) => {
            Ok(())
        }
    }
}

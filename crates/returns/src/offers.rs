//! Money in place of a return: the buyer keeps the goods and has part of the price. A rule of the
//! policy offers it with the authorisation, or a person does; an offer lapses when the goods leave
//! the buyer.

use backhaul_events::returns::{
    Aspect, Decision, Event, Handling, PartialRefundAccepted, PartialRefundDeclined,
    PartialRefundOffered, Release, ReturnAuthorized, ReturnRequested,
};
use backhaul_kernel::apportion::split;
use backhaul_kernel::{Context, LineId, Money, ReturnId, Text};

use crate::command::{AcceptOffer, DeclineOffer, OfferPartialRefund, Request};
use crate::order_facts::Facts;
use crate::refusal::Refusal;
use crate::state::{Offer, OfferStanding, Return, Stage, State, Terms};
use crate::{authorization, case, release, request, units};

/// The most offers of one return.
pub const OFFERS_MAX: u32 = 20;

/// The answer to a request, with the offer that the policy makes beside it: where it authorises
/// every line to be sent back, no money has gone, and every line has an offer.
pub(crate) fn with_offer(state: &State, command: &Request, mut events: Vec<Event>) -> Vec<Event> {
    let offered = by_policy(state, command, &events);
    events.extend(offered.map(Event::PartialRefundOffered));
    events
}

fn by_policy(state: &State, command: &Request, events: &[Event]) -> Option<PartialRefundOffered> {
    let facts = command.facts.known()?;
    let [
        Event::ReturnRequested(requested),
        Event::ReturnAuthorized(authorized),
    ] = events
    else {
        return None;
    };
    if !matches!(authorized.handling, Handling::SendBack { .. }) {
        return None;
    }
    let shares = shares_of_findings(state, facts, requested, authorized)?;
    let clauses = offering(&authorized.decision);
    offered(facts, &requested.r#return, 1, shares, clauses)
}

/// What each line is offered, spread over its items by what they are worth.
fn shares_of_findings(
    state: &State,
    facts: &Facts,
    requested: &ReturnRequested,
    authorized: &ReturnAuthorized,
) -> Option<Vec<i64>> {
    let worths = case::worths(facts, &requested.items, |line| state.held(line));
    let mut shares = vec![0; requested.items.len()];
    for finding in &authorized.decision.findings {
        let offer = finding.offer?.minor;
        let of_line = requested.items.iter().enumerate();
        let places: Vec<usize> = of_line
            .filter(|(_, item)| item.line == finding.line)
            .map(|(place, _)| place)
            .collect();
        let weights: Vec<i64> = places.iter().map(|place| worths[*place].minor).collect();
        let parts = split(offer, &weights).ok()?;
        for (place, part) in places.into_iter().zip(parts) {
            shares[place] = part;
        }
    }
    Some(shares)
}

/// The rules that make the offers, each once.
fn offering(decision: &Decision) -> Vec<Text> {
    let mut clauses: Vec<Text> = Vec::new();
    let terms = decision
        .findings
        .iter()
        .filter_map(|finding| finding.terms.as_deref());
    let applied = terms.flat_map(|terms| &terms.clauses);
    for applied in applied.filter(|applied| applied.aspect == Aspect::Offer) {
        if !clauses.contains(&applied.clause) {
            clauses.push(applied.clause.clone());
        }
    }
    clauses
}

fn offered(
    facts: &Facts,
    id: &ReturnId,
    number: u32,
    shares: Vec<i64>,
    clauses: Vec<Text>,
) -> Option<PartialRefundOffered> {
    let money = |minor| Money::new(minor, facts.currency);
    let amount = shares
        .iter()
        .fold(0i64, |sum, share| sum.saturating_add(*share));
    (amount > 0).then(|| PartialRefundOffered {
        r#return: id.clone(),
        offer: number,
        amount: money(amount),
        shares: shares.into_iter().map(money).collect(),
        clauses,
    })
}

/// A person offers the buyer money for keeping the goods, before they leave; at most what was paid
/// for them. It takes the place of an offer that stands open.
pub(crate) fn offer(
    state: &State,
    command: &OfferPartialRefund,
    at: &Context,
) -> Result<Vec<Event>, Refusal> {
    let each = state.get(&command.r#return)?;
    check_with_buyer(each, "settled by a partial refund")?;
    authorization::check_tier(at, "settled by partial refunds")?;
    let number = each.offer.as_ref().map_or(1, |offer| offer.number + 1);
    if number > OFFERS_MAX {
        return Err(Refusal::TooMany {
            order: each.id.order(),
            what: "offers of one return",
            max: OFFERS_MAX as usize,
        });
    }
    let facts = request::known(&command.facts, &each.id.order())?;
    let amount = command.amount;
    units::check_currency(facts, "amount", amount)?;
    let others = |line: &LineId| state.held_by_others(each, line);
    let worths = case::worths(facts, &each.items, others);
    let weights: Vec<i64> = worths.iter().map(|worth| worth.minor).collect();
    let most = weights
        .iter()
        .fold(0i64, |sum, worth| sum.saturating_add(*worth));
    if !(1..=most).contains(&amount.minor) {
        let most = Money::new(most, facts.currency);
        let problem = format!("must be more than nothing and at most {most}, the goods' worth");
        return Err(Refusal::invalid("amount.minor_units", problem));
    }
    let shares = split(amount.minor, &weights)
        .map_err(|_| Refusal::invalid("amount.minor_units", "cannot be spread over the goods"))?;
    let offered = offered(facts, &each.id, number, shares, Vec::new());
    Ok(offered
        .into_iter()
        .map(Event::PartialRefundOffered)
        .collect())
}

/// The buyer keeps the goods: the return is settled by the offer, and its money is released at
/// once. Accepting twice changes nothing.
pub(crate) fn accept(state: &State, command: &AcceptOffer) -> Result<Vec<Event>, Refusal> {
    let each = state.get(&command.r#return)?;
    let offer = each.offer(command.offer)?;
    match offer.standing {
        OfferStanding::Accepted => return Ok(Vec::new()),
        OfferStanding::Declined => return Err(each.no_offer(command.offer)),
        OfferStanding::Open => {}
    }
    check_with_buyer(each, "settled by a partial refund")?;
    let (decision, time_zone) = match &each.stage {
        Stage::Referred(decision) => (Decision::clone(decision), None),
        Stage::Authorized(terms) => (terms.decision.clone(), terms.time_zone.clone()),
        Stage::Declared
        | Stage::Requested
        | Stage::Declined(_)
        | Stage::Cancelled
        | Stage::Expired(_)
        | Stage::Closed(_) => return Err(each.refuse("settled by a partial refund")),
    };
    let accepted = PartialRefundAccepted {
        r#return: each.id.clone(),
        offer: offer.number,
    };
    let terms = Terms {
        decision,
        handling: Handling::KeepItem,
        release: Release::OnRequest,
        expires_at: None,
        claims: offer.shares.clone(),
        fees: Vec::new(),
        release_after_days: None,
        time_zone,
        kept_worth: offer.amount(),
    };
    let authorized = authorization::authorized(each.id.clone(), terms);
    let events = vec![accepted.into(), authorized];
    Ok(release::with_release(each.alone(), &each.id, events))
}

/// The buyer sends the goods back instead. Declining twice changes nothing, and so does declining
/// an offer that has lapsed.
pub(crate) fn decline(state: &State, command: &DeclineOffer) -> Result<Vec<Event>, Refusal> {
    let each = state.get(&command.r#return)?;
    match each.offer(command.offer)?.standing {
        OfferStanding::Declined => Ok(Vec::new()),
        OfferStanding::Accepted => Err(each.no_offer(command.offer)),
        OfferStanding::Open => {
            let declined = PartialRefundDeclined {
                r#return: each.id.clone(),
                offer: command.offer,
                note: command.note.clone(),
            };
            Ok(vec![declined.into()])
        }
    }
}

/// The buyer has the goods and none of the money. The goods of an exchange buy others.
fn check_with_buyer(each: &Return, action: &'static str) -> Result<(), Refusal> {
    let may_be = match &each.stage {
        Stage::Referred(_) => true,
        Stage::Authorized(terms) => matches!(terms.handling, Handling::SendBack { .. }),
        Stage::Declared
        | Stage::Requested
        | Stage::Declined(_)
        | Stage::Cancelled
        | Stage::Expired(_)
        | Stage::Closed(_) => false,
    };
    if each.has_arrivals() || each.handed_over_at.is_some() {
        return Err(Refusal::AlreadyReceived {
            id: each.id.clone(),
        });
    }
    if each.has_releases() {
        return Err(Refusal::AlreadyReleased {
            id: each.id.clone(),
        });
    }
    if !may_be || each.exchange.is_some() {
        return Err(each.refuse(action));
    }
    Ok(())
}

impl Offer {
    /// The whole of it; none of an offer without shares, which nobody makes.
    pub fn amount(&self) -> Option<Money> {
        let currency = self.shares.first()?.currency;
        Money::sum(currency, self.shares.iter().copied()).ok()
    }
}

impl Return {
    /// The offer of that number; only the last one stands.
    fn offer(&self, number: u32) -> Result<&Offer, Refusal> {
        let offer = self.offer.as_ref();
        offer
            .filter(|offer| offer.number == number)
            .ok_or_else(|| self.no_offer(number))
    }

    fn no_offer(&self, offer: u32) -> Refusal {
        Refusal::NoOffer {
            id: self.id.clone(),
            offer,
        }
    }
}

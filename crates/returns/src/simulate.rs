//! What recorded requests would have led to under a draft. Decides nothing.
//!
//! A request is decided again with what was known when it was made: the order and its earlier
//! returns as they stood then, the buyer's other orders where the draft looks at them, and the time
//! of the request. Only the policy is another.

use std::collections::BTreeMap;

use backhaul_events::returns::{
    Authorization, DecidedBy, Event, Reason, RequestedItem, ReturnRequested, Verdict,
};
use backhaul_kernel::{Country, Currency, LineId, Money, ReturnId, Timestamp};
use jiff::SignedDuration;

use crate::authorization::{self, Asked};
use crate::case::{self, reason_word};
use crate::fees;
use crate::order_facts::{Facts, OrderFacts};
use crate::policy::PolicySnapshot;
use crate::state::State;
use crate::window::Days;

/// How many differences are told.
pub const DIFFERENCES_MAX: usize = 20;
/// Hours of a whole day.
const DAY_HOURS: i64 = 24;

/// What recorded requests are decided under.
#[derive(Debug, Clone)]
pub enum Under {
    /// A policy, and the law.
    Policy(PolicySnapshot),
    /// Nothing but this many times 24 hours between purchase and request.
    WindowDays(u32),
}

/// A request as it is recorded.
#[derive(Debug, Clone, Copy)]
pub struct RecordedRequest<'a> {
    /// The order as it was known then.
    pub facts: &'a OrderFacts,
    /// The returns of the order before it.
    pub state: &'a State,
    /// The request.
    pub request: &'a ReturnRequested,
    /// The events that it led to at once.
    pub answer: &'a [Event],
}

/// Decides requests again, and adds up.
#[derive(Debug, Clone)]
pub struct Simulation {
    under: Under,
    summary: Summary,
    money: BTreeMap<Key, Sums>,
}

/// What came of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Summary {
    /// Requests that were decided again.
    pub returns: u64,
    /// Accepted, at once or after a person looks.
    pub returns_accepted: u64,
    /// Of the accepted, those that a person decides.
    pub returns_referred: u64,
    /// Refused.
    pub returns_refused: u64,
    /// Accepted on record: authorised, or left to a person.
    pub recorded_accepted: u64,
    /// Refused on record.
    pub recorded_refused: u64,
    /// Items of the requests.
    pub allocations: u64,
    /// Items of lines that are taken back.
    pub allocations_accepted: u64,
    /// Money by country, reason and currency.
    pub money: Vec<SimulatedMoney>,
    /// Requests whose money differs most from the record, largest first.
    pub differences: Vec<SimulatedDifference>,
}

/// Money of one country, reason and currency, in minor units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimulatedMoney {
    /// The buyer's country.
    pub country: Option<Country>,
    /// The reason.
    pub reason: Reason,
    /// The currency.
    pub currency: Currency,
    /// What the items asked for.
    pub asked: i64,
    /// What is granted of it.
    pub granted: i64,
    /// What was granted on record.
    pub recorded: i64,
}

/// A request that is granted more or less than on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimulatedDifference {
    /// The return.
    pub r#return: ReturnId,
    /// What was granted on record.
    pub recorded: Money,
    /// What is granted now.
    pub granted: Money,
}

/// Country code, reason word and currency code: sorts as people expect.
type Key = (String, &'static str, String);

#[derive(Debug, Clone)]
struct Sums(SimulatedMoney);

/// What an answer grants: of each item, in the order of the items.
struct Answer {
    is_accepted: bool,
    is_referred: bool,
    items_accepted: u64,
    granted: Vec<i64>,
}

impl Simulation {
    /// Nothing decided yet.
    pub fn new(under: Under) -> Self {
        Self {
            under,
            summary: Summary::default(),
            money: BTreeMap::new(),
        }
    }

    /// Decides one request again. A request of an order that was not known then is left out.
    pub fn take(&mut self, recorded: RecordedRequest<'_>) {
        let Some(facts) = recorded.facts.known() else {
            return;
        };
        let request = recorded.request;
        let held = |line: &LineId| recorded.state.held(line);
        let worths = case::worths(facts, &request.items, held);
        let worths: Vec<i64> = worths.iter().map(|worth| worth.minor).collect();
        let now = match &self.under {
            Under::Policy(policy) => by_policy(policy, facts, recorded, &worths),
            Under::WindowDays(days) => by_window(*days, facts, request, &worths),
        };
        let then = on_record(recorded, &worths);
        self.count(&now, &then, request);
        for (index, item) in request.items.iter().enumerate() {
            let sums = self.sums(facts, item.reason);
            sums.asked = sums.asked.saturating_add(worths[index]);
            sums.granted = sums.granted.saturating_add(now.granted[index]);
            sums.recorded = sums.recorded.saturating_add(then.granted[index]);
        }
        self.compare(facts, request, &now, &then);
    }

    /// What came of it.
    pub fn finish(mut self) -> Summary {
        self.summary.money = self.money.into_values().map(|sums| sums.0).collect();
        self.summary
    }

    fn count(&mut self, now: &Answer, then: &Answer, request: &ReturnRequested) {
        let summary = &mut self.summary;
        summary.returns += 1;
        summary.returns_accepted += u64::from(now.is_accepted);
        summary.returns_referred += u64::from(now.is_accepted && now.is_referred);
        summary.returns_refused += u64::from(!now.is_accepted);
        summary.recorded_accepted += u64::from(then.is_accepted);
        summary.recorded_refused += u64::from(!then.is_accepted);
        summary.allocations += request.items.len() as u64;
        summary.allocations_accepted += now.items_accepted;
    }

    fn sums(&mut self, facts: &Facts, reason: Reason) -> &mut SimulatedMoney {
        let (country, currency) = (facts.destination.country, facts.currency);
        let code = country.map(|country| country.to_string());
        let key = (
            code.unwrap_or_default(),
            reason_word(reason),
            currency.to_string(),
        );
        let nothing = SimulatedMoney {
            country,
            reason,
            currency,
            asked: 0,
            granted: 0,
            recorded: 0,
        };
        &mut self.money.entry(key).or_insert(Sums(nothing)).0
    }

    fn compare(&mut self, facts: &Facts, request: &ReturnRequested, now: &Answer, then: &Answer) {
        let sum = |answer: &Answer| {
            let sum = answer
                .granted
                .iter()
                .fold(0i64, |sum, part| sum.saturating_add(*part));
            Money::new(sum, facts.currency)
        };
        let (granted, recorded) = (sum(now), sum(then));
        if granted == recorded {
            return;
        }
        let size = |each: &SimulatedDifference| each.granted.minor.abs_diff(each.recorded.minor);
        let difference = SimulatedDifference {
            r#return: request.r#return.clone(),
            recorded,
            granted,
        };
        let differences = &mut self.summary.differences;
        let place = differences.partition_point(|each| size(each) >= size(&difference));
        if place < DIFFERENCES_MAX {
            differences.insert(place, difference);
            differences.truncate(DIFFERENCES_MAX);
        }
    }
}

fn by_policy(
    policy: &PolicySnapshot,
    facts: &Facts,
    recorded: RecordedRequest<'_>,
    worths: &[i64],
) -> Answer {
    let items = &recorded.request.items;
    let asked = Asked {
        facts,
        policy,
        items,
        asked_at: recorded.request.requested_at,
        before: authorization::before(facts, recorded.state, None, recorded.request.requested_at),
        now: recorded.request.requested_at,
    };
    let held = |line: &LineId| recorded.state.held(line);
    let assessment = asked.assess(DecidedBy::Policy, held);
    let is_referred = authorization::authority(&assessment) == Authorization::Manual;
    let findings = &assessment.decision.findings;
    let is_returnable = |item: &RequestedItem| {
        let mut findings = findings.iter();
        let finding = findings.find(|finding| finding.line == item.line);
        finding.is_some_and(|finding| finding.verdict == Verdict::Returnable)
    };
    let items_accepted = items.iter().filter(|item| is_returnable(item)).count();
    let is_accepted = items_accepted == items.len();
    // Fees are those of goods that come back; what is kept is paid whole.
    let fees = match authorization::terms(&asked, assessment.clone(), held) {
        Ok(terms) => terms.fees,
        Err(_) => fees::fees(&asked, &assessment.outcomes, held),
    };
    let granted = worths.iter().enumerate().map(|(index, worth)| {
        let left = worth - fees::of_item(&fees, index);
        if is_accepted { left } else { 0 }
    });
    Answer {
        is_accepted,
        is_referred,
        items_accepted: items_accepted as u64,
        granted: granted.collect(),
    }
}

fn by_window(days: u32, facts: &Facts, request: &ReturnRequested, worths: &[i64]) -> Answer {
    let is_accepted = is_within(days, facts, request.requested_at);
    let part = |worth: &i64| if is_accepted { *worth } else { 0 };
    Answer {
        is_accepted,
        is_referred: false,
        items_accepted: if is_accepted {
            request.items.len() as u64
        } else {
            0
        },
        granted: worths.iter().map(part).collect(),
    }
}

/// Whether at most that many times 24 hours lie between the two, on the buyer's clock.
fn is_within(days: u32, facts: &Facts, asked_at: Timestamp) -> bool {
    let passed = Days::of(facts).between(facts.ordered_at, asked_at);
    passed <= SignedDuration::from_hours(i64::from(days) * DAY_HOURS)
}

fn on_record(recorded: RecordedRequest<'_>, worths: &[i64]) -> Answer {
    let mut answer = Answer {
        is_accepted: false,
        is_referred: false,
        items_accepted: 0,
        granted: vec![0; worths.len()],
    };
    for event in recorded.answer {
        match event {
            Event::ReturnAuthorized(event) => {
                answer.is_accepted = true;
                let claims = event.claims.iter().map(|claim| claim.minor);
                let left =
                    |(index, worth): (usize, &i64)| worth - fees::of_item(&event.fees, index);
                answer.granted = match event.claims.len() == worths.len() {
                    true => claims.collect(),
                    false => worths.iter().enumerate().map(left).collect(),
                };
            }
            Event::ReturnReferred(_) => {
                answer.is_accepted = true;
                answer.is_referred = true;
                answer.granted = worths.to_vec();
            }
            _ => {}
        }
    }
    answer
}

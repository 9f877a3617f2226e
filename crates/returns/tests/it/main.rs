//! The rules of returns, told as given, when, then.

mod advances;
mod buyers;
mod claims;
mod exchanges;
mod floor;
mod in_time;
mod inspections;
mod keeping;
mod kits;
mod law;
mod links;
mod offers;
mod others;
mod people;
mod policies;
mod properties;
mod releases;
mod remedies;
mod repairs;
mod requests;
mod reviews;
mod rules;
mod simulate;
mod units;
mod warehouse;
mod windows;
mod withdrawals;

use backhaul_events::returns::{
    Authorization, Decision, Grade, InspectedUnits, InspectionOutcome, PolicySet, Postage, Reason,
    ReceivedUnits, Release, ReleasedItem, RequestedItem, ReturnCentre,
};
use backhaul_kernel::{Context, ReturnId, Text};
use backhaul_returns::{
    Command, Event, Inspect, NotReturnable, OrderFacts, PolicySnapshot, RecordReceipt, Refusal,
    Request, Returns,
};
use backhaul_testkit::{Given, OrderSample, at, given, id, money, order, text, time};

/// When goods of the sample order arrived.
const DELIVERED: &str = "2026-03-05T10:00:00Z";
/// When these tests ask, unless they say otherwise: within every window.
const ASKED: &str = "2026-03-10T12:00:00Z";

fn now() -> Context {
    at(ASKED)
}

/// Three units for 30.00 and four for 10.00, delivered on the same day.
fn sample() -> OrderSample {
    order("536365")
        .line("1", 3, 3000)
        .line("2", 4, 1000)
        .delivered("1", 3, DELIVERED)
        .delivered("2", 4, DELIVERED)
}

fn facts(order: &OrderSample) -> OrderFacts {
    let mut facts = OrderFacts::default();
    for event in order.events() {
        facts.evolve(&event);
    }
    facts
}

/// Fourteen days, decided by the policy alone, money after inspection.
fn content() -> PolicySet {
    PolicySet {
        windows: Vec::new(),
        default_window_days: 14,
        final_sale_categories: Vec::new(),
        authorization: Authorization::Automatic,
        release: Release::OnInspection,
        keep_item_up_to: Vec::new(),
        expire_after_days: Some(30),
        release_after_days: None,
        postage: Postage::Buyer,
        return_centres: vec![ReturnCentre {
            id: text("leicester"),
            country: id("GB"),
            name: text("Leicester returns"),
        }],
        rules: Vec::new(),
        review_within: None,
    }
}

fn policy(content: PolicySet) -> PolicySnapshot {
    PolicySnapshot::new(id("default"), 3, content)
}

fn released(release: Release) -> PolicySnapshot {
    policy(PolicySet {
        release,
        ..content()
    })
}

fn manual() -> PolicySnapshot {
    policy(PolicySet {
        authorization: Authorization::Manual,
        ..content()
    })
}

fn item(line: &str, quantity: u32) -> RequestedItem {
    RequestedItem {
        line: id(line),
        quantity,
        reason: Reason::ChangedMind,
        note: Text::default(),
        claim: None,
        fault_found_at: None,
    }
}

fn claiming(line: &str, quantity: u32, claim: i64) -> RequestedItem {
    RequestedItem {
        claim: Some(money(claim, "EUR")),
        ..item(line, quantity)
    }
}

fn request(order: &OrderSample, policy: &PolicySnapshot, items: Vec<RequestedItem>) -> Request {
    Request {
        order: order.id(),
        items,
        requested_at: time(ASKED),
        gift_recipient: None,
        facts: facts(order),
        policy: policy.clone(),
        on_not_returnable: NotReturnable::Decline,
    }
}

/// The first return of the sample order, asked for under that policy.
fn asked(policy: &PolicySnapshot, items: Vec<RequestedItem>) -> Given<Returns> {
    given::<Returns>([]).and(&Command::Request(request(&sample(), policy, items)), &now())
}

fn first() -> ReturnId {
    id("536365-R1")
}

fn receipt(units: Vec<ReceivedUnits>) -> RecordReceipt {
    RecordReceipt {
        r#return: first(),
        parcel: None,
        site: text("leicester"),
        units,
        parts: Vec::new(),
        missing: Vec::new(),
        wrong_items: Vec::new(),
        received_at: time(ASKED),
    }
}

fn receive(units: Vec<ReceivedUnits>) -> Command {
    Command::RecordReceipt(receipt(units))
}

fn intact(line: &str, quantity: u32) -> ReceivedUnits {
    ReceivedUnits {
        line: id(line),
        quantity,
        condition: backhaul_events::returns::Condition::Intact,
    }
}

fn damaged(line: &str, quantity: u32) -> ReceivedUnits {
    ReceivedUnits {
        condition: backhaul_events::returns::Condition::Damaged,
        ..intact(line, quantity)
    }
}

fn inspect(units: Vec<InspectedUnits>) -> Command {
    Command::Inspect(Inspect {
        r#return: first(),
        units,
        lost_value: Vec::new(),
        dispositions: Vec::new(),
        inspected_at: time(ASKED),
        facts: facts(&sample()),
    })
}

fn accepted(line: &str, quantity: u32) -> InspectedUnits {
    InspectedUnits::plain(id(line), quantity, Grade::A, InspectionOutcome::Accepted)
}

fn rejected(line: &str, quantity: u32) -> InspectedUnits {
    InspectedUnits {
        grade: Grade::D,
        outcome: InspectionOutcome::Rejected,
        ..accepted(line, quantity)
    }
}

/// Line, units and claim of what was released.
type Due = (String, u32, Option<i64>);

/// The releases among some events: number, basis, and what was released.
fn releases(events: &[Event]) -> Vec<(u32, Release, Vec<Due>)> {
    let brief = |item: &ReleasedItem| {
        let claim = item.claim.map(|claim| claim.minor);
        (item.line.to_string(), item.quantity, claim)
    };
    events
        .iter()
        .filter_map(|event| match event {
            Event::RefundReleased(released) => Some((
                released.release,
                released.basis,
                released.items.iter().map(brief).collect(),
            )),
            _ => None,
        })
        .collect()
}

/// The names of some events.
fn names(events: &[Event]) -> Vec<&'static str> {
    events
        .iter()
        .map(|event| event.type_name().trim_start_matches("returns."))
        .collect()
}

/// The decision among some events.
fn decision(events: &[Event]) -> Option<&Decision> {
    events.iter().find_map(|event| match event {
        Event::ReturnReferred(event) => Some(&event.decision),
        Event::ReturnAuthorized(event) => Some(&event.decision),
        Event::ReturnDeclined(event) => Some(&event.decision),
        _ => None,
    })
}

#[track_caller]
fn check(history: Given<Returns>, command: &Command, expected: &[&str]) -> Vec<Event> {
    let events = history.when(command, &now()).events();
    assert_eq!(names(&events), expected);
    events
}

#[track_caller]
fn check_refused(history: Given<Returns>, command: &Command, reason: &str) -> Refusal {
    let refusal = history.when(command, &now()).refusal();
    let found = backhaul_kernel::Refused::reason(&refusal);
    assert_eq!(found, reason, "{refusal}");
    refusal
}

/// Checks the field path of a request that is wrong whatever the state.
#[track_caller]
fn check_field(history: Given<Returns>, command: &Command, expected: &str) {
    let refusal = history.when(command, &now()).refusal();
    let field = expected.to_owned();
    assert_eq!(
        backhaul_kernel::Refused::kind(&refusal),
        backhaul_kernel::RefusalKind::Invalid { field },
        "{refusal}"
    );
}

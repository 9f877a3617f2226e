//! Laws that hold whatever happens in whatever order. The numbers I… are those of the domain's
//! invariants.

use std::collections::BTreeSet;

use backhaul_events::orders::{DisputeLost, DisputeOpened, DisputeWon, Tender};
use backhaul_events::refunds::{Event, Route, Strategy as TenderStrategy};
use backhaul_kernel::{Decider, PaymentId, Tier};
use backhaul_refunds::{Command, Issued, Outcome, Progress, Refunds, SettlementEntry, State};
use proptest::prelude::*;

use crate::given::{Book, Sample, by, failed, pending, refund, reversed, sample, succeeded, text};

/// Something that somebody asks of the refunds.
#[derive(Debug, Clone)]
enum Step {
    Release {
        line: usize,
        quantity: u32,
        claim: Option<i64>,
    },
    Goodwill {
        minor: i64,
    },
    Portion {
        line: usize,
        minor: Option<i64>,
        fee: Option<i64>,
    },
    Approve {
        number: u32,
    },
    Reject {
        number: u32,
    },
    Cancel {
        number: u32,
    },
    Retry {
        number: u32,
    },
    Resume {
        number: u32,
    },
    Redirect {
        number: u32,
        attempt: u32,
        route: Route,
    },
    Payout {
        number: u32,
        attempt: u32,
    },
    Settle {
        number: u32,
        attempt: u32,
        minor: i64,
    },
    Expire {
        number: u32,
    },
    /// The bank tells of a dispute: opened, won or lost.
    Dispute {
        payment: u32,
        dispute: u32,
        news: u8,
        minor: i64,
    },
    Outcome {
        number: u32,
        attempt: u32,
        outcome: Outcome,
    },
}

fn outcome() -> impl Strategy<Value = Outcome> {
    prop_oneof![
        3 => Just(succeeded()),
        3 => Just(failed()),
        2 => Just(reversed()),
        1 => Just(pending()),
        1 => Just(Outcome::Unknown),
    ]
}

fn route() -> impl Strategy<Value = Route> {
    prop_oneof![Just(Route::StoreCredit), Just(Route::ManualPayout)]
}

fn step() -> impl Strategy<Value = Step> {
    let number = 1_u32..6;
    prop_oneof![
        4 => (0_usize..2, 1_u32..4, prop::option::of(0_i64..800))
            .prop_map(|(line, quantity, claim)| Step::Release { line, quantity, claim }),
        1 => (1_i64..600).prop_map(|minor| Step::Goodwill { minor }),
        2 => (0_usize..3, prop::option::of(1_i64..600), prop::option::of(0_i64..200))
            .prop_map(|(line, minor, fee)| Step::Portion { line, minor, fee }),
        2 => number.clone().prop_map(|number| Step::Approve { number }),
        1 => number.clone().prop_map(|number| Step::Reject { number }),
        1 => number.clone().prop_map(|number| Step::Cancel { number }),
        2 => number.clone().prop_map(|number| Step::Retry { number }),
        2 => number.clone().prop_map(|number| Step::Resume { number }),
        2 => (number.clone(), 1_u32..4, route())
            .prop_map(|(number, attempt, route)| Step::Redirect { number, attempt, route }),
        1 => (number.clone(), 1_u32..5).prop_map(|(number, attempt)| Step::Payout { number, attempt }),
        1 => (number.clone(), 1_u32..5, 1_i64..600)
            .prop_map(|(number, attempt, minor)| Step::Settle { number, attempt, minor }),
        1 => number.clone().prop_map(|number| Step::Expire { number }),
        3 => (1_u32..4, 0_u32..3, 0_u8..3, 1_i64..900)
            .prop_map(|(payment, dispute, news, minor)| Step::Dispute { payment, dispute, news, minor }),
        5 => (number, 1_u32..4, outcome())
            .prop_map(|(number, attempt, outcome)| Step::Outcome { number, attempt, outcome }),
    ]
}

prop_compose! {
    /// Two lines, shipping, and one to three payments that hold some or all of what was sold.
    fn an_order()(
        quantities in (1_u32..6, 1_u32..6),
        nets in (0_i64..2000, 0_i64..2000),
        taxes in (0_i64..400, 0_i64..400, 0_i64..100),
        shipping in 0_i64..500,
        captures in prop::collection::vec(0_i64..2500, 1..4),
    ) -> Book {
        let order: Sample = sample()
            .line(quantities.0, nets.0, &[(1900, taxes.0), (300, taxes.2)])
            .line(quantities.1, nets.1, &[(1900, taxes.1)])
            .shipping(shipping, &[(1900, taxes.2)]);
        let paid = |order: Sample, minor: &i64| order.captured(Tender::Card, *minor);
        captures.iter().fold(order, paid).book()
    }
}

const LINES: [Option<&str>; 3] = [Some("A"), Some("B"), None];

/// Takes the step; a refusal is an answer like any other. A success that is reported after a
/// failure is left out: it is a fact that no rule can keep within the caps.
fn take(book: &mut Book, step: &Step) {
    let expert = by("mia", Tier::Expert);
    match step {
        Step::Release {
            line,
            quantity,
            claim,
        } => {
            let _refused = book.release(&[(LINES[*line].unwrap(), *quantity, *claim)]);
        }
        Step::Goodwill { minor } => {
            let _refused = book.goodwill(*minor);
        }
        Step::Portion { line, minor, fee } => {
            let portions = vec![book.portion_of(LINES[*line], *minor)];
            let fee = fee.map(|minor| book.money(minor));
            let _refused = book.issue(Issued::Portions { portions, fee });
        }
        Step::Approve { number } => {
            let Some(grant) = book.state.grant(&refund(*number)) else {
                return;
            };
            let approve = Command::Approve {
                refund: refund(*number),
                digest: grant.digest.clone(),
                grounds: book.grounds.clone(),
            };
            let _refused = book.run(&approve, &expert);
        }
        Step::Reject { number } => {
            let (refund, note) = (refund(*number), text(""));
            let _refused = book.run(&Command::Reject { refund, note }, &expert);
        }
        Step::Cancel { number } => {
            let (refund, note) = (refund(*number), text(""));
            let _refused = book.run(&Command::Cancel { refund, note }, &expert);
        }
        Step::Retry { number } => {
            let _refused = book.retry(*number);
        }
        Step::Resume { number } => {
            let grounds = book.grounds.clone();
            let refund = refund(*number);
            let _refused = book.run(&Command::Resume { refund, grounds }, &expert);
        }
        Step::Redirect {
            number,
            attempt,
            route,
        } => {
            let redirect = Command::Redirect {
                refund: refund(*number),
                attempt: *attempt,
                route: Some(*route),
                grounds: book.grounds.clone(),
            };
            let _refused = book.run(&redirect, &expert);
        }
        Step::Payout { number, attempt } => {
            if failed_for_good(book, *number, *attempt) {
                return;
            }
            let payout = Command::RecordPayout {
                refund: refund(*number),
                attempt: *attempt,
                reference: text("sepa"),
            };
            let _refused = book.run(&payout, &expert);
        }
        Step::Settle {
            number,
            attempt,
            minor,
        } => {
            let settle = Command::Reconcile {
                refund: refund(*number),
                entry: SettlementEntry {
                    settlement: text("2026-03"),
                    attempt: *attempt,
                    provider_refund: text("re_1"),
                    amount: book.money(*minor),
                    settled_at: expert.now,
                },
            };
            let _refused = book.run(&settle, &expert);
        }
        Step::Expire { number } => {
            let refund = refund(*number);
            let _refused = book.run(
                &Command::ExpireApproval { refund },
                &crate::given::at("2026-03-09T10:00:00Z"),
            );
        }
        Step::Dispute {
            payment,
            dispute,
            news,
            minor,
        } => bank(book, *payment, *dispute, *news, *minor),
        Step::Outcome {
            number,
            attempt,
            outcome,
        } => {
            let late = matches!(outcome, Outcome::Succeeded { .. });
            if late && failed_for_good(book, *number, *attempt) {
                return;
            }
            let _refused = book.outcome(*number, *attempt, outcome.clone());
        }
    }
}

fn failed_for_good(book: &Book, number: u32, attempt: u32) -> bool {
    let grant = book.state.grant(&refund(number));
    let attempt = grant.and_then(|grant| grant.attempt(attempt));
    attempt.is_some_and(|attempt| matches!(attempt.progress, Progress::Failed { .. }))
}

fn bank(book: &mut Book, payment: u32, dispute: u32, news: u8, minor: i64) {
    let (order, at) = (
        crate::given::order(),
        crate::given::at("2026-03-01T10:00:00Z").now,
    );
    let payment = format!("p{payment}").parse().unwrap();
    let (dispute, amount) = (text(&format!("dp_{dispute}")), book.money(minor));
    match news {
        0 => book.told(DisputeOpened {
            order,
            payment,
            dispute,
            amount,
            reason: text(""),
            opened_at: at,
        }),
        1 => book.told(DisputeWon {
            order,
            payment,
            dispute,
            decided_at: at,
        }),
        _ => book.told(DisputeLost {
            order,
            payment,
            dispute,
            amount,
            decided_at: at,
        }),
    }
}

/// The payment that a new attempt takes money of.
fn taken_of(event: &Event) -> Option<&PaymentId> {
    match event {
        Event::RefundSubmitted(event) => Some(&event.payment),
        Event::StoreCreditSubmitted(event) => Some(&event.payment),
        Event::ManualPayoutRequested(event) => Some(&event.payment),
        _ => None,
    }
}

/// I4 and I15, for the attempts that the step made: no disputed payment, and none beyond what the
/// bank left of it.
fn new_attempts_hold(book: &Book, before: usize) {
    for payment in book.history[before..].iter().filter_map(taken_of) {
        let captures = &book.grounds.facts.captures;
        let capture = captures
            .iter()
            .find(|known| known.payment == *payment)
            .unwrap();
        assert!(!capture.is_disputed(), "I15: {capture:?}");
        let reserved = book.state.reserved(payment);
        assert!(reserved <= capture.kept(), "I4: {reserved} of {capture:?}");
    }
}

/// Keys are never shared by two attempts, and credit notes have no gaps and add up.
fn names_hold(book: &Book) {
    let (mut keys, mut notes) = (BTreeSet::new(), Vec::new());
    for event in &book.history {
        if let Event::RefundSubmitted(event) = event {
            assert!(keys.insert(event.key.clone()), "I9: a key twice");
        }
        if let Event::CreditNoteIssued(note) = event {
            let taxes: i64 = note.taxes.iter().map(|tax| tax.tax.minor).sum();
            assert_eq!(note.net.minor + taxes - note.fee.minor, note.amount.minor);
            notes.push(note.credit_note.number());
        }
    }
    let numbered: Vec<u32> = (1..).take(notes.len()).collect();
    assert_eq!(notes, numbered, "credit notes have no gaps");
}

/// I3, I4, I5, I10 and I11, from the events alone as far as they tell.
fn holds(book: &Book) {
    let sold = book.grounds.facts.sold.as_ref().unwrap();
    for (component, paid) in sold.components() {
        let granted = book.state.granted(component);
        assert!(
            granted <= *paid,
            "I3: {granted} of {paid} for {component:?}"
        );
    }
    for capture in &book.grounds.facts.captures {
        let reserved = book.state.reserved(&capture.payment);
        assert!(
            reserved <= capture.amount.minor,
            "I4: {reserved} of {capture:?}"
        );
    }
    for event in &book.history {
        match event {
            Event::RefundProposed(event) => {
                let parts: i64 = event.parts.iter().map(|part| part.amount.minor).sum();
                assert_eq!(parts, event.amount.minor, "I5: parts");
                assert!(event.amount.minor >= 0, "I11");
            }
            Event::TendersAllocated(event) => {
                let to: i64 = event.allocations.iter().map(|to| to.amount.minor).sum();
                let grant = book.state.grant(&event.refund).unwrap();
                assert_eq!(to, grant.amount.minor, "I5: allocations");
            }
            Event::RefundSubmitted(event) => assert!(event.amount.is_positive(), "I10"),
            _ => {}
        }
    }
}

fn replayed(history: &[Event]) -> State {
    let mut state = State::default();
    for event in history {
        Refunds::evolve(&mut state, event);
    }
    state
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn money_is_conserved_whatever_happens(
        book in an_order(),
        limit in prop_oneof![Just(i64::MAX), 0_i64..500],
        strategy in prop_oneof![
            Just(TenderStrategy::FirstCaptured),
            Just(TenderStrategy::LastCaptured),
            Just(TenderStrategy::Ratio),
        ],
        steps in prop::collection::vec(step(), 1..25),
    ) {
        let mut book = book.limit(limit);
        book.grounds.approval.tenders.strategy = strategy;
        for step in &steps {
            let before = book.history.len();
            take(&mut book, step);
            new_attempts_hold(&book, before);
        }
        holds(&book);
        names_hold(&book);
        let stored = serde_json::to_vec(&book.state).unwrap();
        let snapshot: State = serde_json::from_slice(&stored).unwrap();
        prop_assert_eq!(&snapshot, &book.state, "a snapshot is the state");
        prop_assert_eq!(replayed(&book.history), book.state, "replay equals live");
    }

    #[test]
    fn partial_returns_in_any_order_add_up_to_what_was_paid(
        order in (1_u32..9, 0_i64..100_000, 0_i64..20_000, 0_i64..5_000),
        turns in prop::collection::vec((1_u32..4, 0_u8..4), 0..12),
    ) {
        let (quantity, net, tax, other_tax) = order;
        let mut book = sample()
            .line(quantity, net, &[(1900, tax), (500, other_tax)])
            .book();
        // Some grants fail and leave holes for later ones to fill.
        for (count, fate) in turns {
            if book.release(&[("A", count, None)]).is_ok() && fate == 0 {
                let number = u32::try_from(book.state.grants().count()).unwrap();
                let _none_of_nothing = book.outcome(number, 1, failed());
            }
        }
        while let Some(left) = book.left().units.first().cloned() {
            book.release(&[("A", left.quantity.min(2), None)]).unwrap();
        }
        prop_assert_eq!(book.granted(), (net, tax + other_tax));
    }

    #[test]
    fn of_two_refunds_decided_at_once_only_what_fits_is_accepted(
        captured in 1_i64..1000, first in 1_i64..1000, second in 1_i64..1000,
    ) {
        let mut book = sample().line(1, captured, &[]).book();
        let concurrent = book.clone();
        let accepted = book.goodwill(first).is_ok();
        let alone = concurrent.clone().goodwill(second).is_ok();
        prop_assert_eq!(alone, second <= captured);
        let taken = if accepted { first } else { 0 };
        prop_assert_eq!(book.goodwill(second).is_ok(), second <= captured - taken);
    }
}

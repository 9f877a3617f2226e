//! Laws that hold whatever happens in whatever order. The numbers I… are those of the domain's
//! invariants.

use crate::given::{Book, Sample, by, failed, pending, refund, reversed, sample, succeeded, text};
use backhaul_events::orders::Tender;
use backhaul_events::refunds::Event;
use backhaul_kernel::{Decider, Tier};
use backhaul_refunds::{Command, Issued, Outcome, Progress, Refunds, State};
use proptest::prelude::*;

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
                facts: book.grounds.facts.clone(),
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
        Step::Outcome {
            number,
            attempt,
            outcome,
        } => {
            let grant = book.state.grant(&refund(*number));
            let progress = grant.and_then(|grant| grant.attempt(*attempt));
            let failed =
                progress.is_some_and(|attempt| matches!(attempt.progress, Progress::Failed { .. }));
            if failed && matches!(outcome, Outcome::Succeeded { .. }) {
                return;
            }
            let _refused = book.outcome(*number, *attempt, outcome.clone());
        }
    }
}

/// I3, I4, I5 and I10, from the events alone as far as they tell.
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
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn money_is_conserved_whatever_happens(
        book in an_order(),
        limit in prop_oneof![Just(i64::MAX), 0_i64..500],
        steps in prop::collection::vec(step(), 1..30),
    ) {
        let mut book = book.limit(limit);
        for step in &steps {
            take(&mut book, step);
            holds(&book);
        }
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

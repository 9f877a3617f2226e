//! What is asked of refunds, step by step.

use backhaul_events::orders::{DisputeLost, DisputeOpened, DisputeWon, Tender};
use backhaul_events::refunds::Route;
use backhaul_kernel::{Money, Tier};
use backhaul_refunds::{Command, Issued, Outcome, Progress, SettlementEntry};
use proptest::prelude::*;

use crate::given::{
    Book, Sample, at, by, failed, order, pending, refund, reversed, sample_in, succeeded, text,
};

/// Something that somebody asks of the refunds.
#[derive(Debug, Clone)]
pub(super) enum Step {
    Release {
        line: usize,
        quantity: u32,
        claim: Option<i64>,
    },
    Goodwill {
        minor: i64,
    },
    /// Goodwill in a currency that nobody paid in.
    Foreign {
        minor: i64,
    },
    Portion {
        line: usize,
        minor: Option<i64>,
        fee: Option<i64>,
    },
    /// By a second person, or by the one who proposed it.
    Approve {
        number: u32,
        alone: bool,
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

pub(super) fn step() -> impl Strategy<Value = Step> {
    let number = 1_u32..6;
    prop_oneof![
        4 => (0_usize..2, 1_u32..4, prop::option::of(0_i64..800))
            .prop_map(|(line, quantity, claim)| Step::Release { line, quantity, claim }),
        2 => (-20_i64..600).prop_map(|minor| Step::Goodwill { minor }),
        1 => (1_i64..600).prop_map(|minor| Step::Foreign { minor }),
        2 => (0_usize..3, prop::option::of(1_i64..600), prop::option::of(0_i64..200))
            .prop_map(|(line, minor, fee)| Step::Portion { line, minor, fee }),
        3 => (number.clone(), prop::bool::weighted(0.3))
            .prop_map(|(number, alone)| Step::Approve { number, alone }),
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
    /// Two lines, shipping, and one to three payments that hold some or all of what was sold, in a
    /// currency of any number of decimals.
    pub(super) fn an_order()(
        currency in prop::sample::select(vec!["JPY", "EUR", "KWD", "CLF"]),
        quantities in (1_u32..6, 1_u32..6),
        nets in (0_i64..2000, 0_i64..2000),
        taxes in (0_i64..400, 0_i64..400, 0_i64..100),
        shipping in 0_i64..500,
        captures in prop::collection::vec(0_i64..2500, 1..4),
    ) -> Book {
        let order: Sample = sample_in(currency)
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
pub(super) fn take(book: &mut Book, step: &Step) {
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
        Step::Foreign { minor } => {
            let amount = Money::new(*minor, "GBP".parse().unwrap());
            let answer = book.issue(Issued::Goodwill { amount });
            assert!(answer.is_err(), "I8: {answer:?}");
        }
        Step::Portion { line, minor, fee } => {
            let portions = vec![book.portion_of(LINES[*line], *minor)];
            let fee = fee.map(|minor| book.money(minor));
            let _refused = book.issue(Issued::Portions { portions, fee });
        }
        Step::Approve { number, alone } => {
            let Some(grant) = book.state.grant(&refund(*number)) else {
                return;
            };
            let approve = Command::Approve {
                refund: refund(*number),
                digest: grant.digest.clone(),
                grounds: book.grounds.clone(),
            };
            let proposer = grant.proposed_by.as_ref().map(|actor| actor.name.clone());
            let who = match proposer.filter(|_| *alone) {
                Some(name) => by(&name, Tier::Expert),
                None => expert,
            };
            let _refused = book.run(&approve, &who);
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
                &at("2026-03-09T10:00:00Z"),
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

pub(super) fn bank(book: &mut Book, payment: u32, dispute: u32, news: u8, minor: i64) {
    let (order, at) = (order(), at("2026-03-01T10:00:00Z").now);
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

/// Asks the same again, where the step names what it is about: nothing may follow. What asks for
/// something new (money by hand, one more try) or tells that there was no answer once more, is news.
pub(super) fn take_again(book: &mut Book, step: &Step) {
    match step {
        Step::Release { .. }
        | Step::Goodwill { .. }
        | Step::Foreign { .. }
        | Step::Portion { .. }
        | Step::Retry { .. }
        | Step::Dispute { .. }
        | Step::Outcome {
            outcome: Outcome::Unknown,
            ..
        } => {}
        Step::Approve { .. }
        | Step::Reject { .. }
        | Step::Cancel { .. }
        | Step::Resume { .. }
        | Step::Redirect { .. }
        | Step::Payout { .. }
        | Step::Settle { .. }
        | Step::Expire { .. }
        | Step::Outcome { .. } => {
            let before = book.history.len();
            take(book, step);
            assert_eq!(book.history.len(), before, "I13: {step:?}");
        }
    }
}

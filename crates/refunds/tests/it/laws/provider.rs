//! The rules against a provider that loses questions and answers, takes its time, changes its mind as
//! banks do, and knows a refund by its key: all of it without a network, so that ten thousand lives
//! are played. The service plays some over real connections.

use std::collections::BTreeMap;

use backhaul_events::orders::Tender;
use backhaul_refunds::{Attempt, Outcome, Progress};
use proptest::prelude::*;

use super::judge::{holds, names_hold};
use crate::given::{Book, failed, pending, refund, sample, succeeded};

/// How a refund stands at the provider.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Standing {
    Pending,
    Succeeded,
    Failed,
}

impl Standing {
    /// What a bank may make of it.
    fn may_become(self, after: Self) -> bool {
        match self {
            Self::Pending => after != Self::Pending,
            // It bounces.
            Self::Succeeded => after == Self::Failed,
            Self::Failed => false,
        }
    }
}

/// A refund in the provider's books.
#[derive(Debug)]
struct Booked {
    payment: String,
    minor: i64,
    standing: Standing,
}

/// The provider: its books by idempotency key.
#[derive(Debug, Default)]
struct Provider {
    books: BTreeMap<String, Booked>,
}

/// What becomes of a question on its way.
#[derive(Debug, Clone, Copy)]
enum Line {
    Works,
    /// The question is lost.
    DropsQuestion,
    /// The answer is lost.
    DropsAnswer,
}

#[derive(Debug, Clone)]
enum Move {
    /// A unit comes back and is to be paid for.
    Release(usize),
    /// Money by hand.
    Goodwill(i64),
    /// The provider is asked for an attempt: looked up by our key, and sent when it is not known.
    Ask(usize, Line, Standing),
    /// The bank changes how a refund stands.
    Change(usize, Standing),
    /// Somebody tries again what failed or bounced.
    Retry(u32),
}

fn standing() -> impl Strategy<Value = Standing> {
    prop_oneof![
        2 => Just(Standing::Succeeded),
        1 => Just(Standing::Pending),
        1 => Just(Standing::Failed),
    ]
}

fn turn() -> impl Strategy<Value = Move> {
    let line = prop_oneof![
        3 => Just(Line::Works),
        1 => Just(Line::DropsQuestion),
        2 => Just(Line::DropsAnswer),
    ];
    prop_oneof![
        3 => (0_usize..2).prop_map(Move::Release),
        1 => (1_i64..400).prop_map(Move::Goodwill),
        6 => (0_usize..12, line, standing()).prop_map(|(index, line, first)| Move::Ask(index, line, first)),
        3 => (0_usize..12, standing()).prop_map(|(index, after)| Move::Change(index, after)),
        3 => (1_u32..6).prop_map(Move::Retry),
    ]
}

fn attempts(book: &Book) -> Vec<(u32, Attempt)> {
    let grants = book.state.grants();
    let of_grants = grants.flat_map(|grant| {
        let number = grant.refund.number();
        let attempts = grant.attempts.iter();
        attempts.map(move |attempt| (number, attempt.clone()))
    });
    of_grants.collect()
}

impl Provider {
    /// Takes an order once for each key, as providers promise.
    fn take(&mut self, attempt: &Attempt, first: Standing) {
        assert!(attempt.amount.is_positive(), "I10: {attempt:?}");
        let known = self
            .books
            .entry(attempt.key.clone())
            .or_insert_with(|| Booked {
                payment: attempt.payment.to_string(),
                minor: attempt.amount.minor,
                standing: first,
            });
        let same = (known.payment.as_str(), known.minor);
        let asked = (attempt.payment.as_str(), attempt.amount.minor);
        assert_eq!(same, asked, "I9: a key means one refund");
    }

    fn answer(&self, attempt: &Attempt) -> Option<Outcome> {
        Some(match self.books.get(&attempt.key)?.standing {
            Standing::Pending => pending(),
            Standing::Succeeded => succeeded(),
            Standing::Failed => failed(),
        })
    }

    /// What went out of a payment, or may.
    fn gone(&self, payment: &str) -> i64 {
        let of_payment = self
            .books
            .values()
            .filter(|booked| booked.payment == payment && booked.standing != Standing::Failed);
        of_payment.map(|booked| booked.minor).sum()
    }
}

fn ask(
    book: &mut Book,
    provider: &mut Provider,
    which: &(u32, Attempt),
    line: Line,
    first: Standing,
) {
    let (number, attempt) = which;
    let is_known = provider.answer(attempt).is_some();
    match line {
        Line::DropsQuestion => {}
        // What failed for good or bounced is never sent again under its key.
        Line::Works | Line::DropsAnswer if is_known || attempt.holds_money() => {
            provider.take(attempt, first);
        }
        Line::Works | Line::DropsAnswer => {}
    }
    let answer = match line {
        Line::Works => provider.answer(attempt),
        Line::DropsQuestion | Line::DropsAnswer => None,
    };
    let outcome = answer.unwrap_or(Outcome::Unknown);
    let answered = book.outcome(*number, attempt.attempt, outcome);
    assert!(answered.is_ok(), "an answer is a fact: {answered:?}");
}

fn play(book: &mut Book, provider: &mut Provider, turn: &Move) {
    match turn {
        Move::Release(line) => {
            let _refused = book.release(&[(["A", "B"][*line], 1, None)]);
        }
        Move::Goodwill(minor) => {
            let _refused = book.goodwill(*minor);
        }
        Move::Retry(number) => {
            let _refused = book.retry(*number);
        }
        Move::Ask(index, line, first) => {
            let attempts = attempts(book);
            if let Some(which) = attempts.get(index % attempts.len().max(1)) {
                ask(book, provider, which, *line, *first);
            }
        }
        Move::Change(index, after) => {
            let count = provider.books.len().max(1);
            if let Some(booked) = provider.books.values_mut().nth(index % count)
                && booked.standing.may_become(*after)
            {
                booked.standing = *after;
            }
        }
    }
}

fn agree(standing: Standing, progress: &Progress) -> bool {
    match standing {
        Standing::Pending => matches!(progress, Progress::Pending { .. } | Progress::Parked { .. }),
        Standing::Succeeded => matches!(progress, Progress::Succeeded { .. }),
        Standing::Failed => matches!(
            progress,
            Progress::Failed { .. } | Progress::Reversed { .. }
        ),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    /// I4, I9 and I10, in the books of the provider: whatever is lost, repeated, late, bounced and
    /// tried again, a key is one refund and no payment gives back more than it took. And once the
    /// provider is heard, the log says what it says.
    #[test]
    fn no_key_pays_twice_and_the_log_says_what_the_provider_says(
        captured in (200_i64..900, 200_i64..900),
        turns in prop::collection::vec(turn(), 1..30),
    ) {
        let mut book = sample()
            .line(3, 900, &[])
            .line(2, 300, &[(1900, 57)])
            .captured(Tender::Card, captured.0)
            .captured(Tender::Card, captured.1)
            .book();
        let mut provider = Provider::default();
        for turn in &turns {
            play(&mut book, &mut provider, turn);
            for (payment, captured) in [("p1", captured.0), ("p2", captured.1)] {
                let gone = provider.gone(payment);
                prop_assert!(gone <= captured, "I4: {} of {}", gone, captured);
            }
        }
        // Everybody who is owed an answer asks once more, and the line works.
        for which in attempts(&book) {
            ask(&mut book, &mut provider, &which, Line::Works, Standing::Succeeded);
        }
        for (number, attempt) in attempts(&book) {
            let booked = provider.books.get(&attempt.key);
            let standing = booked.map_or(Standing::Failed, |booked| booked.standing);
            prop_assert!(
                agree(standing, &attempt.progress),
                "{:?}: the provider says {:?}, the log {:?}",
                refund(number), standing, attempt.progress
            );
        }
        holds(&book);
        names_hold(&book);
    }
}

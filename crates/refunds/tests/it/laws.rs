//! Laws that hold whatever happens in whatever order. The numbers I… are those of the domain's
//! invariants.
//!
//! `steps` are what happens and `judge` says what must hold; `worth` has the arithmetic of partial
//! returns, `writers` those who decide at once, and `provider` the one who holds the money.

mod judge;
mod provider;
mod steps;
mod worth;
mod writers;

use backhaul_events::refunds::Strategy as TenderStrategy;
use backhaul_refunds::State;
use proptest::prelude::*;

use judge::{holds, names_hold, new_attempts_hold, replayed};
use steps::{an_order, step, take, take_again};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    /// I3, I4, I5, I8, I9, I10, I11, I12, I13, I14 and I15, over any interleaving of releases, grants
    /// by hand, approvals, attempts, failures, reversals, retries, disputes and settlement files. Each
    /// step is asked for again; and replay equals live, from events and from a snapshot.
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
            take_again(&mut book, step);
        }
        holds(&book);
        names_hold(&book);
        let stored = serde_json::to_vec(&book.state).unwrap();
        let snapshot: State = serde_json::from_slice(&stored).unwrap();
        prop_assert_eq!(&snapshot, &book.state, "a snapshot is the state");
        prop_assert_eq!(replayed(&book.history), book.state, "replay equals live");
    }
}

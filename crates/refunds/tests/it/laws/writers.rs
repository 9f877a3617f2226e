//! Several who decide at once on what they know, over one log that takes an append only from whoever
//! has read all of it: what an expected version is for.

use backhaul_events::refunds::Event;
use backhaul_kernel::{Decider, Tier};
use backhaul_refunds::{Command, Issued, Refunds};
use proptest::prelude::*;

use super::judge::{holds, names_hold, replayed};
use crate::given::{Book, by, sample};

/// Writers, and how many refunds each of them asks for at most.
const WRITERS: usize = 3;

/// One who remembers a beginning of the log.
struct Writer {
    book: Book,
}

impl Writer {
    fn catch_up(&mut self, log: &[Event]) {
        for event in &log[self.book.history.len()..] {
            Refunds::evolve(&mut self.book.state, event);
            self.book.history.push(event.clone());
        }
    }

    /// Decides on what is known; the log takes it only at the version that was known, and else the
    /// tail is read and it is decided again. Whether it was accepted.
    fn ask(&mut self, log: &mut Vec<Event>, command: &Command) -> bool {
        loop {
            let version = self.book.history.len();
            let at = by("lin", Tier::Agent);
            let decided = Refunds::decide(&self.book.state, command, &at);
            match decided {
                Ok(events) if version == log.len() => {
                    log.extend(events);
                    self.catch_up(log);
                    return true;
                }
                Err(_) if version == log.len() => return false,
                Ok(_) | Err(_) => self.catch_up(log),
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    /// I3, I4 and I13's expected version: of refunds that are decided at once exactly those are
    /// accepted that fit when their turn in the log came; of two refunds of 60 on 100, one.
    /// Others: two concurrent refunds both pass.
    #[test]
    fn of_refunds_decided_at_once_only_what_fits_is_accepted(
        captured in 1_i64..500,
        asked in prop::collection::vec((0..WRITERS, 1_i64..300, any::<bool>()), 2..8),
    ) {
        let book = sample().line(1, captured, &[]).book();
        let mut log = Vec::new();
        let mut writers: Vec<_> = (0..WRITERS).map(|_| Writer { book: book.clone() }).collect();
        let mut left = captured;
        for (who, minor, reads) in asked {
            let writer = &mut writers[who];
            if reads {
                writer.catch_up(&log);
            }
            let amount = writer.book.money(minor);
            let command = writer.book.issue_command(Issued::Goodwill { amount });
            let accepted = writer.ask(&mut log, &command);
            prop_assert_eq!(accepted, minor <= left, "{} of {}", minor, left);
            if accepted {
                left -= minor;
            }
        }
        let mut whole = book;
        whole.state = replayed(&log);
        whole.history = log;
        holds(&whole);
        names_hold(&whole);
    }

    /// I4: two refunds on one memory, whichever the log takes first.
    #[test]
    fn of_two_refunds_decided_on_one_memory_both_pass_alone(
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

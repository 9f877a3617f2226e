//! The short-term right to reject of Britain: its clock stands still from the day on which a repair
//! begins to the day on which the goods go back, both of them whole, and leaves seven days at least.

use backhaul_returns::{Command, Payer, RepairCommand, Returns, StartRepair, State, explain};
use backhaul_testkit::{OrderSample, at, given, id, money, sample::units, text, time};
use jiff::ToSpan;

use super::{because, nothing, reason, rows, sold};
use crate::facts;

/// Delivered in London on March 5: thirty days end with April 4. When the repair began and ended,
/// and the last minute of the right.
const REPAIRS: &str = "
2026-03-20T10:00 2026-03-30T10:00 2026-04-15T22:59
2026-03-20T16:00 2026-03-30T09:00 2026-04-15T22:59
2026-03-20T09:00 2026-03-20T15:00 2026-04-05T22:59
2026-03-20T23:30 2026-03-21T00:30 2026-04-06T22:59
2026-04-03T10:00 2026-04-20T10:00 2026-04-27T22:59
";

fn repaired(order: &OrderSample, begun: &str, ended: &str) -> State {
    let now = at("2026-06-01T00:00:00Z");
    let minute = |text: &str| time(&format!("{text}:00Z"));
    let repair = || id("o-M1");
    let steps = [
        RepairCommand::Start(StartRepair {
            order: order.id(),
            units: vec![units("1", 1)],
            payer: Payer::Buyer,
            note: text("rattles"),
            started_at: minute(begun),
            facts: facts(order),
        }),
        RepairCommand::Quote {
            repair: repair(),
            price: money(1, "EUR"),
            note: text(""),
        },
        RepairCommand::DeclineQuote { repair: repair() },
        RepairCommand::SendBack {
            repair: repair(),
            reference: text(""),
            sent_at: minute(ended),
        },
    ];
    let begin = given::<Returns>([]);
    let told =
        |history: backhaul_testkit::Given<Returns>, step| history.and(&Command::Repair(step), &now);
    steps.into_iter().fold(begin, told).state()
}

#[test]
fn the_clock_stands_still_for_whole_days() {
    let order = sold("GB", "Europe/London", &[], "2026-03-05T10:00:00Z");
    for row in rows(REPAIRS) {
        let [begun, ended, last] = row[..] else {
            panic!("a case has three words: {row:?}");
        };
        let state = repaired(&order, begun, ended);
        let last = time(&format!("{last}:00Z"));
        let next = last.checked_add(1.minute()).unwrap();
        for (at, holds) in [(last, true), (next, false)] {
            let items = [because(reason("fault"))];
            let found = explain(&facts(&order), &state, &nothing(), &items, at).remove(0);
            let mut clauses = found.clauses.iter();
            let found = clauses.find(|found| found.clause.as_str() == "gb.cra-2015.s-22");
            assert_eq!(found.unwrap().holds, holds, "{begun} to {ended}: at {at}");
        }
    }
}

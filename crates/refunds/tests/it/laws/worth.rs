//! What partial returns add up to.

use std::collections::BTreeMap;

use backhaul_events::refunds::Component;
use proptest::prelude::*;

use crate::given::{Book, failed, sample_in};

/// One line: its units, its net, two taxes, and what the shop says of its price and its discount.
type Goods = (u32, i64, i64, i64, i64);

fn goods() -> impl Strategy<Value = Goods> {
    (
        1_u32..9,
        0_i64..100_000,
        0_i64..20_000,
        0_i64..5_000,
        0_i64..50_000,
    )
}

fn currency() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["JPY", "EUR", "KWD", "CLF"])
}

/// An order of these lines. `priced` has unit prices and discounts that say nothing true.
fn order(currency: &str, lines: &[Goods], priced: bool) -> Book {
    let lines = lines.iter();
    let order = lines.fold(sample_in(currency), |order, goods| {
        let (quantity, net, tax, other_tax, discount) = *goods;
        let order = order.line(quantity, net, &[(1900, tax), (500, other_tax)]);
        match priced {
            true => order.priced(net + discount, discount),
            false => order,
        }
    });
    order.book()
}

const NAMES: [&str; 3] = ["A", "B", "C"];

/// Returns some units of some lines, of which some grants fail and leave holes for later ones to
/// fill, and then whatever is left.
fn return_all(book: &mut Book, turns: &[(usize, u32, u8)], lines: usize) -> Vec<Vec<i64>> {
    let mut granted = Vec::new();
    for (line, count, fate) in turns {
        let name = NAMES[line % lines];
        if book.release(&[(name, *count, None)]).is_ok() {
            granted.push(book.last_parts());
            if *fate == 0 {
                let number = u32::try_from(book.state.grants().count()).unwrap();
                let _none_of_nothing = book.outcome(number, 1, failed());
            }
        }
    }
    while let Some(left) = book.left().units.first().cloned() {
        let name = left.line.to_string();
        book.release(&[(&name, left.quantity.min(2), None)])
            .unwrap();
        granted.push(book.last_parts());
    }
    granted
}

/// What was paid for each component, and what was granted of it.
fn components(book: &Book) -> BTreeMap<String, (i64, i64)> {
    let sold = book.grounds.facts.sold.as_ref().unwrap();
    let components = sold.components();
    let named = |(component, paid): &(Component, i64)| {
        let name = serde_json::to_string(component).unwrap();
        (name, (*paid, book.state.granted(component)))
    };
    components.map(named).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    /// I1, I3, I6 and I8: any order of partial returns, over several lines and with grants that fail
    /// on the way, sums to what was paid, component by component, to the minor unit, in currencies of
    /// any number of decimals.
    /// Others: full refund one cent above or below paid.
    #[test]
    fn partial_returns_in_any_order_add_up_to_what_was_paid(
        currency in currency(),
        lines in prop::collection::vec(goods(), 1..4),
        turns in prop::collection::vec((0_usize..3, 1_u32..4, 0_u8..4), 0..12),
    ) {
        let mut book = order(currency, &lines, false);
        return_all(&mut book, &turns, lines.len());
        for (component, (paid, granted)) in components(&book) {
            prop_assert_eq!(granted, paid, "{}", component);
        }
    }

    /// I7: a refund never runs promotions again. Whatever unit prices and discounts the shop tells, the
    /// same steps grant the same parts: what was paid for a line after its discounts is a fact, and no
    /// share of one line moves to the lines that the buyer keeps.
    /// Others: discount moves to surviving lines.
    #[test]
    fn prices_and_discounts_change_nothing_after_the_purchase(
        currency in currency(),
        lines in prop::collection::vec(goods(), 1..4),
        turns in prop::collection::vec((0_usize..3, 1_u32..4, 0_u8..4), 0..6),
    ) {
        let mut told = order(currency, &lines, false);
        let mut priced = order(currency, &lines, true);
        let granted = return_all(&mut told, &turns, lines.len());
        prop_assert_eq!(granted, return_all(&mut priced, &turns, lines.len()));
    }
}

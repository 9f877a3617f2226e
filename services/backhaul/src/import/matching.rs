//! The matching rule, from rows to the plan.
//!
//! Rows are taken in the order of the file. A *purchase line* has an all-digit invoice, more than
//! no units, a price above nothing, a customer, and an article code of five digits and optional
//! letters. A *cancellation line* has an invoice that begins with C and fewer than no units. It
//! takes units from earlier purchase lines of the same customer and article that still have units
//! left: those with the same unit price first, among them the latest first; then those of any
//! price, latest first. Each pair of a cancellation invoice and an order is one return.
//!
//! Units that are left over are asked for too, of the latest purchase line of that customer and
//! article: the service has to refuse them.

use std::collections::HashMap;

use super::plan::{
    Cancellation, Excess, Outcomes, Plan, PlannedItem, PlannedLine, PlannedOrder, Step,
};
use super::price::Price;
use super::rows::Row;

/// A row cannot be taken into the plan.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("row {row}: {quantity} units do not fit into 32 bits")]
pub struct TooManyUnits {
    row: u64,
    quantity: i64,
}

/// Takes rows in the order of the file.
#[derive(Default)]
pub struct Matching {
    plan: Plan,
    order_of: HashMap<String, usize>,
    /// Purchase lines by customer and article, the latest last.
    bought: HashMap<(String, String), Vec<Bought>>,
    cancellations: Vec<Pending>,
    cancellation_of: HashMap<String, usize>,
}

/// A purchase line and what is left of it.
struct Bought {
    order: usize,
    line: usize,
    price: Price,
    left: u32,
}

/// A cancellation invoice that may have more rows to come.
struct Pending {
    cancellation: Cancellation,
    /// By order, in the order of the file.
    returns: Vec<(usize, Vec<PlannedItem>)>,
    excess: Vec<(usize, PlannedItem, Excess)>,
}

impl Matching {
    /// Takes the next row.
    pub fn take(&mut self, row: Row) -> Result<(), TooManyUnits> {
        self.plan.rows += 1;
        let quantity = u32::try_from(row.quantity.unsigned_abs()).map_err(|_| TooManyUnits {
            row: self.plan.rows,
            quantity: row.quantity,
        })?;
        if row.invoice.starts_with('C') && row.quantity < 0 {
            self.cancel(row, quantity);
        } else if is_purchase(&row) {
            self.purchase(row, quantity);
        }
        Ok(())
    }

    /// The plan, once all rows were taken.
    pub fn finish(mut self) -> Plan {
        for pending in self.cancellations {
            let orders = &mut self.plan.orders;
            for (order, items) in pending.returns {
                let cancellation = pending.cancellation.clone();
                orders[order].steps.push(Step::Return {
                    cancellation,
                    items,
                });
            }
            for (number, (order, item, why)) in (1..).zip(pending.excess) {
                let cancellation = pending.cancellation.clone();
                orders[order].steps.push(Step::Excess {
                    cancellation,
                    number,
                    item,
                    why,
                });
            }
        }
        self.plan
    }

    fn purchase(&mut self, row: Row, quantity: u32) {
        let key = (row.customer.clone(), row.code.clone());
        let order = match self.order_of.get(&row.invoice) {
            Some(order) => *order,
            None => self.open_order(&row),
        };
        let lines = &mut self.plan.orders[order].lines;
        let bought = Bought {
            order,
            line: lines.len(),
            price: row.price,
            left: quantity,
        };
        self.bought.entry(key).or_default().push(bought);
        lines.push(PlannedLine {
            code: row.code,
            description: row.description,
            quantity,
            price: row.price,
        });
    }

    /// The order's time is that of its first row: some invoices cross a minute.
    fn open_order(&mut self, row: &Row) -> usize {
        let order = self.plan.orders.len();
        self.order_of.insert(row.invoice.clone(), order);
        self.plan.orders.push(PlannedOrder {
            invoice: row.invoice.clone(),
            customer: row.customer.clone(),
            country: row.country.clone(),
            at: row.at,
            lines: Vec::new(),
            steps: Vec::new(),
        });
        order
    }

    fn cancel(&mut self, row: Row, quantity: u32) {
        let outcomes = &mut self.plan.outcomes;
        if row.customer.is_empty() {
            outcomes.no_customer += 1;
            return;
        }
        if !is_product(&row.code) {
            outcomes.non_product += 1;
            return;
        }
        let (price, invoice, at) = (row.price, row.invoice, row.at);
        let Some(bought) = self.bought.get_mut(&(row.customer, row.code)) else {
            outcomes.never_bought += 1;
            return;
        };
        let pending = *self
            .cancellation_of
            .entry(invoice.clone())
            .or_insert_with(|| {
                let cancellation = Cancellation { invoice, at };
                self.cancellations.push(Pending {
                    cancellation,
                    returns: Vec::new(),
                    excess: Vec::new(),
                });
                self.cancellations.len() - 1
            });
        let pending = &mut self.cancellations[pending];
        let left_over = pending.allocate(bought, quantity, price);
        if left_over == 0 {
            outcomes.wholly += 1;
            return;
        }
        let why = outcomes.excess(left_over == quantity);
        let latest = bought
            .last()
            .expect("an article that was bought has a purchase line");
        let item = PlannedItem {
            line: latest.line,
            quantity: left_over,
            price,
        };
        pending.excess.push((latest.order, item, why));
    }
}

impl Outcomes {
    fn excess(&mut self, nothing_was_left: bool) -> Excess {
        if nothing_was_left {
            self.all_returned_already += 1;
            Excess::AllReturnedAlready
        } else {
            self.partly += 1;
            Excess::Partly
        }
    }
}

impl Pending {
    /// Takes units where there are any left; answers how many were not found.
    fn allocate(&mut self, bought: &mut [Bought], quantity: u32, price: Price) -> u32 {
        let mut wanted = quantity;
        let any_price = |_: &Bought| true;
        let same_price = |each: &Bought| each.price == price;
        let passes: [&dyn Fn(&Bought) -> bool; 2] = [&same_price, &any_price];
        for fits in passes {
            for each in bought
                .iter_mut()
                .rev()
                .filter(|each| each.left > 0 && fits(each))
            {
                let quantity = each.left.min(wanted);
                if quantity == 0 {
                    return 0;
                }
                each.left -= quantity;
                wanted -= quantity;
                self.add(
                    each.order,
                    PlannedItem {
                        line: each.line,
                        quantity,
                        price,
                    },
                );
            }
        }
        wanted
    }

    fn add(&mut self, order: usize, item: PlannedItem) {
        match self.returns.iter_mut().find(|(known, _)| *known == order) {
            Some((_, items)) => items.push(item),
            None => self.returns.push((order, vec![item])),
        }
    }
}

fn is_purchase(row: &Row) -> bool {
    let is_invoice = !row.invoice.is_empty() && row.invoice.bytes().all(|b| b.is_ascii_digit());
    is_invoice
        && row.quantity > 0
        && row.price.is_positive()
        && !row.customer.is_empty()
        && is_product(&row.code)
}

/// Five digits and optional letters.
fn is_product(code: &str) -> bool {
    let bytes = code.as_bytes();
    let letters = bytes.get(5..).unwrap_or_default();
    bytes.len() >= 5
        && bytes[..5].iter().all(u8::is_ascii_digit)
        && letters.iter().all(u8::is_ascii_alphabetic)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows as `invoice code quantity thousandths`, all of one customer.
    fn plan(rows: &[(&str, &str, i64, i64)]) -> Plan {
        let mut matching = Matching::default();
        for (invoice, code, quantity, thousandths) in rows {
            let row = Row {
                invoice: (*invoice).to_owned(),
                code: (*code).to_owned(),
                description: "THING".to_owned(),
                quantity: *quantity,
                at: jiff::civil::date(2011, 1, 1).at(8, 0, 0, 0),
                price: Price::thousandths(*thousandths),
                customer: "1".to_owned(),
                country: "EIRE".to_owned(),
            };
            matching.take(row).unwrap();
        }
        matching.finish()
    }

    /// Steps as `order: line x quantity, …`, with `!` before what must be refused.
    fn check(rows: &[(&str, &str, i64, i64)], expected: &[&str]) {
        let plan = plan(rows);
        let item = |item: &PlannedItem| format!("{}x{}", item.line + 1, item.quantity);
        let steps = plan.orders.iter().flat_map(|order| {
            order.steps.iter().map(move |step| match step {
                Step::Return { items, .. } => {
                    let items: Vec<_> = items.iter().map(item).collect();
                    format!("{}: {}", order.invoice, items.join(" "))
                }
                Step::Excess { item: each, .. } => format!("{}: !{}", order.invoice, item(each)),
            })
        });
        assert_eq!(steps.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn the_same_price_comes_first_and_the_latest_row_first() {
        let bought = [
            ("1", "10000", 5, 100),
            ("2", "10000", 5, 200),
            ("3", "10000", 5, 100),
            ("3", "10000A", 9, 100),
        ];
        let with = |cancelled: &[(&'static str, &'static str, i64, i64)]| {
            [bought.as_slice(), cancelled].concat()
        };
        check(&with(&[("C4", "10000", -2, 100)]), &["3: 1x2"]);
        check(&with(&[("C4", "10000", -2, 200)]), &["2: 1x2"]);
        check(&with(&[("C4", "10000", -7, 100)]), &["1: 1x2", "3: 1x5"]);
        check(&with(&[("C4", "10000", -7, 300)]), &["2: 1x2", "3: 1x5"]);
        check(
            &with(&[("C4", "10000", -12, 100)]),
            &["1: 1x5", "2: 1x2", "3: 1x5"],
        );
        check(
            &with(&[("C4", "10000", -1, 100), ("C4", "10000", -1, 9)]),
            &["3: 1x1 1x1"],
        );
        check(
            &with(&[("C4", "10000", -1, 100), ("C5", "10000A", -1, 9)]),
            &["3: 1x1", "3: 2x1"],
        );
    }

    #[test]
    fn units_beyond_what_was_bought_are_asked_for_all_the_same() {
        let bought = ("1", "10000", 5, 100);
        check(&[bought, ("C2", "10000", -6, 100)], &["1: 1x5", "1: !1x1"]);
        check(
            &[bought, ("C2", "10000", -5, 100), ("C3", "10000", -2, 100)],
            &["1: 1x5", "1: !1x2"],
        );
        let outcomes = plan(&[
            ("C0", "10000", -1, 100),
            bought,
            ("C2", "10000", -6, 100),
            ("C3", "10000", -2, 100),
            ("C3", "POST", -2, 100),
            ("C3", "1000", -2, 100),
            ("C3", "10000+", -2, 100),
        ])
        .outcomes;
        let expected = Outcomes {
            all_returned_already: 1,
            never_bought: 1,
            non_product: 3,
            partly: 1,
            ..Outcomes::default()
        };
        assert_eq!(outcomes, expected);
    }

    #[test]
    fn only_purchases_of_products_at_a_price_are_orders() {
        let rows = [
            ("1", "10000", 5, 0),
            ("2", "POST", 5, 100),
            ("A3", "10000", 5, 100),
            ("4", "10000", -5, 100),
            ("5", "10000", 5, 100),
        ];
        let orders: Vec<_> = plan(&rows)
            .orders
            .into_iter()
            .map(|order| order.invoice)
            .collect();
        assert_eq!(orders, ["5"]);
    }
}

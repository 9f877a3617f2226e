//! What the import did, built from what the services answered.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::answers::{OrderAnswer, ReturnAnswer};
use super::plan::{Excess, Outcomes};
use super::worth::{self, Worth};

/// Totals of an import. Amounts are in pence.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Orders recorded.
    pub orders: u64,
    /// Their lines.
    pub order_lines: u64,
    /// What was paid for them.
    pub order_value_pence: i64,
    /// What became of the cancellation lines by the matching rule.
    pub cancellation_lines_by_outcome: Outcomes,
    /// Units refused of lines of which some were found.
    pub units_refused_in_partly: u64,
    /// Returns inspected.
    pub returns: u64,
    /// Their items.
    pub allocations: u64,
    /// Units that passed inspection.
    pub units_returned: u64,
    /// What went back.
    pub refund_pence: i64,
    /// Items that asked for more than was paid.
    pub allocations_capped_at_paid: u64,
    /// Items that asked for less than was paid.
    pub allocations_below_paid: u64,
    /// What went back, by the country's name in the file.
    pub refund_pence_by_country: BTreeMap<String, i64>,
    /// SHA-256 of the rows `cancellation,order,units,refund_pence`, sorted, each ended by a line
    /// feed.
    pub returns_listing_sha256: String,
    /// Requests that the service refused because more units were asked for than were bought.
    pub refused_requests: u64,
    /// Their units.
    pub refused_units: u64,
}

impl Report {
    /// Adds the answers up.
    pub fn of(orders: &[OrderAnswer], outcomes: Outcomes) -> Self {
        let lines = || orders.iter().flat_map(|order| &order.lines);
        let returns = || orders.iter().flat_map(|order| &order.returns);
        let refusals = || orders.iter().flat_map(|order| &order.refusals);
        let partly = || refusals().filter(|refusal| refusal.why == Excess::Partly);
        let worth: Vec<Worth> = orders
            .iter()
            .flat_map(worth::of_returns)
            .flatten()
            .collect();
        let capped = worth.iter().filter(|item| item.claim > item.paid);
        let below = worth.iter().filter(|item| item.claim < item.paid);
        Self {
            orders: count(orders.iter()),
            order_lines: count(lines()),
            order_value_pence: lines().map(|line| line.paid).sum(),
            cancellation_lines_by_outcome: outcomes,
            units_refused_in_partly: partly().map(|refusal| u64::from(refusal.quantity)).sum(),
            returns: count(returns()),
            allocations: returns().map(|each| count(each.items.iter())).sum(),
            units_returned: returns().map(|each| each.accepted).sum(),
            refund_pence: returns().map(|each| each.refunded).sum(),
            allocations_capped_at_paid: count(capped),
            allocations_below_paid: count(below),
            refund_pence_by_country: by_country(orders),
            returns_listing_sha256: digest(orders),
            refused_requests: count(refusals()),
            refused_units: refusals().map(|refusal| u64::from(refusal.quantity)).sum(),
        }
    }
}

fn count<T>(items: impl Iterator<Item = T>) -> u64 {
    items.map(|_| 1_u64).sum()
}

fn by_country(orders: &[OrderAnswer]) -> BTreeMap<String, i64> {
    let mut countries = BTreeMap::new();
    for order in orders.iter().filter(|order| !order.returns.is_empty()) {
        let refunded: i64 = order.returns.iter().map(|each| each.refunded).sum();
        *countries.entry(order.country.clone()).or_default() += refunded;
    }
    countries
}

/// The listing is sorted by cancellation, then order.
fn digest(orders: &[OrderAnswer]) -> String {
    let mut rows: Vec<(&str, &str, &ReturnAnswer)> = orders
        .iter()
        .flat_map(|order| {
            order
                .returns
                .iter()
                .map(|each| (each.cancellation.as_str(), order.order.as_str(), each))
        })
        .collect();
    rows.sort_by_key(|(cancellation, order, _)| (*cancellation, *order));
    let mut sha = Sha256::new();
    for (cancellation, order, each) in rows {
        sha.update(format!(
            "{cancellation},{order},{},{}\n",
            each.accepted, each.refunded
        ));
    }
    sha.finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// A summary for people.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Outcomes {
            all_returned_already,
            never_bought,
            no_customer,
            non_product,
            partly,
            wholly,
        } = self.cancellation_lines_by_outcome;
        writeln!(
            f,
            "orders      {} with {} lines",
            self.orders, self.order_lines
        )?;
        writeln!(f, "paid        GBP {}", pounds(self.order_value_pence))?;
        writeln!(
            f,
            "returns     {} with {} items",
            self.returns, self.allocations
        )?;
        writeln!(f, "units       {} came back", self.units_returned)?;
        writeln!(f, "refunded    GBP {}", pounds(self.refund_pence))?;
        writeln!(
            f,
            "            {} items asked for more than was paid, {} for less",
            self.allocations_capped_at_paid, self.allocations_below_paid
        )?;
        writeln!(
            f,
            "refused     {} requests for {} units that were never bought or already returned",
            self.refused_requests, self.refused_units
        )?;
        writeln!(f, "\ncancellation lines")?;
        for (what, lines) in [
            ("matched wholly", wholly),
            ("matched in part", partly),
            ("returned already", all_returned_already),
            ("never bought in this file", never_bought),
            ("no customer", no_customer),
            ("no product", non_product),
        ] {
            writeln!(f, "  {what:<26}{lines:>8}")?;
        }
        writeln!(f, "\nrefunded by country, in GBP")?;
        let mut countries: Vec<_> = self.refund_pence_by_country.iter().collect();
        countries.sort_by_key(|(_, pence)| std::cmp::Reverse(**pence));
        for (country, pence) in countries {
            writeln!(f, "  {country:<22}{:>12}", pounds(*pence))?;
        }
        write!(
            f,
            "\nlisting of returns, sha256 {}",
            self.returns_listing_sha256
        )
    }
}

fn pounds(pence: i64) -> String {
    format!("{}.{:02}", pence / 100, pence % 100)
}

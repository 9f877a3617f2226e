//! The money rule of the import: what each item of a return is worth, and what is granted of it.
//!
//! Units of a line are numbered in the order in which they come back; `t` units after `k` of `q`
//! are worth round(T·(k+t)/q) − round(T·k/q), and the grant is the smaller of that and the claim.
//! The services compute it by themselves; here it tells which refunds to wait for, and which items
//! were granted less than they claimed or less than was paid.

use backhaul_kernel::apportion::worth_of_units;

use super::answers::OrderAnswer;

/// An item's money, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Worth {
    /// What was paid for the units.
    pub paid: i64,
    /// What the cancellation asks for them.
    pub claim: i64,
}

impl Worth {
    /// What is granted.
    pub fn granted(self) -> i64 {
        self.paid.min(self.claim)
    }
}

/// The worth of every item of every return of an order, in their order.
///
/// # Panics
/// When more units came back than were bought, which no answer of the service can say.
pub fn of_returns(order: &OrderAnswer) -> Vec<Vec<Worth>> {
    let mut returned = vec![0; order.lines.len()];
    let mut returns = Vec::with_capacity(order.returns.len());
    for each in &order.returns {
        let items = each.items.iter().map(|item| {
            let line = order.lines[item.line];
            let first = returned[item.line];
            returned[item.line] += item.quantity;
            let paid = worth_of_units(line.paid, line.quantity, first, item.quantity);
            Worth {
                paid,
                claim: item.claim.unwrap_or(paid),
            }
        });
        returns.push(items.collect());
    }
    returns
}

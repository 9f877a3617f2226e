//! What can still go back, for those who ask before they act.

use backhaul_events::LineUnits;
use backhaul_events::refunds::Part;
use backhaul_kernel::{Money, PaymentId};

use crate::tenders::{left_in_all, left_of};
use crate::{OrderFacts, State, units};

/// What can still go back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refundable {
    /// What the payments still hold in all, less what waits for an approval. No refund is more.
    pub amount: Money,
    /// What is left of each component, in the order of the lines and then shipping.
    pub components: Vec<Part>,
    /// Units of each line that nothing paid for yet; lines without any are left out.
    pub units: Vec<LineUnits>,
    /// What each payment still holds, in the order of capture.
    pub payments: Vec<PaymentLeft>,
}

/// What a payment still holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentLeft {
    /// The payment.
    pub payment: PaymentId,
    /// How much can still go back to it.
    pub left: Money,
}

/// What can still go back; none while the order is not recorded.
pub fn refundable(state: &State, facts: &OrderFacts) -> Option<Refundable> {
    let sold = facts.sold.as_ref()?;
    let currency = sold.currency;
    let components = sold.components().map(|(component, paid)| Part {
        component: component.clone(),
        amount: Money::new(
            paid.saturating_sub(state.granted(component)).max(0),
            currency,
        ),
    });
    let units = sold.lines.iter().filter_map(|line| {
        let quantity = units::count(&units::free(state, &[], &line.line, line.quantity));
        (quantity > 0).then(|| LineUnits {
            line: line.line.clone(),
            quantity,
        })
    });
    let payments = facts.captures.iter().map(|capture| PaymentLeft {
        payment: capture.payment.clone(),
        left: Money::new(left_of(state, capture), capture.amount.currency),
    });
    Some(Refundable {
        amount: left_in_all(state, facts, Money::zero(currency)),
        components: components.collect(),
        units: units.collect(),
        payments: payments.collect(),
    })
}

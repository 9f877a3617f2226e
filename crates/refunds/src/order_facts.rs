//! What the order says was sold and paid: the ground every refund stands on. A fold of the order's
//! own events, handed in with the command.

use std::sync::Arc;

use backhaul_events::orders::{
    Charge, Event, Line, OrderRecorded, PaymentCaptured, TaxLine, Tender,
};
use backhaul_events::refunds::Component;
use backhaul_kernel::{Currency, LineId, Money, OrderId, PaymentId, Text};
use serde::{Deserialize, Serialize};

/// What is known of the money of an order. Cheap to clone.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct OrderFacts {
    /// What was sold; none until the order is recorded.
    pub sold: Option<Arc<Sold>>,
    /// What was captured, in that order.
    pub captures: Vec<Capture>,
}

/// What was sold, component by component, as paid.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sold {
    /// The order.
    pub order: OrderId,
    /// The one currency of every amount.
    pub currency: Currency,
    /// Its lines.
    pub lines: Vec<LineFacts>,
    /// Outbound shipping and its taxes, in minor units.
    pub shipping: Vec<(Component, i64)>,
}

/// A line as paid.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LineFacts {
    /// The line.
    pub line: LineId,
    /// Units bought.
    pub quantity: u32,
    /// Its goods and each of its taxes, in minor units for the whole line.
    pub components: Vec<(Component, i64)>,
}

/// A captured payment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Capture {
    /// The payment.
    pub payment: PaymentId,
    /// What the buyer paid with.
    pub tender: Tender,
    /// The provider's token of the capture.
    pub provider_payment: Text,
    /// How much.
    pub amount: Money,
}

impl OrderFacts {
    /// The facts after an event of the order's stream.
    pub fn evolve(&mut self, event: &Event) {
        match event {
            Event::OrderRecorded(event) => self.sold = Some(Arc::new(sold(event))),
            Event::PaymentCaptured(event) => self.captured(event),
            // Contact, destination and the way of the goods change no amount.
            Event::OrderAmended(_) | Event::LinesDispatched(_) | Event::LinesDelivered(_) => {}
        }
    }

    /// A payment is captured once: its id is unique within the order.
    fn captured(&mut self, event: &PaymentCaptured) {
        if self
            .captures
            .iter()
            .any(|capture| capture.payment == event.payment)
        {
            return;
        }
        self.captures.push(Capture {
            payment: event.payment.clone(),
            tender: event.tender,
            provider_payment: event.provider_payment.clone(),
            amount: event.amount,
        });
    }
}

impl Sold {
    /// The line of that id.
    pub fn line(&self, line: &LineId) -> Option<&LineFacts> {
        self.lines.iter().find(|known| known.line == *line)
    }

    /// Every component and what was paid for it.
    pub fn components(&self) -> impl Iterator<Item = &(Component, i64)> {
        self.lines
            .iter()
            .flat_map(|line| &line.components)
            .chain(&self.shipping)
    }
}

fn sold(event: &OrderRecorded) -> Sold {
    Sold {
        order: event.order.clone(),
        currency: event.currency,
        lines: event.lines.iter().map(line).collect(),
        shipping: event.shipping.as_ref().map_or_else(Vec::new, shipping),
    }
}

fn line(sold: &Line) -> LineFacts {
    let net = Component::LineNet {
        line: sold.line.clone(),
    };
    let tax = |tax: &TaxLine| Component::LineTax {
        line: sold.line.clone(),
        jurisdiction: tax.jurisdiction.as_str().to_owned(),
        rate_basis_points: tax.rate_basis_points,
    };
    LineFacts {
        line: sold.line.clone(),
        quantity: sold.quantity,
        components: with_taxes(net, sold.net, &sold.taxes, tax),
    }
}

fn shipping(charge: &Charge) -> Vec<(Component, i64)> {
    let tax = |tax: &TaxLine| Component::ShippingTax {
        jurisdiction: tax.jurisdiction.as_str().to_owned(),
        rate_basis_points: tax.rate_basis_points,
    };
    with_taxes(Component::ShippingNet, charge.net, &charge.taxes, tax)
}

/// Net first, then each tax; the same tax listed twice is one component.
fn with_taxes(
    net: Component,
    net_paid: Money,
    taxes: &[TaxLine],
    component: impl Fn(&TaxLine) -> Component,
) -> Vec<(Component, i64)> {
    let mut components = vec![(net, net_paid.minor)];
    for tax in taxes {
        let of = component(tax);
        match components.iter_mut().find(|(known, _)| *known == of) {
            Some((_, paid)) => *paid = paid.saturating_add(tax.amount.minor),
            None => components.push((of, tax.amount.minor)),
        }
    }
    components
}

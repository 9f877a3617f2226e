//! What the order says was sold and paid: the ground every refund stands on. A fold of the order's
//! own events, handed in with the command.

use std::sync::Arc;

use backhaul_events::orders::{
    Charge, Event, ExtraCharge, Line, OrderRecorded, PaymentCaptured, TaxLine, Tender,
};
use backhaul_events::refunds::Component;
use backhaul_kernel::{ChargeId, Currency, LineId, Money, OrderId, PaymentId, Text};
use serde::{Deserialize, Serialize};

/// What is known of the money of an order. Cheap to clone.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct OrderFacts {
    /// What was sold; none until the order is recorded.
    pub sold: Option<Arc<Sold>>,
    /// What was captured, in that order.
    pub captures: Vec<Capture>,
    /// The platform's pseudonymous name for the buyer.
    pub buyer: Option<Text>,
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
    /// The most of each of these that a withdrawal gives back: what standard delivery would have
    /// cost.
    pub standard_shipping: Vec<(Component, i64)>,
    /// Charges of the whole order, each with its taxes.
    pub charges: Vec<(Component, i64)>,
}

/// A line as paid.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LineFacts {
    /// The line.
    pub line: LineId,
    /// Units bought.
    pub quantity: u32,
    /// Its goods, each of its taxes, and the charges that were paid for it, in minor units for the
    /// whole line.
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
    /// Disputes of it at the bank.
    pub disputes: Vec<Dispute>,
}

/// A dispute of a payment at the bank.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dispute {
    /// The provider's token of it.
    pub dispute: Text,
    /// What became of it.
    pub standing: Standing,
}

/// What became of a dispute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Standing {
    /// The bank has not decided: nothing goes back to the payment.
    Open,
    /// The money stayed.
    Won,
    /// The bank took this many minor units.
    Lost(i64),
}

impl Capture {
    /// Whether the bank is deciding on a dispute of it.
    pub fn is_disputed(&self) -> bool {
        let open = |dispute: &Dispute| dispute.standing == Standing::Open;
        self.disputes.iter().any(open)
    }

    /// What of it can be refunded at all: what was captured, less what the bank took.
    pub fn kept(&self) -> i64 {
        let lost = self.disputes.iter().map(|dispute| match dispute.standing {
            Standing::Lost(minor) => minor,
            Standing::Open | Standing::Won => 0,
        });
        let lost = lost.fold(0_i64, i64::saturating_add);
        self.amount.minor.saturating_sub(lost).max(0)
    }
}

impl OrderFacts {
    /// The facts after an event of the order's stream.
    pub fn evolve(&mut self, event: &Event) {
        match event {
            Event::OrderRecorded(event) => {
                self.sold = Some(Arc::new(sold(event)));
                self.buyer = Some(event.buyer.reference.clone());
            }
            Event::OrderAmended(event) => {
                if let Some(buyer) = &event.buyer {
                    self.buyer = Some(buyer.reference.clone());
                }
            }
            Event::PaymentCaptured(event) => self.captured(event),
            Event::DisputeOpened(event) => {
                self.disputed(&event.payment, &event.dispute, Standing::Open);
            }
            Event::DisputeWon(event) => {
                self.disputed(&event.payment, &event.dispute, Standing::Won)
            }
            Event::DisputeLost(event) => {
                let lost = Standing::Lost(event.amount.minor);
                self.disputed(&event.payment, &event.dispute, lost);
            }
            // The way of the goods changes no amount.
            Event::LinesDispatched(_) | Event::LinesDelivered(_) => {}
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
            disputes: Vec::new(),
        });
    }

    fn disputed(&mut self, payment: &PaymentId, dispute: &Text, standing: Standing) {
        let captures = self.captures.iter_mut();
        for capture in captures.filter(|capture| capture.payment == *payment) {
            let disputes = &mut capture.disputes;
            match disputes.iter_mut().find(|known| known.dispute == *dispute) {
                Some(known) => known.standing = standing,
                None => disputes.push(Dispute {
                    dispute: dispute.clone(),
                    standing,
                }),
            }
        }
    }
}

impl LineFacts {
    /// What was paid for its goods, without taxes and charges.
    pub fn net(&self) -> i64 {
        self.components.first().map_or(0, |(_, net)| *net)
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
            .chain(&self.charges)
    }

    /// Shipping, up to standard delivery, and charges of the whole order, with their taxes.
    pub fn beside_lines(&self) -> impl Iterator<Item = &(Component, i64)> {
        self.standard_shipping.iter().chain(&self.charges)
    }

    /// A charge and its taxes, whether a line carries it or the whole order.
    pub fn charge(&self, wanted: &ChargeId) -> impl Iterator<Item = &(Component, i64)> {
        let wanted = wanted.clone();
        self.components()
            .filter(move |(component, _)| match component {
                Component::ChargeNet { charge } | Component::ChargeTax { charge, .. } => {
                    *charge == wanted
                }
                Component::LineNet { .. }
                | Component::LineTax { .. }
                | Component::ShippingNet
                | Component::ShippingTax { .. }
                | Component::Fee
                | Component::Goodwill => false,
            })
    }
}

fn sold(event: &OrderRecorded) -> Sold {
    Sold {
        order: event.order.clone(),
        currency: event.currency,
        lines: event
            .lines
            .iter()
            .map(|sold| line(sold, &event.charges))
            .collect(),
        shipping: event.shipping.as_ref().map_or_else(Vec::new, shipping),
        standard_shipping: event.shipping.as_ref().map_or_else(Vec::new, standard),
        charges: event
            .charges
            .iter()
            .filter(|charge| charge.line.is_none())
            .flat_map(extra)
            .collect(),
    }
}

fn line(sold: &Line, charges: &[ExtraCharge]) -> LineFacts {
    let net = Component::LineNet {
        line: sold.line.clone(),
    };
    let tax = |tax: &TaxLine| Component::LineTax {
        line: sold.line.clone(),
        jurisdiction: tax.jurisdiction.as_str().to_owned(),
        rate_basis_points: tax.rate_basis_points,
    };
    let mut components = with_taxes(net, sold.net, &sold.taxes, tax);
    let own = |charge: &&ExtraCharge| charge.line.as_ref() == Some(&sold.line);
    components.extend(charges.iter().filter(own).flat_map(extra));
    LineFacts {
        line: sold.line.clone(),
        quantity: sold.quantity,
        components,
    }
}

fn extra(charge: &ExtraCharge) -> Vec<(Component, i64)> {
    let net = Component::ChargeNet {
        charge: charge.charge.clone(),
    };
    let tax = |tax: &TaxLine| Component::ChargeTax {
        charge: charge.charge.clone(),
        jurisdiction: tax.jurisdiction.as_str().to_owned(),
        rate_basis_points: tax.rate_basis_points,
    };
    with_taxes(net, charge.net, &charge.taxes, tax)
}

fn shipping(charge: &Charge) -> Vec<(Component, i64)> {
    let tax = |tax: &TaxLine| Component::ShippingTax {
        jurisdiction: tax.jurisdiction.as_str().to_owned(),
        rate_basis_points: tax.rate_basis_points,
    };
    with_taxes(Component::ShippingNet, charge.net, &charge.taxes, tax)
}

/// What standard delivery would have cost; its taxes as large a share of it as they were of the
/// delivery that was chosen, half up.
fn standard(charge: &Charge) -> Vec<(Component, i64)> {
    let paid = shipping(charge);
    let (net, standard) = match charge.standard_net {
        Some(standard) if charge.net.minor > 0 => (charge.net.minor, standard.minor),
        Some(_) | None => return paid,
    };
    paid.into_iter()
        .map(|(component, paid)| (component, share(paid, standard, net)))
        .collect()
}

/// `paid` times `part` over `whole`, half up; `part` is no more than `whole`, and none is negative.
fn share(paid: i64, part: i64, whole: i64) -> i64 {
    let (doubled, whole) = (2 * i128::from(paid) * i128::from(part), i128::from(whole));
    i64::try_from((doubled + whole) / (2 * whole)).unwrap_or(paid)
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

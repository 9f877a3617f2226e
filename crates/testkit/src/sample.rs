//! Sample orders, as a platform would record them.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use backhaul_events::LineUnits;
use backhaul_events::orders::{
    Buyer, Charge, Destination, Event, Line, LinesDelivered, LinesDispatched, OrderRecorded,
    PaymentCaptured, Sale, TaxLine, Tender,
};
use backhaul_events::returns::{LocalTime, ReviewWithin, Weekday};
use backhaul_kernel::{Currency, Money, OrderId, Timestamp};

use crate::{text, time};

/// When sample orders are placed unless they say otherwise.
pub const ORDERED_AT: &str = "2026-03-01T09:00:00Z";
/// When sample payments are captured unless they say otherwise.
pub const CAPTURED_AT: &str = "2026-03-01T09:01:00Z";

/// An id, a country, a currency or a language from its text.
pub fn id<T: FromStr<Err: Display>>(text: &str) -> T {
    text.parse().unwrap_or_else(|error| panic!("{error}"))
}

/// A promise of an answer within an hour, from Monday to Friday, 9 to 17 in London.
pub fn office_hour() -> ReviewWithin {
    ReviewWithin {
        minutes: 60,
        days: vec![
            Weekday::Monday,
            Weekday::Tuesday,
            Weekday::Wednesday,
            Weekday::Thursday,
            Weekday::Friday,
        ],
        opens: clock("09:00"),
        closes: clock("17:00"),
        time_zone: text("Europe/London"),
        holidays_of: None,
    }
}

/// A time of day, such as `09:00`.
pub fn clock(text: &str) -> LocalTime {
    LocalTime(text.parse().unwrap_or_else(|error| panic!("{error}")))
}

/// Whole minor units of the currency with that code.
pub fn money(minor: i64, currency: &str) -> Money {
    Money::new(minor, id(currency))
}

/// Starts a sample order in euro for a buyer in Berlin.
pub fn order(order: &str) -> OrderSample {
    OrderSample {
        recorded: OrderRecorded {
            order: id(order),
            ordered_at: time(ORDERED_AT),
            currency: id("EUR"),
            buyer: Buyer {
                reference: text("buyer-17850"),
                email: Some(text("buyer@example.test")),
                name: None,
                language: id("en"),
            },
            destination: Destination {
                country: Some(id("DE")),
                time_zone: Some("Europe/Berlin".to_owned()),
            },
            lines: Vec::new(),
            shipping: None,
            charges: Vec::new(),
            labels: BTreeMap::new(),
        },
        payments: Vec::new(),
        movements: Vec::new(),
    }
}

/// An order under construction, and what happened to it.
#[derive(Debug, Clone)]
pub struct OrderSample {
    /// The order itself.
    pub recorded: OrderRecorded,
    /// What was captured for it.
    pub payments: Vec<PaymentCaptured>,
    movements: Vec<Event>,
}

impl OrderSample {
    /// In another currency; call it before lines are added.
    #[must_use]
    pub fn currency(mut self, code: &str) -> Self {
        self.recorded.currency = id(code);
        self
    }

    /// To another country and time zone; an empty text means none.
    #[must_use]
    pub fn destination(mut self, country: &str, time_zone: &str) -> Self {
        self.recorded.destination = Destination {
            country: (!country.is_empty()).then(|| id(country)),
            time_zone: (!time_zone.is_empty()).then(|| time_zone.to_owned()),
        };
        self
    }

    /// Placed at another time.
    #[must_use]
    pub fn ordered_at(mut self, at: &str) -> Self {
        self.recorded.ordered_at = time(at);
        self
    }

    /// Adds a line of `quantity` units for which `net` minor units were paid, without taxes.
    #[must_use]
    pub fn line(mut self, line: &str, quantity: u32, net: i64) -> Self {
        let currency = self.recorded.currency;
        self.recorded.lines.push(Line {
            line: id(line),
            sku: text("85123A"),
            title: text("hanging heart t-light holder"),
            category: None,
            quantity,
            unit_price: Money::new(net / i64::from(quantity.max(1)), currency),
            discount: Money::zero(currency),
            net: Money::new(net, currency),
            taxes: Vec::new(),
            sale: Sale::Regular,
            parts: Vec::new(),
        });
        self
    }

    /// Adds a tax to the last line.
    #[must_use]
    pub fn tax(mut self, jurisdiction: &str, rate_basis_points: u32, minor: i64) -> Self {
        let tax = self.tax_line(jurisdiction, rate_basis_points, minor);
        self.last_line().taxes.push(tax);
        self
    }

    /// Sets the category of the last line.
    #[must_use]
    pub fn category(mut self, category: &str) -> Self {
        self.last_line().category = Some(text(category));
        self
    }

    /// Sells the last line as final.
    #[must_use]
    pub fn final_sale(mut self) -> Self {
        self.last_line().sale = Sale::Final;
        self
    }

    /// Charges outbound shipping.
    #[must_use]
    pub fn shipping(mut self, net: i64) -> Self {
        self.recorded.shipping = Some(Charge {
            net: Money::new(net, self.recorded.currency),
            taxes: Vec::new(),
            standard_net: None,
        });
        self
    }

    /// Adds a tax to shipping.
    #[must_use]
    pub fn shipping_tax(mut self, jurisdiction: &str, rate_basis_points: u32, minor: i64) -> Self {
        let tax = self.tax_line(jurisdiction, rate_basis_points, minor);
        let shipping = self.recorded.shipping.as_mut();
        shipping
            .expect("charge shipping before taxing it")
            .taxes
            .push(tax);
        self
    }

    /// Captures a payment.
    #[must_use]
    pub fn paid(mut self, payment: &str, tender: Tender, minor: i64) -> Self {
        self.payments.push(PaymentCaptured {
            order: self.recorded.order.clone(),
            payment: id(payment),
            tender,
            provider_payment: text(&format!("psp-{payment}")),
            amount: Money::new(minor, self.recorded.currency),
            captured_at: time(CAPTURED_AT),
        });
        self
    }

    /// Dispatches units.
    #[must_use]
    pub fn dispatched(mut self, line: &str, quantity: u32, at: &str) -> Self {
        self.movements.push(Event::LinesDispatched(LinesDispatched {
            order: self.recorded.order.clone(),
            lines: vec![units(line, quantity)],
            dispatched_at: time(at),
        }));
        self
    }

    /// Delivers units.
    #[must_use]
    pub fn delivered(mut self, line: &str, quantity: u32, at: &str) -> Self {
        self.movements.push(Event::LinesDelivered(LinesDelivered {
            order: self.recorded.order.clone(),
            lines: vec![units(line, quantity)],
            delivered_at: time(at),
        }));
        self
    }

    /// The events of the order's stream, in order.
    pub fn events(&self) -> Vec<Event> {
        let recorded = Event::OrderRecorded(self.recorded.clone());
        let payments = self.payments.iter().cloned().map(Event::PaymentCaptured);
        let movements = self.movements.iter().cloned();
        std::iter::once(recorded)
            .chain(payments)
            .chain(movements)
            .collect()
    }

    /// The order's id.
    pub fn id(&self) -> OrderId {
        self.recorded.order.clone()
    }

    /// The order's currency.
    pub fn currency_code(&self) -> Currency {
        self.recorded.currency
    }

    /// When the order was placed.
    pub fn time(&self) -> Timestamp {
        self.recorded.ordered_at
    }

    fn last_line(&mut self) -> &mut Line {
        self.recorded.lines.last_mut().expect("add a line first")
    }

    fn tax_line(&self, jurisdiction: &str, rate_basis_points: u32, minor: i64) -> TaxLine {
        TaxLine {
            jurisdiction: text(jurisdiction),
            rate_basis_points,
            amount: Money::new(minor, self.recorded.currency),
        }
    }
}

/// Units of a line.
pub fn units(line: &str, quantity: u32) -> LineUnits {
    LineUnits {
        line: id(line),
        quantity,
    }
}

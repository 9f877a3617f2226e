//! Samples, and the one way in which a test runs the rules.

use backhaul_events::orders::{
    self, Buyer, Charge, ChargeKind, Destination, ExtraCharge, Line, OrderRecorded,
    PaymentCaptured, Sale, TaxLine, Tender,
};
use backhaul_events::refunds::{Component, Event};
use backhaul_events::returns::{Deduction, DeductionKind, ReleasedItem};
use backhaul_kernel::{
    Actor, Context, Decider, Money, OrderId, RefundId, Refused, ReturnId, Text, Tier, Timestamp,
};
use backhaul_refunds::{
    ApprovalPolicySnapshot, Command, Grounds, Issued, OrderFacts, Outcome, Portion, PortionOf,
    Refundable, Refunds, Refusal, ShippingTerms, State, Terms, Wishes, refundable,
};

pub const ORDER: &str = "536365";
/// Above every sample order: everything is approved by the policy.
const NO_LIMIT_MINOR: i64 = i64::MAX;

pub fn text(text: &str) -> Text {
    Text::new(text).unwrap()
}

pub fn order() -> OrderId {
    ORDER.parse().unwrap()
}

pub fn refund(number: u32) -> RefundId {
    RefundId::numbered(&order(), number)
}

pub fn eur(minor: i64) -> Money {
    Money::new(minor, "EUR".parse().unwrap())
}

pub fn at(now: &str) -> Context {
    let now: Timestamp = now.parse().unwrap();
    Context {
        occurred_at: now,
        now,
        actor: Actor::system("refunds.release"),
        tenant: "acme".parse().unwrap(),
    }
}

pub fn by(name: &str, tier: Tier) -> Context {
    let name = name.to_owned();
    Context {
        actor: Actor { name, tier },
        ..at("2026-03-01T10:00:00Z")
    }
}

/// An order in the making.
pub struct Sample {
    recorded: OrderRecorded,
    captures: Vec<(Tender, i64)>,
}

/// An order in EUR without lines.
pub fn sample() -> Sample {
    sample_in("EUR")
}

pub fn sample_in(currency: &str) -> Sample {
    Sample {
        recorded: OrderRecorded {
            order: order(),
            ordered_at: "2026-02-01T10:00:00Z".parse().unwrap(),
            currency: currency.parse().unwrap(),
            buyer: Buyer {
                reference: text("b-1"),
                email: None,
                name: None,
                language: "en".parse().unwrap(),
            },
            destination: Destination {
                country: None,
                time_zone: None,
            },
            lines: Vec::new(),
            shipping: None,
            charges: Vec::new(),
            labels: std::collections::BTreeMap::new(),
        },
        captures: Vec::new(),
    }
}

impl Sample {
    fn money(&self, minor: i64) -> Money {
        Money::new(minor, self.recorded.currency)
    }

    /// A line `A`, `B`, … with its whole net and its taxes as (rate, amount).
    pub fn line(mut self, quantity: u32, net: i64, taxes: &[(u32, i64)]) -> Self {
        let name = char::from(b'A' + u8::try_from(self.recorded.lines.len()).unwrap());
        let line = Line {
            line: name.to_string().parse().unwrap(),
            sku: text("sku"),
            title: text("title"),
            category: None,
            quantity,
            unit_price: self.money(0),
            discount: self.money(0),
            net: self.money(net),
            taxes: self.taxes(taxes),
            sale: Sale::Regular,
            parts: Vec::new(),
        };
        self.recorded.lines.push(line);
        self
    }

    /// Says another unit price and discount of the last line; what was paid for it stays.
    pub fn priced(mut self, unit_price: i64, discount: i64) -> Self {
        let (unit_price, discount) = (self.money(unit_price), self.money(discount));
        let line = self.recorded.lines.last_mut().unwrap();
        (line.unit_price, line.discount) = (unit_price, discount);
        self
    }

    pub fn shipping(mut self, net: i64, taxes: &[(u32, i64)]) -> Self {
        self.recorded.shipping = Some(Charge {
            net: self.money(net),
            taxes: self.taxes(taxes),
            standard_net: None,
        });
        self
    }

    /// Express delivery was chosen; the standard one would have cost this much.
    pub fn standard(mut self, net: i64) -> Self {
        let standard = self.money(net);
        self.recorded.shipping.as_mut().unwrap().standard_net = Some(standard);
        self
    }

    /// A duty of a line, or of the whole order.
    pub fn duty(
        mut self,
        charge: &str,
        line: Option<&str>,
        net: i64,
        taxes: &[(u32, i64)],
    ) -> Self {
        self.recorded.charges.push(ExtraCharge {
            charge: charge.parse().unwrap(),
            kind: ChargeKind::Duty,
            line: line.map(|line| line.parse().unwrap()),
            net: self.money(net),
            taxes: self.taxes(taxes),
        });
        self
    }

    /// Payments `p1`, `p2`, … instead of one that holds everything.
    pub fn captured(mut self, tender: Tender, minor: i64) -> Self {
        self.captures.push((tender, minor));
        self
    }

    fn taxes(&self, taxes: &[(u32, i64)]) -> Vec<TaxLine> {
        taxes
            .iter()
            .map(|(rate_basis_points, amount)| TaxLine {
                jurisdiction: text("DE"),
                rate_basis_points: *rate_basis_points,
                amount: self.money(*amount),
            })
            .collect()
    }

    fn total(&self) -> i64 {
        let charge = |net: &Money, taxes: &[TaxLine]| {
            net.minor + taxes.iter().map(|tax| tax.amount.minor).sum::<i64>()
        };
        let lines = self.recorded.lines.iter();
        let shipping = self.recorded.shipping.iter();
        lines
            .map(|line| charge(&line.net, &line.taxes))
            .sum::<i64>()
            + self
                .recorded
                .charges
                .iter()
                .map(|extra| charge(&extra.net, &extra.taxes))
                .sum::<i64>()
            + shipping
                .map(|shipping| charge(&shipping.net, &shipping.taxes))
                .sum::<i64>()
    }

    pub fn facts(mut self) -> OrderFacts {
        if self.captures.is_empty() {
            self.captures.push((Tender::Card, self.total()));
        }
        let mut facts = OrderFacts::default();
        for (index, (tender, minor)) in self.captures.iter().enumerate() {
            facts.evolve(&orders::Event::from(PaymentCaptured {
                order: order(),
                payment: format!("p{}", index + 1).parse().unwrap(),
                tender: *tender,
                provider_payment: text("token"),
                amount: self.money(*minor),
                captured_at: self.recorded.ordered_at,
            }));
        }
        facts.evolve(&orders::Event::from(self.recorded));
        facts
    }

    pub fn book(self) -> Book {
        let currency = self.recorded.currency;
        Book {
            state: State::default(),
            history: Vec::new(),
            grounds: Grounds {
                approval: ApprovalPolicySnapshot {
                    version: 1,
                    automatic_up_to: vec![Money::new(NO_LIMIT_MINOR, currency)],
                    ..ApprovalPolicySnapshot::default()
                },
                spent: None,
                facts: self.facts(),
            },
            terms: Terms::default(),
            wishes: Wishes::default(),
            releases: 0,
        }
    }
}

/// The refunds of one order, run through the rules.
#[derive(Debug, Clone)]
pub struct Book {
    pub state: State,
    pub history: Vec<Event>,
    pub grounds: Grounds,
    pub terms: Terms,
    pub wishes: Wishes,
    releases: u32,
}

impl Book {
    /// The policy lets nothing through above `minor`.
    pub fn limit(mut self, minor: i64) -> Self {
        self.grounds.approval.automatic_up_to[0].minor = minor;
        self
    }

    /// Returns are paid for on these terms.
    pub fn terms(mut self, shipping: ShippingTerms, fees: &[i64]) -> Self {
        let deduction = |minor: &i64| Deduction {
            kind: DeductionKind::Restocking,
            amount: self.money(*minor),
            clause: Text::new("fees").unwrap(),
            line: None,
        };
        self.terms = Terms {
            shipping,
            deductions: fees.iter().map(deduction).collect(),
            due_at: None,
            credit_to: None,
        };
        self
    }

    /// The order's stream tells of something more.
    pub fn told(&mut self, event: impl Into<orders::Event>) {
        self.grounds.facts.evolve(&event.into());
    }

    pub fn run(&mut self, command: &Command, at: &Context) -> Result<Vec<Event>, Refusal> {
        let events = Refunds::decide(&self.state, command, at)?;
        for event in &events {
            Refunds::evolve(&mut self.state, event);
        }
        self.history.extend(events.clone());
        Ok(events)
    }

    /// The next release of the order's first return; the amount that was granted.
    pub fn release(&mut self, items: &[(&str, u32, Option<i64>)]) -> Result<i64, Refusal> {
        self.releases += 1;
        let command = self.release_command(self.releases, items);
        self.run(&command, &at("2026-03-01T10:00:00Z"))?;
        Ok(self.last_amount())
    }

    pub fn release_command(&self, release: u32, items: &[(&str, u32, Option<i64>)]) -> Command {
        let item = |(line, quantity, claim): &(&str, u32, Option<i64>)| ReleasedItem {
            out_of: Vec::new(),
            line: line.parse().unwrap(),
            quantity: *quantity,
            claim: claim.map(|minor| self.money(minor)),
        };
        Command::Release {
            r#return: ReturnId::numbered(&order(), 1),
            release,
            items: items.iter().map(item).collect(),
            terms: self.terms.clone(),
            grounds: self.grounds.clone(),
        }
    }

    /// A refund by hand; the amount that was granted.
    pub fn issue(&mut self, what: Issued) -> Result<i64, Refusal> {
        let command = self.issue_command(what);
        self.run(&command, &by("lin", Tier::Agent))?;
        Ok(self.last_amount())
    }

    pub fn issue_command(&self, what: Issued) -> Command {
        Command::Issue {
            order: order(),
            what,
            wishes: self.wishes.clone(),
            note: text("by hand"),
            grounds: self.grounds.clone(),
        }
    }

    /// Goodwill whose currency no order has to tell.
    pub fn issue_goodwill(&mut self, minor: i64) -> Result<i64, Refusal> {
        self.issue(Issued::Goodwill { amount: eur(minor) })
    }

    pub fn goodwill(&mut self, minor: i64) -> Result<i64, Refusal> {
        let amount = self.money(minor);
        self.issue(Issued::Goodwill { amount })
    }

    /// A portion of a line, or of shipping when no line is named.
    pub fn portion(&mut self, line: Option<&str>, minor: Option<i64>) -> Result<i64, Refusal> {
        let portion = self.portion_of(line, minor);
        self.issue(Issued::Portions {
            portions: vec![portion],
            fee: None,
        })
    }

    pub fn portion_of(&self, line: Option<&str>, minor: Option<i64>) -> Portion {
        Portion {
            of: line.map_or(PortionOf::Shipping, |line| {
                PortionOf::Line(line.parse().unwrap())
            }),
            amount: minor.map(|minor| self.money(minor)),
        }
    }

    /// Everything that is left, lines and shipping.
    pub fn everything(&mut self) -> Result<i64, Refusal> {
        let sold = self.grounds.facts.sold.clone().unwrap();
        let lines = sold.lines.iter().map(|line| Portion {
            of: PortionOf::Line(line.line.clone()),
            amount: None,
        });
        let shipping = self.portion_of(None, None);
        let portions = lines.chain([shipping]).collect();
        self.issue(Issued::Portions {
            portions,
            fee: None,
        })
    }

    pub fn outcome(
        &mut self,
        number: u32,
        attempt: u32,
        outcome: Outcome,
    ) -> Result<Vec<Event>, Refusal> {
        let command = Command::RecordOutcome {
            refund: refund(number),
            attempt,
            outcome,
        };
        self.run(&command, &at("2026-03-01T10:00:01Z"))
    }

    pub fn retry(&mut self, number: u32) -> Result<Vec<Event>, Refusal> {
        let command = Command::Retry {
            refund: refund(number),
            grounds: self.grounds.clone(),
        };
        self.run(&command, &by("lin", Tier::Agent))
    }

    pub fn last_amount(&self) -> i64 {
        self.state
            .grants()
            .last()
            .map_or(0, |grant| grant.amount.minor)
    }

    /// The parts of the last grant, in minor units, net first and then taxes by line.
    pub fn last_parts(&self) -> Vec<i64> {
        let last = self.state.grants().last().unwrap();
        last.parts.iter().map(|part| part.amount.minor).collect()
    }

    /// Everything granted that counts: net and shipping, taxes.
    pub fn granted(&self) -> (i64, i64) {
        let (mut net, mut tax) = (0, 0);
        for grant in self.state.grants().filter(|grant| grant.is_live()) {
            for part in &grant.parts {
                match part.component {
                    Component::LineTax { .. }
                    | Component::ShippingTax { .. }
                    | Component::ChargeTax { .. } => {
                        tax += part.amount.minor;
                    }
                    Component::LineNet { .. }
                    | Component::ShippingNet
                    | Component::ChargeNet { .. }
                    | Component::Fee
                    | Component::Goodwill => net += part.amount.minor,
                }
            }
        }
        (net, tax)
    }

    pub fn total(&self) -> i64 {
        let (net, tax) = self.granted();
        net + tax
    }

    pub fn left(&self) -> Refundable {
        refundable(&self.state, &self.grounds.facts).unwrap()
    }

    pub fn money(&self, minor: i64) -> Money {
        let sold = self.grounds.facts.sold.as_ref().unwrap();
        Money::new(minor, sold.currency)
    }
}

/// The machine-readable reason of a refusal.
pub fn reason<T: std::fmt::Debug>(answer: Result<T, Refusal>) -> &'static str {
    answer.unwrap_err().reason()
}

/// The names of events, for tables.
pub fn names(events: &[Event]) -> Vec<&'static str> {
    let short = |event: &Event| event.type_name().trim_start_matches("refunds.");
    events.iter().map(short).collect()
}

pub fn succeeded() -> Outcome {
    Outcome::Succeeded {
        provider_refund: text("re_1"),
        acquirer_reference: text("74537604221222132710572"),
    }
}

pub fn failed() -> Outcome {
    Outcome::Failed {
        code: text("card_closed"),
    }
}

pub fn reversed() -> Outcome {
    Outcome::Reversed {
        code: text("bounced"),
    }
}

pub fn pending() -> Outcome {
    Outcome::Pending {
        provider_refund: text("re_1"),
    }
}

//! Putting a grant together, component by component and unit by unit, never above what is left.
//!
//! Units are worth the cumulative difference over the whole line (`kernel::apportion`), so partial
//! refunds in any order add up to exactly what was paid. A request is drafted as one: what its
//! first item takes, its second finds gone.

use backhaul_events::refunds::{Component, Part, UnitRange};
use backhaul_events::returns::Deduction;
use backhaul_kernel::apportion::{split, worth_of_units};
use backhaul_kernel::{ChargeId, LineId, Money};

use crate::order_facts::{LineFacts, Sold};
use crate::{Portion, PortionOf, Refusal, ShippingTerms, State, units};

/// A grant in the making.
pub(crate) struct Draft<'a> {
    state: &'a State,
    sold: &'a Sold,
    parts: Vec<(Component, i64)>,
    units: Vec<UnitRange>,
}

impl<'a> Draft<'a> {
    pub(crate) fn new(state: &'a State, sold: &'a Sold) -> Self {
        Self {
            state,
            sold,
            parts: Vec::new(),
            units: Vec::new(),
        }
    }

    /// A returned item is worth what was paid for its units, and never more than what is asked
    /// back for it. It takes the lowest units of the line that nothing paid for yet.
    pub(crate) fn returned(
        &mut self,
        line: &LineId,
        quantity: u32,
        claim: Option<Money>,
        field: &str,
    ) -> Result<(), Refusal> {
        let line = self.line(line, field)?;
        if quantity == 0 {
            let field = format!("{field}.quantity");
            return Err(Refusal::Quantity { field });
        }
        let claim = match claim {
            Some(claim) => Some(self.in_currency(claim, 0, &format!("{field}.claim"))?),
            None => None,
        };
        let ranges = self.free_units(line, quantity)?;
        let worth = line
            .components
            .iter()
            .map(|(component, paid)| {
                let worth = ranges
                    .iter()
                    .map(|range| worth_of_units(*paid, line.quantity, range.first, range.count))
                    .sum::<i64>();
                let left = self.left(component, *paid);
                (component.clone(), worth.clamp(0, left))
            })
            .collect();
        self.take(worth, claim);
        self.units.extend(ranges);
        Ok(())
    }

    /// Part of what was paid for a line, without its units, and never more than what is left of it.
    pub(crate) fn out_of(
        &mut self,
        line: &LineId,
        amount: Money,
        field: &str,
    ) -> Result<(), Refusal> {
        let line = self.line(line, field)?;
        let amount = self.in_currency(amount, 0, &format!("{field}.amount"))?;
        let left = line.components.iter();
        let left = left
            .map(|(component, paid)| (component.clone(), self.left(component, *paid)))
            .collect();
        self.take(left, Some(amount));
        Ok(())
    }

    /// Shipping and charges of the whole order that go back with the units drafted so far.
    pub(crate) fn beside_lines(&mut self, terms: ShippingTerms) {
        match terms {
            ShippingTerms::Kept => {}
            ShippingTerms::WithWholeOrder if !self.takes_the_last_unit() => {}
            ShippingTerms::WithWholeOrder => {
                for (component, most) in self.sold.beside_lines() {
                    let share = self.left(component, *most);
                    self.add(component.clone(), share);
                }
            }
            ShippingTerms::ProRata => {
                for (component, most) in self.sold.beside_lines() {
                    let share = self.share_of_units(*most).min(self.left(component, *most));
                    self.add(component.clone(), share.max(0));
                }
            }
        }
    }

    fn takes_the_last_unit(&self) -> bool {
        self.sold
            .lines
            .iter()
            .all(|line| units::free(self.state, &self.units, &line.line, line.quantity).is_empty())
    }

    /// What the drafted units carry of an amount that is spread over all lines by what they cost.
    fn share_of_units(&self, amount: i64) -> i64 {
        let lines = &self.sold.lines;
        let weights: Vec<i64> = lines.iter().map(LineFacts::net).collect();
        let Ok(shares) = split(amount, &weights) else {
            return 0;
        };
        let of_line = |(line, share): (&LineFacts, i64)| {
            let ranges = self.units.iter().filter(|range| range.line == line.line);
            ranges
                .map(|range| worth_of_units(share, line.quantity, range.first, range.count))
                .sum::<i64>()
        };
        lines.iter().zip(shares).map(of_line).sum()
    }

    /// A portion by hand is what is left of the line, of shipping or of a charge, or as much of it
    /// as asked.
    pub(crate) fn portion(&mut self, portion: &Portion, field: &str) -> Result<(), Refusal> {
        let components: Vec<&(Component, i64)> = match &portion.of {
            PortionOf::Line(line) => self.line(line, field)?.components.iter().collect(),
            PortionOf::Shipping => self.sold.shipping.iter().collect(),
            PortionOf::Charge(charge) => self.charge(charge, field)?,
        };
        let left: Vec<_> = components
            .into_iter()
            .map(|(component, paid)| (component.clone(), self.left(component, *paid)))
            .collect();
        let asked = match portion.amount {
            Some(amount) => Some(self.in_currency(amount, 1, &format!("{field}.amount"))?),
            None => None,
        };
        let left_in_all = total(&left);
        if let Some(asked) = asked
            && i128::from(asked) > left_in_all
        {
            return Err(self.exceeds_paid(asked, left_in_all));
        }
        self.take(left, asked);
        Ok(())
    }

    /// Goodwill comes out of no component; the payments bound it.
    pub(crate) fn goodwill(&mut self, amount: Money) -> Result<(), Refusal> {
        let amount = self.in_currency(amount, 1, "amount")?;
        self.add(Component::Goodwill, amount);
        Ok(())
    }

    /// A fee lowers a refund, and never below nothing; gives what it took.
    pub(crate) fn less_fee(&mut self, fee: Money, field: &str) -> Result<Money, Refusal> {
        let fee = self.in_currency(fee, 0, field)?;
        let fee = i128::from(fee).min(total(&self.parts));
        let fee = i64::try_from(fee).expect("a fee is no more than was asked for it");
        self.add(Component::Fee, -fee);
        Ok(Money::new(fee, self.sold.currency))
    }

    /// What is kept back of a return, one after the other, each as far as anything is left.
    pub(crate) fn less(&mut self, deductions: &[Deduction]) -> Result<Vec<Deduction>, Refusal> {
        let mut taken = Vec::new();
        for (index, deduction) in deductions.iter().enumerate() {
            let field = format!("deductions[{index}].amount");
            let amount = self.less_fee(deduction.amount, &field)?;
            taken.extend(amount.is_positive().then(|| Deduction {
                amount,
                ..deduction.clone()
            }));
        }
        Ok(taken)
    }

    /// The whole amount, the parts that add up to it, and the units.
    pub(crate) fn finish(self) -> Result<(Money, Vec<Part>, Vec<UnitRange>), Refusal> {
        let amount = i64::try_from(total(&self.parts)).map_err(|_| Refusal::Amount {
            field: "amount".to_owned(),
        })?;
        let currency = self.sold.currency;
        let parts = self
            .parts
            .into_iter()
            .map(|(component, minor)| Part {
                component,
                amount: Money::new(minor, currency),
            })
            .collect();
        Ok((Money::new(amount, currency), parts, self.units))
    }

    /// Adds the worth, or as much of it as is claimed, in proportion over its components.
    fn take(&mut self, worth: Vec<(Component, i64)>, claim: Option<i64>) {
        let cut = claim.filter(|claim| i128::from(*claim) < total(&worth));
        let Some(claim) = cut else {
            for (component, minor) in worth {
                self.add(component, minor);
            }
            return;
        };
        let weights: Vec<i64> = worth.iter().map(|(_, minor)| *minor).collect();
        let shares = split(claim, &weights).expect("what is worth more than a claim has weights");
        for ((component, _), minor) in worth.into_iter().zip(shares) {
            self.add(component, minor);
        }
    }

    /// One part a component, and none of nothing.
    fn add(&mut self, component: Component, minor: i64) {
        if minor == 0 {
            return;
        }
        match self.parts.iter_mut().find(|(known, _)| *known == component) {
            Some((_, sum)) => *sum = sum.saturating_add(minor),
            None => self.parts.push((component, minor)),
        }
    }

    /// What is left of a component, this draft's own parts taken off.
    fn left(&self, component: &Component, paid: i64) -> i64 {
        let drafted = self
            .parts
            .iter()
            .find(|(known, _)| known == component)
            .map_or(0, |(_, minor)| *minor);
        paid.saturating_sub(self.state.granted(component))
            .saturating_sub(drafted)
            .max(0)
    }

    /// The lowest free units of the line, as few ranges as they make.
    fn free_units(&self, line: &LineFacts, quantity: u32) -> Result<Vec<UnitRange>, Refusal> {
        let free = units::free(self.state, &self.units, &line.line, line.quantity);
        let left = units::count(&free);
        units::lowest(free, quantity).ok_or_else(|| Refusal::UnitsRefunded {
            order: self.sold.order.clone(),
            line: line.line.clone(),
            asked: quantity,
            left,
        })
    }

    fn line(&self, line: &LineId, field: &str) -> Result<&'a LineFacts, Refusal> {
        self.sold.line(line).ok_or_else(|| Refusal::LineUnknown {
            field: format!("{field}.line"),
            line: line.clone(),
        })
    }

    fn charge(&self, charge: &ChargeId, field: &str) -> Result<Vec<&'a (Component, i64)>, Refusal> {
        let components: Vec<_> = self.sold.charge(charge).collect();
        if components.is_empty() {
            return Err(Refusal::ChargeUnknown {
                field: format!("{field}.charge"),
                charge: charge.clone(),
            });
        }
        Ok(components)
    }

    /// The minor units of an amount in the order's currency, at least `least`.
    fn in_currency(&self, amount: Money, least: i64, field: &str) -> Result<i64, Refusal> {
        if amount.currency != self.sold.currency {
            return Err(Refusal::CurrencyDiffers {
                field: field.to_owned(),
                asked: amount.currency,
                paid: self.sold.currency,
            });
        }
        if amount.minor < least {
            return Err(Refusal::Amount {
                field: field.to_owned(),
            });
        }
        Ok(amount.minor)
    }

    fn exceeds_paid(&self, asked: i64, left: i128) -> Refusal {
        let left = i64::try_from(left).unwrap_or(i64::MAX);
        Refusal::ExceedsPaid {
            order: self.sold.order.clone(),
            asked: Money::new(asked, self.sold.currency),
            left: Money::new(left, self.sold.currency),
        }
    }
}

fn total(parts: &[(Component, i64)]) -> i128 {
    parts.iter().map(|(_, minor)| i128::from(*minor)).sum()
}

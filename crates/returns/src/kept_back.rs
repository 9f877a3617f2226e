//! What inspection keeps back from the money of units: the fee of their grade, and value that they
//! lost with the buyer. Each needs a clause that allows it, and takes only from money that is still
//! to be released.

use backhaul_events::returns::{Deduction, DeductionKind, InspectedUnits, InspectionOutcome};
use backhaul_kernel::{LineId, Money, Text, apportion};

use crate::case;
use crate::command::Inspect;
use crate::fees::part;
use crate::order_facts::Facts;
use crate::refusal::Refusal;
use crate::release_terms;
use crate::request;
use crate::state::{Return, State};
use crate::units;

/// What the report keeps back, line by line, in the order reported.
pub(crate) fn deductions(
    state: &State,
    each: &Return,
    command: &Inspect,
) -> Result<Vec<Deduction>, Refusal> {
    if command.lost_value.is_empty() && !has_grade_fees(each) {
        return Ok(Vec::new());
    }
    let facts = request::known(&command.facts, &each.id.order())?;
    let mut kept = Vec::new();
    for (index, units) in command.units.iter().enumerate() {
        let found = Found {
            each,
            facts,
            units,
            worth: worth(state, each, facts, units),
        };
        kept.extend(found.of_grade());
        let lost = command.lost_value.iter();
        for lost in lost.filter(|lost| lost.units == index) {
            kept.push(found.of_value(&format!("units[{index}]."), lost.amount)?);
        }
    }
    Ok(kept)
}

fn has_grade_fees(each: &Return) -> bool {
    let findings = each
        .terms()
        .into_iter()
        .flat_map(|terms| &terms.decision.findings);
    let mut said = findings.filter_map(|finding| finding.terms.as_deref());
    said.any(|said| !said.grade_fees.is_empty())
}

/// What was kept back is no longer to be.
pub(crate) fn taken(kept_back: &mut Vec<Deduction>, taken: &[Deduction]) {
    for taken in taken {
        let mut left = taken.amount.minor;
        let same = |each: &&mut Deduction| {
            (each.kind, &each.clause, &each.line) == (taken.kind, &taken.clause, &taken.line)
        };
        for each in kept_back.iter_mut().filter(same) {
            let part = each.amount.minor.min(left);
            each.amount.minor -= part;
            left -= part;
        }
    }
    kept_back.retain(|each| each.amount.is_positive());
}

/// Inspected units of one line, and what they are worth.
struct Found<'a> {
    each: &'a Return,
    facts: &'a Facts,
    units: &'a InspectedUnits,
    worth: i64,
}

impl Found<'_> {
    /// The fee of their grade, as the rules said when the return was authorised. Units whose money
    /// is gone bear none.
    fn of_grade(&self) -> Option<Deduction> {
        let said = self.said()?;
        let mut fees = said.grade_fees.iter();
        let fee = fees.find(|fee| fee.grade == self.units.grade)?;
        let unpaid = self.unpaid();
        let is_exchanged = self.each.exchange.is_some();
        if self.units.outcome == InspectionOutcome::Rejected || unpaid == 0 || is_exchanged {
            return None;
        }
        let worth = apportion::worth_of_units(self.worth, self.units.quantity, 0, unpaid);
        let minor = part(worth, fee.basis_points);
        (minor > 0).then(|| self.deduction(DeductionKind::Restocking, minor, &fee.clause))
    }

    /// Value that they lost with the buyer.
    fn of_value(&self, prefix: &str, amount: Money) -> Result<Deduction, Refusal> {
        let field = format!("{prefix}lost_value");
        units::check_currency(self.facts, &field, amount)?;
        if !amount.is_positive() || amount.minor > self.worth {
            let worth = Money::new(self.worth, self.facts.currency);
            let problem = format!("must be more than nothing and at most {worth}, their worth");
            return Err(Refusal::invalid(format!("{field}.minor_units"), problem));
        }
        if self.units.evidence.is_empty() {
            let problem = "shows what the units lost their value by";
            return Err(Refusal::invalid(format!("{prefix}evidence"), problem));
        }
        if self.units.outcome == InspectionOutcome::Rejected {
            return Err(self.refuse("nothing is paid for units that are not taken back"));
        }
        if self.each.exchange.is_some() {
            return Err(self.refuse("its goods were taken in exchange"));
        }
        if self.unpaid() < self.units.quantity {
            return Err(self.refuse("their money has been released"));
        }
        let clause = self.said().and_then(|said| said.diminished_value.as_ref());
        let clause = clause.ok_or_else(|| self.refuse("no law and no rule allows it"))?;
        Ok(self.deduction(DeductionKind::DiminishedValue, amount.minor, clause))
    }

    /// What was decided of their line.
    fn said(&self) -> Option<&backhaul_events::returns::LineTerms> {
        let terms = self.each.terms()?;
        let said = release_terms::spoken(terms, &[&self.units.line]);
        said.first().map(|(_, said)| *said)
    }

    /// As many of them as money may still be released for.
    fn unpaid(&self) -> u32 {
        let count = self.each.lines.get(&self.units.line);
        let left = count.map_or(0, |count| count.requested.saturating_sub(count.released));
        left.min(self.units.quantity)
    }

    fn deduction(&self, kind: DeductionKind, minor: i64, clause: &Text) -> Deduction {
        Deduction {
            kind,
            amount: Money::new(minor, self.facts.currency),
            clause: clause.clone(),
            line: Some(self.units.line.clone()),
        }
    }

    fn refuse(&self, why: &'static str) -> Refusal {
        Refusal::NoDeduction {
            id: self.each.id.clone(),
            line: self.units.line.clone(),
            why,
        }
    }
}

/// What is asked back for the inspected units: their share of what the return asks for their line,
/// those inspected before counted.
fn worth(state: &State, each: &Return, facts: &Facts, units: &InspectedUnits) -> i64 {
    let Some(count) = each.lines.get(&units.line) else {
        return 0;
    };
    let others = |line: &LineId| state.held_by_others(each, line);
    let worths = case::worths(facts, &each.items, others);
    let of_line = each.items.iter().zip(worths);
    let of_line = of_line.filter(|(item, _)| item.line == units.line);
    let whole = of_line.fold(0i64, |sum, (_, worth)| sum.saturating_add(worth.minor));
    let quantity = units.quantity.min(count.requested);
    let first = count.inspected().min(count.requested - quantity);
    apportion::worth_of_units(whole, count.requested, first, quantity)
}

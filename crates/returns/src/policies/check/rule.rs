//! What a rule must be before it is published.

use std::collections::BTreeSet;

use backhaul_events::returns::{Clock, KeepItem, PolicySet, Rule, Scope, SpanUnit, WindowTerms};

use super::{
    Check, FEE_BASIS_POINTS_MAX, RULES_MAX, Refusal, SELECTORS_MAX, check_amounts, check_count,
    check_days, check_name,
};
use crate::buyer::{BUYER_DAYS_MAX, KEPT_MAX};
use crate::condition::Condition;

/// Days of the longest month: a window in months is held to the same bound as one in days.
const MONTH_DAYS: u32 = 31;

pub(super) fn check_rules<'a>(content: &'a PolicySet, clauses: &mut BTreeSet<&'a str>) -> Check {
    check_count("content.rules", content.rules.len(), RULES_MAX)?;
    for (index, rule) in content.rules.iter().enumerate() {
        let field = format!("content.rules[{index}]");
        check_name(&field, rule.id.as_str(), clauses)?;
        check_scope(&format!("{field}.scope"), &rule.scope)?;
        check_condition(&field, rule)?;
        check_terms(&field, rule)?;
    }
    Ok(())
}

fn check_scope(field: &str, scope: &Scope) -> Check {
    let lists = [
        ("countries", scope.countries.len()),
        ("channels", scope.channels.len()),
        ("categories", scope.categories.len()),
        ("buyer_groups", scope.buyer_groups.len()),
        ("reasons", scope.reasons.len()),
        ("grades", scope.grades.len()),
    ];
    for (list, count) in lists {
        check_count(&format!("{field}.{list}"), count, SELECTORS_MAX)?;
    }
    check_amounts(&format!("{field}.worth_at_least"), &scope.worth_at_least)?;
    check_amounts(&format!("{field}.worth_at_most"), &scope.worth_at_most)?;
    let dates = scope.ordered_from.zip(scope.ordered_until);
    if dates.is_some_and(|(from, until)| until <= from) {
        return Err(Refusal::invalid(
            format!("{field}.ordered_until"),
            "is not later than ordered_from",
        ));
    }
    Ok(())
}

fn check_condition(field: &str, rule: &Rule) -> Check {
    if rule.condition.is_empty() {
        return Ok(());
    }
    match Condition::compile(rule.condition.as_str()) {
        Ok(_) => Ok(()),
        Err(error) => Err(Refusal::invalid(
            format!("{field}.condition"),
            error.to_string(),
        )),
    }
}

fn check_terms(field: &str, rule: &Rule) -> Check {
    if says_nothing(rule) {
        return Err(Refusal::invalid(field, "says nothing of any aspect"));
    }
    if let Some(window) = &rule.window {
        check_window(&format!("{field}.window"), window)?;
    }
    if let Some(fees) = &rule.fees {
        let field = format!("{field}.fees");
        check_part(
            &format!("{field}.restocking_basis_points"),
            fees.restocking_basis_points,
        )?;
        check_amounts(&format!("{field}.return_postage"), &fees.return_postage)?;
    }
    if let Some(keep) = &rule.keep_item {
        check_amounts(&format!("{field}.keep_item.up_to"), &keep.up_to)?;
        check_limit(&format!("{field}.keep_item"), keep)?;
    }
    if let Some(partial) = &rule.partial_refund {
        check_part(
            &format!("{field}.partial_refund.basis_points"),
            partial.basis_points,
        )?;
    }
    let mut seen = BTreeSet::new();
    for (index, remedy) in rule.remedies.iter().enumerate() {
        if !seen.insert(remedy) {
            let field = format!("{field}.remedies[{index}]");
            return Err(Refusal::invalid(field, "stands there already"));
        }
    }
    match &rule.return_centre {
        Some(centre) if centre.id.is_empty() => Err(Refusal::invalid(
            format!("{field}.return_centre.id"),
            "every return centre needs a name",
        )),
        _ => Ok(()),
    }
}

/// A limit over a buyer counts returns, in a period that is remembered.
fn check_limit(field: &str, keep: &KeepItem) -> Check {
    let Some(days) = keep.within_days else {
        return Ok(());
    };
    if !(1..=BUYER_DAYS_MAX).contains(&days) {
        return Err(Refusal::invalid(
            format!("{field}.within_days"),
            format!("a period has 1 to {BUYER_DAYS_MAX} days"),
        ));
    }
    let Some(max) = keep.returns_max else {
        return Err(Refusal::invalid(
            format!("{field}.returns_max"),
            "a period limits nothing without a number of returns",
        ));
    };
    if usize::try_from(max).is_ok_and(|max| max <= KEPT_MAX) {
        return Ok(());
    }
    Err(Refusal::invalid(
        format!("{field}.returns_max"),
        format!("{max} is more than the {KEPT_MAX} returns that are counted over a buyer"),
    ))
}

/// A window starts with something that has happened when the buyer asks.
fn check_window(field: &str, window: &WindowTerms) -> Check {
    let days = match window.unit {
        SpanUnit::Days | SpanUnit::BusinessDays => window.length,
        SpanUnit::Months => window.length.saturating_mul(MONTH_DAYS),
    };
    check_days(&format!("{field}.length"), days)?;
    match window.clock {
        Clock::Order
        | Clock::Delivery
        | Clock::LastDelivery
        | Clock::FaultFound
        | Clock::Declaration => Ok(()),
        Clock::Receipt => Err(Refusal::invalid(
            format!("{field}.clock"),
            "a window cannot wait for goods that are only asked for",
        )),
    }
}

fn check_part(field: &str, basis_points: u32) -> Check {
    if basis_points <= FEE_BASIS_POINTS_MAX {
        return Ok(());
    }
    Err(Refusal::invalid(
        field,
        format!("{basis_points} is more than {FEE_BASIS_POINTS_MAX}: all that the units are worth"),
    ))
}

fn says_nothing(rule: &Rule) -> bool {
    let silent = Rule {
        id: rule.id.clone(),
        scope: rule.scope.clone(),
        condition: rule.condition.clone(),
        ..Rule::default()
    };
    *rule == silent
}

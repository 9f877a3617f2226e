//! What a policy must be before it is published.

mod review;
mod rule;

use std::collections::BTreeSet;

use backhaul_events::returns::{PolicySet, WindowRule};
use backhaul_kernel::Money;

use super::refusal::Refusal;
use crate::rules::{DEFAULT_WINDOW, FINAL_SALE, POLICY};
use crate::statute;

pub use review::REVIEW_WEEKS_MAX;

/// The longest window, in days: ten years.
pub const WINDOW_DAYS_MAX: u32 = 3_650;
/// The most rules of one kind of one policy set.
pub const RULES_MAX: usize = 500;
/// The most countries or categories of one rule, and the most categories sold as final.
pub const SELECTORS_MAX: usize = 500;
/// The most currencies with a limit under which goods are kept.
pub const LIMITS_MAX: usize = 200;
/// The most return centres.
pub const CENTRES_MAX: usize = 500;
/// The highest fee and the highest offer: all that units are worth.
pub const FEE_BASIS_POINTS_MAX: u32 = 10_000;

type Check = Result<(), Refusal>;

/// Whether a policy may be published: every bound is kept, every name is the only one of its kind,
/// and every condition can be read.
pub(super) fn check_content(content: &PolicySet) -> Check {
    let mut clauses: BTreeSet<&str> = [DEFAULT_WINDOW, FINAL_SALE, POLICY].into();
    check_windows(content, &mut clauses)?;
    rule::check_rules(content, &mut clauses)?;
    check_count(
        "content.final_sale_categories",
        content.final_sale_categories.len(),
        SELECTORS_MAX,
    )?;
    check_limits(content)?;
    if let Some(days) = content.expire_after_days {
        let field = "content.expire_after_days";
        check_days(field, days)?;
        if days == 0 {
            return Err(Refusal::invalid(
                field,
                "an authorisation lasts at least a day",
            ));
        }
    }
    if let Some(days) = content.release_after_days {
        let field = "content.release_after_days";
        check_days(field, days)?;
        if days == 0 {
            return Err(Refusal::invalid(field, "an inspection has at least a day"));
        }
    }
    review::check_review(content.review_within.as_deref())?;
    check_centres(content)
}

fn check_windows<'a>(content: &'a PolicySet, clauses: &mut BTreeSet<&'a str>) -> Check {
    check_days("content.default_window_days", content.default_window_days)?;
    check_count("content.windows", content.windows.len(), RULES_MAX)?;
    for (index, rule) in content.windows.iter().enumerate() {
        let field = format!("content.windows[{index}]");
        check_name(&field, rule.id.as_str(), clauses)?;
        check_rule(&field, rule)?;
    }
    Ok(())
}

/// Decisions name the rule that decided, so no two clauses may share a name.
fn check_name<'a>(field: &str, id: &'a str, clauses: &mut BTreeSet<&'a str>) -> Check {
    if id.is_empty() || statute::is_clause(id) || !clauses.insert(id) {
        return Err(Refusal::invalid(
            format!("{field}.id"),
            "every rule needs a name that no other clause has",
        ));
    }
    Ok(())
}

fn check_rule(field: &str, rule: &WindowRule) -> Check {
    check_days(&format!("{field}.window_days"), rule.window_days)?;
    check_count(
        &format!("{field}.countries"),
        rule.countries.len(),
        SELECTORS_MAX,
    )?;
    check_count(
        &format!("{field}.categories"),
        rule.categories.len(),
        SELECTORS_MAX,
    )
}

fn check_limits(content: &PolicySet) -> Check {
    check_amounts("content.keep_item_up_to", &content.keep_item_up_to)
}

/// Amounts are not negative, and a currency stands once.
fn check_amounts(field: &str, amounts: &[Money]) -> Check {
    check_count(field, amounts.len(), LIMITS_MAX)?;
    let mut seen = BTreeSet::new();
    for (index, limit) in amounts.iter().enumerate() {
        let field = format!("{field}[{index}]");
        if limit.minor < 0 {
            return Err(Refusal::invalid(
                format!("{field}.minor_units"),
                "the amount is negative",
            ));
        }
        if !seen.insert(limit.currency) {
            return Err(Refusal::invalid(
                format!("{field}.currency_code"),
                format!("{} has a limit already", limit.currency),
            ));
        }
    }
    Ok(())
}

fn check_centres(content: &PolicySet) -> Check {
    let field = "content.return_centres";
    if content.return_centres.is_empty() {
        return Err(Refusal::invalid(field, "goods need a place to go to"));
    }
    check_count(field, content.return_centres.len(), CENTRES_MAX)?;
    let mut seen = BTreeSet::new();
    for (index, centre) in content.return_centres.iter().enumerate() {
        if centre.id.is_empty() || !seen.insert(centre.id.as_str()) {
            return Err(Refusal::invalid(
                format!("{field}[{index}].id"),
                "every return centre needs a name that no other has",
            ));
        }
    }
    Ok(())
}

fn check_days(field: &str, days: u32) -> Check {
    if days <= WINDOW_DAYS_MAX {
        return Ok(());
    }
    Err(Refusal::invalid(
        field,
        format!("{days} is more than {WINDOW_DAYS_MAX} days"),
    ))
}

fn check_count(field: &str, count: usize, max: usize) -> Check {
    if count <= max {
        return Ok(());
    }
    Err(Refusal::invalid(
        field,
        format!("{count} entries are more than {max}"),
    ))
}

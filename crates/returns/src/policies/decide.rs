//! What the rules answer.

use std::collections::BTreeSet;

use backhaul_events::returns::{Event, PolicyPublished, PolicySet, WindowRule};
use backhaul_kernel::Context;

use super::command::{Command, PublishPolicy};
use super::refusal::Refusal;
use super::state::State;
use crate::policy::{DEFAULT_WINDOW, FINAL_SALE};
use crate::statute;

/// The longest window, in days: ten years.
pub const WINDOW_DAYS_MAX: u32 = 3_650;
/// The most window rules of one policy set.
pub const RULES_MAX: usize = 500;
/// The most countries or categories of one rule, and the most categories sold as final.
pub const SELECTORS_MAX: usize = 500;
/// The most currencies with a limit under which goods are kept.
pub const LIMITS_MAX: usize = 200;
/// The most return centres.
pub const CENTRES_MAX: usize = 500;
/// The most versions of one policy set.
pub const VERSIONS_MAX: u32 = 10_000;

type Answer = Result<Vec<Event>, Refusal>;
type Check = Result<(), Refusal>;

/// The table of contents: every command, one line each.
pub(crate) fn decide(state: &State, command: &Command, _at: &Context) -> Answer {
    match command {
        Command::PublishPolicy(command) => publish_policy(state, command),
    }
}

/// A policy is published whole and becomes the current version. Publishing what already holds
/// changes nothing.
fn publish_policy(state: &State, command: &PublishPolicy) -> Answer {
    check_content(&command.content)?;
    let is_current = state
        .versions
        .last()
        .is_some_and(|current| **current == command.content);
    if is_current {
        return Ok(Vec::new());
    }
    if state.version() >= VERSIONS_MAX {
        return Err(Refusal::TooManyVersions {
            policy: command.policy.clone(),
            max: VERSIONS_MAX,
        });
    }
    let published = PolicyPublished {
        policy: command.policy.clone(),
        version: state.version() + 1,
        content: command.content.clone(),
    };
    Ok(vec![published.into()])
}

fn check_content(content: &PolicySet) -> Check {
    check_windows(content)?;
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
    check_centres(content)
}

/// Decisions name the rule that decided, so no two clauses may share a name.
fn check_windows(content: &PolicySet) -> Check {
    check_days("content.default_window_days", content.default_window_days)?;
    check_count("content.windows", content.windows.len(), RULES_MAX)?;
    let mut clauses: BTreeSet<&str> = [DEFAULT_WINDOW, FINAL_SALE].into();
    clauses.extend(statute::statutes().iter().map(|law| law.clause.as_str()));
    for (index, rule) in content.windows.iter().enumerate() {
        let field = format!("content.windows[{index}]");
        if rule.id.is_empty() || !clauses.insert(rule.id.as_str()) {
            return Err(Refusal::invalid(
                format!("{field}.id"),
                "every rule needs a name that no other clause has",
            ));
        }
        check_rule(&field, rule)?;
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
    let limits = &content.keep_item_up_to;
    check_count("content.keep_item_up_to", limits.len(), LIMITS_MAX)?;
    let mut seen = BTreeSet::new();
    for (index, limit) in limits.iter().enumerate() {
        let field = format!("content.keep_item_up_to[{index}]");
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

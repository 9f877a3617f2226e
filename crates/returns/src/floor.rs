//! What the law demands for some units: every statutory right of the buyer's country, whether it
//! holds, and until when.

use backhaul_events::returns::{Aspect, Exemption, Postage, WindowTerms, WithdrawalRight};
use backhaul_kernel::Text;

use crate::case::Case;
use crate::refusal::Refusal;
use crate::statute::{self, Occasion, Right};
use crate::window::{Days, Window};

/// Why a right holds no more.
const TIME_IS_OVER: &str = "its time is over";

/// A right that holds for the units.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    pub(crate) right: &'static Right,
    /// Until when; none holds without end.
    pub(crate) window: Option<Window>,
    /// Who pays the way back, if the right says.
    pub(crate) postage: Option<Postage>,
}

/// A statutory clause that was looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct ClauseFinding {
    /// Its name.
    pub clause: Text,
    /// Whether it holds for the units now.
    pub holds: bool,
    /// Why, or why not.
    pub why: String,
    /// Until when it holds or held, where it has an end.
    pub ends_at: Option<backhaul_kernel::Timestamp>,
    /// The aspects in which it is better for the buyer than the merchant's policy.
    pub decided: Vec<Aspect>,
    /// The entry of the data, with its source, date and confidence.
    pub right: &'static Right,
}

impl Held {
    /// Whether it still holds.
    pub(crate) fn is_open(&self, case: &Case<'_>) -> bool {
        let window = self.window.as_ref();
        window.is_none_or(|window| case.asked_at <= window.ends_at)
    }
}

/// The rights that hold for the units or held until some moment. Findings on every right of the
/// country are added to the explanation, if one is asked for.
pub(crate) fn rights(
    case: &Case<'_>,
    days: &Days,
    exemption: Option<Exemption>,
    mut explanation: Option<&mut Vec<ClauseFinding>>,
) -> Vec<Held> {
    let mut held = Vec::new();
    for right in statute::rights(case.country()) {
        let answer = holds(right, case, days, exemption);
        if let Some(findings) = explanation.as_deref_mut() {
            findings.push(finding(right, &answer, case));
        }
        held.extend(answer.ok());
    }
    held
}

/// The right to withdraw without a reason that ends last, if one is open; else the refusal that
/// says why there is none.
pub(crate) fn withdrawal(
    case: &Case<'_>,
    days: &Days,
    exemption: Option<Exemption>,
) -> Result<WithdrawalRight, Refusal> {
    let rights = statute::rights(case.country()).iter();
    let rights = rights.filter(|right| right.occasion == Occasion::Any);
    let mut refusal = Refusal::NoWithdrawal {
        order: case.facts.order.clone(),
        line: case.id.clone(),
        clause: None,
        why: "no law of the buyer's country gives one",
        ended_at: None,
    };
    let mut best: Option<WithdrawalRight> = None;
    for right in rights {
        let held = holds(right, case, days, exemption);
        let ends_at = held.as_ref().ok().and_then(|held| held.window.as_ref());
        let ends_at = ends_at.map(|window| window.ends_at);
        let why = match &held {
            Ok(held) if held.is_open(case) => {
                let is_better = best.as_ref().is_none_or(|best| match best.ends_at {
                    None => false,
                    Some(end) => ends_at.is_none_or(|other| other > end),
                });
                if is_better {
                    best = Some(WithdrawalRight {
                        line: case.id.clone(),
                        clause: right.clause.clone(),
                        ends_at,
                    });
                }
                continue;
            }
            Ok(_) => TIME_IS_OVER,
            Err(why) => *why,
        };
        refusal = Refusal::NoWithdrawal {
            order: case.facts.order.clone(),
            line: case.id.clone(),
            clause: Some(right.clause.clone()),
            why,
            ended_at: ends_at,
        };
    }
    best.ok_or(refusal)
}

fn finding(right: &'static Right, answer: &Result<Held, &str>, case: &Case<'_>) -> ClauseFinding {
    let window = answer.as_ref().ok().and_then(|held| held.window.as_ref());
    let (holds, why) = match answer {
        Ok(held) if held.is_open(case) => (true, "the buyer has this right"),
        Ok(_) => (false, TIME_IS_OVER),
        Err(why) => (false, *why),
    };
    ClauseFinding {
        clause: right.clause.clone(),
        holds,
        why: why.to_owned(),
        ends_at: window.map(|window| window.ends_at),
        decided: Vec::new(),
        right,
    }
}

fn holds(
    right: &'static Right,
    case: &Case<'_>,
    days: &Days,
    exemption: Option<Exemption>,
) -> Result<Held, &'static str> {
    let facts = case.facts;
    let region = facts.label(crate::order_facts::REGION_LABEL);
    let is_informed = facts.is_informed();
    if !facts.is_consumer() {
        return Err("the buyer is no consumer");
    }
    if !right.regions.is_empty() && !right.regions.iter().any(|each| each.as_str() == region) {
        return Err("it holds in another part of the country");
    }
    if !right.sale_forms.is_empty() && !right.sale_forms.contains(&facts.sale_form()) {
        return Err("the goods were sold in another way");
    }
    if right.occasion == Occasion::Fault && !case.is_fault() {
        return Err("it needs a fault, and the buyer names none");
    }
    if exemption.is_some_and(|exemption| right.exemptions.contains(&exemption)) {
        return Err("the goods are exempt");
    }
    let (terms, extra_months) = match terms(right, is_informed) {
        Ok(terms) => terms,
        Err(()) => return Err("the buyer was told of the terms of return"),
    };
    let window = match terms {
        None => None,
        Some(terms) => {
            let extra_months = extra_months.saturating_add(extended(right, case));
            match case.window(days, &right.clause, terms, extra_months) {
                Some(window) => Some(after_repairs(window, days, right, case)),
                // Nobody has to wait for goods to go back on the contract about them.
                None if right.occasion == Occasion::Any => None,
                None => return Err("nothing has been delivered yet"),
            }
        }
    };
    let postage = right.postage_if_not_informed.filter(|_| !is_informed);
    Ok(Held {
        right,
        window,
        postage: postage.or(right.postage),
    })
}

/// Months by which repairs made the right longer.
fn extended(right: &Right, case: &Case<'_>) -> u32 {
    let remedied = case.line.remedied.as_deref();
    match (&right.repair_extends, remedied) {
        (Some(_), Some(remedied)) => remedied.extended_months,
        (None, _) | (_, None) => 0,
    }
}

/// A clock that stops while goods are repaired stands still on every day that the repair touched,
/// and leaves some days at least after the one on which it ended. Its last day counts whole, like
/// that of any window.
fn after_repairs(window: Window, days: &Days, right: &Right, case: &Case<'_>) -> Window {
    let (Some(least_days), Some(remedied)) = (
        right.repair_stops_clock_least_days,
        case.line.remedied.as_deref(),
    ) else {
        return window;
    };
    let later = days.end_of_day_after(window.ends_at, remedied.waited_days);
    let least = remedied.back_at;
    let least = least.map(|back| days.end_of_day_after(back, least_days));
    Window {
        ends_at: least.map_or(later, |least| least.max(later)),
        ..window
    }
}

/// The window of a right, and by how many months it is longer. None is without end. An error where
/// the right holds only for buyers who were not told.
fn terms(right: &Right, is_informed: bool) -> Result<(Option<WindowTerms>, u32), ()> {
    let longer = if is_informed {
        0
    } else {
        right.not_informed_months
    };
    match (right.window, right.window_if_not_informed) {
        (Some(window), None) => Ok((Some(window), longer)),
        (None, None) => Ok((None, 0)),
        (Some(window), Some(_)) if is_informed => Ok((Some(window), 0)),
        (None, Some(_)) if is_informed => Err(()),
        (_, Some(window)) => Ok((Some(window), longer)),
    }
}

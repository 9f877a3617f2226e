//! A verdict on each line, with everything it was made from.

use backhaul_events::returns::{DecidedBy, Decision, Finding, Verdict};
use backhaul_kernel::{LineId, Timestamp};

use crate::order_facts::{Facts, LineFacts};
use crate::policy::{self, PolicySnapshot};
use crate::window::{Window, Windows};

/// The policy's decision on units of some lines, were they asked for at that moment. Lines that
/// the order does not have get no finding; requests for them are refused before.
pub(crate) fn assess<'a>(
    facts: &Facts,
    policy: &PolicySnapshot,
    asked: impl IntoIterator<Item = (&'a LineId, u32)>,
    asked_at: Timestamp,
    by: DecidedBy,
) -> Decision {
    let windows = Windows::of(facts, policy);
    let findings = asked.into_iter().filter_map(|(line, quantity)| {
        let line_facts = facts.lines.get(line)?;
        Some(finding(&windows, (line, line_facts), quantity, asked_at))
    });
    Decision {
        policy: policy.policy.clone(),
        policy_version: policy.version,
        by,
        findings: findings.collect(),
    }
}

/// The policy's sentence on some units of one line.
pub(crate) fn finding(
    windows: &Windows<'_>,
    (id, line): (&LineId, &LineFacts),
    quantity: u32,
    asked_at: Timestamp,
) -> Finding {
    let (granted_clause, granted_days) = windows.granted(line);
    let base = Finding {
        line: id.clone(),
        quantity,
        verdict: Verdict::NotDelivered,
        clause: granted_clause,
        clock_started_at: None,
        window_days: Some(granted_days),
        window_ends_at: None,
        country: windows.facts.destination.country,
        category: line.category.clone(),
    };
    if line.last_delivered_at.is_none() {
        return base;
    }
    let longest = windows.longest(line);
    let is_open = |window: &Window| asked_at <= window.ends_at;
    let verdict = match &longest {
        Some(window) if is_open(window) => Verdict::Returnable,
        _ if windows.is_final(line) => Verdict::FinalSale,
        _ => Verdict::WindowClosed,
    };
    let Some(window) = longest else {
        return Finding { verdict, ..base };
    };
    Finding {
        verdict,
        clause: match verdict {
            Verdict::FinalSale => policy::clause(policy::FINAL_SALE),
            _ => window.clause,
        },
        clock_started_at: Some(window.clock_started_at),
        window_days: Some(window.days),
        window_ends_at: Some(window.ends_at),
        ..base
    }
}

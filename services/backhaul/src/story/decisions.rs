//! The words of decisions on returns: which policy, which rule or clause of a law for each thing
//! that was decided, and from which inputs.

use backhaul_events::returns::{
    Aspect, BuyerBefore, DecidedBy, Decision, Finding, Handling, LineTerms, Postage, Release,
    ReturnAuthorized, Verdict, WayBack,
};
use backhaul_kernel::Text;

use super::{counted, less, listed, minute};

/// The clause of what a policy says without a rule; the policy is named already.
const WITHOUT_RULE: &str = "policy";

/// What is granted: what becomes of the goods, when money is released and what is kept back of it.
pub(super) fn authorized(event: &ReturnAuthorized) -> String {
    let decision = &event.decision;
    let handling = match &event.handling {
        Handling::KeepItem => format!(
            "the buyer keeps the goods{}",
            clauses(decision, Aspect::KeepItem, |_| true)
        ),
        Handling::NothingSent => "nothing was sent, so nothing comes back".to_owned(),
        Handling::SendBack { to, postage } => {
            let payer = match postage {
                Postage::Merchant => "postage paid",
                Postage::Buyer => "the buyer pays postage",
            };
            format!(
                "goods go to {} in {}{}{}, {payer}{}",
                to.name,
                to.country,
                way_back(decision),
                clauses(decision, Aspect::WayBack, |_| true),
                clauses(decision, Aspect::Postage, |terms| terms.postage == *postage)
            )
        }
    };
    let expires = event
        .expires_at
        .map(|at| format!(", expires {}", minute(at)));
    let uninspected = event.release_after_days.map(|days| {
        let days = counted(u64::from(days), "day");
        format!(", or {days} after receipt without inspection")
    });
    let fees: String = event.fees.iter().map(|fee| less(&fee.deduction)).collect();
    format!(
        "return {} authorised {}; {handling}; money {}{}{}{fees}{}",
        event.r#return,
        self::decision(decision),
        release(event.release),
        clauses(decision, Aspect::Release, |_| true),
        uninspected.unwrap_or_default(),
        expires.unwrap_or_default()
    )
}

/// How goods travel where a rule says.
fn way_back(decision: &Decision) -> &'static str {
    let mut ways = terms(decision).filter_map(|terms| terms.way_back);
    match ways.next() {
        None => "",
        Some(WayBack::Parcel) => " by post",
        Some(WayBack::PickUp) => ", fetched at the buyer's",
        Some(WayBack::LocalCentre) => ", handed in near the buyer",
    }
}

/// The sign of fraud or the rule that asks for a person.
pub(super) fn why_a_person(decision: &Decision) -> String {
    let signal = clauses(decision, Aspect::Signal, |_| true);
    match signal.as_str() {
        "" => clauses(decision, Aspect::Authorization, |_| true),
        _ => format!(" for a sign of fraud{signal}"),
    }
}

fn terms(decision: &Decision) -> impl Iterator<Item = &LineTerms> {
    let findings = decision.findings.iter();
    findings.filter_map(|finding| finding.terms.as_deref())
}

/// ` (rule, clause of a law)`: what decided the aspect for the lines of these terms.
fn clauses(decision: &Decision, aspect: Aspect, of: impl Fn(&LineTerms) -> bool) -> String {
    let mut named: Vec<String> = Vec::new();
    for terms in terms(decision).filter(|terms| of(terms)) {
        let applied = terms.clauses.iter();
        let applied = applied.filter(|applied| applied.aspect == aspect);
        for clause in applied.map(|applied| applied.clause.as_str()) {
            if clause != WITHOUT_RULE && named.iter().all(|known| known != clause) {
                named.push(clause.to_owned());
            }
        }
    }
    match named.is_empty() {
        true => String::new(),
        false => format!(" ({})", listed(named)),
    }
}

/// Which policy, and what it found of each line.
pub(super) fn decision(decision: &Decision) -> String {
    let by = match decision.by {
        DecidedBy::Policy => "by",
        DecidedBy::Person => "by a person under",
    };
    let version = match decision.policy_version {
        0 => "(built in)".to_owned(),
        version => format!("version {version}"),
    };
    let findings = grouped(&decision.findings);
    format!(
        "{by} policy {} {version}: {}{}{}",
        decision.policy,
        listed(findings),
        decision.buyer.as_deref().map(buyer).unwrap_or_default(),
        signs(&decision.signals)
    )
}

fn buyer(before: &BuyerBefore) -> String {
    format!(
        "; the buyer had {} with {} in {}, and before this {} with {}, {} kept",
        counted(before.orders.into(), "order"),
        counted(before.bought.into(), "unit"),
        counted(before.days.into(), "day"),
        counted(before.returns.into(), "return"),
        counted(before.returned.into(), "unit"),
        before.kept
    )
}

fn signs(signals: &[Text]) -> String {
    match signals {
        [] => String::new(),
        signals => {
            let quoted = signals.iter().map(|signal| format!("\"{signal}\""));
            format!("; a sign of fraud: {}", listed(quoted))
        }
    }
}

/// Lines of which the same is found are told together.
fn grouped(findings: &[Finding]) -> Vec<String> {
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for finding in findings {
        let (reason, line) = (reason(finding), finding.line.to_string());
        match groups.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, lines)) => lines.push(line),
            None => groups.push((reason, vec![line])),
        }
    }
    let told = groups.into_iter().map(|(reason, lines)| {
        let word = if lines.len() == 1 { "line" } else { "lines" };
        format!("{word} {} {reason}", listed(lines))
    });
    told.collect()
}

fn reason(finding: &Finding) -> String {
    let verdict = match finding.verdict {
        Verdict::Returnable => "returnable",
        Verdict::WindowClosed => "too late",
        Verdict::FinalSale => "sold as final",
        Verdict::Exempt => "exempt from return",
        Verdict::NotDelivered => "not delivered yet",
        Verdict::DeclinedByPerson => "declined by a person",
    };
    let country = finding.country.map(|country| format!("in {country}"));
    let category = finding
        .category
        .as_ref()
        .map(|category| format!("category {category}"));
    let days = finding
        .window_days
        .map(|days| counted(u64::from(days), "day"));
    let from = finding
        .clock_started_at
        .map(|at| format!("from {}", minute(at)));
    let until = finding
        .window_ends_at
        .map(|at| format!("until {}", minute(at)));
    let inputs: Vec<String> = [days, from, until, country, category]
        .into_iter()
        .flatten()
        .collect();
    let clause = &finding.clause;
    match inputs.is_empty() {
        true => format!("{verdict} ({clause})"),
        false => format!("{verdict} ({clause}: {})", inputs.join(" ")),
    }
}

/// When money is released.
pub(super) const fn release(release: Release) -> &'static str {
    match release {
        Release::OnRequest => "is released on request",
        Release::OnFirstScan => "is released at the first scan",
        Release::OnReceipt => "is released on receipt",
        Release::OnInspection => "is released on inspection",
    }
}

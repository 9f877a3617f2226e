//! A verdict on each line: of each aspect what the merchant grants or what the law demands,
//! whichever is better for the buyer, with everything it was made from.

use backhaul_events::returns::{
    AppliedClause, Aspect, Authority, Authorization, Clock, DecidedBy, Decision, Exemption, Fees,
    Finding, LineTerms, PartialRefund, Postage, Remedy, SpanUnit, Verdict, WindowTerms,
    WithdrawalRight,
};
use backhaul_kernel::{LineId, Money, Text, Timestamp};

use crate::buyer::Before;
use crate::case::{AskedLine, Case};
use crate::floor::{self, ClauseFinding, Held};
use crate::inputs;
use crate::order_facts::Facts;
use crate::policy::PolicySnapshot;
use crate::refusal::Refusal;
use crate::rules::{self, Granted, RuleFinding};
use crate::window::{Days, Window};

/// Basis points of the whole.
const WHOLE: i128 = 10_000;

/// What the policy is asked.
pub(crate) struct Question<'a> {
    pub(crate) facts: &'a Facts,
    pub(crate) policy: &'a PolicySnapshot,
    pub(crate) asked_at: Timestamp,
    pub(crate) before: Before,
}

/// What is decided on a line, and what follows for the return as a whole.
#[derive(Debug, Clone)]
pub(crate) struct Outcome {
    pub(crate) finding: Finding,
    pub(crate) granted: Granted,
    pub(crate) worth: i64,
}

/// A decision, and what it means line by line.
#[derive(Debug, Clone)]
pub(crate) struct Assessment {
    pub(crate) decision: Decision,
    pub(crate) outcomes: Vec<Outcome>,
}

/// Why a line's outcome is what it is: every rule and every statutory clause that was looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct LineExplanation {
    /// What would be decided.
    pub finding: Finding,
    /// The rules of the policy, in order.
    pub rules: Vec<RuleFinding>,
    /// The rights of the buyer's country.
    pub clauses: Vec<ClauseFinding>,
}

impl Question<'_> {
    /// The policy's decision on units of some lines. Lines that the order does not have get no
    /// finding; requests for them are refused before.
    pub(crate) fn assess(&self, asked: &[AskedLine<'_>], by: DecidedBy) -> Assessment {
        let days = Days::of(self.facts);
        let cases = asked.iter().filter_map(|asked| self.case(asked));
        let outcomes: Vec<Outcome> = cases
            .map(|case| outcome(self.policy, &case, &days, None))
            .collect();
        Assessment {
            decision: Decision {
                policy: self.policy.policy.clone(),
                policy_version: self.policy.version,
                by,
                findings: kept(&outcomes),
                inputs_digest: inputs::digest(self, asked),
                buyer: self.before.buyer.as_deref().cloned().map(Box::new),
                signals: signals(&outcomes),
            },
            outcomes,
        }
    }

    /// Every rule and clause that bears on each line.
    pub(crate) fn explain(&self, asked: &[AskedLine<'_>]) -> Vec<LineExplanation> {
        let days = Days::of(self.facts);
        let cases = asked.iter().filter_map(|asked| self.case(asked));
        let explained = cases.map(|case| {
            let (mut rules, mut clauses) = (Vec::new(), Vec::new());
            let explanation = Explanation {
                rules: &mut rules,
                clauses: &mut clauses,
            };
            let finding = outcome(self.policy, &case, &days, Some(explanation)).finding;
            let terms = finding.terms.as_deref();
            for clause in &mut clauses {
                let decided = terms.into_iter().flat_map(|terms| &terms.clauses);
                let decided = decided
                    .filter(|applied| applied.by == Authority::Statute)
                    .filter(|applied| applied.clause == clause.clause);
                clause.decided = decided.map(|applied| applied.aspect).collect();
            }
            LineExplanation {
                finding,
                rules,
                clauses,
            }
        });
        explained.collect()
    }

    /// The policy's sentence on some units of one line.
    pub(crate) fn finding(&self, asked: &AskedLine<'_>) -> Option<Finding> {
        let case = self.case(asked)?;
        Some(outcome(self.policy, &case, &Days::of(self.facts), None).finding)
    }

    /// The right to withdraw from units of a line, or the refusal that there is none. Lines that
    /// the order does not have get no answer.
    pub(crate) fn withdrawal(
        &self,
        asked: &AskedLine<'_>,
    ) -> Option<Result<WithdrawalRight, Refusal>> {
        let case = self.case(asked)?;
        let granted = rules::granted(self.policy, &case, None);
        let exemption = granted.exemption.map(|said| said.value);
        Some(floor::withdrawal(&case, &Days::of(self.facts), exemption))
    }

    fn case<'b>(&'b self, asked: &AskedLine<'b>) -> Option<Case<'b>> {
        let line = self.facts.lines.get(asked.line)?;
        Some(Case {
            facts: self.facts,
            id: asked.line,
            line,
            quantity: asked.quantity,
            reason: asked.reason,
            fault_found_at: asked.fault_found_at,
            grade: None,
            worth: asked.worth,
            asked_at: self.asked_at,
            before: self.before.clone(),
        })
    }
}

/// What the policy wants people to know of the units, each sign once.
fn signals(outcomes: &[Outcome]) -> Vec<Text> {
    let mut signals: Vec<Text> = Vec::new();
    let said = outcomes
        .iter()
        .filter_map(|outcome| outcome.granted.signal.as_ref());
    for said in said {
        if !signals.contains(&said.value) {
            signals.push(said.value.clone());
        }
    }
    signals
}

struct Explanation<'a> {
    rules: &'a mut Vec<RuleFinding>,
    clauses: &'a mut Vec<ClauseFinding>,
}

/// What is decided on the units.
fn outcome(
    policy: &PolicySnapshot,
    case: &Case<'_>,
    days: &Days,
    explanation: Option<Explanation<'_>>,
) -> Outcome {
    let (rules, clauses) = match explanation {
        Some(Explanation { rules, clauses }) => (Some(rules), Some(clauses)),
        None => (None, None),
    };
    let mut granted = rules::granted(policy, case, rules);
    let exemption = granted.exemption.as_ref().map(|said| said.value);
    let held = floor::rights(case, days, exemption, clauses);
    let open: Vec<&Held> = held.iter().filter(|held| held.is_open(case)).collect();

    let merchant = merchant_window(&granted, case, days);
    let longest = longest(merchant, &held);
    let endless = open.iter().find(|held| held.window.is_none());
    let is_open = |window: &Window| case.asked_at <= window.ends_at;
    let is_delivered = case.line.last_delivered_at.is_some();
    let verdict = match &longest {
        _ if !is_delivered => Verdict::NotDelivered,
        Some((window, _)) if is_open(window) => Verdict::Returnable,
        _ if endless.is_some() => Verdict::Returnable,
        _ if exemption == Some(Exemption::FinalSale) => Verdict::FinalSale,
        _ if exemption.is_some() => Verdict::Exempt,
        _ => Verdict::WindowClosed,
    };
    let window =
        longest.filter(|(window, _)| is_delivered && (is_open(window) || endless.is_none()));
    let mut terms = Terms::new(&granted);
    match (&window, endless) {
        (Some((window, by)), _) => {
            terms.line.window = Some(window.terms);
            terms.applied(Aspect::Window, &window.clause, *by);
        }
        // A right without end leaves the decision to a person.
        (None, Some(held)) if verdict == Verdict::Returnable => {
            terms.applied(Aspect::Window, &held.right.clause, Authority::Statute);
            granted.authorization.value = Authorization::Manual;
            granted.authorization.clause = held.right.clause.clone();
        }
        (None, _) => {}
    }
    if let Some(said) = granted.exemption.as_ref() {
        let is_overruled = verdict == Verdict::Returnable;
        terms.line.exemption = (!is_overruled).then_some(said.value);
        if !is_overruled {
            terms.applied(Aspect::Exemption, &said.clause, Authority::Merchant);
        }
    }
    if granted.signal.is_some() {
        granted.authorization.value = Authorization::Manual;
    }
    terms.hold_to(&open);
    terms.keep_back(policy, case, &open);
    let finding = finding(
        case,
        &granted,
        verdict,
        window.map(|(window, _)| window),
        terms.line,
    );
    Outcome {
        finding,
        granted,
        worth: case.worth,
    }
}

/// The merchant's window. Units that are exempt, and windows of no length, have none.
fn merchant_window(granted: &Granted, case: &Case<'_>, days: &Days) -> Option<Window> {
    let said = &granted.window;
    if granted.exemption.is_some() || said.value.length == 0 {
        return None;
    }
    let window = case.window(days, &said.clause, said.value, 0)?;
    Some(match &granted.extends_to {
        Some(later) => window.extended_to(days, &later.clause, later.value),
        None => window,
    })
}

/// The window that ends last. When two end together, the merchant's is named: nobody needs the law
/// then.
fn longest(merchant: Option<Window>, held: &[Held]) -> Option<(Window, Authority)> {
    let merchant = merchant.map(|window| (window, Authority::Merchant));
    let law = held.iter().filter_map(|held| held.window.clone());
    law.fold(merchant, |best, window| match best {
        Some((best, by)) if best.ends_at >= window.ends_at => Some((best, by)),
        _ => Some((window, Authority::Statute)),
    })
}

/// The terms of a line under construction.
struct Terms {
    line: LineTerms,
}

impl Terms {
    /// What the merchant grants.
    fn new(granted: &Granted) -> Self {
        let fees = granted.fees.as_ref();
        let mut terms = Self {
            line: LineTerms {
                window: None,
                exemption: None,
                postage: granted.postage.value,
                fees: fees.map(|said| said.value.clone()),
                refund_within: None,
                outbound_shipping: granted.outbound_shipping.as_ref().map(|said| said.value),
                remedies: Vec::new(),
                way_back: granted.way_back.as_ref().map(|said| said.value),
                diminished_value: fees
                    .filter(|said| said.value.diminished_value)
                    .map(|said| said.clause.clone()),
                grade_fees: Vec::new(),
                clauses: Vec::new(),
            },
        };
        let mut by_merchant = |aspect, clause: Option<&Text>| {
            if let Some(clause) = clause {
                terms.applied(aspect, clause, Authority::Merchant);
            }
        };
        by_merchant(Aspect::Postage, Some(&granted.postage.clause));
        by_merchant(Aspect::Fees, fees.map(|said| &said.clause));
        let remedies = granted.remedies.as_ref();
        by_merchant(Aspect::Remedies, remedies.map(|said| &said.clause));
        by_merchant(Aspect::Release, Some(&granted.release.clause));
        by_merchant(Aspect::Authorization, Some(&granted.authorization.clause));
        by_merchant(
            Aspect::Signal,
            granted.signal.as_ref().map(|said| &said.clause),
        );
        by_merchant(
            Aspect::KeepItem,
            granted.keep_item.as_ref().map(|said| &said.clause),
        );
        let offer = granted.partial_refund.as_ref();
        by_merchant(Aspect::Offer, offer.map(|said| &said.clause));
        let shipping = granted.outbound_shipping.as_ref();
        by_merchant(Aspect::OutboundShipping, shipping.map(|said| &said.clause));
        let way_back = granted.way_back.as_ref().map(|said| &said.clause);
        let centre = granted.return_centre.as_ref().map(|said| &said.clause);
        by_merchant(Aspect::WayBack, way_back.or(centre));
        if let Some(said) = remedies {
            terms.line.remedies.clone_from(&said.value);
        }
        terms
    }

    /// Names the clause of an aspect, in place of an earlier one.
    fn applied(&mut self, aspect: Aspect, clause: &Text, by: Authority) {
        self.line.clauses.retain(|applied| applied.aspect != aspect);
        self.line.clauses.push(AppliedClause {
            aspect,
            clause: clause.clone(),
            by,
        });
    }

    /// Lifts each aspect to what the law demands now.
    fn hold_to(&mut self, open: &[&Held]) {
        for held in open {
            let clause = &held.right.clause;
            if held.postage == Some(Postage::Merchant) && self.line.postage == Postage::Buyer {
                self.line.postage = Postage::Merchant;
                self.applied(Aspect::Postage, clause, Authority::Statute);
            }
            if held.right.restocking_fee.is_some() {
                self.forbid_restocking(clause);
            }
            if let Some(terms) = held.right.refund_within
                && self
                    .line
                    .refund_within
                    .is_none_or(|best| is_sooner(terms, best))
            {
                self.line.refund_within = Some(terms);
                self.applied(Aspect::RefundWithin, clause, Authority::Statute);
            }
            if let Some(extent) = held.right.outbound_shipping
                && self.line.outbound_shipping.is_none()
            {
                self.line.outbound_shipping = Some(extent);
                self.applied(Aspect::OutboundShipping, clause, Authority::Statute);
            }
            self.add_remedies(&held.right.remedies, clause);
        }
        if self.line.postage == Postage::Merchant
            && let Some(fees) = &mut self.line.fees
        {
            fees.return_postage.clear();
        }
        self.line.fees.take_if(|fees| *fees == Fees::default());
    }

    /// What inspection may keep back. A statutory right that holds says itself whether value that
    /// was lost may be, and only from a buyer who was told of it; a fault costs the buyer nothing.
    fn keep_back(&mut self, policy: &PolicySnapshot, case: &Case<'_>, open: &[&Held]) {
        let allows = |held: &&Held| held.right.diminished_value.is_some();
        if !open.is_empty() {
            let is_allowed = open.iter().all(allows) && case.facts.is_informed();
            let clause = open.first().map(|held| held.right.clause.clone());
            self.line.diminished_value = clause.filter(|_| is_allowed);
        }
        if case.is_fault() {
            self.line.diminished_value = None;
            return;
        }
        let forbids = |held: &&Held| held.right.restocking_fee.is_some();
        if !open.iter().any(forbids) {
            let fees = self.line.fees.as_ref();
            let borne = fees.map_or(0, |fees| fees.restocking_basis_points);
            self.line.grade_fees = rules::grade_fees(policy, case, borne);
        }
    }

    fn forbid_restocking(&mut self, clause: &Text) {
        if let Some(fees) = &mut self.line.fees
            && fees.restocking_basis_points > 0
        {
            fees.restocking_basis_points = 0;
            self.applied(Aspect::Fees, clause, Authority::Statute);
        }
    }

    /// The merchant's remedies stand first; what the law gives besides stands behind them.
    fn add_remedies(&mut self, remedies: &[Remedy], clause: &Text) {
        let missing = remedies
            .iter()
            .filter(|remedy| !self.line.remedies.contains(remedy));
        let missing: Vec<Remedy> = missing.copied().collect();
        if !missing.is_empty() {
            self.line.remedies.extend(missing);
            self.applied(Aspect::Remedies, clause, Authority::Statute);
        }
    }
}

/// Whether one deadline for the money is better for the buyer than another. A clock that runs from
/// the buyer's own declaration is better than one that waits for the goods.
pub(crate) fn is_sooner(terms: WindowTerms, best: WindowTerms) -> bool {
    let rank = |terms: WindowTerms| {
        let waits = !matches!(terms.clock, Clock::Declaration);
        let days = match terms.unit {
            SpanUnit::Days => u64::from(terms.length),
            // Five business days are a week, and more with a holiday.
            SpanUnit::BusinessDays => u64::from(terms.length) * 7 / 5,
            SpanUnit::Months => u64::from(terms.length) * 31,
        };
        (waits, days)
    };
    rank(terms) < rank(best)
}

fn finding(
    case: &Case<'_>,
    granted: &Granted,
    verdict: Verdict,
    window: Option<Window>,
    terms: LineTerms,
) -> Finding {
    let calendar_days =
        |terms: &WindowTerms| (terms.unit == SpanUnit::Days).then_some(terms.length);
    let by_window = window.as_ref().map(|window| window.clause.clone());
    let by_terms = terms
        .clauses
        .iter()
        .find(|applied| applied.aspect == Aspect::Window);
    let clause = match (verdict, &granted.exemption) {
        (Verdict::FinalSale | Verdict::Exempt, Some(said)) => Some(said.clause.clone()),
        _ => by_window.or_else(|| by_terms.map(|applied| applied.clause.clone())),
    };
    let without_window = match &granted.exemption {
        Some(said) => (said.clause.clone(), Some(0)),
        None => (
            granted.window.clause.clone(),
            calendar_days(&granted.window.value),
        ),
    };
    Finding {
        line: LineId::clone(case.id),
        quantity: case.quantity,
        verdict,
        clause: clause.unwrap_or(without_window.0),
        clock_started_at: window.as_ref().map(|window| window.clock_started_at),
        window_days: match &window {
            Some(window) => calendar_days(&window.terms),
            None => without_window.1,
        },
        window_ends_at: window.as_ref().map(|window| window.ends_at),
        country: case.country(),
        category: case.line.category.clone(),
        terms: Some(Box::new(terms)),
        offer: granted
            .partial_refund
            .as_ref()
            .map(|said| offer(case, said.value)),
    }
}

/// What is offered to a buyer who keeps the units.
fn offer(case: &Case<'_>, partial: PartialRefund) -> Money {
    let part = i128::from(case.worth) * i128::from(partial.basis_points) / WHOLE;
    let part = i64::try_from(part).unwrap_or(case.worth);
    Money::new(part, case.facts.currency)
}

/// The findings as a decision keeps them: terms that are those of the finding before are left out,
/// or a return of many lines would not fit into a commit.
fn kept(outcomes: &[Outcome]) -> Vec<Finding> {
    let mut last = None;
    let findings = outcomes.iter().map(|outcome| {
        let finding = outcome.finding.clone();
        let is_same = last == Some(&outcome.finding.terms);
        last = Some(&outcome.finding.terms);
        Finding {
            terms: finding.terms.filter(|_| !is_same),
            ..finding
        }
    });
    findings.collect()
}

//! What the merchant's policy says of some units: of each aspect, the first rule that holds and
//! speaks of it; then the policy's windows by country and category; then what it says of everything.

use backhaul_events::orders::Sale;
use backhaul_events::returns::{
    Aspect, Authorization, Clock, Day, Exemption, Fees, Grade, GradeFee, KeepItem, LastDay,
    OutboundShipping, PartialRefund, Postage, Release, Remedy, ReturnCentre, Rule, Scope, SpanUnit,
    WayBack, WindowRule, WindowTerms,
};
use backhaul_kernel::{Country, Money, Text};

use crate::case::Case;
use crate::condition::Inputs;
use crate::policy::{self, PolicySnapshot};

/// The clause that decisions name where no rule of the policy speaks of a window.
pub(crate) const DEFAULT_WINDOW: &str = "default-window";
/// The clause that decisions name for goods sold as final.
pub(crate) const FINAL_SALE: &str = "final-sale";
/// The clause that decisions name for what the policy says of everything.
pub(crate) const POLICY: &str = "policy";

/// The variable by which conditions look at what inspection found.
const GRADE_VARIABLE: &str = "grade";

/// What a rule says of one aspect, and which rule.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Said<T> {
    pub(crate) clause: Text,
    pub(crate) value: T,
}

impl<T> Said<T> {
    fn new(clause: &str, value: T) -> Self {
        Self {
            clause: policy::clause(clause),
            value,
        }
    }
}

/// Everything the merchant says of some units.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Granted {
    pub(crate) window: Said<WindowTerms>,
    pub(crate) extends_to: Option<Said<Day>>,
    pub(crate) exemption: Option<Said<Exemption>>,
    pub(crate) postage: Said<Postage>,
    pub(crate) fees: Option<Said<Fees>>,
    pub(crate) remedies: Option<Said<Vec<Remedy>>>,
    pub(crate) release: Said<Release>,
    pub(crate) authorization: Said<Authorization>,
    pub(crate) signal: Option<Said<Text>>,
    pub(crate) keep_item: Option<Said<KeepItem>>,
    pub(crate) partial_refund: Option<Said<PartialRefund>>,
    pub(crate) return_centre: Option<Said<ReturnCentre>>,
    pub(crate) way_back: Option<Said<WayBack>>,
    pub(crate) outbound_shipping: Option<Said<OutboundShipping>>,
}

/// A rule that was looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleFinding {
    /// Its name.
    pub clause: Text,
    /// Whether it holds for the units.
    pub holds: bool,
    /// Why, or why not.
    pub why: String,
    /// The aspects that it decided, as far as no statute is better for the buyer.
    pub decided: Vec<Aspect>,
}

/// What has been said so far, while the rules are gone through.
#[derive(Default)]
struct Draft<'p> {
    window: Option<(&'p Text, WindowTerms)>,
    extends_to: Option<(&'p Text, Day)>,
    exemption: Option<(&'p Text, Exemption)>,
    postage: Option<(&'p Text, Postage)>,
    fees: Option<(&'p Text, &'p Fees)>,
    remedies: Option<(&'p Text, &'p Vec<Remedy>)>,
    release: Option<(&'p Text, Release)>,
    authorization: Option<(&'p Text, Authorization)>,
    signal: Option<(&'p Text, &'p Text)>,
    keep_item: Option<(&'p Text, &'p KeepItem)>,
    partial_refund: Option<(&'p Text, PartialRefund)>,
    return_centre: Option<(&'p Text, &'p ReturnCentre)>,
    way_back: Option<(&'p Text, WayBack)>,
    outbound_shipping: Option<(&'p Text, OutboundShipping)>,
}

/// What the policy grants for the units. Findings on every rule are added to the explanation, if
/// one is asked for.
pub(crate) fn granted(
    policy: &PolicySnapshot,
    case: &Case<'_>,
    mut explanation: Option<&mut Vec<RuleFinding>>,
) -> Granted {
    let inputs = case.inputs();
    let mut draft = Draft::default();
    for (index, rule) in policy.content.rules.iter().enumerate() {
        let why_not = why_not(policy, index, rule, case, &inputs);
        let decided = match why_not {
            None => draft.take(rule, explanation.is_some()),
            Some(_) => Vec::new(),
        };
        if let Some(findings) = explanation.as_deref_mut() {
            findings.push(RuleFinding {
                clause: rule.id.clone(),
                holds: why_not.is_none(),
                why: why_not.map_or_else(|| "its scope fits".to_owned(), |why| why.to_string()),
                decided,
            });
        }
    }
    draft.finish(policy, case, explanation)
}

/// Why the rule of that place does not hold; none where it does.
fn why_not(
    policy: &PolicySnapshot,
    index: usize,
    rule: &Rule,
    case: &Case<'_>,
    inputs: &Inputs<'_>,
) -> Option<WhyNot> {
    if let Some(missed) = scope_misses(&rule.scope, case) {
        return Some(missed);
    }
    match policy.conditions().get(index) {
        Ok(None) => None,
        Ok(Some(condition)) => match condition.holds(inputs) {
            Ok(true) => None,
            Ok(false) => Some(WhyNot::Condition),
            Err(missing) => Some(WhyNot::NoAnswer(missing.to_string())),
        },
        Err(error) => Some(WhyNot::NoAnswer(error.to_string())),
    }
}

/// What each grade would keep back for restocking beyond what every unit bears: of each grade, what
/// the first rule says that holds for it and speaks of fees.
pub(crate) fn grade_fees(policy: &PolicySnapshot, case: &Case<'_>, borne: u32) -> Vec<GradeFee> {
    let rules = &policy.content.rules;
    let looks_at_grades = |rule: &Rule| {
        let is_condition = rule.condition.as_str().contains(GRADE_VARIABLE);
        rule.fees.is_some() && (is_condition || !rule.scope.grades.is_empty())
    };
    if !rules.iter().any(looks_at_grades) {
        return Vec::new();
    }
    let of_grade = |grade| {
        let graded = Case {
            grade: Some(grade),
            ..case.clone()
        };
        let inputs = graded.inputs();
        let mut speaking = rules.iter().enumerate();
        let (_, rule) = speaking.find(|(index, rule)| {
            rule.fees.is_some() && why_not(policy, *index, rule, &graded, &inputs).is_none()
        })?;
        let asked = rule.fees.as_ref()?.restocking_basis_points;
        let basis_points = asked.checked_sub(borne).filter(|more| *more > 0)?;
        Some(GradeFee {
            grade,
            basis_points,
            clause: rule.id.clone(),
        })
    };
    let grades = [Grade::A, Grade::B, Grade::C, Grade::D];
    grades.into_iter().filter_map(of_grade).collect()
}

impl<'p> Draft<'p> {
    /// Takes what nobody said before. Answers the aspects, if they are wanted.
    fn take(&mut self, rule: &'p Rule, is_explained: bool) -> Vec<Aspect> {
        let id = &rule.id;
        let mut decided = Vec::new();
        let mut note = |is_taken: bool, aspect| {
            if is_taken && is_explained {
                decided.push(aspect);
            }
        };
        note(fill(&mut self.window, id, rule.window), Aspect::Window);
        note(
            fill(&mut self.extends_to, id, rule.extends_to),
            Aspect::Window,
        );
        note(
            fill(&mut self.exemption, id, rule.exemption),
            Aspect::Exemption,
        );
        note(fill(&mut self.postage, id, rule.postage), Aspect::Postage);
        note(fill(&mut self.fees, id, rule.fees.as_ref()), Aspect::Fees);
        let remedies = (!rule.remedies.is_empty()).then_some(&rule.remedies);
        note(fill(&mut self.remedies, id, remedies), Aspect::Remedies);
        note(fill(&mut self.release, id, rule.release), Aspect::Release);
        note(
            fill(&mut self.authorization, id, rule.authorization),
            Aspect::Authorization,
        );
        let signal = (!rule.signal.is_empty()).then_some(&rule.signal);
        note(fill(&mut self.signal, id, signal), Aspect::Signal);
        note(
            fill(&mut self.keep_item, id, rule.keep_item.as_ref()),
            Aspect::KeepItem,
        );
        note(
            fill(&mut self.partial_refund, id, rule.partial_refund),
            Aspect::Offer,
        );
        note(
            fill(&mut self.return_centre, id, rule.return_centre.as_ref()),
            Aspect::WayBack,
        );
        note(fill(&mut self.way_back, id, rule.way_back), Aspect::WayBack);
        note(
            fill(&mut self.outbound_shipping, id, rule.outbound_shipping),
            Aspect::OutboundShipping,
        );
        decided
    }

    /// What is left goes to the policy's windows, its categories sold as final, and what it says of
    /// everything.
    fn finish(
        self,
        policy: &PolicySnapshot,
        case: &Case<'_>,
        mut explanation: Option<&mut Vec<RuleFinding>>,
    ) -> Granted {
        let content = &policy.content;
        let mut window = self.window.map(|(clause, value)| said(clause, value));
        for rule in &content.windows {
            let holds = window_rule_holds(rule, case.line.category.as_ref(), case.country());
            let decides = holds && window.is_none();
            if decides {
                window = Some(said(&rule.id, days(rule.window_days)));
            }
            if let Some(findings) = explanation.as_deref_mut() {
                findings.push(RuleFinding {
                    clause: rule.id.clone(),
                    holds,
                    why: match holds {
                        true => "country and category fit".to_owned(),
                        false => "country or category does not fit".to_owned(),
                    },
                    decided: decides.then_some(Aspect::Window).into_iter().collect(),
                });
            }
        }
        let is_final = case.line.sale == Sale::Final
            || case
                .line
                .category
                .as_ref()
                .is_some_and(|category| content.final_sale_categories.contains(category));
        let exemption = self
            .exemption
            .map(|(clause, value)| said(clause, value))
            .or_else(|| is_final.then(|| Said::new(FINAL_SALE, Exemption::FinalSale)));
        let keep_everywhere = (!content.keep_item_up_to.is_empty()).then(|| KeepItem {
            up_to: content.keep_item_up_to.clone(),
            returns_max: None,
            within_days: None,
        });
        Granted {
            window: window
                .unwrap_or_else(|| Said::new(DEFAULT_WINDOW, days(content.default_window_days))),
            extends_to: self.extends_to.map(|(clause, value)| said(clause, value)),
            exemption,
            postage: said_or(self.postage, content.postage),
            fees: self.fees.map(|(clause, value)| said(clause, value.clone())),
            remedies: self
                .remedies
                .map(|(clause, value)| said(clause, value.clone())),
            release: said_or(self.release, content.release),
            authorization: said_or(self.authorization, content.authorization),
            signal: self
                .signal
                .map(|(clause, value)| said(clause, value.clone())),
            keep_item: self
                .keep_item
                .map(|(clause, value)| said(clause, value.clone()))
                .or_else(|| keep_everywhere.map(|keep| Said::new(POLICY, keep))),
            partial_refund: self
                .partial_refund
                .map(|(clause, value)| said(clause, value)),
            return_centre: self
                .return_centre
                .map(|(clause, value)| said(clause, value.clone())),
            way_back: self.way_back.map(|(clause, value)| said(clause, value)),
            outbound_shipping: self
                .outbound_shipping
                .map(|(clause, value)| said(clause, value)),
        }
    }
}

fn fill<'p, T>(place: &mut Option<(&'p Text, T)>, id: &'p Text, value: Option<T>) -> bool {
    match (&place, value) {
        (None, Some(value)) => {
            *place = Some((id, value));
            true
        }
        _ => false,
    }
}

fn said<T>(clause: &Text, value: T) -> Said<T> {
    Said {
        clause: clause.clone(),
        value,
    }
}

fn said_or<T>(said: Option<(&Text, T)>, otherwise: T) -> Said<T> {
    match said {
        Some((clause, value)) => self::said(clause, value),
        None => Said::new(POLICY, otherwise),
    }
}

/// Days after the last delivery of the line.
pub(crate) fn days(length: u32) -> WindowTerms {
    WindowTerms {
        length,
        unit: SpanUnit::Days,
        clock: Clock::Delivery,
        last_day: LastDay::AnyDay,
    }
}

/// A rule without countries holds everywhere, one without categories for all goods.
fn window_rule_holds(rule: &WindowRule, category: Option<&Text>, country: Option<Country>) -> bool {
    let country_fits = rule.countries.is_empty()
        || country.is_some_and(|country| rule.countries.contains(&country));
    let category_fits = rule.categories.is_empty()
        || category.is_some_and(|category| rule.categories.contains(category));
    country_fits && category_fits
}

/// Why a rule does not hold.
#[derive(Debug, thiserror::Error)]
enum WhyNot {
    #[error("the {0} does not fit")]
    Scope(&'static str),
    #[error("its condition is not true")]
    Condition,
    #[error("its condition has no answer: {0}")]
    NoAnswer(String),
}

/// The first part of the scope that does not fit.
fn scope_misses(scope: &Scope, case: &Case<'_>) -> Option<WhyNot> {
    use crate::order_facts::{BUYER_GROUP_LABEL, CHANNEL_LABEL};
    let facts = case.facts;
    let named = |list: &[Text], label: &str| {
        list.is_empty() || list.iter().any(|text| text.as_str() == facts.label(label))
    };
    let category = case.line.category.as_ref();
    let fits = [
        ("country", has(&scope.countries, case.country().as_ref())),
        ("channel", named(&scope.channels, CHANNEL_LABEL)),
        ("category", has(&scope.categories, category)),
        ("buyer group", named(&scope.buyer_groups, BUYER_GROUP_LABEL)),
        ("reason", has(&scope.reasons, case.reason.as_ref())),
        ("grade", has(&scope.grades, case.grade.as_ref())),
        (
            "worth",
            worth_fits(&scope.worth_at_least, case, |worth, limit| worth >= limit),
        ),
        (
            "worth",
            worth_fits(&scope.worth_at_most, case, |worth, limit| worth <= limit),
        ),
        (
            "date",
            scope
                .ordered_from
                .is_none_or(|from| facts.ordered_at >= from),
        ),
        (
            "date",
            scope
                .ordered_until
                .is_none_or(|until| facts.ordered_at < until),
        ),
    ];
    let missed = fits.into_iter().find(|(_, fits)| !fits);
    missed.map(|(part, _)| WhyNot::Scope(part))
}

fn has<T: PartialEq>(list: &[T], value: Option<&T>) -> bool {
    list.is_empty() || value.is_some_and(|value| list.contains(value))
}

fn worth_fits(limits: &[Money], case: &Case<'_>, fits: impl Fn(i64, i64) -> bool) -> bool {
    let currency = case.facts.currency;
    let limit = limits.iter().find(|limit| limit.currency == currency);
    limits.is_empty() || limit.is_some_and(|limit| fits(case.worth, limit.minor))
}

//! What a merchant allows, at the moment of a decision.

use std::sync::{Arc, LazyLock};

use backhaul_events::returns::{PolicySet, ReturnCentre};
use backhaul_kernel::{Country, PolicyId, Text};

use crate::condition::{Condition, ConditionError};

/// One version of a policy set, ready to be asked. Decisions copy its name and version.
#[derive(Debug, Clone)]
pub struct PolicySnapshot {
    /// The policy set.
    pub policy: PolicyId,
    /// Its version; 0 is the built-in policy.
    pub version: u32,
    /// What it says.
    pub content: Arc<PolicySet>,
    conditions: Arc<Conditions>,
}

/// The conditions of a policy's rules, in the order of the rules.
#[derive(Debug, Default)]
pub(crate) struct Conditions {
    of_rules: Vec<Result<Option<Condition>, ConditionError>>,
    asks_of_buyer: bool,
}

static BUILT_IN: LazyLock<Arc<PolicySet>> = LazyLock::new(|| {
    let json = include_str!("../data/policy-built-in.json");
    serde_json::from_str(json).expect("the built-in policy is read by a test of this crate")
});

impl Conditions {
    /// Reads the conditions of a policy. One that cannot be read never holds; publishing refuses
    /// it, so only a policy of another build can have one.
    pub(crate) fn of(content: &PolicySet) -> Self {
        let conditions = content.rules.iter().map(|rule| {
            let text = &rule.condition;
            (!text.is_empty())
                .then(|| Condition::compile(text.as_str()))
                .transpose()
        });
        let of_rules: Vec<_> = conditions.collect();
        let looks = |read: &Result<Option<Condition>, _>| matches!(read, Ok(Some(condition)) if condition.asks_of_buyer());
        let limits = content
            .rules
            .iter()
            .filter_map(|rule| rule.keep_item.as_ref());
        let asks_of_buyer =
            of_rules.iter().any(looks) || limits.into_iter().any(|keep| keep.within_days.is_some());
        Self {
            of_rules,
            asks_of_buyer,
        }
    }

    /// The condition of the rule of that index.
    pub(crate) fn get(&self, index: usize) -> Result<Option<&Condition>, &ConditionError> {
        match self.of_rules.get(index) {
            Some(Ok(condition)) => Ok(condition.as_ref()),
            Some(Err(error)) => Err(error),
            None => Ok(None),
        }
    }
}

impl PolicySnapshot {
    /// That version of a policy set, with its conditions read.
    pub fn new(policy: PolicyId, version: u32, content: PolicySet) -> Self {
        let conditions = Arc::new(Conditions::of(&content));
        Self::compiled(policy, version, Arc::new(content), conditions)
    }

    pub(crate) fn compiled(
        policy: PolicyId,
        version: u32,
        content: Arc<PolicySet>,
        conditions: Arc<Conditions>,
    ) -> Self {
        Self {
            policy,
            version,
            content,
            conditions,
        }
    }

    /// What holds for a merchant who has published nothing: version 0.
    pub fn built_in(policy: PolicyId) -> Self {
        Self::compiled(policy, 0, Arc::clone(&BUILT_IN), Arc::default())
    }

    /// Whether one of its rules looks at what the buyer did over all orders.
    pub fn asks_of_buyer(&self) -> bool {
        self.conditions.asks_of_buyer
    }

    pub(crate) fn conditions(&self) -> &Conditions {
        &self.conditions
    }

    /// The first centre in the buyer's country, else the first of all.
    pub(crate) fn return_centre(&self, country: Option<Country>) -> Option<&ReturnCentre> {
        let centres = &self.content.return_centres;
        centres
            .iter()
            .find(|centre| Some(centre.country) == country)
            .or(centres.first())
    }
}

/// Versions are never changed, so name and version are the policy.
impl PartialEq for PolicySnapshot {
    fn eq(&self, other: &Self) -> bool {
        (&self.policy, self.version) == (&other.policy, other.version)
            && self.content == other.content
    }
}

pub(crate) fn clause(name: &str) -> Text {
    Text::new(name).expect("clauses of this crate are short and printable")
}

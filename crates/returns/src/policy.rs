//! What a merchant allows, at the moment of a decision.

use std::sync::{Arc, LazyLock};

use backhaul_events::returns::{PolicySet, ReturnCentre, WindowRule};
use backhaul_kernel::{Country, PolicyId, Text};
use serde::{Deserialize, Serialize};

use crate::order_facts::LineFacts;

/// The clause that decisions name where no rule of the policy matches.
pub(crate) const DEFAULT_WINDOW: &str = "default-window";
/// The clause that decisions name for goods sold as final.
pub(crate) const FINAL_SALE: &str = "final-sale";

/// One version of a policy set. Decisions copy its name and version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PolicySnapshot {
    /// The policy set.
    pub policy: PolicyId,
    /// Its version; 0 is the built-in policy.
    pub version: u32,
    /// What it says.
    pub content: Arc<PolicySet>,
}

static BUILT_IN: LazyLock<Arc<PolicySet>> = LazyLock::new(|| {
    let json = include_str!("../data/policy-built-in.json");
    serde_json::from_str(json).expect("the built-in policy is read by a test of this crate")
});

impl PolicySnapshot {
    /// What holds for a merchant who has published nothing: version 0.
    pub fn built_in(policy: PolicyId) -> Self {
        Self {
            policy,
            version: 0,
            content: Arc::clone(&BUILT_IN),
        }
    }

    /// The clause and the days of the merchant's window; the first rule that matches decides.
    pub(crate) fn window_days(&self, line: &LineFacts, country: Option<Country>) -> (Text, u32) {
        let matches = |rule: &&WindowRule| rule_matches(rule, line.category.as_ref(), country);
        match self.content.windows.iter().find(matches) {
            Some(rule) => (rule.id.clone(), rule.window_days),
            None => (clause(DEFAULT_WINDOW), self.content.default_window_days),
        }
    }

    /// Whether the merchant sells goods of the category as final.
    pub(crate) fn is_final_category(&self, category: Option<&Text>) -> bool {
        category.is_some_and(|category| self.content.final_sale_categories.contains(category))
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

/// A rule without countries holds everywhere, one without categories for all goods.
fn rule_matches(rule: &WindowRule, category: Option<&Text>, country: Option<Country>) -> bool {
    let country_fits = rule.countries.is_empty()
        || country.is_some_and(|country| rule.countries.contains(&country));
    let category_fits = rule.categories.is_empty()
        || category.is_some_and(|category| rule.categories.contains(category));
    country_fits && category_fits
}

pub(crate) fn clause(name: &str) -> Text {
    Text::new(name).expect("clauses of this crate are short and printable")
}

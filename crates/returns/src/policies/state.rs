//! What is remembered of a policy set.

use std::sync::{Arc, OnceLock};

use backhaul_events::returns::PolicySet;
use backhaul_kernel::PolicyId;
use serde::{Deserialize, Serialize};

use crate::policy::{Conditions, PolicySnapshot};

/// All versions of one policy set.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// The versions; the first is version 1.
    pub versions: Vec<Version>,
    /// Whether the last version still decides.
    #[serde(default)]
    pub standing: Standing,
}

/// Whether a policy set decides.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Standing {
    /// Its last version does.
    #[default]
    Current,
    /// It was retired: the built-in policy decides until a version is published.
    Retired,
}

/// One version of a policy set. Its conditions are read once, when it is first asked.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Version {
    /// What it says.
    pub content: Arc<PolicySet>,
    #[serde(skip)]
    conditions: Arc<OnceLock<Arc<Conditions>>>,
}

impl Version {
    /// A version that says this.
    pub(crate) fn new(content: PolicySet) -> Self {
        Self {
            content: Arc::new(content),
            conditions: Arc::default(),
        }
    }

    fn snapshot(&self, policy: PolicyId, version: u32) -> PolicySnapshot {
        let read = || Arc::new(Conditions::of(&self.content));
        let conditions = Arc::clone(self.conditions.get_or_init(read));
        PolicySnapshot::compiled(policy, version, Arc::clone(&self.content), conditions)
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.content == other.content
    }
}

impl State {
    /// The number of the last version; 0 when none was published.
    pub fn version(&self) -> u32 {
        u32::try_from(self.versions.len()).unwrap_or(u32::MAX)
    }

    /// What decides: the last version, or the built-in policy when none was published or the
    /// policy set is retired.
    pub fn current(&self, policy: PolicyId) -> PolicySnapshot {
        match (self.versions.last(), self.standing) {
            (Some(last), Standing::Current) => last.snapshot(policy, self.version()),
            (None, _) | (_, Standing::Retired) => PolicySnapshot::built_in(policy),
        }
    }

    /// That version; version 0 is the built-in policy.
    pub fn version_of(&self, policy: PolicyId, version: u32) -> Option<PolicySnapshot> {
        if version == 0 {
            return Some(PolicySnapshot::built_in(policy));
        }
        let index = usize::try_from(version - 1).ok()?;
        Some(self.versions.get(index)?.snapshot(policy, version))
    }
}

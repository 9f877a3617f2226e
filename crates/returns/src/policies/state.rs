//! What is remembered of a policy set.

use std::sync::Arc;

use backhaul_events::returns::PolicySet;
use backhaul_kernel::PolicyId;
use serde::{Deserialize, Serialize};

use crate::policy::PolicySnapshot;

/// All versions of one policy set.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// The versions; the first is version 1, the last is current.
    pub versions: Vec<Arc<PolicySet>>,
}

impl State {
    /// The number of the current version; 0 when none was published.
    pub fn version(&self) -> u32 {
        u32::try_from(self.versions.len()).unwrap_or(u32::MAX)
    }

    /// The current version, or the built-in policy when none was published.
    pub fn current(&self, policy: PolicyId) -> PolicySnapshot {
        match self.versions.last() {
            None => PolicySnapshot::built_in(policy),
            Some(content) => PolicySnapshot {
                policy,
                version: self.version(),
                content: Arc::clone(content),
            },
        }
    }

    /// That version; version 0 is the built-in policy.
    pub fn version_of(&self, policy: PolicyId, version: u32) -> Option<PolicySnapshot> {
        if version == 0 {
            return Some(PolicySnapshot::built_in(policy));
        }
        let index = usize::try_from(version - 1).ok()?;
        let content = Arc::clone(self.versions.get(index)?);
        Some(PolicySnapshot {
            policy,
            version,
            content,
        })
    }
}

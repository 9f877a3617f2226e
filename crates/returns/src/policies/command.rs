//! What can be asked of a policy set.

use backhaul_events::returns::PolicySet;
use backhaul_kernel::PolicyId;

/// A request of a merchant's administrator.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// See [`PublishPolicy`].
    PublishPolicy(PublishPolicy),
    /// See [`RetirePolicy`].
    RetirePolicy(RetirePolicy),
}

/// Makes this the current version.
#[derive(Debug, Clone, PartialEq)]
pub struct PublishPolicy {
    /// The policy set.
    pub policy: PolicyId,
    /// What it says from now on.
    pub content: PolicySet,
}

/// Lets the policy set decide no more: the built-in policy does until another version is published.
#[derive(Debug, Clone, PartialEq)]
pub struct RetirePolicy {
    /// The policy set.
    pub policy: PolicyId,
}

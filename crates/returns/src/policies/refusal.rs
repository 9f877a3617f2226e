//! Every way in which a policy set says no.

use backhaul_kernel::{PolicyId, RefusalKind, Refused};

/// A business "no".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A field is wrong whatever the state.
    #[error("{field}: {problem}")]
    Invalid {
        /// Path of the field, such as `content.windows[1].window_days`.
        field: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The policy set has as many versions as one can have.
    #[error("policy {policy} already has {max} versions")]
    TooManyVersions {
        /// The policy set.
        policy: PolicyId,
        /// The bound.
        max: u32,
    },
    /// Nothing was ever published under that name.
    #[error("policy {policy} was never published")]
    NotFound {
        /// The policy set.
        policy: PolicyId,
    },
}

impl Refusal {
    pub(crate) fn invalid(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Invalid {
            field: field.into(),
            problem: problem.into(),
        }
    }
}

impl Refused for Refusal {
    fn kind(&self) -> RefusalKind {
        match self {
            Self::Invalid { field, .. } => RefusalKind::Invalid {
                field: field.clone(),
            },
            Self::TooManyVersions { policy, .. } => RefusalKind::Precondition {
                subject: format!("policies/{policy}"),
            },
            Self::NotFound { policy } => RefusalKind::NotFound {
                resource: format!("policies/{policy}"),
            },
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Invalid { .. } => "INVALID_FIELD",
            Self::TooManyVersions { .. } => "TOO_MANY_VERSIONS",
            Self::NotFound { .. } => "POLICY_NOT_FOUND",
        }
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Invalid { .. } | Self::NotFound { .. } => Vec::new(),
            Self::TooManyVersions { max, .. } => vec![("max", max.to_string())],
        }
    }
}

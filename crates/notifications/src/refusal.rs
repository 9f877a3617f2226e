//! Every "no" of the notification rules.

use backhaul_events::notifications::Template;
use backhaul_kernel::{NotificationId, RefusalKind, Refused};

/// A business "no".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no such notification.
    #[error("notification {0} does not exist")]
    NotificationUnknown(NotificationId),
    /// The message would have a hole where the fact should stand.
    #[error("the template {template:?} needs the fact `{fact}`")]
    FactMissing {
        /// The template.
        template: Template,
        /// The fact it needs.
        fact: String,
    },
    /// The fact cannot be shown to a person.
    #[error("the fact `{fact}` cannot be shown")]
    FactInvalid {
        /// The fact.
        fact: String,
    },
    /// The event to tell of has no id, so it could be told twice.
    #[error("a notification needs the id of the event that it tells of")]
    CauseMissing,
    /// It was decided never to send this.
    #[error("notification {0} is suppressed")]
    Suppressed(NotificationId),
}

impl Refused for Refusal {
    fn kind(&self) -> RefusalKind {
        match self {
            Self::NotificationUnknown(notification) => RefusalKind::NotFound {
                resource: format!("notifications/{notification}"),
            },
            Self::FactMissing { fact, .. } | Self::FactInvalid { fact } => RefusalKind::Invalid {
                field: format!("facts.{fact}"),
            },
            Self::CauseMissing => RefusalKind::Invalid {
                field: "cause".to_owned(),
            },
            Self::Suppressed(notification) => RefusalKind::Precondition {
                subject: format!("notifications/{notification}"),
            },
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::NotificationUnknown(_) => "NOTIFICATION_UNKNOWN",
            Self::FactMissing { .. } => "FACT_MISSING",
            Self::FactInvalid { .. } => "FACT_INVALID",
            Self::CauseMissing => "CAUSE_MISSING",
            Self::Suppressed(_) => "NOTIFICATION_SUPPRESSED",
        }
    }
}

//! The merchant's own limits for refunds: up to what no person is needed. A rule of its own, on
//! the merchant's policy stream.

use backhaul_events::refunds::{ApprovalPolicyPublished, Event};
use backhaul_kernel::{Context, Currency, Decider, Money, RefusalKind, Refused, Tier};
use serde::{Deserialize, Serialize};

/// Limits that one policy may set: one a currency, and there are fewer than this.
const LIMITS_MAX: usize = 200;

/// The limits as they stand. Who published none has version 0 and no limits, so nothing is
/// approved without a person.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ApprovalPolicySnapshot {
    /// The version, from 1; 0 before the first.
    pub version: u32,
    /// At most one limit a currency.
    pub automatic_up_to: Vec<Money>,
}

impl ApprovalPolicySnapshot {
    /// The limit in that currency, if one is set.
    pub fn limit(&self, currency: Currency) -> Option<Money> {
        self.automatic_up_to
            .iter()
            .copied()
            .find(|limit| limit.currency == currency)
    }
}

/// A request; may be refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// These limits hold from now on. The same limits again change nothing.
    Publish {
        /// Up to this much per currency is approved without a person.
        automatic_up_to: Vec<Money>,
    },
}

/// A business "no".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Limits are an administrator's to set.
    #[error("only an administrator sets limits, the caller is {0:?}")]
    TierTooLow(Tier),
    /// A limit below nothing.
    #[error("a limit must not be negative")]
    Negative {
        /// Its place in the request.
        index: usize,
    },
    /// Two limits in one currency.
    #[error("{currency} has two limits")]
    Twice {
        /// The place of the second in the request.
        index: usize,
        /// The currency.
        currency: Currency,
    },
    /// More limits than there are currencies.
    #[error("there are more than {LIMITS_MAX} limits")]
    TooMany,
}

impl Refused for Refusal {
    fn kind(&self) -> RefusalKind {
        match self {
            Self::TierTooLow(_) => RefusalKind::Forbidden,
            Self::Negative { index } | Self::Twice { index, .. } => RefusalKind::Invalid {
                field: format!("automatic_up_to[{index}]"),
            },
            Self::TooMany => RefusalKind::Invalid {
                field: "automatic_up_to".to_owned(),
            },
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::TierTooLow(_) => "TIER_TOO_LOW",
            Self::Negative { .. } => "LIMIT_NEGATIVE",
            Self::Twice { .. } => "LIMIT_TWICE",
            Self::TooMany => "TOO_MANY_LIMITS",
        }
    }
}

/// The rules of the merchant's approval policy.
#[derive(Debug, Clone, Copy, Default)]
pub struct ApprovalPolicy;

impl Decider for ApprovalPolicy {
    type State = ApprovalPolicySnapshot;
    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;

    fn decide(
        state: &ApprovalPolicySnapshot,
        command: &Command,
        at: &Context,
    ) -> Result<Vec<Event>, Refusal> {
        match command {
            Command::Publish { automatic_up_to } => publish(state, automatic_up_to, at.actor.tier),
        }
    }

    fn evolve(state: &mut ApprovalPolicySnapshot, event: &Event) {
        match event {
            Event::ApprovalPolicyPublished(event) => {
                state.version = event.version;
                state.automatic_up_to.clone_from(&event.automatic_up_to);
            }
            // These live in the streams of orders.
            Event::RefundProposed(_)
            | Event::ApprovalRequested(_)
            | Event::RefundApproved(_)
            | Event::RefundRejected(_)
            | Event::TendersAllocated(_)
            | Event::RefundSubmitted(_)
            | Event::RefundOutcomeUnknown(_)
            | Event::RefundPending(_)
            | Event::RefundActionRequired(_)
            | Event::RefundSucceeded(_)
            | Event::RefundFailed(_)
            | Event::RefundReversed(_)
            | Event::RefundParked(_)
            | Event::RefundSettled(_)
            | Event::RefundCancelled(_) => {}
        }
    }
}

/// An administrator sets one limit a currency, none below nothing. A limit of nothing lets nothing
/// through.
fn publish(
    state: &ApprovalPolicySnapshot,
    limits: &[Money],
    tier: Tier,
) -> Result<Vec<Event>, Refusal> {
    if !matches!(tier, Tier::Admin | Tier::System) {
        return Err(Refusal::TierTooLow(tier));
    }
    if limits.len() > LIMITS_MAX {
        return Err(Refusal::TooMany);
    }
    for (index, limit) in limits.iter().enumerate() {
        if limit.minor < 0 {
            return Err(Refusal::Negative { index });
        }
        let currency = limit.currency;
        if limits[..index]
            .iter()
            .any(|earlier| earlier.currency == currency)
        {
            return Err(Refusal::Twice { index, currency });
        }
    }
    if state.version > 0 && state.automatic_up_to == limits {
        return Ok(Vec::new());
    }
    Ok(vec![
        ApprovalPolicyPublished {
            version: state.version.saturating_add(1),
            automatic_up_to: limits.to_vec(),
        }
        .into(),
    ])
}

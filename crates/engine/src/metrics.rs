//! What is counted, for a Prometheus page. Names and labels carry no personal data.

use backhaul_events::ContextName;
use backhaul_kernel::Refused;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::Failure;

/// The engine's counters. Cheap to clone; all clones count together.
#[derive(Debug, Clone, Default)]
pub struct Metrics {
    commands: Family<CommandLabels, Counter>,
    reactions: Family<ReactionLabels, Counter>,
    effects: Family<EffectLabels, Counter>,
    leases: Family<LeaseLabels, Gauge>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CommandLabels {
    context: &'static str,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReactionLabels {
    reaction: &'static str,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct EffectLabels {
    callee: &'static str,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct LeaseLabels {
    lease: &'static str,
}

impl Metrics {
    /// Puts the counters on a page.
    pub fn register(&self, registry: &mut Registry) {
        registry.register(
            "backhaul_commands",
            "Commands by context and outcome",
            self.commands.clone(),
        );
        registry.register(
            "backhaul_reactions",
            "Events acted on, retried or given up on, by reaction",
            self.reactions.clone(),
        );
        registry.register(
            "backhaul_effects",
            "Calls to the outside by what came of them",
            self.effects.clone(),
        );
        registry.register(
            "backhaul_lease_held",
            "1 while this process holds the lease and acts, else 0",
            self.leases.clone(),
        );
    }

    pub(crate) fn count_command<R: Refused>(
        &self,
        context: ContextName,
        failure: Option<&Failure<R>>,
    ) {
        let outcome = match failure {
            None => "accepted",
            Some(Failure::Refused(refusal)) => refusal.reason(),
            Some(Failure::CommandReused { .. }) => "REQUEST_ID_REUSED",
            Some(Failure::Contended { .. }) => "VERSION_CONFLICT",
            Some(Failure::Overloaded) => "OVERLOADED",
            Some(Failure::ReadOnly(_)) => "LOG_READ_ONLY",
            Some(Failure::Unknown(_)) => "OUTCOME_UNKNOWN",
            Some(Failure::Invalid(_)) => "NOT_STORABLE",
            Some(Failure::Read(_)) => "LOG_UNREADABLE",
        };
        self.commands
            .get_or_create(&CommandLabels {
                context: context.as_str(),
                outcome,
            })
            .inc();
    }

    pub(crate) fn count_effect(&self, callee: &'static str, outcome: &'static str) {
        self.effects
            .get_or_create(&EffectLabels { callee, outcome })
            .inc();
    }

    pub(crate) fn set_lease_held(&self, lease: &'static str, held: bool) {
        self.leases
            .get_or_create(&LeaseLabels { lease })
            .set(held.into());
    }

    pub(crate) fn count_reaction(&self, reaction: &'static str, outcome: &'static str) {
        self.reactions
            .get_or_create(&ReactionLabels { reaction, outcome })
            .inc();
    }
}

//! What is counted, for a Prometheus page. Names and labels carry no personal data.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use backhaul_events::ContextName;
use backhaul_kernel::Refused;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

use crate::Failure;
use crate::lag::Lag;

/// The first bucket of append times; each following is twice as long, the last three seconds.
const APPEND_SECONDS_MIN: f64 = 0.000_1;

/// The engine's counters. Cheap to clone; all clones count together.
#[derive(Debug, Clone)]
pub struct Metrics {
    commands: Family<CommandLabels, Counter>,
    refusals: Family<RefusalLabels, Counter>,
    appends: Family<ContextLabels, Histogram, fn() -> Histogram>,
    reactions: Family<ReactionLabels, Counter>,
    effects: Family<EffectLabels, Counter>,
    leases: Family<LeaseLabels, Gauge>,
    lag_commits: Family<ConsumerLabels, Gauge>,
    lag_seconds: Family<ConsumerLabels, Gauge<f64, AtomicU64>>,
}

impl Default for Metrics {
    fn default() -> Self {
        let appends = || Histogram::new(exponential_buckets(APPEND_SECONDS_MIN, 2.0, 16));
        Self {
            commands: Family::default(),
            refusals: Family::default(),
            appends: Family::new_with_constructor(appends),
            reactions: Family::default(),
            effects: Family::default(),
            leases: Family::default(),
            lag_commits: Family::default(),
            lag_seconds: Family::default(),
        }
    }
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
struct RefusalLabels {
    context: &'static str,
    reason: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ContextLabels {
    context: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ConsumerLabels {
    consumer: &'static str,
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
            "backhaul_refusals",
            "Commands that the rules refused, by context and reason",
            self.refusals.clone(),
        );
        registry.register_with_unit(
            "backhaul_append_duration",
            "Time from handing a commit to the log to its answer",
            Unit::Seconds,
            self.appends.clone(),
        );
        registry.register(
            "backhaul_consumer_lag_commits",
            "Commits that a view or reaction of this process has not finished",
            self.lag_commits.clone(),
        );
        registry.register_with_unit(
            "backhaul_consumer_lag",
            "Age of the oldest commit that a view or reaction of this process has not finished",
            Unit::Seconds,
            self.lag_seconds.clone(),
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
        if let Some(Failure::Refused(refusal)) = failure {
            self.refusals
                .get_or_create(&RefusalLabels {
                    context: context.as_str(),
                    reason: refusal.reason(),
                })
                .inc();
        }
        self.commands
            .get_or_create(&CommandLabels {
                context: context.as_str(),
                outcome,
            })
            .inc();
    }

    pub(crate) fn observe_append(&self, context: ContextName, took: Duration) {
        let context = context.as_str();
        self.appends
            .get_or_create(&ContextLabels { context })
            .observe(took.as_secs_f64());
    }

    /// How far behind a consumer is, if this process runs it.
    pub(crate) fn set_lag(&self, consumer: &'static str, lag: Option<Lag>) {
        let labels = ConsumerLabels { consumer };
        let Some(lag) = lag else {
            self.lag_commits.remove(&labels);
            self.lag_seconds.remove(&labels);
            return;
        };
        let commits = i64::try_from(lag.commits).unwrap_or(i64::MAX);
        self.lag_commits.get_or_create(&labels).set(commits);
        self.lag_seconds
            .get_or_create(&labels)
            .set(lag.age.as_secs_f64());
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

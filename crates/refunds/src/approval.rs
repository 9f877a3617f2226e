//! The merchant's own limits for refunds: up to what no person is needed. A rule of its own, on
//! the merchant's policy stream.

use backhaul_events::refunds::{ApprovalPolicyPublished, Event, TenderPolicy, TierLimits};
use backhaul_kernel::{Context, Currency, Decider, Money, RefusalKind, Refused, Tier};
use serde::{Deserialize, Serialize};

use crate::decide::of_currency;

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
    /// What actors of a tier may approve alone; at most one entry a tier.
    pub tiers: Vec<TierLimits>,
    /// At most this much for one buyer within 30 days without a second person.
    pub per_buyer: Vec<Money>,
    /// At most this much goodwill for one order.
    pub goodwill_per_order: Vec<Money>,
    /// How tenders are chosen.
    pub tenders: TenderPolicy,
}

impl ApprovalPolicySnapshot {
    /// Up to how much no person is needed, if a limit is set for the currency.
    pub fn limit(&self, currency: Currency) -> Option<Money> {
        of_currency(&self.automatic_up_to, currency)
    }

    /// Up to how much an actor of that tier may approve alone.
    pub fn tier_limit(&self, tier: Tier, currency: Currency) -> Option<Money> {
        of_currency(&self.tier(tier)?.per_refund, currency)
    }

    /// Up to how much an actor of that tier may approve in a day.
    pub fn daily_limit(&self, tier: Tier, currency: Currency) -> Option<Money> {
        of_currency(&self.tier(tier)?.per_day, currency)
    }

    /// Up to how much one buyer may have within 30 days without a second person.
    pub fn buyer_limit(&self, currency: Currency) -> Option<Money> {
        of_currency(&self.per_buyer, currency)
    }

    /// Up to how much goodwill one order may have.
    pub fn goodwill_limit(&self, currency: Currency) -> Option<Money> {
        of_currency(&self.goodwill_per_order, currency)
    }

    fn tier(&self, tier: Tier) -> Option<&TierLimits> {
        self.tiers.iter().find(|limits| limits.tier == tier)
    }

    /// Every list of limits, and the field that a request has it in.
    fn lists(&self) -> impl Iterator<Item = (String, &[Money])> {
        let tiers = self.tiers.iter().enumerate().flat_map(|(index, tier)| {
            [
                (format!("tiers[{index}].per_refund"), &tier.per_refund[..]),
                (format!("tiers[{index}].per_day"), &tier.per_day[..]),
            ]
        });
        [
            ("automatic_up_to".to_owned(), &self.automatic_up_to[..]),
            ("per_buyer".to_owned(), &self.per_buyer[..]),
            (
                "goodwill_per_order".to_owned(),
                &self.goodwill_per_order[..],
            ),
        ]
        .into_iter()
        .chain(tiers)
    }
}

/// A request; may be refused.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// These limits hold from now on. The same limits again change nothing.
    Publish {
        /// The limits; their version is given by the stream.
        policy: ApprovalPolicySnapshot,
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
        /// Where it stands in the request.
        field: String,
    },
    /// Two limits in one currency.
    #[error("{currency} has two limits")]
    Twice {
        /// Where the second stands in the request.
        field: String,
        /// The currency.
        currency: Currency,
    },
    /// More limits than there are currencies.
    #[error("there are more than {LIMITS_MAX} limits")]
    TooMany {
        /// Where they stand in the request.
        field: String,
    },
    /// Two entries of one tier, or of one that decides no refunds.
    #[error("{tier:?} has two entries, or decides no refunds")]
    TierInvalid {
        /// Where it stands in the request.
        field: String,
        /// The tier.
        tier: Tier,
    },
    /// A way is named twice.
    #[error("a fallback is named twice")]
    FallbackTwice,
}

impl Refused for Refusal {
    fn kind(&self) -> RefusalKind {
        match self {
            Self::TierTooLow(_) => RefusalKind::Forbidden,
            Self::Negative { field }
            | Self::Twice { field, .. }
            | Self::TooMany { field }
            | Self::TierInvalid { field, .. } => RefusalKind::Invalid {
                field: field.clone(),
            },
            Self::FallbackTwice => RefusalKind::Invalid {
                field: "tenders.fallback".to_owned(),
            },
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::TierTooLow(_) => "TIER_TOO_LOW",
            Self::Negative { .. } => "LIMIT_NEGATIVE",
            Self::Twice { .. } => "LIMIT_TWICE",
            Self::TooMany { .. } => "TOO_MANY_LIMITS",
            Self::TierInvalid { .. } => "TIER_INVALID",
            Self::FallbackTwice => "FALLBACK_TWICE",
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
            Command::Publish { policy } => publish(state, policy, at.actor.tier),
        }
    }

    /// Events of other streams change nothing here.
    fn evolve(state: &mut ApprovalPolicySnapshot, event: &Event) {
        if let Event::ApprovalPolicyPublished(event) = event {
            *state = ApprovalPolicySnapshot {
                version: event.version,
                automatic_up_to: event.automatic_up_to.clone(),
                tiers: event.tiers.clone(),
                per_buyer: event.per_buyer.clone(),
                goodwill_per_order: event.goodwill_per_order.clone(),
                tenders: event.tenders.clone().unwrap_or_default(),
            };
        }
    }
}

/// An administrator sets one limit a currency and one entry a tier, none below nothing. A limit of
/// nothing lets nothing through. The same limits again change nothing.
fn publish(
    state: &ApprovalPolicySnapshot,
    policy: &ApprovalPolicySnapshot,
    tier: Tier,
) -> Result<Vec<Event>, Refusal> {
    if !matches!(tier, Tier::Admin | Tier::System) {
        return Err(Refusal::TierTooLow(tier));
    }
    for (field, limits) in policy.lists() {
        check_limits(&field, limits)?;
    }
    check_tiers(&policy.tiers)?;
    let fallback = &policy.tenders.fallback;
    let twice = |(index, route)| fallback[..index].contains(route);
    if fallback.iter().enumerate().any(twice) {
        return Err(Refusal::FallbackTwice);
    }
    let asked = ApprovalPolicySnapshot {
        version: state.version,
        ..policy.clone()
    };
    if state.version > 0 && *state == asked {
        return Ok(Vec::new());
    }
    let tenders = Some(asked.tenders).filter(|tenders| *tenders != TenderPolicy::default());
    Ok(vec![
        ApprovalPolicyPublished {
            version: state.version.saturating_add(1),
            automatic_up_to: asked.automatic_up_to,
            tiers: asked.tiers,
            per_buyer: asked.per_buyer,
            goodwill_per_order: asked.goodwill_per_order,
            tenders,
        }
        .into(),
    ])
}

fn check_limits(field: &str, limits: &[Money]) -> Result<(), Refusal> {
    if limits.len() > LIMITS_MAX {
        let field = field.to_owned();
        return Err(Refusal::TooMany { field });
    }
    for (index, limit) in limits.iter().enumerate() {
        let field = format!("{field}[{index}]");
        let currency = limit.currency;
        if limit.minor < 0 {
            return Err(Refusal::Negative { field });
        }
        if of_currency(&limits[..index], currency).is_some() {
            return Err(Refusal::Twice { field, currency });
        }
    }
    Ok(())
}

fn check_tiers(tiers: &[TierLimits]) -> Result<(), Refusal> {
    for (index, limits) in tiers.iter().enumerate() {
        let tier = limits.tier;
        let decides = matches!(tier, Tier::Agent | Tier::Expert | Tier::Admin);
        let twice = tiers[..index].iter().any(|earlier| earlier.tier == tier);
        if twice || !decides {
            let field = format!("tiers[{index}].tier");
            return Err(Refusal::TierInvalid { field, tier });
        }
    }
    Ok(())
}

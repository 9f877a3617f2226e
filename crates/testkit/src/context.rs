//! Contexts of decisions, and the small values they are made from.

use backhaul_kernel::{Actor, Context, Text, Tier, Timestamp};

use crate::id;

/// The moment of that RFC 3339 text, such as `2026-03-01T10:00:00Z`.
pub fn time(text: &str) -> Timestamp {
    text.parse()
        .unwrap_or_else(|error| panic!("`{text}` is no time: {error}"))
}

/// A bounded text.
pub fn text(text: &str) -> Text {
    Text::new(text).unwrap_or_else(|error| panic!("`{text}` is no text: {error}"))
}

/// A decision at that moment, asked for by an after-sales agent of the merchant `acme`.
pub fn at(now: &str) -> Context {
    by(Tier::Agent, now)
}

/// A decision at that moment, asked for by an actor of that tier.
pub fn by(tier: Tier, now: &str) -> Context {
    Context {
        occurred_at: time(now),
        now: time(now),
        actor: Actor {
            name: "tester".to_owned(),
            tier,
        },
        tenant: id("acme"),
    }
}

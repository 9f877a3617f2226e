//! At least one event of every published type: the first of a type has every field, the others
//! show the fewest fields, or another variant.

mod notifications;
mod orders;
mod refunds;
mod returns;
mod tracking;

use backhaul_events::Event;

/// An event, and what sets it apart from the other samples of its type.
pub(crate) struct Sample {
    /// Empty for the first of its type.
    pub(crate) variant: &'static str,
    /// The event.
    pub(crate) event: Event,
}

impl Sample {
    /// Its golden file, from the top folder.
    pub(crate) fn file(&self) -> String {
        let type_name = self.event.type_name();
        let version = self.event.schema_version();
        let variant = match self.variant {
            "" => String::new(),
            variant => format!(".{variant}"),
        };
        format!("tests/compat/{type_name}.v{version}{variant}.json")
    }
}

/// Every sample of every context.
pub(crate) fn all() -> Vec<Sample> {
    let mut samples = Vec::new();
    samples.extend(orders::samples());
    samples.extend(returns::samples());
    samples.extend(refunds::samples());
    samples.extend(tracking::samples());
    samples.extend(notifications::samples());
    samples
}

/// The sample of a type with every field.
fn whole(event: impl Into<Event>) -> Sample {
    variant("", event)
}

/// The sample of a type with no optional field.
fn minimal(event: impl Into<Event>) -> Sample {
    variant("minimal", event)
}

/// Another sample of a type.
fn variant(variant: &'static str, event: impl Into<Event>) -> Sample {
    Sample {
        variant,
        event: event.into(),
    }
}

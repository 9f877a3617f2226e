//! Everything that can happen: the published language in which the contexts speak to each other.
//!
//! One file a context. A file lists its events first, then the shapes they carry. Names and fields
//! are for ever: nothing is renamed, retyped or reused; `tests/compat` holds the bytes of every
//! type. To add an event, add a struct and its name to the context's list, and the compiler leads
//! to every `evolve` and every view.

mod codec;
pub mod notifications;
pub mod orders;
pub mod refunds;
pub mod returns;
pub mod tracking;
pub mod units;
pub mod warehouse;

use std::fmt;
use std::str::FromStr;

use codec::context_events;
pub use codec::{DecodeError, DomainEvent};
pub use units::LineUnits;

/// The bounded contexts, each with its own streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ContextName {
    /// What was sold, paid, dispatched and delivered.
    Orders,
    /// What comes back, why, and what becomes of it.
    Returns,
    /// What money goes back.
    Refunds,
    /// Where return parcels are.
    Tracking,
    /// What buyers were told.
    Notifications,
}

impl ContextName {
    /// All contexts, in the order of their stored numbers.
    pub const ALL: [Self; 5] = [
        Self::Orders,
        Self::Returns,
        Self::Refunds,
        Self::Tracking,
        Self::Notifications,
    ];

    /// The name in stream names, subjects and event types.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Orders => "orders",
            Self::Returns => "returns",
            Self::Refunds => "refunds",
            Self::Tracking => "tracking",
            Self::Notifications => "notifications",
        }
    }
}

impl fmt::Display for ContextName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no context.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a context")]
pub struct UnknownContext(pub String);

impl FromStr for ContextName {
    type Err = UnknownContext;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unknown = || UnknownContext(text.chars().take(32).collect());
        Self::ALL
            .into_iter()
            .find(|context| context.as_str() == text)
            .ok_or_else(unknown)
    }
}

/// Any event of any context.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// See [`orders`].
    Orders(orders::Event),
    /// See [`returns`].
    Returns(returns::Event),
    /// See [`refunds`].
    Refunds(refunds::Event),
    /// See [`tracking`].
    Tracking(tracking::Event),
    /// See [`notifications`].
    Notifications(notifications::Event),
}

/// Delegates to the context's own event.
macro_rules! each_context {
    ($event:expr, $inner:ident => $answer:expr) => {
        match $event {
            Event::Orders($inner) => $answer,
            Event::Returns($inner) => $answer,
            Event::Refunds($inner) => $answer,
            Event::Tracking($inner) => $answer,
            Event::Notifications($inner) => $answer,
        }
    };
}

impl Event {
    /// The context it happened in.
    pub fn context(&self) -> ContextName {
        match self {
            Self::Orders(_) => ContextName::Orders,
            Self::Returns(_) => ContextName::Returns,
            Self::Refunds(_) => ContextName::Refunds,
            Self::Tracking(_) => ContextName::Tracking,
            Self::Notifications(_) => ContextName::Notifications,
        }
    }

    /// The published type, such as `returns.ReturnAuthorized`.
    pub fn type_name(&self) -> &'static str {
        each_context!(self, event => event.type_name())
    }

    /// The schema version that this build writes for the type.
    pub fn schema_version(&self) -> u32 {
        each_context!(self, event => event.schema_version())
    }

    /// The payload as JSON.
    pub fn to_json(&self) -> Vec<u8> {
        each_context!(self, event => event.to_json())
    }

    /// Reads a stored payload.
    pub fn from_json(
        type_name: &str,
        schema_version: u32,
        json: &[u8],
    ) -> Result<Self, DecodeError> {
        let unknown = || DecodeError::UnknownType(type_name.to_owned());
        let (context, _) = type_name.split_once('.').ok_or_else(unknown)?;
        Ok(
            match context.parse::<ContextName>().map_err(|_| unknown())? {
                ContextName::Orders => {
                    orders::Event::from_json(type_name, schema_version, json)?.into()
                }
                ContextName::Returns => {
                    returns::Event::from_json(type_name, schema_version, json)?.into()
                }
                ContextName::Refunds => {
                    refunds::Event::from_json(type_name, schema_version, json)?.into()
                }
                ContextName::Tracking => {
                    tracking::Event::from_json(type_name, schema_version, json)?.into()
                }
                ContextName::Notifications => {
                    notifications::Event::from_json(type_name, schema_version, json)?.into()
                }
            },
        )
    }

    /// Every published type with its schema version and JSON schema, in the order of the contexts.
    pub fn catalogue() -> Vec<Published> {
        [
            orders::Event::catalogue(),
            returns::Event::catalogue(),
            refunds::Event::catalogue(),
            tracking::Event::catalogue(),
            notifications::Event::catalogue(),
        ]
        .concat()
    }
}

/// One published event type.
#[derive(Debug, Clone)]
pub struct Published {
    /// Such as `returns.ReturnAuthorized`.
    pub type_name: &'static str,
    /// The schema version that this build writes.
    pub schema_version: u32,
    /// JSON Schema 2020-12 of the payload.
    pub schema: fn() -> schemars::Schema,
}

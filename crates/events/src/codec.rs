//! From an event to its stored form and back.
//!
//! The stored form is the type name, a schema version and a JSON payload; the type never stands in
//! the payload, so that routing and filtering need not parse it.

use crate::{ContextName, Event};

/// A stored event cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Written by a newer build, or not ours.
    #[error("event type `{0}` is unknown")]
    UnknownType(String),
    /// Written by a newer build.
    #[error("{type_name} has schema version {found}, this build reads up to {known}")]
    NewerSchema {
        /// The event type.
        type_name: &'static str,
        /// The version found.
        found: u32,
        /// The newest version that this build knows.
        known: u32,
    },
    /// The payload does not fit its type.
    #[error("the payload of {type_name} cannot be read: {detail}")]
    Payload {
        /// The event type.
        type_name: &'static str,
        /// Where the payload differs from its schema; never quotes the payload.
        detail: String,
    },
}

/// The events of one context.
pub trait DomainEvent: Clone + Into<Event> + Send + Sync + 'static {
    /// The context whose streams hold these events.
    const CONTEXT: ContextName;

    /// The event, if it is one of this context.
    fn of(event: &Event) -> Option<&Self>;
}

/// Reads a payload; the error names line and column but never the content.
pub(crate) fn read<T: serde::de::DeserializeOwned>(
    type_name: &'static str,
    known: u32,
    found: u32,
    json: &[u8],
) -> Result<T, DecodeError> {
    if found > known {
        return Err(DecodeError::NewerSchema {
            type_name,
            found,
            known,
        });
    }
    serde_json::from_slice(json).map_err(|error| DecodeError::Payload {
        type_name,
        detail: format!("{:?} error at column {}", error.classify(), error.column()),
    })
}

/// Declares the event enum of a context from its list of structs: `Name = schema version`.
macro_rules! context_events {
    ($context:ident, $prefix:literal: $($name:ident = $version:literal,)*) => {
        /// Every event of this context.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Event {
            $(#[doc = concat!("See [`", stringify!($name), "`].")] $name($name),)*
        }

        impl Event {
            /// The published type.
            pub fn type_name(&self) -> &'static str {
                match self {
                    $(Self::$name(_) => concat!($prefix, ".", stringify!($name)),)*
                }
            }

            /// The schema version that this build writes.
            pub fn schema_version(&self) -> u32 {
                match self {
                    $(Self::$name(_) => $version,)*
                }
            }

            /// The payload as JSON.
            pub fn to_json(&self) -> Vec<u8> {
                let json = match self {
                    $(Self::$name(event) => serde_json::to_vec(event),)*
                };
                json.expect("events have string keys and finite numbers only")
            }

            /// Reads a stored payload.
            pub fn from_json(
                type_name: &str,
                schema_version: u32,
                json: &[u8],
            ) -> Result<Self, $crate::DecodeError> {
                $(
                    if type_name == concat!($prefix, ".", stringify!($name)) {
                        const TYPE: &str = concat!($prefix, ".", stringify!($name));
                        return $crate::codec::read(TYPE, $version, schema_version, json).map(Self::$name);
                    }
                )*
                Err($crate::DecodeError::UnknownType(type_name.to_owned()))
            }

            /// The published types of this context.
            pub fn catalogue() -> Vec<$crate::Published> {
                vec![$($crate::Published {
                    type_name: concat!($prefix, ".", stringify!($name)),
                    schema_version: $version,
                    schema: || schemars::schema_for!($name),
                },)*]
            }
        }

        impl $crate::DomainEvent for Event {
            const CONTEXT: $crate::ContextName = $crate::ContextName::$context;

            fn of(event: &$crate::Event) -> Option<&Self> {
                match event {
                    $crate::Event::$context(event) => Some(event),
                    _ => None,
                }
            }
        }

        impl From<Event> for $crate::Event {
            fn from(event: Event) -> Self {
                Self::$context(event)
            }
        }

        $(
            impl From<$name> for Event {
                fn from(event: $name) -> Self {
                    Self::$name(event)
                }
            }
        )*
    };
}
pub(crate) use context_events;

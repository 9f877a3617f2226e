//! The services by name, and what each reads and writes of the log: what its user on a cluster
//! must be allowed, and no more.

use std::fmt;

use backhaul_events::ContextName;
use clap::ValueEnum;

/// The user of a process that has all services.
pub const TOGETHER: &str = "backhaul";

/// A service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ValueEnum)]
pub enum Service {
    /// What was sold, paid, dispatched and delivered
    Orders,
    /// What comes back
    Returns,
    /// What money goes back
    Refunds,
    /// Where return parcels are
    Tracking,
    /// What buyers are told
    Notifications,
    /// The log itself: timelines, tails, checks
    Operations,
}

impl Service {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Orders,
        Self::Returns,
        Self::Refunds,
        Self::Tracking,
        Self::Notifications,
        Self::Operations,
    ];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Orders => "orders",
            Self::Returns => "returns",
            Self::Refunds => "refunds",
            Self::Tracking => "tracking",
            Self::Notifications => "notifications",
            Self::Operations => "operations",
        }
    }

    /// The context that it alone writes; operations write nothing.
    pub const fn writes(self) -> Option<ContextName> {
        match self {
            Self::Orders => Some(ContextName::Orders),
            Self::Returns => Some(ContextName::Returns),
            Self::Refunds => Some(ContextName::Refunds),
            Self::Tracking => Some(ContextName::Tracking),
            Self::Notifications => Some(ContextName::Notifications),
            Self::Operations => None,
        }
    }

    /// The contexts that it reads: its own, those it reacts to, and those whose facts it decides
    /// with.
    pub const fn reads(self) -> &'static [ContextName] {
        use ContextName::{Orders, Refunds, Returns, Tracking};
        match self {
            Self::Orders => &[Orders],
            Self::Returns => &[Returns, Orders, Refunds, Tracking],
            Self::Refunds => &[Refunds, Returns, Orders],
            Self::Tracking => &[Tracking, Returns, Orders],
            Self::Notifications | Self::Operations => &ContextName::ALL,
        }
    }

    /// Everybody who reads the log on a cluster: each service under its own name, and the user of
    /// a process that has all of them.
    pub fn readers() -> impl Iterator<Item = (&'static str, &'static [ContextName])> {
        let services = Self::ALL
            .iter()
            .map(|service| (service.name(), service.reads()));
        services.chain([(TOGETHER, &ContextName::ALL[..])])
    }

    /// The service of that name, if there is one.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|service| service.name() == name)
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_names_are_those_of_the_command_line() {
        for service in Service::ALL {
            let own = service.writes();
            assert!(own.is_none_or(|context| service.reads().contains(&context)));
            assert!(own.is_none_or(|context| context.as_str() == service.name()));
            assert_eq!(Service::named(service.name()), Some(service));
            let value = service.to_possible_value().unwrap();
            assert_eq!(value.get_name(), service.name());
        }
    }
}

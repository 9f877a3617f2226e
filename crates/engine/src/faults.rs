//! Faults that tests ask for. Without the feature `faults` nothing of it is compiled in.
//!
//! Two kinds, both read from the environment of the process: it can be made to die at a named step
//! of a command (`BACKHAUL_DIE_AT=appended:17`, the seventeenth time that step is reached), and a
//! safeguard can be taken away (`BACKHAUL_WITHOUT=expected-versions`), to show that the tests see
//! what it guards against.

#[cfg(not(feature = "faults"))]
mod off {
    use super::{Safeguard, Step};

    /// Does nothing.
    #[inline(always)]
    pub(crate) fn reached(_step: Step) {}

    /// Always.
    #[inline(always)]
    pub(crate) fn guards(_safeguard: Safeguard) -> bool {
        true
    }

    /// The name under which a payment provider knows an attempt: always the same.
    #[inline(always)]
    pub fn payment_name(name: &str) -> String {
        name.to_owned()
    }
}

#[cfg(feature = "faults")]
mod on {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::{Safeguard, Step};

    /// Where to die, as `step:times`.
    const DIE_VARIABLE: &str = "BACKHAUL_DIE_AT";
    /// Which safeguard is missing.
    const WITHOUT_VARIABLE: &str = "BACKHAUL_WITHOUT";

    /// Dies if this is where and when the process was asked to. As hard as a kill: nothing is
    /// unwound, flushed or closed.
    pub(crate) fn reached(step: Step) {
        static FATAL: OnceLock<Option<(String, u64)>> = OnceLock::new();
        static TIMES: AtomicU64 = AtomicU64::new(0);
        let fatal = FATAL.get_or_init(|| {
            let asked = std::env::var(DIE_VARIABLE).ok()?;
            let (step, times) = asked.split_once(':')?;
            Some((step.to_owned(), times.parse().ok()?))
        });
        if let Some((fatal, times)) = fatal
            && fatal == step.name()
            && TIMES.fetch_add(1, Ordering::Relaxed) + 1 == *times
        {
            std::process::abort();
        }
    }

    /// Whether the safeguard is there.
    pub(crate) fn guards(safeguard: Safeguard) -> bool {
        static MISSING: OnceLock<Option<String>> = OnceLock::new();
        let missing = MISSING.get_or_init(|| std::env::var(WITHOUT_VARIABLE).ok());
        missing.as_deref() != Some(safeguard.name())
    }

    /// The name under which a payment provider knows an attempt; without the safeguard another
    /// one for every call.
    pub fn payment_name(name: &str) -> String {
        static CALLS: AtomicU64 = AtomicU64::new(0);
        if guards(Safeguard::PaymentNames) {
            return name.to_owned();
        }
        let (process, call) = (std::process::id(), CALLS.fetch_add(1, Ordering::Relaxed));
        format!("{name}-{process}-{call}")
    }
}

#[cfg(not(feature = "faults"))]
pub use off::payment_name;
#[cfg(not(feature = "faults"))]
pub(crate) use off::{guards, reached};
#[cfg(feature = "faults")]
pub use on::payment_name;
#[cfg(feature = "faults")]
pub(crate) use on::{guards, reached};

macro_rules! named {
    ($(#[$doc:meta])* $kind:ident: $($(#[$each:meta])* $variant:ident = $name:literal,)+) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $kind {
            $($(#[$each])* $variant,)+
        }

        impl $kind {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Its name in the environment.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }
    };
}

named! {
    /// A step of a command or of what follows from it, in their order.
    Step:
    /// A command is at its stream's turn.
    Received = "received",
    /// The rules have given events.
    Decided = "decided",
    /// The log has acknowledged them; nobody knows yet.
    Appended = "appended",
    /// A reaction is about to act on an event.
    Taken = "taken",
    /// The outside is about to be called.
    Calling = "calling",
    /// The outside has answered; nothing of it is written down.
    Called = "called",
    /// A reaction has acted on an event; its checkpoint does not say so yet.
    Acted = "acted",
}

named! {
    /// What keeps anything from happening twice.
    Safeguard:
    /// A command id that was answered gets the first answer.
    CommandIds = "command-ids",
    /// A commit says at which version its stream must be.
    ExpectedVersions = "expected-versions",
    /// Every call for an attempt carries the same key and the same reference.
    PaymentNames = "payment-names",
    /// Of all processes one acts under a name.
    Leases = "leases",
}

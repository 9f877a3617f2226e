//! What things are called on the server: `BH_RETURNS` is the stream of a context, and
//! `bh.returns.07.acme.536365` the subject of one of its streams in our sense. The number between
//! is one of 64 partitions, so that consumers elsewhere can share a context in order. For ever.

use backhaul_eventlog::StreamName;
use backhaul_events::ContextName;

use crate::ConnectError;

/// Partitions of every context.
const PARTITIONS: u32 = 64;
/// Longest prefix, in bytes.
const PREFIX_BYTES_MAX: usize = 32;

/// Names under one prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Names {
    prefix: String,
}

impl Names {
    pub(crate) fn new(prefix: &str) -> Result<Self, ConnectError> {
        let valid = (1..=PREFIX_BYTES_MAX).contains(&prefix.len())
            && prefix
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if !valid {
            return Err(ConnectError::InvalidPrefix(prefix.to_owned()));
        }
        let prefix = prefix.to_owned();
        Ok(Self { prefix })
    }

    /// Name of the server's stream for a context.
    pub(crate) fn stream(&self, context: ContextName) -> String {
        self.stream_named(context.as_str())
    }

    /// Name of the server's stream for leases.
    pub(crate) fn lease_stream(&self) -> String {
        self.stream_named("leases")
    }

    /// Name of the server's stream for that.
    pub(crate) fn stream_named(&self, what: &str) -> String {
        format!("{}_{}", self.prefix, what).to_ascii_uppercase()
    }

    /// A subject under the prefix.
    pub(crate) fn of(&self, rest: &str) -> String {
        format!("{}.{rest}", self.prefix)
    }

    /// Every subject of a context.
    pub(crate) fn subjects(&self, context: ContextName) -> String {
        format!("{}.{context}.>", self.prefix)
    }

    /// Where the server repeats every message of a context once it is stored.
    pub(crate) fn live(&self, context: ContextName) -> String {
        format!("{}.live.{context}.>", self.prefix)
    }

    /// Every lease.
    pub(crate) fn lease_subjects(&self) -> String {
        format!("{}.lease.>", self.prefix)
    }

    /// One lease. Names of reactions contain dots, which makes them several tokens.
    pub(crate) fn lease(&self, service: &str, name: &str) -> String {
        format!("{}.lease.{service}.{name}", self.prefix)
    }

    /// The subject of a stream.
    pub(crate) fn subject(&self, stream: &StreamName) -> String {
        let StreamName {
            context,
            tenant,
            key,
        } = stream;
        let (tenant, key) = (tenant.as_str(), key.as_str());
        let partition = partition(tenant, key);
        format!("{}.{context}.{partition:02}.{tenant}.{key}", self.prefix)
    }

    /// The stream of a subject; none if no build ever wrote there.
    pub(crate) fn parse(&self, subject: &str) -> Option<StreamName> {
        let rest = subject.strip_prefix(self.prefix.as_str())?;
        let mut tokens = rest.strip_prefix('.')?.split('.');
        let context = tokens.next()?.parse().ok()?;
        let partition_token = tokens.next()?;
        let (tenant, key) = (tokens.next()?, tokens.next()?);
        let number: u32 = partition_token.parse().ok()?;
        let in_place = partition_token.len() == 2 && number == partition(tenant, key);
        if !in_place || tokens.next().is_some() {
            return None;
        }
        Some(StreamName {
            context,
            tenant: tenant.parse().ok()?,
            key: key.parse().ok()?,
        })
    }
}

/// FNV-1a of 32 bits over `{tenant}/{key}`, which is short in any language.
fn partition(tenant: &str, key: &str) -> u32 {
    const OFFSET: u32 = 2_166_136_261;
    const PRIME: u32 = 16_777_619;
    let bytes = tenant.bytes().chain(*b"/").chain(key.bytes());
    let hash = bytes.fold(OFFSET, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(PRIME)
    });
    hash % PARTITIONS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_are_for_ever_and_tell_their_stream() {
        let names = Names::new("bh").unwrap();
        for (stream, subject) in [
            ("orders/acme/536365", "bh.orders.42.acme.536365"),
            (
                "returns/acme/policies:default",
                "bh.returns.61.acme.policies:default",
            ),
        ] {
            let stream: StreamName = stream.parse().unwrap();
            assert_eq!(names.subject(&stream), subject);
            assert_eq!(names.parse(subject), Some(stream));
        }
    }

    #[test]
    fn foreign_subjects_are_no_streams() {
        let names = Names::new("bh").unwrap();
        for subject in [
            "",
            "bh",
            "bh.orders",
            "bhorders.42.acme.536365",
            "bx.orders.42.acme.536365",
            "bh.orders.43.acme.536365",
            "bh.orders.42.acme",
            "bh.orders.42.acme.536365.more",
            "bh.nothing.42.acme.536365",
            "bh.live.orders.42.acme.536365",
        ] {
            assert_eq!(names.parse(subject), None, "{subject}");
        }
    }

    #[test]
    fn a_prefix_is_one_plain_token() {
        for prefix in ["", "BH", "a.b", "a*", "a b", "a_b"] {
            assert!(Names::new(prefix).is_err(), "{prefix}");
        }
        let names = Names::new("t-1").unwrap();
        assert_eq!(names.stream(ContextName::Orders), "T-1_ORDERS");
    }
}

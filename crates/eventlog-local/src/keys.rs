//! Keys and values of the two keyspaces. Their bytes are for ever.
//!
//! ```text
//! commits   context 1, position 8            -> frame
//! streams   context 1, tenant, 0, key, 0,
//!           first version 8                  -> position 8, last version 8, chain 4,
//!                                               previous chain 4
//! ```
//! Numbers are big-endian, so that keys sort as their numbers do. No tenant or key contains a zero
//! byte, so no stream's keys lie among another's.

use backhaul_eventlog::frame::context_number;
use backhaul_eventlog::{Commit, Position, StreamName, Version};
use backhaul_events::ContextName;

/// Where a commit lies.
pub(crate) fn commit_key(context: ContextName, position: Position) -> [u8; 9] {
    let mut key = [context_number(context); 9];
    key[1..].copy_from_slice(&position.to_be_bytes());
    key
}

/// The position in a key of `commits`.
pub(crate) fn position_of(key: &[u8]) -> Option<Position> {
    number(key.get(1..)?)
}

/// What all index entries of a stream begin with.
pub(crate) fn stream_prefix(stream: &StreamName) -> Vec<u8> {
    let (tenant, key) = (stream.tenant.as_str(), stream.key.as_str());
    let mut prefix = Vec::with_capacity(tenant.len() + key.len() + 3 + size_of::<Version>());
    prefix.push(context_number(stream.context));
    prefix.extend_from_slice(tenant.as_bytes());
    prefix.push(0);
    prefix.extend_from_slice(key.as_bytes());
    prefix.push(0);
    prefix
}

/// Where a stream's index entry for the commit that begins with a version lies.
pub(crate) fn index_key(stream: &StreamName, first_version: Version) -> Vec<u8> {
    let mut key = stream_prefix(stream);
    key.extend_from_slice(&first_version.to_be_bytes());
    key
}

/// A key of `streams` in two: the stream's prefix and the first version.
pub(crate) fn split_index_key(key: &[u8]) -> Option<(&[u8], Version)> {
    let (prefix, version) = key.split_at_checked(key.len().checked_sub(size_of::<Version>())?)?;
    Some((prefix, number(version)?))
}

/// One commit of a stream, as the index knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct IndexEntry {
    pub(crate) position: Position,
    pub(crate) last_version: Version,
    pub(crate) chain: u32,
    pub(crate) previous_chain: u32,
}

const INDEX_ENTRY_BYTES: usize = 24;

impl IndexEntry {
    pub(crate) fn of(commit: &Commit, previous_chain: u32) -> Self {
        Self {
            position: commit.position,
            last_version: commit.last_version(),
            chain: commit.chain,
            previous_chain,
        }
    }

    pub(crate) fn to_bytes(self) -> [u8; INDEX_ENTRY_BYTES] {
        let mut bytes = [0; INDEX_ENTRY_BYTES];
        bytes[..8].copy_from_slice(&self.position.to_be_bytes());
        bytes[8..16].copy_from_slice(&self.last_version.to_be_bytes());
        bytes[16..20].copy_from_slice(&self.chain.to_be_bytes());
        bytes[20..].copy_from_slice(&self.previous_chain.to_be_bytes());
        bytes
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (position, rest) = bytes.split_first_chunk()?;
        let (last_version, rest) = rest.split_first_chunk()?;
        let (chain, rest) = rest.split_first_chunk()?;
        let previous_chain = rest.try_into().ok()?;
        Some(Self {
            position: u64::from_be_bytes(*position),
            last_version: u64::from_be_bytes(*last_version),
            chain: u32::from_be_bytes(*chain),
            previous_chain: u32::from_be_bytes(previous_chain),
        })
    }
}

fn number(bytes: &[u8]) -> Option<u64> {
    Some(u64::from_be_bytes(bytes.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_are_for_ever() {
        let key = commit_key(ContextName::Returns, 258);
        assert_eq!(key, [1, 0, 0, 0, 0, 0, 0, 1, 2]);
        assert_eq!(position_of(&key), Some(258));

        let stream: StreamName = "returns/acme/7".parse().unwrap();
        let key = index_key(&stream, 3);
        assert_eq!(key, b"\x01acme\x007\x00\0\0\0\0\0\0\0\x03");
        let prefix = stream_prefix(&stream);
        assert_eq!(split_index_key(&key), Some((&prefix[..], 3)));

        let entry = IndexEntry {
            position: 1,
            last_version: 2,
            chain: 3,
            previous_chain: 4,
        };
        let bytes = b"\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\x02\0\0\0\x03\0\0\0\x04";
        assert_eq!(&entry.to_bytes(), bytes);
        assert_eq!(IndexEntry::from_bytes(bytes), Some(entry));
        assert_eq!(IndexEntry::from_bytes(&bytes[1..]), None);
        assert_eq!(split_index_key(&[1, 2]), None);
    }

    #[test]
    fn no_stream_lies_among_another() {
        let names = ["returns/a/b", "returns/a/bb", "returns/ab/b", "orders/a/b"];
        let prefixes = names.map(|name| stream_prefix(&name.parse().unwrap()));
        for (index, prefix) in prefixes.iter().enumerate() {
            for (other_index, other) in prefixes.iter().enumerate() {
                assert_eq!(other.starts_with(prefix), index == other_index);
            }
        }
    }
}

//! The chain of a commit on a log that gives positions itself, so that the position is not known
//! while the commit is made.
//!
//! ```text
//! a frame's bytes up to the number of events, with position 0
//! each event        id 16 bytes, occurred at, type text, schema version varint,
//!                   varint length of the payload, payload
//! ```
//! The events' own checksums are left out: a checksum over bytes that are followed by their own
//! checksum is the same whatever the bytes are.

use super::{METADATA_BYTES, put_event_head, put_metadata, put_varint};
use crate::{Commit, Position};

/// Before the first position, and of no commit.
const UNPLACED: Position = 0;

/// CRC32C over everything of a commit but its position, chained over the stream's commit before.
pub fn chain(commit: &Commit, previous_chain: u32) -> u32 {
    let mut bytes = Vec::with_capacity(METADATA_BYTES);
    put_metadata(&mut bytes, commit, UNPLACED, previous_chain);
    put_varint(&mut bytes, commit.events.len() as u64);
    let mut chain = 0;
    for event in &commit.events {
        put_event_head(&mut bytes, event);
        put_varint(&mut bytes, event.payload.len() as u64);
        chain = crc32c::crc32c_append(chain, &bytes);
        // A payload is looked at where it lies.
        chain = crc32c::crc32c_append(chain, &event.payload);
        bytes.clear();
    }
    crc32c::crc32c_append(chain, &bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Expected, sample};

    #[test]
    fn a_chain_covers_payloads_and_the_chain_before_but_no_position() {
        let new = || sample::commit_of("tracking/acme/1", Expected::Any, "c-1", 2);
        let commit = new().into_commit(0, 1);
        let before = chain(&commit, 7);
        assert_eq!(chain(&new().into_commit(9, 1), 7), before);
        assert_ne!(chain(&commit, 8), before);
        assert_ne!(chain(&new().into_commit(0, 2), 7), before);
        let mut other = new();
        let mut payload = other.events[1].payload.to_vec();
        payload[3] ^= 1;
        other.events[1].payload = payload.into();
        assert_ne!(chain(&other.into_commit(0, 1), 7), before);
    }
}

//! How far the log was durable, beside the log itself.
//!
//! The store cuts off what it takes for a torn end, and damage in the middle of its journal can
//! look like one. The mark tells them apart: it is written after every sync, so the log can never
//! rightly end before it. It is not synced itself, since it may lag behind but never lead.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use backhaul_eventlog::Position;
use backhaul_events::ContextName;

/// A position for each context, in the order of `ContextName::ALL`.
pub(crate) type Positions = [Position; ContextName::ALL.len()];

const POSITION_BYTES: usize = size_of::<Position>();
const CHECKSUM_AT: usize = ContextName::ALL.len() * POSITION_BYTES;
const MARK_BYTES: usize = CHECKSUM_AT + size_of::<u32>();

/// What the mark says on opening.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Marked {
    /// There is none: the log is new, or somebody removed the mark to accept a loss.
    Nothing,
    /// The log was durable at least so far.
    Durable(Positions),
    /// The mark is torn or damaged and says nothing.
    Damaged,
}

/// The file of the mark.
#[derive(Debug)]
pub(crate) struct Mark(File);

impl Mark {
    pub(crate) fn open(path: &Path) -> io::Result<(Self, Marked)> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let file = options.open(path)?;
        let marked = match file.metadata()?.len() {
            0 => Marked::Nothing,
            length if length == MARK_BYTES as u64 => {
                let mut bytes = [0; MARK_BYTES];
                file.read_exact_at(&mut bytes, 0)?;
                from_bytes(&bytes)
            }
            _ => Marked::Damaged,
        };
        Ok((Self(file), marked))
    }

    pub(crate) fn write(&self, positions: &Positions) -> io::Result<()> {
        self.0.write_all_at(&to_bytes(positions), 0)
    }

    pub(crate) fn sync(&self) -> io::Result<()> {
        self.0.sync_all()
    }
}

fn to_bytes(positions: &Positions) -> [u8; MARK_BYTES] {
    let mut bytes = [0; MARK_BYTES];
    for (place, position) in bytes.chunks_exact_mut(POSITION_BYTES).zip(positions) {
        place.copy_from_slice(&position.to_be_bytes());
    }
    let checksum = crc32c::crc32c(&bytes[..CHECKSUM_AT]);
    bytes[CHECKSUM_AT..].copy_from_slice(&checksum.to_be_bytes());
    bytes
}

fn from_bytes(bytes: &[u8; MARK_BYTES]) -> Marked {
    let mut positions = Positions::default();
    for (position, place) in positions.iter_mut().zip(bytes.chunks_exact(POSITION_BYTES)) {
        *position = place
            .iter()
            .fold(0, |high, low| high << 8 | u64::from(*low));
    }
    if to_bytes(&positions) == *bytes {
        Marked::Durable(positions)
    } else {
        Marked::Damaged
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_comes_back_or_says_nothing() {
        let positions = [1, 2, 3, 4, u64::MAX];
        let bytes = to_bytes(&positions);
        assert_eq!(from_bytes(&bytes), Marked::Durable(positions));
        for bit in 0..MARK_BYTES * 8 {
            let mut damaged = bytes;
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(from_bytes(&damaged), Marked::Damaged, "bit {bit}");
        }
    }
}

//! What a table says of itself, stored among its rows under one reserved key.
//!
//! Layout (append-only; a new layout gets a new number): layout 1, schema u32, rows u64, digest
//! u64, number of contexts u16, and per context the length of its name u16, the name, and the
//! position u64.

use crate::{bytes::Reader, checkpoint::Checkpoint, seal::Tally};

/// The one key below every key of a caller, which never begins with zero.
pub(crate) const RECORD_KEY: &[u8] = &[0];

const LAYOUT: u8 = 1;

/// Schema, checkpoint and tally of a table: written in the same batch as the rows they describe.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Record {
    pub schema: u32,
    pub tally: Tally,
    pub checkpoint: Checkpoint,
}

impl Record {
    pub(crate) fn encode(&self) -> Option<Vec<u8>> {
        let mut bytes = vec![LAYOUT];
        bytes.extend(self.schema.to_be_bytes());
        bytes.extend(self.tally.rows.to_be_bytes());
        bytes.extend(self.tally.digest.to_be_bytes());
        bytes.extend(
            u16::try_from(self.checkpoint.iter().count())
                .ok()?
                .to_be_bytes(),
        );
        for (context, position) in self.checkpoint.iter() {
            bytes.extend(u16::try_from(context.len()).ok()?.to_be_bytes());
            bytes.extend(context.as_bytes());
            bytes.extend(position.to_be_bytes());
        }
        Some(bytes)
    }

    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader(bytes);
        if reader.u8()? != LAYOUT {
            return None;
        }
        let schema = reader.u32()?;
        let tally = Tally {
            rows: reader.u64()?,
            digest: reader.u64()?,
        };
        let mut checkpoint = Checkpoint::new();
        for _ in 0..reader.u16()? {
            let name_bytes = usize::from(reader.u16()?);
            let context = std::str::from_utf8(reader.take(name_bytes)?).ok()?;
            checkpoint.set(context, reader.u64()?);
        }
        reader.end()?;
        Some(Self {
            schema,
            tally,
            checkpoint,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_comes_back_as_written() {
        let mut record = Record {
            schema: 7,
            tally: Tally {
                rows: 3,
                digest: u64::MAX,
            },
            checkpoint: Checkpoint::new(),
        };
        record.checkpoint.set("orders", 12);
        record.checkpoint.set("returns", u64::MAX);
        let bytes = record.encode().unwrap();
        assert_eq!(Record::decode(&bytes), Some(record));
        for length in 0..bytes.len() {
            assert_eq!(Record::decode(&bytes[..length]), None, "cut to {length}");
        }
    }
}

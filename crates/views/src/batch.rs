//! The rows of a table that change together.

use crate::error::{Error, Fault};
use std::collections::BTreeMap;

/// The longest key, in bytes.
pub const KEY_BYTES_MAX: usize = 1_024;

/// The largest value, in bytes.
pub const VALUE_BYTES_MAX: usize = 1024 * 1024;

/// Rows to put and to remove, applied together with a checkpoint. A later write to the same key
/// wins. Rows are kept in key order, so that a batch walks the table once from front to back. In a
/// bulk rebuild cut batches at a few hundred rows: the store's memory follows their size.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    writes: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    bytes: usize,
}

impl Batch {
    /// An empty batch.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the value of a key.
    pub fn put(&mut self, key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) {
        self.write(key.into(), Some(value.into()));
    }

    /// Removes a key; removing what is not there changes nothing.
    pub fn remove(&mut self, key: impl Into<Vec<u8>>) {
        self.write(key.into(), None);
    }

    /// How many keys change.
    pub fn len(&self) -> usize {
        self.writes.len()
    }

    /// Whether no key changes. Such a batch still moves the checkpoint.
    pub fn is_empty(&self) -> bool {
        self.writes.is_empty()
    }

    /// Bytes of all keys and values, for cutting batches by size.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The writes, in key order.
    pub(crate) fn writes(&self) -> impl Iterator<Item = (&[u8], Option<&[u8]>)> {
        self.writes
            .iter()
            .map(|(key, value)| (key.as_slice(), value.as_deref()))
    }

    /// Refuses what a table can not hold, before anything of the batch is written.
    pub(crate) fn check(&self, table: &str) -> Result<(), Fault> {
        for (key, value) in self.writes() {
            if !is_valid_key(key) {
                return Err(Fault::Refused(Error::InvalidKey {
                    table: table.to_owned(),
                }));
            }
            let bytes = value.map_or(0, <[u8]>::len);
            if bytes > VALUE_BYTES_MAX {
                return Err(Fault::Refused(Error::TooLarge {
                    table: table.to_owned(),
                    bytes,
                }));
            }
        }
        Ok(())
    }

    fn write(&mut self, key: Vec<u8>, value: Option<Vec<u8>>) {
        let size = |value: &Option<Vec<u8>>| value.as_ref().map_or(0, Vec::len);
        let key_bytes = key.len();
        self.bytes += size(&value);
        match self.writes.insert(key, value) {
            Some(earlier) => self.bytes -= size(&earlier),
            None => self.bytes += key_bytes,
        }
    }
}

fn is_valid_key(key: &[u8]) -> bool {
    key.len() <= KEY_BYTES_MAX && key.first().is_some_and(|prefix| *prefix != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_write_wins_and_the_size_follows() {
        let mut batch = Batch::new();
        batch.put(*b"b1", *b"four");
        batch.put(*b"a1", *b"one");
        assert_eq!((batch.len(), batch.bytes()), (2, 11));
        batch.put(*b"b1", *b"x");
        assert_eq!((batch.len(), batch.bytes()), (2, 8));
        batch.remove(*b"a1");
        assert_eq!((batch.len(), batch.bytes()), (2, 5));
        let writes: Vec<_> = batch.writes().collect();
        assert_eq!(writes, [(&b"a1"[..], None), (&b"b1"[..], Some(&b"x"[..]))]);
    }

    #[test]
    fn keys_and_values_have_bounds() {
        let check = |key: &[u8], value_bytes: usize| {
            let mut batch = Batch::new();
            batch.put(key, vec![0; value_bytes]);
            batch.check("t").is_ok()
        };
        assert!(check(b"k", VALUE_BYTES_MAX));
        assert!(check(&[1; KEY_BYTES_MAX], 0));
        assert!(!check(b"k", VALUE_BYTES_MAX + 1));
        assert!(!check(&[1; KEY_BYTES_MAX + 1], 0));
        assert!(!check(b"", 0));
        assert!(!check(b"\0k", 0));
    }
}

//! Which edition of a table is the current one: one row per table in a tree of its own.
//!
//! Layout (append-only): layout 1, current edition u64, schema u32, then 0, or 1 and the previous
//! edition u64 and its schema u32. An edition that no row names is half-built or outlived, and is
//! dropped on opening.

use crate::bytes::Reader;

/// The tree of the catalogue. Trees of editions contain an `@`, so the names never meet.
pub(crate) const CATALOG_TREE: &str = "catalog";

const LAYOUT: u8 = 1;
const NAME_CHARS_MAX: usize = 64;

/// One edition as the catalogue names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Named {
    pub edition: u64,
    pub schema: u32,
}

/// One table as the catalogue knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    pub current: Named,
    pub previous: Option<Named>,
}

impl Entry {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![LAYOUT];
        bytes.extend(self.current.edition.to_be_bytes());
        bytes.extend(self.current.schema.to_be_bytes());
        match self.previous {
            None => bytes.push(0),
            Some(previous) => {
                bytes.push(1);
                bytes.extend(previous.edition.to_be_bytes());
                bytes.extend(previous.schema.to_be_bytes());
            }
        }
        bytes
    }

    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader(bytes);
        if reader.u8()? != LAYOUT {
            return None;
        }
        let current = named(&mut reader)?;
        let previous = match reader.u8()? {
            0 => None,
            1 => Some(named(&mut reader)?),
            _ => return None,
        };
        reader.end()?;
        Some(Self { current, previous })
    }
}

fn named(reader: &mut Reader<'_>) -> Option<Named> {
    Some(Named {
        edition: reader.u64()?,
        schema: reader.u32()?,
    })
}

/// The name of the tree that holds an edition.
pub(crate) fn tree_name(table: &str, edition: u64) -> String {
    format!("{table}@{edition}")
}

/// Whether the tree is an edition of some table.
pub(crate) fn is_edition(tree: &str) -> bool {
    tree.contains('@')
}

/// Whether a table may have this name.
pub(crate) fn is_valid_name(table: &str) -> bool {
    let allowed = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || b"_-.".contains(&c);
    (1..=NAME_CHARS_MAX).contains(&table.len()) && table.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_comes_back_as_written() {
        let current = Named {
            edition: 9,
            schema: 2,
        };
        for previous in [
            None,
            Some(Named {
                edition: 8,
                schema: 1,
            }),
        ] {
            let entry = Entry { current, previous };
            let bytes = entry.encode();
            assert_eq!(Entry::decode(&bytes), Some(entry));
            for length in 0..bytes.len() {
                assert_eq!(Entry::decode(&bytes[..length]), None, "cut to {length}");
            }
        }
    }

    #[test]
    fn names_are_plain() {
        for name in ["returns", "by-order_2.v", &"x".repeat(NAME_CHARS_MAX)] {
            assert!(is_valid_name(name), "{name}");
        }
        for name in ["", "a@1", "A", "a b", "ä", &"x".repeat(NAME_CHARS_MAX + 1)] {
            assert!(!is_valid_name(name), "{name}");
        }
    }
}

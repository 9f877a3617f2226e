//! The ledger in memory: what its lines say, by key.

use std::collections::{HashMap, HashSet};

use super::ledger::{LedgerEntry, Line};

#[derive(Default)]
pub(super) struct Books {
    entries: Vec<LedgerEntry>,
    by_key: HashMap<String, usize>,
    lost: HashSet<String>,
}

impl Books {
    /// Takes one line in. Two refunds of one reference are both kept: the second is a fault of the
    /// caller that a check has to see.
    pub(super) fn learn(&mut self, line: Line) {
        match line {
            Line::Lost { key } => {
                self.lost.insert(key);
            }
            Line::Refund(entry) => match self.by_key.get(&entry.key) {
                Some(&at) => self.entries[at] = entry,
                None => {
                    let at = self.entries.len();
                    self.by_key.insert(entry.key.clone(), at);
                    self.entries.push(entry);
                }
            },
        }
    }

    pub(super) fn by_key(&self, key: &str) -> Option<&LedgerEntry> {
        self.by_key.get(key).map(|&at| &self.entries[at])
    }

    /// Whether an order of this key got lost before.
    pub(super) fn was_lost(&self, key: &str) -> bool {
        self.lost.contains(key)
    }

    pub(super) fn into_entries(self) -> Vec<LedgerEntry> {
        self.entries
    }
}

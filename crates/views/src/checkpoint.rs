//! How far a table has followed the log of each context.

use std::collections::BTreeMap;

/// The last position a table contains, per context; 0 stands for nothing yet.
///
/// Read it from the table it goes back to ([`Table::checkpoint`](crate::Table::checkpoint)), move
/// it, and hand it to [`Table::apply`](crate::Table::apply). It remembers which copy of the table
/// it was read from: when that copy has been wiped, rebuilt or rolled back in between, `apply`
/// refuses, because rows after this checkpoint would leave a gap in the new copy. A checkpoint
/// made from nothing fits only a table that has never moved.
#[derive(Debug, Clone, Default)]
pub struct Checkpoint {
    positions: BTreeMap<String, u64>,
    origin: Option<Origin>,
}

/// One physical copy of a table: never the same twice while a process lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Origin {
    pub generation: u64,
    pub edition: u64,
}

impl Checkpoint {
    /// The checkpoint of a table that contains nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// The last position of this context in the table, 0 for none.
    pub fn get(&self, context: &str) -> u64 {
        self.positions.get(context).copied().unwrap_or(0)
    }

    /// Says that the table contains everything of this context up to and including `position`.
    pub fn set(&mut self, context: impl Into<String>, position: u64) {
        self.positions.insert(context.into(), position);
    }

    /// Every context with its position, in order of name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        self.positions
            .iter()
            .map(|(context, position)| (context.as_str(), *position))
    }

    /// The same positions, as read from this copy of a table.
    pub(crate) fn read_from(&self, origin: Origin) -> Self {
        Self {
            positions: self.positions.clone(),
            origin: Some(origin),
        }
    }

    /// The same positions, of no copy in particular.
    pub(crate) fn positions_only(&self) -> Self {
        Self {
            positions: self.positions.clone(),
            origin: None,
        }
    }

    /// Whether rows up to this checkpoint leave no gap in the given copy, which stands at `current`.
    pub(crate) fn follows(&self, origin: Origin, current: &Self) -> bool {
        match self.origin {
            Some(own) => own == origin,
            None => current.positions.values().all(|position| *position == 0),
        }
    }
}

/// Two checkpoints are equal when they stand at the same positions, wherever they were read.
impl PartialEq for Checkpoint {
    fn eq(&self, other: &Self) -> bool {
        let moved = |checkpoint: &Self| -> Vec<(String, u64)> {
            let positions = checkpoint
                .positions
                .iter()
                .filter(|(_, position)| **position != 0);
            positions
                .map(|(context, position)| (context.clone(), *position))
                .collect()
        };
        moved(self) == moved(other)
    }
}

impl Eq for Checkpoint {}

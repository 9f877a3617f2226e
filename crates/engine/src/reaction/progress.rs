//! What a reaction has begun and what of it is finished.

use std::collections::{BTreeMap, VecDeque};

use backhaul_eventlog::Position;
use backhaul_events::ContextName;
use backhaul_views::Checkpoint;

/// By context, what is under way: in the order of the log and without gaps.
#[derive(Default)]
pub(super) struct Progress(BTreeMap<ContextName, VecDeque<(Position, Finished)>>);

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Finished {
    Yes,
    No,
}

impl Progress {
    pub(super) fn begin(&mut self, context: ContextName, position: Position, finished: Finished) {
        let under_way = self.0.entry(context).or_default();
        under_way.push_back((position, finished));
    }

    pub(super) fn end(&mut self, context: ContextName, position: Position) {
        let under_way = self.0.entry(context).or_default();
        if let Ok(index) = under_way.binary_search_by_key(&position, |(at, _)| *at) {
            under_way[index].1 = Finished::Yes;
        }
    }

    /// Forgets what is finished and has nothing unfinished before it; gives where that ends, if
    /// there was any.
    pub(super) fn advance(&mut self, context: ContextName) -> Option<Position> {
        let under_way = self.0.entry(context).or_default();
        let mut done = None;
        while let Some((position, Finished::Yes)) = under_way.front() {
            done = Some(*position);
            under_way.pop_front();
        }
        done
    }

    /// Up to where commits have been begun, if everything up to `finished` is finished.
    pub(super) fn begun(&self, finished: &Checkpoint) -> Checkpoint {
        let mut begun = finished.clone();
        for (context, under_way) in &self.0 {
            if let Some((position, _)) = under_way.back() {
                begun.set(context.as_str(), *position);
            }
        }
        begun
    }
}

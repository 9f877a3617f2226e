//! Which units of a line nothing pays for yet, as ranges: a line may have millions of units, so
//! nobody walks them one by one.

use backhaul_events::refunds::UnitRange;
use backhaul_kernel::LineId;

use crate::State;

/// The free units among the first `quantity` of the line, lowest first, neither paid for by a
/// grant that counts nor taken by `drafted`.
pub(crate) fn free(
    state: &State,
    drafted: &[UnitRange],
    line: &LineId,
    quantity: u32,
) -> Vec<UnitRange> {
    let mut taken: Vec<(u32, u32)> = state
        .paid_units()
        .chain(drafted)
        .filter(|range| range.line == *line)
        .map(|range| (range.first, range.first.saturating_add(range.count)))
        .collect();
    taken.sort_unstable();

    let mut free = Vec::new();
    let mut next = 0;
    for (first, end) in taken.into_iter().chain([(quantity, quantity)]) {
        let gap_end = first.min(quantity);
        if gap_end > next {
            free.push(UnitRange {
                line: line.clone(),
                first: next,
                count: gap_end - next,
            });
        }
        next = next.max(end);
    }
    free
}

/// How many units the ranges have; they do not overlap.
pub(crate) fn count(ranges: &[UnitRange]) -> u32 {
    ranges.iter().map(|range| range.count).sum()
}

/// The lowest `quantity` units of the ranges; none when they have fewer.
pub(crate) fn lowest(ranges: Vec<UnitRange>, quantity: u32) -> Option<Vec<UnitRange>> {
    let mut missing = quantity;
    let mut taken = Vec::new();
    for mut range in ranges {
        if missing == 0 {
            break;
        }
        range.count = range.count.min(missing);
        missing -= range.count;
        taken.push(range);
    }
    (missing == 0).then_some(taken)
}

/// How many of the range's units lie in `ranges`, which do not overlap.
pub(crate) fn overlap(range: &UnitRange, ranges: &[UnitRange]) -> u32 {
    let end = |range: &UnitRange| range.first.saturating_add(range.count);
    ranges
        .iter()
        .map(|other| {
            end(range)
                .min(end(other))
                .saturating_sub(range.first.max(other.first))
        })
        .sum()
}

//! When a message that was not taken is tried again.

use backhaul_kernel::Timestamp;
use jiff::SignedDuration;

/// Pauses after the first, second, … try. Greylisting passes after the second.
const PAUSES: [SignedDuration; 6] = [
    SignedDuration::from_mins(1),
    SignedDuration::from_mins(5),
    SignedDuration::from_mins(30),
    SignedDuration::from_hours(2),
    SignedDuration::from_hours(6),
    SignedDuration::from_hours(24),
];

/// When to try again after so many tries; none when it was tried often enough.
pub(crate) fn retry_at(tries: u32, now: Timestamp) -> Option<Timestamp> {
    let index = usize::try_from(tries.checked_sub(1)?).ok()?;
    let pause = *PAUSES.get(index)?;
    Some(now.checked_add(pause).unwrap_or(Timestamp::MAX))
}

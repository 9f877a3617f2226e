//! When a carrier that did not answer is asked again.

use backhaul_kernel::Timestamp;
use jiff::SignedDuration;

/// Pauses after the first, second, … unanswered try.
const PAUSES: [SignedDuration; 6] = [
    SignedDuration::from_secs(10),
    SignedDuration::from_mins(1),
    SignedDuration::from_mins(10),
    SignedDuration::from_hours(1),
    SignedDuration::from_hours(6),
    SignedDuration::from_hours(24),
];

/// When to ask again after so many tries; none when it was asked often enough.
pub(crate) fn retry_at(tries: u32, now: Timestamp) -> Option<Timestamp> {
    let index = usize::try_from(tries.checked_sub(1)?).ok()?;
    let pause = *PAUSES.get(index)?;
    Some(now.checked_add(pause).unwrap_or(Timestamp::MAX))
}

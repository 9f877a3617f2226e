//! When a provider is asked again what became of an attempt.

use backhaul_kernel::Timestamp;
use jiff::SignedDuration;

/// Pauses after the first, second, … try without an answer.
const UNKNOWN_PAUSES: [SignedDuration; 6] = [
    SignedDuration::from_secs(10),
    SignedDuration::from_mins(1),
    SignedDuration::from_mins(10),
    SignedDuration::from_hours(1),
    SignedDuration::from_hours(6),
    SignedDuration::from_hours(24),
];

/// Pauses after the first, second, … "pending"; then daily.
const PENDING_PAUSES: [SignedDuration; 4] = [
    SignedDuration::from_mins(1),
    SignedDuration::from_mins(10),
    SignedDuration::from_hours(1),
    SignedDuration::from_hours(6),
];
const PENDING_PAUSE_DAILY: SignedDuration = SignedDuration::from_hours(24);

/// "Pending" is believed this often: about a month. Bank transfers take ten working days.
const PENDING_POLLS_MAX: u32 = 34;

/// How early a scheduled poll may be decided and still be one: the clocks of two processes differ.
/// Anything earlier is the same report twice.
const CLOCK_TOLERANCE: SignedDuration = SignedDuration::from_secs(5);

/// When to look again after so many tries without an answer; none when it was tried often enough.
pub(crate) fn after_unknown(tries: u32, now: Timestamp) -> Option<Timestamp> {
    let index = usize::try_from(tries.checked_sub(1)?).ok()?;
    UNKNOWN_PAUSES.get(index).map(|pause| later(now, *pause))
}

/// When to look again after so many times "pending"; none when it was asked often enough.
pub(crate) fn after_pending(polls: u32, now: Timestamp) -> Option<Timestamp> {
    if polls > PENDING_POLLS_MAX {
        return None;
    }
    let index = usize::try_from(polls.checked_sub(1)?).ok()?;
    let pause = PENDING_PAUSES.get(index).unwrap_or(&PENDING_PAUSE_DAILY);
    Some(later(now, *pause))
}

/// Whether a report at `now` is the poll that was due at `due`.
pub(crate) fn is_due(due: Timestamp, now: Timestamp) -> bool {
    later(now, CLOCK_TOLERANCE) >= due
}

fn later(now: Timestamp, pause: SignedDuration) -> Timestamp {
    now.checked_add(pause).unwrap_or(Timestamp::MAX)
}

//! Who waits for a person is promised an answer, and somebody is told when none came.

use backhaul_events::returns::{Event, ReviewOverdue};
use backhaul_kernel::deadline::DeadlineChange;
use backhaul_kernel::{Context, ReturnId, Timestamp};

use crate::business_time::BusinessTime;
use crate::command::NoteReviewOverdue;
use crate::deadline::until;
use crate::policy::PolicySnapshot;
use crate::refusal::Refusal;
use crate::state::{Stage, State};

/// What follows the id of a return in the name of its timer.
const TIMER: &str = ":review";

/// By when a person decides on what is left to one now; none where the merchant promises nothing.
pub(crate) fn decide_by(policy: &PolicySnapshot, now: Timestamp) -> Option<Timestamp> {
    let promise = policy.content.review_within.as_deref()?;
    BusinessTime::of(promise)?.end(now, promise.minutes)
}

/// A promise that nobody kept is told once. A deadline that fires early, twice, or after somebody
/// decided changes nothing.
pub(crate) fn note_overdue(
    state: &State,
    command: &NoteReviewOverdue,
    at: &Context,
) -> Result<Vec<Event>, Refusal> {
    let each = state.get(&command.r#return)?;
    let is_due = each
        .review
        .as_ref()
        .is_some_and(|review| review.decide_by == command.due && !review.is_overdue);
    if !matches!(each.stage, Stage::Referred(_)) || !is_due || at.now < command.due {
        return Ok(Vec::new());
    }
    let overdue = ReviewOverdue {
        r#return: each.id.clone(),
        due: command.due,
    };
    Ok(vec![overdue.into()])
}

/// What the event does to the timer of a return that waits for a person.
pub fn review_deadline(event: &Event) -> Option<DeadlineChange> {
    match event {
        Event::ReturnReferred(event) => Some(until(key(&event.r#return), event.decide_by)),
        Event::ReturnAuthorized(event) => Some(clear(&event.r#return)),
        Event::ReturnDeclined(event) => Some(clear(&event.r#return)),
        Event::ReturnCancelled(event) => Some(clear(&event.r#return)),
        Event::ReviewOverdue(event) => Some(clear(&event.r#return)),
        // Nothing else ends a wait for a person.
        _ => None,
    }
}

/// The return whose wait for a person the timer of that name is about.
pub fn review_of(key: &str) -> Option<ReturnId> {
    key.strip_suffix(TIMER)?.parse().ok()
}

/// Other timers of a return are named after it alone.
fn key(r#return: &ReturnId) -> String {
    format!("{return}{TIMER}")
}

fn clear(r#return: &ReturnId) -> DeadlineChange {
    DeadlineChange::Clear { key: key(r#return) }
}

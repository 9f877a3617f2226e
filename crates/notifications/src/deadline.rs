//! Which timers the events of notifications set and clear: one a message, while it is deferred.

use backhaul_events::notifications::Event;
use backhaul_kernel::NotificationId;
use backhaul_kernel::deadline::DeadlineChange;

/// What the event does to the timers of its stream.
pub fn deadline(event: &Event) -> Option<DeadlineChange> {
    match event {
        Event::NotificationDeferred(event) => Some(DeadlineChange::Set {
            key: event.notification.to_string(),
            at: event.retry_at,
        }),
        Event::NotificationSent(event) => Some(clear(&event.notification)),
        Event::NotificationFailed(event) => Some(clear(&event.notification)),
        Event::NotificationPlanned(_) | Event::NotificationSuppressed(_) => None,
    }
}

/// The notification that a timer's key names.
pub fn notification_of(key: &str) -> Option<NotificationId> {
    key.parse().ok()
}

fn clear(notification: &NotificationId) -> DeadlineChange {
    DeadlineChange::Clear {
        key: notification.to_string(),
    }
}

//! The words of notifications.

use backhaul_events::notifications::Event;

use super::{minute, word};

pub(super) fn words(event: &Event) -> String {
    match event {
        Event::NotificationPlanned(event) => format!(
            "e-mail {} planned: {} in {}",
            event.notification,
            word(event.template),
            event.language
        ),
        Event::NotificationSuppressed(event) => format!(
            "e-mail {} not sent: {} ({})",
            event.notification,
            word(event.template),
            word(event.reason)
        ),
        Event::NotificationSent(event) => {
            format!(
                "e-mail {} sent, the mail server said {}",
                event.notification, event.reference
            )
        }
        Event::NotificationDeferred(event) => format!(
            "e-mail {} deferred after try {} ({}), sent again at {}",
            event.notification,
            event.tries,
            event.code,
            minute(event.retry_at)
        ),
        Event::NotificationFailed(event) => {
            format!("e-mail {} given up ({})", event.notification, event.code)
        }
    }
}

//! The memory of notifications. What has ended forgets what it would have said.

use std::sync::Arc;

use backhaul_events::notifications::Event;
use backhaul_kernel::NotificationId;

use crate::State;
use crate::state::{Message, Notification, Progress};

pub(crate) fn evolve(state: &mut State, event: &Event) {
    match event {
        Event::NotificationPlanned(event) => state.notifications.push(Arc::new(Notification {
            notification: event.notification.clone(),
            cause: event.cause.clone(),
            template: event.template,
            progress: Progress::Planned(Message {
                language: event.language.clone(),
                facts: event.facts.clone(),
                message_id: event.message_id.clone(),
            }),
        })),
        Event::NotificationSuppressed(event) => state.notifications.push(Arc::new(Notification {
            notification: event.notification.clone(),
            cause: event.cause.clone(),
            template: event.template,
            progress: Progress::Suppressed {
                reason: event.reason,
            },
        })),
        Event::NotificationSent(event) => move_to(state, &event.notification, |_| Progress::Sent),
        Event::NotificationDeferred(event) => {
            move_to(state, &event.notification, |before| match before {
                Progress::Planned(message) | Progress::Deferred { message, .. } => {
                    Progress::Deferred {
                        message,
                        tries: event.tries,
                        retry_at: event.retry_at,
                    }
                }
                ended
                @ (Progress::Sent | Progress::Failed { .. } | Progress::Suppressed { .. }) => ended,
            });
        }
        Event::NotificationFailed(event) => {
            move_to(state, &event.notification, |_| Progress::Failed {
                code: event.code.clone(),
            });
        }
    }
}

fn move_to(state: &mut State, id: &NotificationId, to: impl FnOnce(Progress) -> Progress) {
    if let Some(notification) = state.notification_mut(id) {
        let before = std::mem::replace(&mut notification.progress, Progress::Sent);
        notification.progress = to(before);
    }
}
